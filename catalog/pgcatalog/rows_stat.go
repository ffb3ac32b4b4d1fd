package pgcatalog

import "streamdb/catalog"

func activityRows(in *Input, w *writer) {
	w.columns(`datid datname pid usesysid usename application_name client_addr client_port backend_start xact_start
		query_start state_change wait_event_type wait_event state query backend_type`)
	if in.Sessions == nil {
		return
	}
	for _, a := range in.Sessions() {
		var port any
		if a.ClientPort != 0 {
			port = a.ClientPort
		}
		w.row(DatabaseOID, orNull(a.Database), a.PID, OwnerOID, orNull(a.User), a.Application, orNull(a.ClientAddr), port,
			timeOrNull(a.BackendStart), timeOrNull(a.XactStart), timeOrNull(a.QueryStart), timeOrNull(a.StateTime),
			orNull(a.WaitType), orNull(a.Wait), orNull(a.State), a.Query, orNull(a.BackendType))
	}
}

func sslRows(in *Input, w *writer) {
	w.columns("pid ssl")
	perSession(in, w)
}

func gssRows(in *Input, w *writer) {
	w.columns("pid gss_authenticated")
	perSession(in, w)
}

// perSession writes a row of a session's number and false for each session.
func perSession(in *Input, w *writer) {
	if in.Sessions == nil {
		return
	}
	for _, a := range in.Sessions() {
		w.row(a.PID, false)
	}
}

func statDatabaseRows(in *Input, w *writer) {
	w.columns("datid datname numbackends")
	n := 0
	if in.Sessions != nil {
		n = len(in.Sessions())
	}
	w.row(DatabaseOID, in.Database, n)
}

// statTableRows makes the filler of pg_stat_…_tables: the tables of users, of the system,
// or both. What is not counted is NULL.
func statTableRows(user, system bool) filler {
	return func(in *Input, w *writer) {
		w.columns("relid schemaname relname n_live_tup")
		for r, kind := range eachClass(in) {
			isSystem := r.Kind == catalog.System
			if kind != 'r' && kind != 'm' || isSystem && !system || !isSystem && !user {
				continue
			}
			var live any
			if n := in.rowCount(r.ID); n >= 0 {
				live = n
			}
			w.row(r.ID, r.Schema, r.Name, live)
		}
	}
}

// statIndexRows is pg_stat_user_indexes and pg_stat_all_indexes.
func statIndexRows(in *Input, w *writer) {
	w.columns("relid indexrelid schemaname relname indexrelname")
	for r := range eachClass(in) {
		for _, u := range r.Uniques {
			w.row(r.ID, u.ID, r.Schema, r.Name, u.Name)
		}
	}
}
