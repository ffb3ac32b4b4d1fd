package pgcatalog

import (
	"strconv"

	"streamdb/catalog"
	"streamdb/types"
)

func infoCatalogNameRows(in *Input, w *writer) {
	w.columns("catalog_name")
	w.row(in.Database)
}

func infoSchemaRows(in *Input, w *writer) {
	w.columns("catalog_name schema_name schema_owner")
	for _, s := range in.Snapshot.Schemas() {
		w.row(in.Database, s.Name, in.User)
	}
}

// tableType is a relation's kind in information_schema. Materialized views count as views.
func tableType(kind byte) string {
	switch kind {
	case 'r':
		return "BASE TABLE"
	case 'f':
		return "FOREIGN"
	}
	return "VIEW"
}

func isInsertable(r *catalog.Relation) bool { return r.Kind == catalog.Table }

func infoTableRows(in *Input, w *writer) {
	w.columns("table_catalog table_schema table_name table_type is_insertable_into is_typed")
	for r, kind := range eachClass(in) {
		w.row(in.Database, r.Schema, r.Name, tableType(kind), yesNo(isInsertable(r)), "NO")
	}
}

func infoViewRows(in *Input, w *writer) {
	w.columns(`table_catalog table_schema table_name view_definition check_option is_updatable is_insertable_into
		is_trigger_updatable is_trigger_deletable is_trigger_insertable_into`)
	for r, kind := range eachClass(in) {
		if kind == 'v' || kind == 'm' {
			w.row(in.Database, r.Schema, r.Name, orNull(viewText(r)), "NONE", "NO", "NO", "NO", "NO", "NO")
		}
	}
}

func infoViewTableRows(in *Input, w *writer) {
	w.columns("view_catalog view_schema view_name table_catalog table_schema table_name")
	for r, kind := range eachClass(in) {
		if kind != 'v' && kind != 'm' {
			continue
		}
		for _, id := range r.DependsOn {
			if t, ok := in.Snapshot.ByID(id); ok {
				w.row(in.Database, r.Schema, r.Name, in.Database, t.Schema, t.Name)
			}
		}
	}
}

func infoCharacterSetRows(in *Input, w *writer) {
	w.columns("character_set_name character_repertoire form_of_use default_collate_catalog")
	w.row("UTF8", "UCS", "UTF8", in.Database)
}

func infoCollationRows(in *Input, w *writer) {
	w.columns("collation_catalog collation_schema collation_name pad_attribute")
	for _, name := range []string{"default", "C", "POSIX", "ucs_basic"} {
		w.row(in.Database, catalog.PgCatalog, name, "NO PAD")
	}
}

func infoEnabledRoleRows(in *Input, w *writer) {
	w.columns("role_name")
	for _, r := range in.roles() {
		w.row(r.name)
	}
}

func infoApplicableRoleRows(_ *Input, w *writer) {
	w.columns("grantee role_name is_grantable")
	for _, name := range []string{"pg_read_all_settings", "pg_read_all_stats", "pg_stat_scan_tables"} {
		w.row("pg_monitor", name, "NO")
	}
}

// eachConstraint ranges over all constraints with their type as information_schema names
// it and the columns they are about.
func eachConstraint(in *Input, yield func(r *catalog.Relation, name, sort string, columns []int)) {
	for r := range eachClass(in) {
		for _, u := range r.Uniques {
			sort := "UNIQUE"
			if u.Primary {
				sort = "PRIMARY KEY"
			}
			yield(r, u.Name, sort, u.Columns)
		}
		for _, c := range r.Checks {
			yield(r, c.Name, "CHECK", r.Mentioned(c.Expr))
		}
	}
}

func infoTableConstraintRows(in *Input, w *writer) {
	w.columns(`constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name constraint_type
		is_deferrable initially_deferred enforced nulls_distinct`)
	eachConstraint(in, func(r *catalog.Relation, name, sort string, _ []int) {
		var distinct any
		if sort == "UNIQUE" {
			distinct = "YES"
		}
		w.row(in.Database, r.Schema, name, in.Database, r.Schema, r.Name, sort, "NO", "NO", "YES", distinct)
	})
	for r := range eachClass(in) {
		for _, c := range r.Columns {
			if notNull(r, &c) && !c.Dropped && c.AttNum > 0 {
				w.row(in.Database, r.Schema, notNullName(in, r, c), in.Database, r.Schema, r.Name, "CHECK", "NO", "NO", "YES", nil)
			}
		}
	}
}

// notNullName is the name information_schema gives to a NOT NULL constraint.
func notNullName(in *Input, r *catalog.Relation, c catalog.Column) string {
	return strconv.Itoa(int(in.schemaID(r.Schema))) + "_" + strconv.Itoa(int(r.ID)) + "_" + strconv.Itoa(int(c.AttNum)) + "_not_null"
}

func infoCheckRows(in *Input, w *writer) {
	w.columns("constraint_catalog constraint_schema constraint_name check_clause")
	for r := range eachClass(in) {
		for _, c := range r.Checks {
			w.row(in.Database, r.Schema, c.Name, "(("+c.Expr+"))")
		}
		for _, c := range r.Columns {
			if notNull(r, &c) && !c.Dropped && c.AttNum > 0 {
				w.row(in.Database, r.Schema, notNullName(in, r, c), catalog.QuoteIdent(c.Name)+" IS NOT NULL")
			}
		}
	}
}

func infoKeyColumnRows(in *Input, w *writer) {
	w.columns(`constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name column_name
		ordinal_position`)
	eachConstraint(in, func(r *catalog.Relation, name, sort string, columns []int) {
		for i, p := range columns {
			if sort != "CHECK" {
				w.row(in.Database, r.Schema, name, in.Database, r.Schema, r.Name, r.Columns[p].Name, i+1)
			}
		}
	})
}

func infoConstraintColumnRows(in *Input, w *writer) {
	w.columns(`table_catalog table_schema table_name column_name constraint_catalog constraint_schema constraint_name`)
	eachConstraint(in, func(r *catalog.Relation, name, _ string, columns []int) {
		for _, p := range columns {
			w.row(in.Database, r.Schema, r.Name, r.Columns[p].Name, in.Database, r.Schema, name)
		}
	})
}

func infoConstraintTableRows(in *Input, w *writer) {
	w.columns("table_catalog table_schema table_name constraint_catalog constraint_schema constraint_name")
	eachConstraint(in, func(r *catalog.Relation, name, sort string, _ []int) {
		if sort != "CHECK" {
			w.row(in.Database, r.Schema, r.Name, in.Database, r.Schema, name)
		}
	})
}

// privileges are what the owner may do with a relation.
func privileges(r *catalog.Relation) []string {
	if isInsertable(r) {
		return []string{"INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE"}
	}
	return []string{"SELECT"}
}

func infoTablePrivilegeRows(in *Input, w *writer) {
	w.columns("grantor grantee table_catalog table_schema table_name privilege_type is_grantable with_hierarchy")
	for r := range eachClass(in) {
		for _, p := range privileges(r) {
			w.row(in.User, in.User, in.Database, r.Schema, r.Name, p, "YES", yesNo(p == "SELECT"))
		}
	}
}

func infoColumnPrivilegeRows(in *Input, w *writer) {
	w.columns("grantor grantee table_catalog table_schema table_name column_name privilege_type is_grantable")
	for r := range eachClass(in) {
		for _, p := range r.Live() {
			for _, privilege := range privileges(r) {
				if privilege != "DELETE" && privilege != "TRUNCATE" {
					w.row(in.User, in.User, in.Database, r.Schema, r.Name, r.Columns[p].Name, privilege, "YES")
				}
			}
		}
	}
}

func infoRoutineRows(in *Input, w *writer) {
	w.columns(`specific_catalog specific_schema specific_name routine_catalog routine_schema routine_name routine_type
		data_type type_udt_catalog type_udt_schema type_udt_name dtd_identifier routine_body external_language parameter_style
		is_deterministic sql_data_access is_null_call schema_level_routine security_type as_locator`)
	for _, p := range procs() {
		if p.kind != "f" {
			continue
		}
		ret := types.Type{OID: p.ret, Mod: -1}
		w.row(in.Database, catalog.PgCatalog, p.name+"_"+strconv.Itoa(int(p.oid)), in.Database, catalog.PgCatalog, p.name, "FUNCTION",
			dataType(ret), in.Database, catalog.PgCatalog, typeRow(ret).name, "0", "EXTERNAL", "INTERNAL", "GENERAL",
			yesNo(p.vol == "i"), "MODIFIES", yesNo(p.strict), "YES", "INVOKER", "NO")
	}
}
