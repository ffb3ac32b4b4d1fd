package pgcatalog

import (
	"slices"
	"strings"
	"sync"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// A signature is a function's or operator's name with the types of its arguments, as
// regprocedure and regoperator write it.

var operatorByOID = sync.OnceValue(func() map[types.OID]*expr.Func {
	m := map[types.OID]*expr.Func{}
	for _, f := range expr.All() {
		if isOperator(f.Name) {
			m[types.OID(f.OID)] = f
		}
	}
	return m
})

// operands are the types on both sides of an operator, 0 for none.
func operands(f *expr.Func) []types.OID {
	if len(f.Args) == 1 {
		return []types.OID{0, f.Args[0].OID}
	}
	return oids(f.Args)
}

func argumentList(args []types.OID) string {
	names := make([]string, len(args))
	for i, a := range args {
		if names[i] = "NONE"; a != 0 {
			names[i] = FormatType(a, -1, false)
		}
	}
	return "(" + strings.Join(names, ",") + ")"
}

// lookupSignature finds a function or operator by its signature.
func lookupSignature(in *Input, t types.Type, text string) (oid int64, found bool, err error) {
	name, args, err := splitSignature(text)
	if err != nil {
		return 0, false, err
	}
	if t == types.RegOperator {
		return lookupOperator(name, args)
	}
	parts, ok := catalog.SplitName(name)
	if !ok {
		return 0, false, pgerr.New(pgerr.InvalidName, "invalid name syntax")
	}
	schema, name, err := in.splitSchema(parts)
	if err != nil || schema != "" && schema != catalog.PgCatalog {
		return 0, false, err
	}
	for _, p := range procsNamed(name) {
		if slices.Equal(p.args, args) {
			return int64(p.oid), true, nil
		}
	}
	return 0, false, nil
}

func lookupOperator(name string, args []types.OID) (oid int64, found bool, err error) {
	switch {
	case len(args) < 2:
		return 0, false, pgerr.New(pgerr.UndefinedParameter, "missing argument").
			WithHint("Use NONE to denote the missing argument of a unary operator.")
	case len(args) > 2:
		return 0, false, pgerr.New(pgerr.TooManyArguments, "too many arguments").
			WithHint("Provide two argument types for operator.")
	}
	name = strings.TrimPrefix(name, catalog.PgCatalog+".")
	for oid, f := range operatorByOID() {
		if f.Name == name && slices.Equal(operands(f), args) {
			return int64(oid), true, nil
		}
	}
	return 0, false, nil
}

// splitSignature reads name(type, …).
func splitSignature(text string) (name string, args []types.OID, err error) {
	name, list, ok := strings.Cut(text, "(")
	if !ok {
		return "", nil, pgerr.New(pgerr.InvalidTextRepresentation, "expected a left parenthesis")
	}
	list = strings.TrimSpace(list)
	if list, ok = strings.CutSuffix(list, ")"); !ok {
		return "", nil, pgerr.New(pgerr.InvalidTextRepresentation, "expected a right parenthesis")
	}
	name = strings.TrimSpace(name)
	if strings.TrimSpace(list) == "" {
		return name, nil, nil
	}
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		if strings.EqualFold(word, "none") {
			args = append(args, 0)
			continue
		}
		t, ok := expr.TypeBySQLName(word)
		if !ok {
			return "", nil, pgerr.New(pgerr.UndefinedObject, "type \"%s\" does not exist", word)
		}
		args = append(args, t.OID)
	}
	return name, args, nil
}
