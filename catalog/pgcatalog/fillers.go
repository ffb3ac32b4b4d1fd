package pgcatalog

// filler writes the rows of one relation.
type filler func(in *Input, w *writer)

// fillers are the relations that have rows; the others are empty for good.
func fillers() map[string]filler {
	m := map[string]filler{}
	for name, f := range map[string]filler{
		"pg_aggregate": aggregateRows, "pg_am": amRows, "pg_attrdef": attrdefRows, "pg_attribute": attributeRows,
		"pg_auth_members": authMemberRows, "pg_authid": authidRows, "pg_cast": castRows, "pg_class": classRows,
		"pg_collation": collationRows, "pg_constraint": constraintRows, "pg_cursors": cursorRows,
		"pg_database": databaseRows, "pg_depend": dependRows, "pg_description": descriptionRows,
		"pg_foreign_data_wrapper": wrapperRows, "pg_foreign_server": serverRows, "pg_foreign_table": foreignTableRows,
		"pg_group": groupRows, "pg_index": indexRows, "pg_indexes": indexesRows, "pg_language": languageRows,
		"pg_matviews": matviewsRows, "pg_namespace": namespaceRows, "pg_opclass": opclassRows,
		"pg_operator": operatorRows, "pg_opfamily": opfamilyRows, "pg_prepared_statements": preparedRows,
		"pg_proc": procRows, "pg_rewrite": rewriteRows, "pg_roles": rolesRows, "pg_settings": settingRows,
		"pg_shadow": userRows, "pg_stat_activity": activityRows, "pg_stat_all_indexes": statIndexRows,
		"pg_stat_all_tables": statTableRows(true, true), "pg_stat_database": statDatabaseRows, "pg_stat_gssapi": gssRows,
		"pg_stat_ssl": sslRows, "pg_stat_sys_tables": statTableRows(false, true), "pg_stat_user_indexes": statIndexRows,
		"pg_stat_user_tables": statTableRows(true, false), "pg_tables": tablesRows, "pg_tablespace": tablespaceRows,
		"pg_timezone_abbrevs": abbrevRows, "pg_timezone_names": zoneRows, "pg_type": typeRows, "pg_user": userRows, "pg_views": viewsRows,
	} {
		m["pg_catalog."+name] = f
	}
	for name, f := range map[string]filler{
		"applicable_roles": infoApplicableRoleRows, "character_sets": infoCharacterSetRows,
		"check_constraints": infoCheckRows, "collations": infoCollationRows, "column_privileges": infoColumnPrivilegeRows,
		"columns": infoColumnRows, "constraint_column_usage": infoConstraintColumnRows,
		"constraint_table_usage": infoConstraintTableRows, "element_types": infoElementTypeRows,
		"enabled_roles": infoEnabledRoleRows, "foreign_data_wrappers": infoWrapperRows, "foreign_servers": infoServerRows,
		"foreign_table_options": infoForeignOptionRows, "foreign_tables": infoForeignTableRows,
		"information_schema_catalog_name": infoCatalogNameRows, "key_column_usage": infoKeyColumnRows,
		"role_column_grants": infoColumnPrivilegeRows, "role_table_grants": infoTablePrivilegeRows,
		"routines": infoRoutineRows, "schemata": infoSchemaRows, "table_constraints": infoTableConstraintRows,
		"table_privileges": infoTablePrivilegeRows, "tables": infoTableRows, "view_table_usage": infoViewTableRows,
		"views": infoViewRows,
	} {
		m["information_schema."+name] = f
	}
	return m
}
