package planner

import (
	"strconv"
	"strings"

	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// ResolveType finds the type a type name means: 42704 if there is none, 0A000 for types of
// PostgreSQL that streamdb does not have. Errors carry no position.
func ResolveType(n *sql.TypeName) (types.Type, error) {
	if n.SetOf {
		return types.Type{}, pgerr.New(pgerr.WrongObjectType, "type modifier SETOF is not allowed here")
	}
	name := n.Names[len(n.Names)-1]
	qualifier := strings.Join(n.Names[:len(n.Names)-1], ".")
	t, ok := types.TypeByName(name)
	if qualifier != "" && qualifier != "pg_catalog" {
		ok = false
	}
	switch {
	case !ok && unsupportedTypes[name] != "" && (qualifier == "" || qualifier == "pg_catalog"):
		return t, pgerr.Unsupported("type "+name, unsupportedTypes[name])
	case !ok:
		return t, pgerr.New(pgerr.UndefinedObject, "type \"%s\" does not exist", strings.Join(n.Names, "."))
	case t.Info().Pseudo && t.OID != types.Unknown.OID && t.OID != types.Record.OID && !t.IsArray() && t.Info().Elem == 0:
		return t, pgerr.New(pgerr.FeatureNotSupported, "pseudo-type %s is not supported here", t)
	}
	t, err := withModifiers(t, n)
	if err != nil || len(n.ArrayDims) == 0 {
		return t, err
	}
	arr, ok := t.ArrayType()
	if !ok {
		return t, pgerr.New(pgerr.UndefinedObject, "type \"%s[]\" does not exist", name)
	}
	return arr, nil
}

const serialHint = "There are no sequences: give each row its key, or use uuid DEFAULT gen_random_uuid()."

// unsupportedTypes are PostgreSQL's types that streamdb does not have, with what to use.
var unsupportedTypes = map[string]string{
	"serial": serialHint, "serial4": serialHint, "bigserial": serialHint, "serial8": serialHint,
	"smallserial": serialHint, "serial2": serialHint,
	"money": "Use numeric.", "timetz": "Use time or timestamptz.", "inet": "Use text.", "cidr": "Use text.",
	"macaddr": "Use text.", "macaddr8": "Use text.", "bit": "Use bytea.", "varbit": "Use bytea.", "xml": "Use text.",
	"point": "Use two columns.", "line": "Use columns.", "lseg": "Use columns.", "box": "Use columns.",
	"path": "Use columns.", "polygon": "Use columns.", "circle": "Use columns.", "tsvector": "Use text.",
	"tsquery": "Use text.", "jsonpath": "Use text.", "int4range": "Use two columns.", "int8range": "Use two columns.",
	"numrange": "Use two columns.", "tsrange": "Use two columns.", "tstzrange": "Use two columns.",
	"daterange": "Use two columns.", "hstore": "Use jsonb.", "txid_snapshot": "Use text.",
}

// withModifiers applies the modifiers in parentheses.
func withModifiers(t types.Type, n *sql.TypeName) (types.Type, error) {
	if len(n.Mods) == 0 {
		return t, nil
	}
	var mods []int
	for _, m := range n.Mods {
		l, ok := m.(*sql.Literal)
		if !ok || l.Kind != sql.LiteralInteger {
			return t, pgerr.New(pgerr.SyntaxError, "type modifiers must be simple constants or identifiers")
		}
		v, err := strconv.Atoi(l.Text)
		if err != nil {
			return t, pgerr.New(pgerr.NumericValueOutOfRange, "value \"%s\" is out of range for type integer", l.Text)
		}
		mods = append(mods, v)
	}
	switch t {
	case types.VarChar, types.BPChar:
		return lengthModifier(t, mods)
	case types.NumericT:
		return numericModifier(mods)
	case types.Time, types.Timestamp, types.TimestampTZ:
		if len(mods) != 1 {
			return t, pgerr.New(pgerr.InvalidParameterValue, "invalid type modifier")
		}
		if mods[0] < 0 {
			return t, pgerr.New(pgerr.InvalidParameterValue, "%s precision must not be negative", strings.ToUpper(t.Info().Name))
		}
		t.Mod = int32(min(mods[0], 6))
		return t, nil
	case types.IntervalT:
		return intervalModifier(mods)
	}
	return t, pgerr.New(pgerr.SyntaxError, "type modifier is not allowed for type \"%s\"", t.Info().Name)
}

func lengthModifier(t types.Type, mods []int) (types.Type, error) {
	const longest = 10485760
	name := map[types.Type]string{types.VarChar: "varchar", types.BPChar: "char"}[t]
	switch {
	case len(mods) != 1:
		return t, pgerr.New(pgerr.InvalidParameterValue, "invalid type modifier")
	case mods[0] < 1:
		return t, pgerr.New(pgerr.InvalidParameterValue, "length for type %s must be at least 1", name)
	case mods[0] > longest:
		return t, pgerr.New(pgerr.InvalidParameterValue, "length for type %s cannot exceed %d", name, longest)
	}
	t.Mod = int32(mods[0]) + 4
	return t, nil
}

func numericModifier(mods []int) (types.Type, error) {
	precision, scale := mods[0], 0
	if len(mods) > 1 {
		scale = mods[1]
	}
	switch {
	case len(mods) > 2:
		return types.NumericT, pgerr.New(pgerr.InvalidParameterValue, "invalid NUMERIC type modifier")
	case precision < 1 || precision > 1000:
		return types.NumericT, pgerr.New(pgerr.InvalidParameterValue, "NUMERIC precision %d must be between 1 and 1000", precision)
	case scale < -1000 || scale > 1000:
		return types.NumericT, pgerr.New(pgerr.InvalidParameterValue, "NUMERIC scale %d must be between -1000 and 1000", scale)
	}
	return types.NumericType(precision, scale), nil
}

// intervalModifier reads the fields of an interval, a bit mask of PostgreSQL's, and its
// precision if it has one.
func intervalModifier(mods []int) (types.Type, error) {
	t := types.IntervalT
	switch {
	case len(mods) > 2:
		return t, pgerr.New(pgerr.InvalidParameterValue, "invalid INTERVAL type modifier")
	case len(mods) == 2 && mods[1] < 0:
		return t, pgerr.New(pgerr.InvalidParameterValue, "INTERVAL(%d) precision must not be negative", mods[1])
	case len(mods) == 2:
		t.Mod = types.IntervalMod(mods[0], min(mods[1], 6))
	case mods[0] != types.IntervalAllFields:
		t.Mod = types.IntervalMod(mods[0], -1)
	}
	return t, nil
}

// cast binds arg::type.
func (b *binder) cast(sc *scope, e *sql.Cast) (expr.Expr, error) {
	t, err := ResolveType(e.Type)
	if err != nil {
		return nil, b.at(err, e.Type.Pos)
	}
	if arr, ok := e.Arg.(*sql.ArrayLit); ok && t.IsArray() {
		return b.arrayLit(sc, arr, t.ElemType())
	}
	arg, err := b.expr(sc, e.Arg)
	if err != nil {
		return nil, err
	}
	pos := e.Pos
	if isUnknown(arg) {
		pos = e.Arg.Position()
	}
	return b.coerce(arg, t, expr.CastExplicit, pos)
}
