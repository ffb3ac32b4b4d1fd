package expr

import (
	"strings"

	"streamdb/types"
)

// castRows is pg_cast over the types of the type table: source, then targets with the
// context each needs (i implicit, a assignment, e explicit). A * before a target: the
// values need no conversion.
const castRows = `
bool: int4 e, text a, varchar a, bpchar a
char: text i, bpchar a, varchar a, int4 e
name: *text i, bpchar a, *varchar a
int8: int2 a, int4 a, float4 i, float8 i, numeric i, oid i, regproc i, regprocedure i, regoperator i, regclass i, regtype i, regnamespace i, regrole i
int2: int8 i, int4 i, float4 i, float8 i, numeric i, oid i, regproc i, regprocedure i, regoperator i, regclass i, regtype i, regnamespace i, regrole i
int4: int8 i, int2 a, float4 i, float8 i, numeric i, bool e, char e, oid i, regproc i, regprocedure i, regoperator i, regclass i, regtype i, regnamespace i, regrole i
float4: int8 a, int2 a, int4 a, float8 i, numeric a
float8: int8 a, int2 a, int4 a, float4 a, numeric a
numeric: int8 a, int2 a, int4 a, float4 i, float8 i
oid: *int8 a, int4 a, *regproc i, *regprocedure i, *regoperator i, *regclass i, *regtype i, *regnamespace i, *regrole i
regproc: *oid i, *int8 a, int4 a, *regprocedure i
regprocedure: *oid i, *int8 a, int4 a, *regproc i
regoperator: *oid i, *int8 a, int4 a
regclass: *oid i, *int8 a, int4 a
regtype: *oid i, *int8 a, int4 a
regnamespace: *oid i, *int8 a, int4 a
regrole: *oid i, *int8 a, int4 a
text: *bpchar i, *varchar i, char a, name i, regclass i
varchar: *bpchar i, *text i, char a, name i, regclass i
bpchar: text i, varchar i, char a, name i
date: timestamp i, timestamptz i
time: interval i
timestamp: date a, time a, timestamptz i
timestamptz: date a, time a, timestamp a
interval: time a
json: jsonb a
jsonb: json a, bool e, numeric e, int2 e, int4 e, int8 e, float4 e, float8 e
pg_node_tree: *text i
int2vector: *_int2 i
oidvector: *_oid i, _regtype e, _text e
`

type castPair struct{ from, to types.OID }

type castRow struct {
	context CastContext
	binary  bool
}

var castMatrix = parseCasts(castRows)

func parseCasts(rows string) map[castPair]castRow {
	m := map[castPair]castRow{}
	contexts := map[string]CastContext{"i": CastImplicit, "a": CastAssignment, "e": CastExplicit}
	for _, line := range strings.Split(strings.TrimSpace(rows), "\n") {
		from, targets, _ := strings.Cut(line, ": ")
		for _, target := range strings.Split(targets, ", ") {
			name, context, _ := strings.Cut(target, " ")
			name, binary := strings.CutPrefix(name, "*")
			m[castPair{typeNamed(from).OID, typeNamed(name).OID}] = castRow{contexts[context], binary}
		}
	}
	return m
}

// canCoerce reports whether a value of type from may become one of type to in context cc.
func canCoerce(from, to types.Type, cc CastContext) bool {
	if from.OID == to.OID || from.OID == types.Unknown.OID {
		return true
	}
	if row, ok := castMatrix[castPair{from.OID, to.OID}]; ok {
		return row.context <= cc
	}
	if from.IsArray() && to.IsArray() {
		return canCoerce(from.ElemType(), to.ElemType(), cc)
	}
	if from.OID == types.Record.OID {
		return cc >= CastAssignment && to.Info().Category == 'S'
	}
	if from.Info().Pseudo && !isArrayLike(from) || to.Info().Pseudo && !isArrayLike(to) {
		return false
	}
	if cc >= CastAssignment && to.Info().Category == 'S' {
		return true
	}
	return cc == CastExplicit && from.Info().Category == 'S'
}

// CanCoerce reports whether a value of type from may become one of type to in context cc,
// as pg_cast and the conversions through text allow.
func CanCoerce(from, to types.Type, cc CastContext) bool { return canCoerce(from, to, cc) }

// binaryCoercible reports whether values of from are values of to as they stand.
func binaryCoercible(from, to types.Type) bool {
	return from.OID == to.OID || castMatrix[castPair{from.OID, to.OID}].binary
}
