package pgcatalog

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"streamdb/expr"
	"streamdb/types"
)

// proc is a row of pg_proc.
type proc struct {
	oid      types.OID
	name     string
	kind     string // f function, a aggregate
	args     []types.OID
	variadic types.OID
	ret      types.OID
	outs     []types.Column // OUT columns of a set-returning function
	vol      string
	strict   bool
	set      bool
}

// procs lists the functions: those PostgreSQL's catalogs refer to (input and output of
// types, casts), then the ones that can be called, then the aggregates.
var procs = sync.OnceValue(func() []*proc {
	var ps []*proc
	seen := map[string]bool{}
	for f := range seedLines(procText) {
		p := &proc{oid: seedOID(f[0]), name: f[1], kind: "f", vol: f[2], strict: f[3] == "t", ret: seedOID(f[4])}
		if f[5] != "" {
			for _, a := range strings.Split(f[5], ",") {
				p.args = append(p.args, seedOID(a))
			}
		}
		ps = append(ps, p)
		seen[p.signature()] = true
	}
	for _, f := range expr.All() {
		if p := procOf(f); !isOperator(f.Name) && !seen[p.signature()] {
			ps = append(ps, p)
		}
	}
	for _, a := range expr.Aggs() {
		ps = append(ps, &proc{oid: types.OID(a.OID), name: a.Name, kind: "a", args: oids(a.Args), ret: a.Ret.OID, vol: "i"})
	}
	return ps
})

var procByOID = sync.OnceValue(func() map[types.OID]*proc {
	m := map[types.OID]*proc{}
	for _, p := range procs() {
		m[p.oid] = p
	}
	return m
})

func procOf(f *expr.Func) *proc {
	p := &proc{
		oid: types.OID(f.OID), name: f.Name, kind: "f", args: oids(f.Args), ret: f.Ret.OID, outs: f.Cols,
		vol: string(rune(f.Vol)), strict: !f.NotStrict, set: f.Set,
	}
	if len(f.Cols) > 0 {
		p.ret = types.Record.OID
	}
	if f.Variadic && len(f.Args) > 0 {
		last := f.Args[len(f.Args)-1]
		p.variadic = last.OID
		if last.IsArray() {
			p.variadic = last.ElemType().OID
		} else if a, ok := last.ArrayType(); ok {
			p.args[len(p.args)-1] = a.OID
		}
	}
	return p
}

func (p *proc) signature() string {
	var b strings.Builder
	b.WriteString(p.name)
	for _, a := range p.args {
		b.WriteString(" " + FormatType(a, -1, false))
	}
	return b.String()
}

func oids(ts []types.Type) []types.OID {
	os := make([]types.OID, len(ts))
	for i, t := range ts {
		os[i] = t.OID
	}
	return os
}

// isOperator tells operators from functions in expr's table by their spelling.
func isOperator(name string) bool {
	c := name[0]
	return c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
}

func procRows(_ *Input, w *writer) {
	w.columns(`oid proname pronamespace proowner prolang procost prorows provariadic prokind proisstrict proretset
		provolatile proparallel pronargs prorettype proargtypes proallargtypes proargmodes proargnames prosrc`)
	for _, p := range procs() {
		rows, src := 0, p.name
		if p.set {
			rows = 1000
		}
		if p.kind == "a" {
			src = "aggregate_dummy"
		}
		all, modes, names := p.outColumns()
		w.row(p.oid, p.name, 11, OwnerOID, 12, 1, rows, p.variadic, p.kind, p.strict, p.set,
			p.vol, "s", len(p.args), p.ret, vector(types.Oid, p.args...), all, modes, names, src)
	}
}

// outColumns is proallargtypes, proargmodes and proargnames: NULL unless there are OUT
// columns.
func (p *proc) outColumns() (all, modes, names any) {
	if len(p.outs) == 0 {
		return nil, nil, nil
	}
	oids := append([]types.OID(nil), p.args...)
	m, n := types.NewArrayBuilder(types.Char), make([]string, len(p.args))
	for range p.args {
		m.Append(types.NewBytes("i"))
	}
	for _, c := range p.outs {
		oids, n = append(oids, c.Type.OID), append(n, c.Name)
		m.Append(types.NewBytes("o"))
	}
	return array(types.Oid, oids...), m.Build(), textArray(n...)
}

func aggregateRows(_ *Input, w *writer) {
	w.columns("aggfnoid aggkind aggfinalmodify aggmfinalmodify aggtranstype")
	for _, a := range expr.Aggs() {
		w.row(a.OID, "n", "r", "r", a.Ret.OID)
	}
}

func operatorRows(_ *Input, w *writer) {
	w.columns("oid oprname oprnamespace oprowner oprkind oprleft oprright oprresult")
	for _, f := range expr.All() {
		if !isOperator(f.Name) {
			continue
		}
		switch len(f.Args) {
		case 1:
			w.row(f.OID, f.Name, 11, OwnerOID, "l", 0, f.Args[0].OID, f.Ret.OID)
		case 2:
			w.row(f.OID, f.Name, 11, OwnerOID, "b", f.Args[0].OID, f.Args[1].OID, f.Ret.OID)
		}
	}
}

func languageRows(_ *Input, w *writer) {
	w.columns("oid lanname lanowner lanispl lanpltrusted")
	w.row(12, "internal", OwnerOID, false, false)
}

// FunctionArguments is pg_get_function_arguments; ok is false for an unknown OID.
func FunctionArguments(oid types.OID) (text string, ok bool) {
	p, ok := procByOID()[oid]
	if !ok {
		return "", false
	}
	text = p.arguments()
	for i, c := range p.outs {
		if i > 0 || text != "" {
			text += ", "
		}
		text += "OUT " + c.Name + " " + c.Type.String()
	}
	return text, true
}

// Functions lists the functions and aggregates that can be called, by name and arguments.
func Functions() []FunctionInfo {
	var fs []FunctionInfo
	for _, f := range expr.All() {
		if !isOperator(f.Name) {
			fs = append(fs, functionInfo(types.OID(f.OID)))
		}
	}
	for _, a := range expr.Aggs() {
		fs = append(fs, functionInfo(types.OID(a.OID)))
	}
	slices.SortStableFunc(fs, func(a, b FunctionInfo) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Arguments, b.Arguments))
	})
	return slices.DeleteFunc(fs, func(f FunctionInfo) bool { return f.Name == "" })
}

// FunctionInfo is a function as SHOW FUNCTIONS lists it.
type FunctionInfo struct{ Name, Arguments, Result string }

func functionInfo(oid types.OID) FunctionInfo {
	p := procByOID()[oid]
	if p == nil {
		return FunctionInfo{}
	}
	args, _ := FunctionArguments(oid)
	result, _ := FunctionResult(oid)
	return FunctionInfo{p.name, args, result}
}

// FunctionIdentityArguments is pg_get_function_identity_arguments.
func FunctionIdentityArguments(oid types.OID) (text string, ok bool) {
	p, ok := procByOID()[oid]
	if !ok {
		return "", false
	}
	return p.arguments(), true
}

func (p *proc) arguments() string {
	parts := make([]string, len(p.args))
	for i, a := range p.args {
		if parts[i] = FormatType(a, -1, false); p.variadic != 0 && i == len(p.args)-1 {
			parts[i] = "VARIADIC " + parts[i]
		}
	}
	return strings.Join(parts, ", ")
}

// FunctionResult is pg_get_function_result.
func FunctionResult(oid types.OID) (text string, ok bool) {
	p, ok := procByOID()[oid]
	if !ok {
		return "", false
	}
	text = FormatType(p.ret, -1, false)
	if p.set {
		text = "SETOF " + text
	}
	return text, true
}
