package expr

import (
	_ "embed" // oids.txt
	"slices"
	"strconv"
	"strings"
	"sync"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// The pseudo-types that only signatures use.
var (
	anyNonArray  = types.Type{OID: 2776, Mod: -1}
	anyCompat    = types.Type{OID: 5077, Mod: -1}
	anyCompatArr = types.Type{OID: 5078, Mod: -1}
)

// table is the function table, indexed.
type table struct {
	funcs  []*Func
	byName map[string][]*Func
	bySig  map[string]*Func
	aggs   []*Agg
	aggBy  map[string][]*Agg
}

// functions builds the table once. It is reached through a variable that kernels do not
// mention, so that they may resolve functions themselves only through [FuncBySig].
var functions = sync.OnceValue(buildTable)

func buildTable() *table {
	t := &table{byName: map[string][]*Func{}, bySig: map[string]*Func{}, aggBy: map[string][]*Agg{}}
	for _, family := range families() {
		t.funcs = append(t.funcs, family...)
	}
	oids := knownOIDs()
	used := map[uint32]bool{}
	for _, f := range t.funcs {
		if f.Vol == 0 {
			f.Vol = Immutable
		}
		sig := f.Sig()
		if t.bySig[sig] != nil {
			panic("expr: two functions " + sig)
		}
		if f.OID = oids[sig]; f.OID == 0 {
			f.OID = stableOID(sig, used)
		}
		t.bySig[sig] = f
		t.byName[f.Name] = append(t.byName[f.Name], f)
	}
	for _, a := range aggregates() {
		sig := "aggregate " + a.Sig()
		if a.OID = oids[sig]; a.OID == 0 {
			a.OID = stableOID(sig, used)
		}
		t.aggs = append(t.aggs, a)
		t.aggBy[a.Name] = append(t.aggBy[a.Name], a)
	}
	return t
}

// oidList is PostgreSQL's OID of each function it has too: signature, OID.
//
//go:embed oids.txt
var oidList string

func knownOIDs() map[string]uint32 {
	m := map[string]uint32{}
	for line := range strings.Lines(oidList) {
		line = strings.TrimSpace(line)
		k := strings.LastIndexByte(line, ' ')
		if k < 0 {
			continue
		}
		if v, err := strconv.ParseUint(line[k+1:], 10, 32); err == nil {
			m[line[:k]] = uint32(v)
		}
	}
	return m
}

// IsOperator reports whether f is written as an operator.
func (f *Func) IsOperator() bool { return isOperatorName(f.Name) }

// stableOID computes an OID from a signature, below the OIDs of user objects and above
// those PostgreSQL hands out by hand.
func stableOID(sig string, used map[uint32]bool) uint32 {
	h := uint32(2166136261)
	for i := range len(sig) {
		h = (h ^ uint32(sig[i])) * 16777619
	}
	oid := 10000 + h%6000
	for used[oid] {
		if oid++; oid == 16000 {
			oid = 10000
		}
	}
	used[oid] = true
	return oid
}

// All lists the functions and operators.
func All() []*Func { return functions().funcs }

// Aggs lists the aggregates.
func Aggs() []*Agg { return functions().aggs }

// FuncBySig finds a function by [Func.Sig].
func FuncBySig(sig string) (*Func, bool) {
	f, ok := functions().bySig[sig]
	return f, ok
}

// AggBySig finds an aggregate by [Agg.Sig].
func AggBySig(sig string) (*Agg, bool) {
	name, _, _ := strings.Cut(sig, "(")
	for _, a := range functions().aggBy[name] {
		if a.Sig() == sig {
			return a, true
		}
	}
	return nil, false
}

// IsAggName reports whether an aggregate has this name.
func IsAggName(name string) bool { return len(functions().aggBy[name]) > 0 }

// IsFuncName reports whether a function that is no operator has this name.
func IsFuncName(name string) bool { return len(functions().byName[name]) > 0 && !isOperatorName(name) }

// Sig is the stable identity of the overload.
func (a *Agg) Sig() string { return (&Func{Name: a.Name, Args: a.Args}).Sig() }

// fn makes an overload from its signature, such as "left(text,int4) text",
// "concat(variadic any) text" or "unnest(anyarray) setof anyelement".
func fn(sig string, k Kernel) *Func {
	open, end := strings.IndexByte(sig, '('), strings.LastIndexByte(sig, ')')
	f := &Func{Name: sig[:open], Kernel: k}
	if inner := sig[open+1 : end]; inner != "" {
		for _, a := range strings.Split(inner, ",") {
			a, f.Variadic = cutWord(a, "variadic ")
			f.Args = append(f.Args, typeNamed(a))
		}
	}
	ret := strings.TrimSpace(sig[end+1:])
	ret, f.Set = cutWord(ret, "setof ")
	f.Ret = typeNamed(ret)
	return f
}

func cutWord(s, word string) (string, bool) { return strings.CutPrefix(s, word) }

func typeNamed(name string) types.Type {
	if elem, ok := strings.CutSuffix(name, "[]"); ok {
		name = "_" + elem
	}
	t, ok := types.TypeByName(name)
	if !ok {
		panic("expr: no type " + name)
	}
	return t
}

func (f *Func) stable() *Func   { f.Vol = Stable; return f }
func (f *Func) volatile() *Func { f.Vol = Volatile; return f }
func (f *Func) nullable() *Func { f.NotStrict = true; return f }
func (f *Func) safe() *Func     { f.Safe = true; return f }
func (f *Func) total() *Func    { f.Total, f.Safe = true, true; return f }

func (f *Func) safeConst() *Func { f.SafeConst = true; return f }

func (f *Func) special(s func(args []Expr) Kernel) *Func { f.Special = s; return f }

// srf makes a set-returning overload of one column.
func srf(sig string, rows RowsFunc) *Func {
	f := fn(sig, nil)
	f.Rows = rows
	return f
}

// columns names the OUT columns of a set-returning function: "key text,value jsonb".
func (f *Func) columns(spec string) *Func {
	for _, c := range strings.Split(spec, ",") {
		name, t, _ := strings.Cut(c, " ")
		f.Cols = append(f.Cols, types.Column{Name: name, Type: typeNamed(t)})
	}
	return f
}

// VolatilityOf is the least stable volatility in e.
func VolatilityOf(e Expr) Volatility {
	v := Immutable
	Walk(e, func(x Expr) bool {
		switch x := x.(type) {
		case *Call:
			v = worse(v, x.Fn.Vol)
		case *Cast:
			v = worse(v, castVolatility(x.Arg.Type(), x.T))
		}
		return true
	})
	return v
}

func worse(a, b Volatility) Volatility {
	order := []Volatility{Immutable, Stable, Volatile}
	return order[max(slices.Index(order, a), slices.Index(order, b), 0)]
}

// CanRaise reports whether evaluating e may raise an error for some row.
func CanRaise(e Expr) bool {
	raises := false
	Walk(e, func(x Expr) bool {
		switch x := x.(type) {
		case *Call:
			raises = raises || !x.Fn.Safe && !(!x.Spread && x.Fn.SafeConst && x.Fn.Special(x.Args) != nil)
		case *Cast:
			raises = raises || !castIsSafe(x.Arg.Type(), x.T)
		case *AnyAll:
			raises = raises || !x.Op.Safe
		case *Array:
			raises = raises || x.T.ElemType().IsArray()
		case *Col, *Const, *And, *Or, *Not, *IsNull, *BoolTest, *DistinctFrom, *Case, *Coalesce, *MinMax, *NullIf, *In,
			*Subscript, *Slice, *Row:
		default:
			raises = true // a node this package does not know
		}
		return !raises
	})
	return raises
}

// refuseInView is the error of a session function without a session.
func refuseInView(name string) error {
	return pgerr.Unsupported("function "+name+" in a materialized view", "Its value depends on the session; use a constant.")
}
