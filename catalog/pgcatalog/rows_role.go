package pgcatalog

import "streamdb/types"

// role is a row of pg_authid.
type role struct {
	oid   types.OID
	name  string
	super bool // may log in and do everything
}

// roles are the owner and the predefined roles, which nobody is a member of but everything
// that asks for them finds.
func (in *Input) roles() []role {
	return []role{
		{OwnerOID, in.User, true},
		{3373, "pg_monitor", false},
		{3374, "pg_read_all_settings", false},
		{3375, "pg_read_all_stats", false},
		{3377, "pg_stat_scan_tables", false},
		{4200, "pg_signal_backend", false},
		{4544, "pg_checkpoint", false},
		{4569, "pg_read_server_files", false},
		{4570, "pg_write_server_files", false},
		{4571, "pg_execute_server_program", false},
		{6171, "pg_database_owner", false},
		{6181, "pg_read_all_data", false},
		{6182, "pg_write_all_data", false},
	}
}

func authidRows(in *Input, w *writer) {
	w.columns("oid rolname rolsuper rolinherit rolcreaterole rolcreatedb rolcanlogin rolreplication rolbypassrls rolconnlimit")
	for _, r := range in.roles() {
		w.row(r.oid, r.name, r.super, true, r.super, r.super, r.super, r.super, r.super, -1)
	}
}

func rolesRows(in *Input, w *writer) {
	w.columns(`oid rolname rolsuper rolinherit rolcreaterole rolcreatedb rolcanlogin rolreplication rolbypassrls
		rolconnlimit rolpassword`)
	for _, r := range in.roles() {
		w.row(r.oid, r.name, r.super, true, r.super, r.super, r.super, r.super, r.super, -1, "********")
	}
}

func userRows(in *Input, w *writer) {
	w.columns("usename usesysid usecreatedb usesuper userepl usebypassrls passwd")
	w.row(in.User, OwnerOID, true, true, true, true, "********")
}

func groupRows(in *Input, w *writer) {
	w.columns("groname grosysid grolist")
	for _, r := range in.roles() {
		if !r.super {
			w.row(r.name, r.oid, array[uint32](types.Oid))
		}
	}
}

func authMemberRows(_ *Input, w *writer) {
	w.columns("roleid member grantor admin_option")
	for _, id := range []int{3374, 3375, 3377} {
		w.row(id, 3373, OwnerOID, false)
	}
}

// UserByID is pg_get_userbyid.
func (in *Input) UserByID(oid types.OID) (name string, ok bool) {
	for _, r := range in.roles() {
		if r.oid == oid {
			return r.name, true
		}
	}
	return "", false
}
