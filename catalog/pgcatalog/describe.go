package pgcatalog

import (
	"streamdb/catalog"
	"streamdb/types"
)

// ObjDescription is obj_description: the comment on an object of the catalog of that name,
// of any catalog if it is "". ok is false when there is none.
func ObjDescription(s *catalog.Snapshot, oid catalog.ID, catalogName string) (text string, ok bool) {
	if catalogName == "" || catalogName == "pg_class" {
		if r, found := s.ByID(oid); found && r.Comment != "" {
			return r.Comment, true
		}
	}
	if catalogName == "" || catalogName == "pg_namespace" {
		if n, found := s.SchemaByID(oid); found && n.Comment != "" {
			return n.Comment, true
		}
	}
	return "", false
}

// ColDescription is col_description.
func ColDescription(s *catalog.Snapshot, table catalog.ID, attnum int16) (text string, ok bool) {
	if r, found := s.ByID(table); found {
		text = r.ColComment[attnum]
	}
	return text, text != ""
}

// TableIsVisible is pg_table_is_visible; exists is false (the answer is NULL) when there is
// no such table or index.
func TableIsVisible(s *catalog.Snapshot, searchPath []string, oid catalog.ID) (visible, exists bool) {
	if _, ok := s.ByID(oid); !ok {
		if _, _, ok := s.IndexByID(oid); !ok {
			return false, false
		}
	}
	return s.IsVisible(searchPath, oid), true
}

// TypeIsVisible is pg_type_is_visible: all types are in pg_catalog.
func TypeIsVisible(oid types.OID) (visible, exists bool) {
	_, ok := seedTypeByOID()[oid]
	return ok, ok
}

// FunctionIsVisible is pg_function_is_visible: all functions are in pg_catalog.
func FunctionIsVisible(oid types.OID) (visible, exists bool) {
	_, ok := procByOID()[oid]
	return ok, ok
}
