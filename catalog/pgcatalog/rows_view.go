package pgcatalog

import (
	"streamdb/catalog"
	"streamdb/types"
)

func tablesRows(in *Input, w *writer) {
	w.columns("schemaname tablename tableowner hasindexes hasrules hastriggers rowsecurity")
	for r, kind := range eachClass(in) {
		if kind == 'r' {
			w.row(r.Schema, r.Name, in.User, len(r.Uniques) > 0, false, false, false)
		}
	}
}

func viewsRows(in *Input, w *writer) {
	w.columns("schemaname viewname viewowner definition")
	for r, kind := range eachClass(in) {
		if kind == 'v' {
			w.row(r.Schema, r.Name, in.User, viewText(r))
		}
	}
}

func matviewsRows(in *Input, w *writer) {
	w.columns("schemaname matviewname matviewowner hasindexes ispopulated definition")
	for r, kind := range eachClass(in) {
		if kind == 'm' {
			w.row(r.Schema, r.Name, in.User, len(r.Uniques) > 0, true, viewText(r))
		}
	}
}

func indexesRows(in *Input, w *writer) {
	w.columns("schemaname tablename indexname indexdef")
	for r := range eachClass(in) {
		for i := range r.Uniques {
			w.row(r.Schema, r.Name, r.Uniques[i].Name, indexText(r, &r.Uniques[i]))
		}
	}
}

func databaseRows(in *Input, w *writer) {
	w.columns(`oid datname datdba encoding datlocprovider datallowconn datconnlimit dattablespace datcollate datctype`)
	w.row(DatabaseOID, in.Database, OwnerOID, utf8Encoding, "c", true, -1, 1663, "C.UTF-8", "C.UTF-8")
}

func tablespaceRows(_ *Input, w *writer) {
	w.columns("oid spcname spcowner")
	w.row(1663, "pg_default", OwnerOID)
	w.row(1664, "pg_global", OwnerOID)
}

func settingRows(in *Input, w *writer) {
	w.columns(`name setting unit category short_desc extra_desc context vartype source min_val max_val enumvals boot_val
		reset_val pending_restart`)
	if in.Settings == nil {
		return
	}
	for _, s := range in.Settings() {
		var enum any
		if s.Enum != nil {
			enum = textArray(s.Enum...)
		}
		w.row(s.Name, s.Setting, orNull(s.Unit), orNull(s.Category), orNull(s.Short), orNull(s.Extra), orNull(s.Context),
			orNull(s.VarType), orNull(s.Source), orNull(s.Min), orNull(s.Max), enum, s.Boot, s.Reset, false)
	}
}

func preparedRows(in *Input, w *writer) {
	w.columns("name statement prepare_time parameter_types from_sql generic_plans custom_plans")
	if in.Prepared == nil {
		return
	}
	for _, p := range in.Prepared() {
		w.row(p.Name, p.Statement, timeOrNull(p.Time), array(types.RegType, p.Params...), p.FromSQL, 0, 0)
	}
}

func cursorRows(in *Input, w *writer) {
	w.columns("name statement is_holdable is_binary is_scrollable creation_time")
	if in.Cursors == nil {
		return
	}
	for _, c := range in.Cursors() {
		w.row(c.Name, c.Statement, c.Holdable, c.Binary, c.Scrollable, timeOrNull(c.Time))
	}
}

// viewText is a view's query as SQL shows it; a system view has none.
func viewText(r *catalog.Relation) string {
	if r.Kind == catalog.System {
		return ""
	}
	return withSemicolon(r.Query)
}
