package sql

import (
	pg_query "github.com/pganalyze/pg_query_go/v5"

	"streamdb/types/pgerr"
)

// converter turns pg_query's tree into ours. The first failure sticks in err; after it the
// conversion goes on and its result is thrown away.
type converter struct {
	text   string  // the whole text
	base   int     // where the text given to pg_query begins in it
	tokens []token // of the statement
	depth  int
	err    error
}

// failure returns the sticky error.
func (c *converter) failure() error { return c.err }

func (c *converter) fail(err *pgerr.Error) {
	if c.err == nil {
		c.err = err
	}
}

// unsupported fails with 0A000 at a location of pg_query's.
func (c *converter) unsupported(what, hint string, location int32) {
	c.fail(pgerr.Unsupported(what, hint).At(CharPos(c.text, c.pos(location))))
}

// enter counts one level of recursion; the caller leaves with c.depth--.
func (c *converter) enter() bool {
	c.depth++
	if c.depth > maxConvertDeep {
		c.fail(errTooDeep())
	}
	return c.err == nil
}

// pos turns a location of pg_query's, -1 for unknown, into ours.
func (c *converter) pos(location int32) Pos {
	if location < 0 {
		return NoPos
	}
	return Pos(c.base + int(location))
}

// names lists the strings of nodes, such as a qualified name's parts.
func names(nodes []*pg_query.Node) []string {
	if len(nodes) == 0 {
		return nil
	}
	out := make([]string, 0, len(nodes))
	for _, n := range nodes {
		out = append(out, n.GetString_().GetSval())
	}
	return out
}

// qualified makes a name of one to three parts.
func (c *converter) qualified(parts []string, pos Pos) QualifiedName {
	q := QualifiedName{Pos: pos}
	switch len(parts) {
	case 1:
		q.Name = parts[0]
	case 2:
		q.Schema, q.Name = parts[0], parts[1]
	case 3:
		q.Catalog, q.Schema, q.Name = parts[0], parts[1], parts[2]
	default:
		c.fail(pgerr.New(pgerr.SyntaxError, "improper qualified name (too many dotted names): %s", formatNames(parts)).
			At(CharPos(c.text, pos)))
	}
	return q
}

// rangeVarName is the bare name of a relation.
func (c *converter) rangeVarName(r *pg_query.RangeVar) QualifiedName {
	if r == nil {
		return QualifiedName{Pos: NoPos}
	}
	return QualifiedName{Pos: c.pos(r.Location), Catalog: r.Catalogname, Schema: r.Schemaname, Name: r.Relname}
}

// options converts a list of DefElems.
func (c *converter) options(nodes []*pg_query.Node) []Option {
	var out []Option
	for _, n := range nodes {
		out = append(out, c.option(n.GetDefElem()))
	}
	return out
}

func (c *converter) option(d *pg_query.DefElem) Option {
	o := Option{Pos: c.pos(d.GetLocation()), Name: d.GetDefname()}
	if ns := d.GetDefnamespace(); ns != "" {
		o.Name = ns + "." + o.Name
	}
	if d.GetArg() == nil {
		return o
	}
	switch n := d.Arg.Node.(type) {
	case *pg_query.Node_List:
		o.List = names(n.List.Items)
	case *pg_query.Node_AStar:
		o.Star = true
	default:
		o.Value = c.optionValue(d.Arg)
	}
	return o
}

// optionValue reads the value of an option, which the grammar leaves in many shapes.
func (c *converter) optionValue(n *pg_query.Node) *Literal {
	switch v := n.Node.(type) {
	case *pg_query.Node_Boolean:
		return &Literal{Pos: NoPos, Kind: LiteralBool, Text: boolText(v.Boolean.Boolval)}
	case *pg_query.Node_Integer:
		return &Literal{Pos: NoPos, Kind: LiteralInteger, Text: itoa(int64(v.Integer.Ival))}
	case *pg_query.Node_Float:
		return numberLiteral(v.Float.Fval, NoPos)
	case *pg_query.Node_String_:
		return &Literal{Pos: NoPos, Kind: LiteralString, Text: v.String_.Sval}
	case *pg_query.Node_TypeName:
		ns := names(v.TypeName.Names)
		if len(ns) == 2 && ns[0] == "pg_catalog" {
			ns = ns[1:]
		}
		return &Literal{Pos: c.pos(v.TypeName.Location), Kind: LiteralString, Text: formatNames(ns)}
	case *pg_query.Node_AConst:
		return c.constant(v.AConst)
	}
	c.unsupported("this option value", "", -1)
	return nil
}
