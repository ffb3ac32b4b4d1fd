package planner

import (
	"fmt"
	"slices"

	"streamdb/expr"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// row binds ROW(…) or (a, b) as a value; t.* stands for the columns of t.
func (b *binder) row(sc *scope, e *sql.Row) (expr.Expr, error) {
	defer b.noSets(sc)()
	r := &expr.Row{}
	for _, a := range e.Args {
		xs, err := b.listed(sc, a)
		if err != nil {
			return nil, err
		}
		for _, x := range xs {
			if x, err = b.known(x); err != nil {
				return nil, err
			}
			r.Fields = append(r.Fields, x)
		}
	}
	for i := range r.Fields {
		r.Names = append(r.Names, fmt.Sprintf("f%d", i+1))
	}
	return r, nil
}

// listed binds an element of ROW(…) or VALUES (…), where t.* stands for the columns of t.
func (b *binder) listed(sc *scope, e sql.Expr) ([]expr.Expr, error) {
	ref, ok := e.(*sql.ColumnRef)
	if !ok || !ref.Star {
		x, err := b.expr(sc, e)
		return []expr.Expr{x}, err
	}
	cols, err := b.star(sc, ref)
	if err != nil {
		return nil, err
	}
	xs := make([]expr.Expr, len(cols))
	for i, c := range cols {
		xs[i] = b.cols.col(c.id)
	}
	return xs, nil
}

// starRow is t.* where a single value is wanted: the row of t.
func (b *binder) starRow(sc *scope, r *sql.ColumnRef) (expr.Expr, error) {
	n := len(r.Names)
	if n == 0 || n > 2 {
		return nil, b.fail(r.Pos, pgerr.SyntaxError, "row expansion via \"*\" is not supported here")
	}
	schema := ""
	if n == 2 {
		schema = r.Names[0]
	}
	t, err := b.tableNamed(sc, schema, r.Names[n-1], r.Pos)
	if err != nil {
		return nil, err
	}
	return b.wholeRow(t, r.Pos)
}

// wholeRow is the name of an entry of FROM used as a value: the value itself of a function
// without rows, otherwise a record, which is NULL where a join found no row.
func (b *binder) wholeRow(t *tableEntry, pos sql.Pos) (expr.Expr, error) {
	place := func(id int) *expr.Col {
		c := b.cols.col(id)
		b.place[c] = pos
		return c
	}
	if t.scalar {
		return place(t.cols[0].id), nil
	}
	b.names.record(t)
	r, fields := &expr.Row{}, t.cols
	if t.fields != nil {
		fields = t.fields
	}
	for _, c := range fields {
		r.Fields, r.Names = append(r.Fields, place(c.id)), append(r.Names, c.name)
	}
	mark, err := b.presence(t, pos)
	if err != nil || mark < 0 {
		return r, err
	}
	return &expr.Case{
		Whens: []expr.When{{Cond: &expr.IsNull{Arg: place(mark), Negate: true}, Then: r}}, T: types.Record,
	}, nil
}

// arguments binds the arguments of a call, where t.* is t as a whole.
func (b *binder) arguments(sc *scope, es []sql.Expr) ([]expr.Expr, []sql.Pos, error) {
	args, pos := make([]expr.Expr, len(es)), make([]sql.Pos, len(es))
	for i, e := range es {
		var err error
		pos[i] = sql.Start(e)
		if args[i], err = b.expr(sc, e); err != nil {
			return nil, nil, err
		}
	}
	return args, pos, nil
}

// presence is a column of an entry of FROM that is NULL only where a join found no row;
// −1 if the entry is never joined.
func (b *binder) presence(t *tableEntry, pos sql.Pos) (int, error) {
	if t.scan != nil {
		return b.systemColumn(t, "tableoid", pos)
	}
	if t.derived == nil {
		return -1, nil
	}
	if t.mark == 0 {
		t.mark = b.cols.add("present", types.Bool)
		b.owner[t.mark] = t.owner
		t.derived.items = append(slices.Clone(t.derived.items), item{t.mark, &expr.Const{D: types.NewBool(true), T: types.Bool}})
	}
	return t.mark, nil
}

// derive puts a projection over r, which presence can add a column to.
func (b *binder) derive(t *tableEntry, r rel) rel {
	t.derived = &projectRel{in: r, items: b.cols.passAll(r.columns())}
	return t.derived
}

// fieldSelect binds (record).field.
func (b *binder) fieldSelect(sc *scope, e *sql.FieldSelect) (expr.Expr, error) {
	if ref, ok := e.Arg.(*sql.ColumnRef); ok && len(ref.Names) == 1 && !ref.Star && !e.Star {
		if t := b.entryOf(sc, ref.Names[0]); t != nil {
			id, err := b.qualified(sc, "", ref.Names[0], e.Field, e.Pos)
			if err != nil {
				return nil, err
			}
			b.names.column(sc, columnUse{field: e, namedColumn: namedColumn{name: e.Field}}, t, id)
			c := b.cols.col(id)
			b.place[c] = e.Pos
			return c, nil
		}
	}
	return nil, b.unsupported(e.Pos, "(row).field", "Name the column.")
}

// entryOf is the entry of FROM that a name without qualification stands for as a whole,
// nil if it is a column or nothing.
func (b *binder) entryOf(sc *scope, name string) *tableEntry {
	named := func(c nameCol) bool { return c.name == name }
	for s := sc; s != nil; s = s.parent {
		if slices.ContainsFunc(s.names.cols, named) {
			return nil
		}
	}
	for s := sc; s != nil; s = s.parent {
		if t := s.names.table("", name); t != nil {
			return t
		}
	}
	return nil
}

// checkRecords fails for a view or table that would have a column of records.
func checkRecords(cols []types.Column) error {
	for _, c := range cols {
		if c.Type.OID == types.Record.OID {
			return pgerr.New(pgerr.InvalidTableDefinition, "column \"%s\" has pseudo-type record", c.Name)
		}
	}
	return nil
}
