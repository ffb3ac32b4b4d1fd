package pgcatalog

import (
	"hash/fnv"
	"maps"
	"slices"

	"streamdb/catalog"
)

// Sources are shown as foreign tables: each connector is a server of one wrapper.
const (
	wrapperOID  = 14901
	wrapperName = "streamdb"
)

// serverOID is a connector's OID in pg_foreign_server.
func serverOID(connector string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(connector))
	return h.Sum32() | 1<<31
}

// connectors lists the connectors that sources use, in order.
func (in *Input) connectors() []string {
	used := map[string]bool{}
	for r := range eachSource(in) {
		used[r.Connector] = true
	}
	return slices.Sorted(maps.Keys(used))
}

func eachSource(in *Input) func(yield func(*catalog.Relation) bool) {
	return func(yield func(*catalog.Relation) bool) {
		for r, kind := range eachClass(in) {
			if kind == 'f' && !yield(r) {
				return
			}
		}
	}
}

func wrapperRows(_ *Input, w *writer) {
	w.columns("oid fdwname fdwowner")
	w.row(wrapperOID, wrapperName, OwnerOID)
}

func serverRows(in *Input, w *writer) {
	w.columns("oid srvname srvowner srvfdw")
	for _, c := range in.connectors() {
		w.row(serverOID(c), c, OwnerOID, wrapperOID)
	}
}

func foreignTableRows(in *Input, w *writer) {
	w.columns("ftrelid ftserver ftoptions")
	for r := range eachSource(in) {
		var options []string
		for _, o := range shownOptions(r) {
			options = append(options, o.name+"="+o.value)
		}
		w.row(r.ID, serverOID(r.Connector), textArray(options...))
	}
}

type option struct{ name, value string }

// shownOptions are a relation's options by name, without secrets.
func shownOptions(r *catalog.Relation) []option {
	shown := r.ShownOptions()
	var os []option
	for _, name := range slices.Sorted(maps.Keys(shown)) {
		os = append(os, option{name, shown[name]})
	}
	return os
}

func infoWrapperRows(in *Input, w *writer) {
	w.columns("foreign_data_wrapper_catalog foreign_data_wrapper_name authorization_identifier foreign_data_wrapper_language")
	w.row(in.Database, wrapperName, in.User, "go")
}

func infoServerRows(in *Input, w *writer) {
	w.columns(`foreign_server_catalog foreign_server_name foreign_data_wrapper_catalog foreign_data_wrapper_name
		authorization_identifier`)
	for _, c := range in.connectors() {
		w.row(in.Database, c, in.Database, wrapperName, in.User)
	}
}

func infoForeignTableRows(in *Input, w *writer) {
	w.columns("foreign_table_catalog foreign_table_schema foreign_table_name foreign_server_catalog foreign_server_name")
	for r := range eachSource(in) {
		w.row(in.Database, r.Schema, r.Name, in.Database, r.Connector)
	}
}

func infoForeignOptionRows(in *Input, w *writer) {
	w.columns("foreign_table_catalog foreign_table_schema foreign_table_name option_name option_value")
	for r := range eachSource(in) {
		for _, o := range shownOptions(r) {
			w.row(in.Database, r.Schema, r.Name, o.name, o.value)
		}
	}
}
