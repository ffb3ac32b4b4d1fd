package plan

import (
	"fmt"
	"strconv"
	"strings"

	"streamdb/expr"
	"streamdb/types"
)

// Format prints a plan as EXPLAIN does: one line per node, inputs indented below it, the
// properties that hold for its rows in brackets:
//
//	Join inner: a.id = b.id  [append-only] [key: id] [hash: id]
//	  Scan public.a: id, x  [append-only] [key: id] [hash: id]
//	  …
//
// Columns print by name, followed by # and their position where the name is not unique. A
// node that is read more than once prints in full the first time, marked "shared n".
func Format(root Node) string {
	f := formatter{number: map[Node]int{}, done: map[Node]bool{}}
	reads := map[Node]int{}
	Walk(root, func(n Node) bool {
		for _, in := range n.Inputs() {
			reads[in]++
		}
		return true
	})
	f.reads = reads
	f.node(root, 0)
	return f.b.String()
}

type formatter struct {
	b      strings.Builder
	d      Deriver
	reads  map[Node]int
	number map[Node]int
	done   map[Node]bool
}

func (f *formatter) node(n Node, depth int) {
	f.b.WriteString(strings.Repeat("  ", depth))
	if f.done[n] {
		fmt.Fprintf(&f.b, "shared %d\n", f.number[n])
		return
	}
	if f.reads[n] > 1 {
		f.done[n] = true
		f.number[n] = len(f.number) + 1
		fmt.Fprintf(&f.b, "shared %d = ", f.number[n])
	}
	f.b.WriteString(describe(n))
	f.b.WriteString(describeProps(n.Schema(), f.d.Props(n)))
	f.b.WriteByte('\n')
	for _, in := range n.Inputs() {
		f.node(in, depth+1)
	}
}

func describeProps(s types.Schema, p *Props) string {
	out := ""
	if p.AppendOnly {
		out += " [append-only]"
	}
	switch k := p.Key(); {
	case k == nil:
	case len(k) == 0:
		out += " [one row]"
	default:
		out += " [key: " + columnList(s, k) + "]"
	}
	switch {
	case p.Single:
		out += " [single]"
	case p.Hash != nil:
		out += " [hash: " + columnList(s, p.Hash) + "]"
	}
	if out != "" {
		out = " " + out
	}
	return out
}

// describe is a node's own line.
func describe(n Node) string {
	switch n := n.(type) {
	case *Scan:
		return describeScan(n)
	case *Values:
		return describeValues(n)
	case *Filter:
		return "Filter: " + named(n.Pred, n.Input.Schema())
	case *Project:
		return "Project: " + describeProject(n)
	case *Join:
		return describeJoin(n)
	case *Aggregate:
		return describeAggregate(n)
	case *Union:
		return "Union all"
	case *SetOp:
		return describeSetOp(n)
	case *TableFunc:
		return describeTableFunc(n)
	case *SingleRow:
		if len(n.Keys) == 0 {
			return "Single row"
		}
		return "Single row per " + columnList(n.Schema(), n.Keys)
	case *Sort:
		return "Sort: " + describeSort(n)
	case *Limit:
		return describeLimit(n)
	case *Exchange:
		if len(n.Keys) == 0 {
			return "Exchange to one worker"
		}
		return "Exchange by hash of " + columnList(n.Schema(), n.Keys)
	}
	return fmt.Sprintf("%T", n)
}

func describeScan(n *Scan) string {
	s := "Scan " + n.Name
	if len(n.Eq) > 0 {
		var eq []string
		for i, e := range n.Eq {
			eq = append(eq, columnName(n.Out, n.Key[i])+" = "+e.String())
		}
		s = "Look up " + n.Name + " by " + strings.Join(eq, " and ")
	}
	return s + ": " + columnList(n.Out, span(0, len(n.Out)))
}

func describeValues(n *Values) string {
	const most = 3
	var rows []string
	for i, r := range n.Rows {
		if i == most {
			rows = append(rows, fmt.Sprintf("… %d rows", len(n.Rows)))
			break
		}
		rows = append(rows, "("+exprList(r, nil)+")")
	}
	if len(rows) == 0 {
		return "Values: none"
	}
	return "Values: " + strings.Join(rows, ", ")
}

func describeProject(n *Project) string {
	in := n.Input.Schema()
	parts := make([]string, len(n.Exprs))
	for i, e := range n.Exprs {
		parts[i] = named(e, in)
		if name := n.Out[i].Name; parts[i] != name {
			parts[i] += " AS " + ident(name)
		}
	}
	return strings.Join(parts, ", ")
}

var joinWords = [...]string{Inner: "inner", Left: "left", Full: "full", Semi: "semi", Anti: "anti"}

func describeJoin(n *Join) string {
	l, r := n.Left.Schema(), n.Right.Schema()
	var conds []string
	for i := range n.LeftKeys {
		op := " = "
		if n.NullSafe[i] {
			op = " IS NOT DISTINCT FROM "
		}
		conds = append(conds, columnName(l, n.LeftKeys[i])+op+columnName(r, n.RightKeys[i]))
	}
	if n.Residual != nil {
		both := append(append(types.Schema{}, l...), r...)
		conds = append(conds, named(n.Residual, both))
	}
	if len(conds) == 0 {
		if n.Kind == Inner {
			return "Join cross"
		}
		return "Join " + joinWords[n.Kind]
	}
	return "Join " + joinWords[n.Kind] + ": " + strings.Join(conds, ", ")
}

func describeAggregate(n *Aggregate) string {
	in := n.Input.Schema()
	keys := columnList(in, n.Keys)
	if len(n.Aggs) == 0 && !n.Global {
		return "Distinct: " + keys
	}
	aggs := make([]string, len(n.Aggs))
	for i := range n.Aggs {
		aggs[i] = describeAgg(&n.Aggs[i], in)
	}
	s := "Aggregate: " + strings.Join(aggs, ", ")
	if len(n.Keys) > 0 {
		s += " by " + keys
	}
	return s
}

func describeAgg(a *expr.AggCall, in types.Schema) string {
	args := exprList(a.Args, in)
	if len(a.Args) == 0 {
		args = "*"
	}
	if a.Distinct {
		args = "DISTINCT " + args
	}
	for i, k := range a.Order {
		word := ", "
		if i == 0 {
			word = " ORDER BY "
		}
		args += word + named(k.Expr, in) + direction(k.Desc, k.NullsFirst)
	}
	s := a.Fn.Name + "(" + args + ")"
	if a.Filter != nil {
		s += " FILTER (WHERE " + named(a.Filter, in) + ")"
	}
	return s
}

func describeSetOp(n *SetOp) string {
	s := "Intersect"
	if n.Except {
		s = "Except"
	}
	if n.All {
		s += " all"
	}
	return s
}

func describeTableFunc(n *TableFunc) string {
	in := n.Input.Schema()
	calls := make([]string, len(n.Funcs))
	for i, c := range n.Funcs {
		calls[i] = c.Fn.Name + "(" + exprList(c.Args, in) + ")"
	}
	s := "Table function: " + strings.Join(calls, ", ")
	if n.Ordinality {
		s += " with ordinality"
	}
	if n.Outer {
		s += ", outer"
	}
	return s
}

func describeSort(n *Sort) string {
	parts := make([]string, len(n.Keys))
	for i, k := range n.Keys {
		parts[i] = columnName(n.Schema(), k.Column) + direction(k.Desc, k.NullsFirst)
	}
	return strings.Join(parts, ", ")
}

func direction(desc, nullsFirst bool) string {
	s := ""
	if desc {
		s = " DESC"
	}
	if nullsFirst != desc {
		if nullsFirst {
			return s + " NULLS FIRST"
		}
		return s + " NULLS LAST"
	}
	return s
}

func describeLimit(n *Limit) string {
	s := "Limit:"
	if n.Count != nil {
		s += " " + named(n.Count, n.Schema())
	}
	if n.WithTies {
		s += " with ties"
	}
	if n.Offset != nil {
		s += " offset " + named(n.Offset, n.Schema())
	}
	if len(n.Keys) > 0 {
		s += " per " + columnList(n.Schema(), n.Keys)
	}
	return s
}

func span(from, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = from + i
	}
	return out
}

func columnList(s types.Schema, cols []int) string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = columnName(s, c)
	}
	return strings.Join(names, ", ")
}

// columnName is a column's name, with its position where others have the same name.
func columnName(s types.Schema, c int) string {
	if c >= len(s) {
		return "#" + strconv.Itoa(c)
	}
	for i := range s {
		if i != c && s[i].Name == s[c].Name {
			return ident(s[c].Name) + "#" + strconv.Itoa(c)
		}
	}
	return ident(s[c].Name)
}

func ident(name string) string {
	if name == "" {
		return `""`
	}
	return name
}

func exprList(es []expr.Expr, in types.Schema) string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = named(e, in)
	}
	return strings.Join(parts, ", ")
}

// named prints e with the input's column names in place of positions.
func named(e expr.Expr, in types.Schema) string {
	if e == nil {
		return ""
	}
	return expr.Map(e, func(x expr.Expr) expr.Expr {
		if c, ok := x.(*expr.Col); ok {
			return &namedCol{Col: *c, name: columnName(in, c.Index)}
		}
		return x
	}).String()
}

// namedCol is a column that prints by name.
type namedCol struct {
	expr.Col
	name string
}

func (c *namedCol) WithChildren([]expr.Expr) expr.Expr { return c }
func (c *namedCol) String() string                     { return c.name }
