package types

import (
	"maps"
	"slices"
)

// scalars is the table of types that are not arrays: the OIDs, lengths and categories are
// PostgreSQL 15's pg_type.
var scalars = []Info{
	{16, "bool", "boolean", KindBool, 1, 'B', true, 1000, 0, false},
	{17, "bytea", "bytea", KindBytes, -1, 'U', false, 1001, 0, false},
	{18, "char", "\"char\"", KindBytes, 1, 'Z', false, 1002, 0, false},
	{19, "name", "name", KindBytes, 64, 'S', false, 1003, 0, false},
	{20, "int8", "bigint", KindInt64, 8, 'N', false, 1016, 0, false},
	{21, "int2", "smallint", KindInt16, 2, 'N', false, 1005, 0, false},
	{22, "int2vector", "int2vector", KindBytes, -1, 'A', false, 1006, 21, true},
	{23, "int4", "integer", KindInt32, 4, 'N', false, 1007, 0, false},
	{24, "regproc", "regproc", KindInt64, 4, 'N', false, 1008, 0, false},
	{25, "text", "text", KindBytes, -1, 'S', true, 1009, 0, false},
	{26, "oid", "oid", KindInt64, 4, 'N', true, 1028, 0, false},
	{27, "tid", "tid", KindBytes, 6, 'U', false, 1010, 0, false},
	{28, "xid", "xid", KindInt64, 4, 'U', false, 1011, 0, false},
	{30, "oidvector", "oidvector", KindBytes, -1, 'A', false, 1013, 26, true},
	{114, "json", "json", KindBytes, -1, 'U', false, 199, 0, false},
	{194, "pg_node_tree", "pg_node_tree", KindBytes, -1, 'Z', false, 0, 0, false},
	{700, "float4", "real", KindFloat32, 4, 'N', false, 1021, 0, false},
	{701, "float8", "double precision", KindFloat64, 8, 'N', true, 1022, 0, false},
	{705, "unknown", "unknown", KindBytes, -2, 'X', false, 0, 0, true},
	{1033, "aclitem", "aclitem", KindBytes, 12, 'U', false, 1034, 0, false},
	{1042, "bpchar", "character", KindBytes, -1, 'S', false, 1014, 0, false},
	{1043, "varchar", "character varying", KindBytes, -1, 'S', false, 1015, 0, false},
	{1082, "date", "date", KindInt32, 4, 'D', false, 1182, 0, false},
	{1083, "time", "time without time zone", KindInt64, 8, 'D', false, 1183, 0, false},
	{1114, "timestamp", "timestamp without time zone", KindInt64, 8, 'D', false, 1115, 0, false},
	{1184, "timestamptz", "timestamp with time zone", KindInt64, 8, 'D', true, 1185, 0, false},
	{1186, "interval", "interval", KindInterval, 16, 'T', true, 1187, 0, false},
	{1700, "numeric", "numeric", KindNumeric, -1, 'N', false, 1231, 0, false},
	{2202, "regprocedure", "regprocedure", KindInt64, 4, 'N', false, 2207, 0, false},
	{2204, "regoperator", "regoperator", KindInt64, 4, 'N', false, 2209, 0, false},
	{2205, "regclass", "regclass", KindInt64, 4, 'N', false, 2210, 0, false},
	{2206, "regtype", "regtype", KindInt64, 4, 'N', false, 2211, 0, false},
	{2249, "record", "record", KindBytes, -1, 'P', false, 2287, 0, true},
	{2276, "any", "\"any\"", KindBytes, 4, 'P', false, 0, 0, true},
	{2277, "anyarray", "anyarray", KindBytes, -1, 'P', false, 0, 0, true},
	{2278, "void", "void", KindBytes, 4, 'P', false, 0, 0, true},
	{2283, "anyelement", "anyelement", KindBytes, 4, 'P', false, 0, 0, true},
	{2776, "anynonarray", "anynonarray", KindBytes, 4, 'P', false, 0, 0, true},
	{2950, "uuid", "uuid", KindUUID, 16, 'U', false, 2951, 0, false},
	{3802, "jsonb", "jsonb", KindBytes, -1, 'U', false, 3807, 0, false},
	{4089, "regnamespace", "regnamespace", KindInt64, 4, 'N', false, 4090, 0, false},
	{4096, "regrole", "regrole", KindInt64, 4, 'N', false, 4097, 0, false},
	{5077, "anycompatible", "anycompatible", KindBytes, 4, 'P', false, 0, 0, true},
	{5078, "anycompatiblearray", "anycompatiblearray", KindBytes, -1, 'P', false, 0, 0, true},
}

var (
	byOID  = indexTypes()
	byName = nameTypes()
	all    = slices.SortedFunc(maps.Values(byOID), func(a, b *Info) int { return int(a.OID) - int(b.OID) })
)

// indexTypes adds an array type's row beside each scalar's.
func indexTypes() map[OID]*Info {
	m := make(map[OID]*Info, 2*len(scalars))
	for i := range scalars {
		s := &scalars[i]
		m[s.OID] = s
		if s.Array != 0 {
			m[s.Array] = &Info{
				OID: s.Array, Name: "_" + s.Name, SQLName: s.SQLName + "[]", Kind: KindBytes,
				Len: -1, Category: 'A', Elem: s.OID,
			}
		}
	}
	return m
}

func nameTypes() map[string]*Info {
	m := make(map[string]*Info, len(byOID))
	for _, i := range byOID {
		m[i.Name] = i
	}
	return m
}
