package session

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"streamdb/catalog"
	"streamdb/connector/format"
	"streamdb/expr"
	"streamdb/planner"
	"streamdb/planner/plan"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

func (s *Session) buildCopy(c *compiled, st *sql.Copy, env *planner.Env) error {
	if st.Program || st.File != "" {
		return pgerr.Unsupported("COPY with a file or program on the server", "Use STDIN or STDOUT, or psql's \\copy.")
	}
	if st.From {
		return s.buildCopyIn(c, st)
	}
	return s.buildCopyOut(c, st, env)
}

// copyTarget finds the table of a COPY and the positions of its columns.
func (s *Session) copyTarget(st *sql.Copy) (*catalog.Relation, []int, error) {
	r, ok := s.e.Catalog().Lookup(s.path(), st.Table.Schema, st.Table.Name)
	if !ok {
		return nil, nil, pgerr.New(pgerr.UndefinedTable, "relation \"%s\" does not exist", st.Table.String())
	}
	if len(st.Columns) == 0 {
		return r, r.Live(), nil
	}
	var cols []int
	for _, name := range st.Columns {
		i, err := column(r, name)
		if err != nil {
			return nil, nil, err
		}
		if slices.Contains(cols, i) {
			return nil, nil, pgerr.New(pgerr.DuplicateColumn, "column \"%s\" specified more than once", name)
		}
		cols = append(cols, i)
	}
	return r, cols, nil
}

func names(r *catalog.Relation, cols []int) []string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = r.Columns[c].Name
	}
	return out
}

// buildCopyIn compiles COPY t FROM STDIN: an INSERT of the rows that follow.
func (s *Session) buildCopyIn(c *compiled, st *sql.Copy) error {
	r, cols, err := s.copyTarget(st)
	if err != nil {
		return err
	}
	if r.Kind != catalog.Table {
		return pgerr.New(pgerr.WrongObjectType, "cannot copy to %s \"%s\"", r.Kind, r.Name)
	}
	opts, err := copyOptions(st, c.text, names(r, cols), r)
	if err != nil {
		return err
	}
	c.run = func(ctx context.Context, x *execution) error {
		n, err := s.copyIn(ctx, x, r, cols, opts)
		x.tag = tagf("COPY %d", n)
		return err
	}
	return nil
}

func (s *Session) copyIn(ctx context.Context, x *execution, r *catalog.Relation, cols []int, opts format.CopyOptions) (int64, error) {
	env := s.env("", nil)
	checks := make([]planner.Check, len(r.Checks))
	for i, c := range r.Checks {
		e, err := planner.BindScalar(c.Expr, r, env)
		if err != nil {
			return 0, err
		}
		checks[i] = planner.Check{Name: c.Name, Expr: e}
	}
	defaults, err := defaultsOf(r, cols, env)
	if err != nil {
		return 0, err
	}
	var where expr.Expr
	if st := x.c.stmt.(*sql.Copy); st.Where != nil {
		if where, err = planner.BindCopyWhere(st.Where, r, s.env(x.c.text, nil)); err != nil {
			return 0, err
		}
	}
	w, err := s.writer(ctx, r, checks, false, x)
	if err != nil {
		return 0, err
	}
	in, err := x.w.CopyIn(0, len(cols)) // now that the table stays as it is, for the client sends only once
	if err != nil {
		return 0, err
	}
	rd := format.NewCopyReader(in, opts, names(r, cols))
	fail := func(err error) (int64, error) { return 0, inCopy(err, r.Name, rd.Line(), rd.Raw()) }
	var lines []int32 // of the rows taken
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		fields, err := rd.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fail(err)
		}
		row, err := s.copyRow(w, r, cols, fields, defaults)
		if err != nil {
			return fail(err)
		}
		if take, err := w.takesRow(where, row); err != nil {
			return fail(err)
		} else if !take {
			continue
		}
		if err := w.check(row); err != nil {
			return fail(err)
		}
		w.change(nil, row, nil)
		lines = append(lines, int32(rd.Line()))
	}
	if err := w.finish(ctx, nil); err != nil {
		if at := w.duplicate; pgerr.Is(err, pgerr.UniqueViolation) && at < len(lines) {
			err = inCopy(err, r.Name, int(lines[max(at, 0)]), nil)
		}
		return 0, err
	}
	return w.count, nil
}

// defaultsOf is the defaults of the columns that COPY does not name.
func defaultsOf(r *catalog.Relation, cols []int, env *planner.Env) (map[int]expr.Expr, error) {
	m := map[int]expr.Expr{}
	for i, c := range r.Columns {
		if c.Default != "" {
			e, err := planner.BindDefault(r, i, env)
			if err != nil {
				return nil, err
			}
			m[i] = e
		}
	}
	for _, i := range cols {
		delete(m, i)
	}
	return m, nil
}

func (s *Session) copyRow(w *writer, r *catalog.Relation, cols []int, fields [][]byte, defaults map[int]expr.Expr) (types.Row, error) {
	row := make(types.Row, len(r.Columns))
	if len(fields) < len(cols) {
		return nil, pgerr.New(pgerr.BadCopyFileFormat, "missing data for column \"%s\"", r.Columns[cols[len(fields)]].Name)
	}
	if len(fields) > len(cols) {
		return nil, pgerr.New(pgerr.BadCopyFileFormat, "extra data after last expected column")
	}
	for k, i := range cols {
		if fields[k] == nil {
			continue
		}
		d, err := types.ParseText(r.Columns[i].Type, string(fields[k]), w.ctx.Style)
		if err != nil {
			e := *pgerr.From(err)
			e.Where = "column " + r.Columns[i].Name + ": \"" + clip(string(fields[k])) + "\""
			return nil, &e
		}
		row[i] = d
	}
	for i, e := range defaults {
		d, err := expr.EvalConst(w.ctx, e)
		if err != nil {
			return nil, err
		}
		row[i] = d
	}
	w.fresh(row)
	return row, nil
}

// takesRow reports whether a condition, nil for none, is true of a row.
func (w *writer) takesRow(where expr.Expr, row types.Row) (bool, error) {
	if where == nil {
		return true, nil
	}
	d, err := expr.EvalRow(w.ctx, where, row)
	return err == nil && !d.IsNull() && d.Bool(), err
}

// clip cuts a text to the 100 bytes or so that an error shows of it.
func clip(s string) string {
	const most = 100
	if len(s) <= most {
		return s
	}
	n := most
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "..."
}

// inCopy says where in the data an error arose: in which line, which is raw.
func inCopy(err error, table string, line int, raw []byte) error {
	e := *pgerr.From(err)
	where := tagf("COPY %s, line %d", table, line)
	switch {
	case e.Where != "":
		where += ", " + e.Where
	case e.Code == pgerr.BadCopyFileFormat || e.Code == pgerr.NotNullViolation || e.Code == pgerr.CheckViolation:
		where += ": \"" + clip(string(raw)) + "\""
	}
	e.Where = where
	return &e
}

// buildCopyOut compiles COPY … TO STDOUT.
func (s *Session) buildCopyOut(c *compiled, st *sql.Copy, env *planner.Env) error {
	root, cols, r, err := s.copySource(st, env)
	if err != nil {
		return err
	}
	opts, err := copyOptions(st, c.text, cols, r)
	if err != nil {
		return err
	}
	c.run = func(ctx context.Context, x *execution) error {
		out, err := x.w.CopyOut(0, len(cols))
		if err != nil {
			return err
		}
		var line []byte
		if opts.Header != format.HeaderNone {
			if _, err := out.Write(format.AppendCopyHeader(nil, &opts, cols)); err != nil {
				return err
			}
		}
		n, style := int64(0), s.getStyle()
		fields := make([][]byte, len(cols))
		err = s.read(ctx, root, func(b *types.Batch) error {
			b = s.outward(b, nil)
			for k := range b.Len() {
				row := b.Row(k)
				for i, v := range b.Cols {
					fields[i] = nil
					if !v.IsNull(row) {
						fields[i] = types.AppendText([]byte{}, v, row, style)
					}
				}
				line = format.AppendCopyRow(line[:0], &opts, fields)
				for range b.Weight(row) {
					n++
					if _, err := out.Write(line); err != nil {
						return err
					}
				}
			}
			return nil
		})
		x.tag = tagf("COPY %d", n)
		return err
	}
	return nil
}

// copySource plans what COPY … TO reads; the relation is nil for a query.
func (s *Session) copySource(st *sql.Copy, env *planner.Env) (plan.Node, []string, *catalog.Relation, error) {
	var q *sql.Query
	var of *catalog.Relation
	switch inner := st.Query.(type) {
	case nil:
		r, cols, err := s.copyTarget(st)
		if err != nil {
			return nil, nil, nil, err
		}
		if r.Kind == catalog.View || r.Kind == catalog.MaterializedView {
			return nil, nil, nil, pgerr.New(pgerr.WrongObjectType, "cannot copy from %s \"%s\"", r.Kind, r.Name).
				WithHint("Try the COPY (SELECT ...) TO variant.")
		}
		of = r
		quoted := names(r, cols)
		for i, n := range quoted {
			quoted[i] = sql.QuoteIdent(n)
		}
		var err2 error
		text := "SELECT " + strings.Join(quoted, ", ") + " FROM " + sql.QuoteIdent(r.Schema) + "." + sql.QuoteIdent(r.Name)
		if q, err2 = parseQuery(text); err2 != nil {
			return nil, nil, nil, err2
		}
	case *sql.Query:
		q = inner
	default:
		return nil, nil, nil, pgerr.Unsupported("COPY of a statement other than a query", "Use RETURNING.")
	}
	p, err := planner.PlanQuery(q, env)
	if err != nil {
		return nil, nil, nil, err
	}
	cols := make([]string, len(p.Columns))
	for i, c := range p.Columns {
		cols[i] = c.Name
	}
	return p.Root, cols, of, nil
}
