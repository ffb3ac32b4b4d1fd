package session

import (
	"context"
	"errors"
	"strings"

	"streamdb/catalog"
	"streamdb/exec"
	"streamdb/expr"
	"streamdb/planner"
	"streamdb/planner/plan"
	"streamdb/server/engine"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

func (s *Session) buildInsert(c *compiled, st *sql.Insert, env *planner.Env) error {
	p, err := planner.PlanInsert(st, env)
	if err != nil {
		return err
	}
	c.params = p.Rows.Params
	c.cols = returningColumns(p.Returning)
	c.run = func(ctx context.Context, x *execution) error {
		w, err := s.writer(ctx, p.Table, p.Checks, readsData(p.Rows.Root) || p.OnConflict != nil, x)
		if err != nil {
			return err
		}
		ins := &inserter{writer: w, onConflict: p.OnConflict, params: x.params}
		err = s.read(ctx, plan.BindParams(p.Rows.Root, x.params), func(b *types.Batch) error {
			for k := range b.Len() {
				row := b.Row(k)
				for range b.Weight(row) {
					if err := ins.insert(ctx, b.RowDatums(row)); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		x.tag = tagf("INSERT 0 %d", w.count)
		return w.finish(ctx, p.Returning)
	}
	return nil
}

func (s *Session) buildUpdate(c *compiled, st *sql.Update, env *planner.Env) error {
	p, err := planner.PlanUpdate(st, env)
	if err != nil {
		return err
	}
	c.params = p.Rows.Params
	c.cols = returningColumns(p.Returning)
	c.run = func(ctx context.Context, x *execution) error {
		w, err := s.writer(ctx, p.Table, p.Checks, true, x)
		if err != nil {
			return err
		}
		n := len(p.Table.Columns)
		seen := map[string]bool{}
		err = s.read(ctx, plan.BindParams(p.Rows.Root, x.params), func(b *types.Batch) error {
			for k := range b.Len() {
				r := b.RowDatums(b.Row(k))
				old, next := r[:n], r[n:2*n]
				if image := w.image(old); seen[image] {
					continue // matched twice by FROM: any one match counts
				} else {
					seen[image] = true
				}
				w.keepHidden(old, next)
				if err := w.check(next); err != nil {
					return err
				}
				w.change(old, next, append(append(types.Row{}, next...), r[2*n:]...))
			}
			return nil
		})
		if err != nil {
			return err
		}
		x.tag = tagf("UPDATE %d", w.count)
		return w.finish(ctx, p.Returning)
	}
	return nil
}

func (s *Session) buildDelete(c *compiled, st *sql.Delete, env *planner.Env) error {
	p, err := planner.PlanDelete(st, env)
	if err != nil {
		return err
	}
	c.params = p.Rows.Params
	c.cols = returningColumns(p.Returning)
	c.run = func(ctx context.Context, x *execution) error {
		w, err := s.writer(ctx, p.Table, nil, true, x)
		if err != nil {
			return err
		}
		n := len(p.Table.Columns)
		seen := map[string]bool{}
		err = s.read(ctx, plan.BindParams(p.Rows.Root, x.params), func(b *types.Batch) error {
			for k := range b.Len() {
				r := b.RowDatums(b.Row(k))
				if image := w.image(r[:n]); !seen[image] {
					seen[image] = true
					w.change(r[:n], nil, r)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		x.tag = tagf("DELETE %d", w.count)
		return w.finish(ctx, p.Returning)
	}
	return nil
}

// truncate empties tables.
func (s *Session) truncate(ctx context.Context, tables []*catalog.Relation) error {
	for _, t := range tables {
		w, err := s.writer(ctx, t, nil, true, nil)
		if err != nil {
			return err
		}
		if err := s.read(ctx, scanAll(t), func(b *types.Batch) error {
			for k := range b.Len() {
				w.change(b.RowDatums(b.Row(k)), nil, nil)
			}
			return nil
		}); err != nil {
			return err
		}
		if err := w.finish(ctx, nil); err != nil {
			return err
		}
	}
	return nil
}

// scanAll is the plan of all physical columns of a table.
func scanAll(t *catalog.Relation) plan.Node {
	cols := make([]int, len(t.Columns))
	for i := range cols {
		cols[i] = i
	}
	return &plan.Scan{Relation: t.ID, Name: t.Schema + "." + t.Name, Kind: t.Kind, Columns: cols, Out: t.Types()}
}

// writer gathers what one statement changes in a table.
type writer struct {
	s      *Session
	x      *execution
	rel    *engine.Relation
	desc   *catalog.Relation
	checks []planner.Check
	ctx    *expr.Ctx
	delta  *types.Batch
	buf    *types.Batch
	count  int64
	takes  bool // rows out of the table
	hidden int
	// duplicate is which of the changes finish found to repeat a key.
	duplicate int
}

func (s *Session) writer(ctx context.Context, t *catalog.Relation, checks []planner.Check, reads bool, x *execution) (*writer, error) {
	if err := s.checkWrites(verbOf(x)); err != nil {
		return nil, err
	}
	rel, err := s.current().Target(ctx, t, reads)
	if err != nil {
		return nil, cancelled(ctx, err)
	}
	ts := t.Types().Types()
	w := &writer{
		s: s, x: x, rel: rel, desc: t, checks: checks, ctx: s.ctx(interruptOf(ctx)),
		delta: types.NewBatch(ts, 0), buf: types.NewBatch(ts, 1), hidden: -1,
	}
	for i, c := range t.Columns {
		if c.AttNum <= 0 {
			w.hidden = i
		}
	}
	return w, nil
}

func verbOf(x *execution) string {
	if x != nil {
		switch x.c.stmt.(type) {
		case *sql.Insert:
			return "INSERT"
		case *sql.Update:
			return "UPDATE"
		case *sql.Delete:
			return "DELETE"
		case *sql.Copy:
			return "COPY FROM"
		}
	}
	return "TRUNCATE TABLE"
}

func (w *writer) image(r types.Row) string {
	w.buf.Reset()
	w.buf.AppendRow(r, 1)
	return string(types.AppendRowImage(nil, w.buf, 0))
}

// keepHidden carries the hidden row id over to the new version of a row.
func (w *writer) keepHidden(old, next types.Row) {
	if w.hidden >= 0 {
		next[w.hidden] = old[w.hidden]
	}
}

// fresh gives a new row its hidden row id.
func (w *writer) fresh(r types.Row) {
	if w.hidden >= 0 {
		r[w.hidden] = types.NewInt64(w.rel.NextRowID())
	}
}

// change takes old out and puts next in; either may be nil. ret is what RETURNING sees.
func (w *writer) change(old, next, ret types.Row) {
	if old != nil {
		w.takes = true
		w.delta.AppendRow(old, -1)
	}
	if next != nil {
		w.delta.AppendRow(next, 1)
	}
	w.count++
	if ret != nil && w.x != nil && w.x.c.cols != nil {
		w.x.returned = append(w.x.returned, ret)
	}
}

// affordEvery is the number of changes after which a statement looks whether there is
// memory for more.
const affordEvery = 1024

// check raises what a new row violates: NOT NULL, then CHECK constraints.
func (w *writer) check(r types.Row) error {
	if w.delta.N%affordEvery == affordEvery-1 {
		if err := w.s.e.Afford(int64(w.delta.MemSize())); err != nil {
			return err
		}
	}
	for i, c := range w.desc.Columns {
		if c.NotNull && !c.Dropped && c.AttNum > 0 && r[i].IsNull() {
			err := pgerr.New(pgerr.NotNullViolation, "null value in column \"%s\" of relation \"%s\" violates not-null constraint", c.Name, w.desc.Name)
			err.Detail = "Failing row contains " + w.rowText(r) + "."
			err.Schema, err.Table, err.Column = w.desc.Schema, w.desc.Name, c.Name
			return err
		}
	}
	for _, c := range w.checks {
		d, err := expr.EvalRow(w.ctx, c.Expr, r)
		if err != nil {
			return err
		}
		if !d.IsNull() && !d.Bool() {
			err := pgerr.New(pgerr.CheckViolation, "new row for relation \"%s\" violates check constraint \"%s\"", w.desc.Name, c.Name)
			err.Detail = "Failing row contains " + w.rowText(r) + "."
			err.Schema, err.Table, err.Constraint = w.desc.Schema, w.desc.Name, c.Name
			return err
		}
	}
	return nil
}

// rowText prints a row as error details do.
func (w *writer) rowText(r types.Row) string {
	st := w.s.getStyle()
	var parts []string
	for _, i := range w.desc.Live() {
		if r[i].IsNull() {
			parts = append(parts, "null")
			continue
		}
		parts = append(parts, string(r[i].AppendText(nil, w.desc.Columns[i].Type, st)))
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// finish hands the changes to the transaction and the RETURNING rows to the client.
func (w *writer) finish(ctx context.Context, ret *planner.Returning) error {
	if w.delta.N > 0 {
		delta := w.delta
		if w.takes { // else every row is new, and their order says which one repeats a key
			delta = types.Consolidate(delta).Compact()
		}
		if err := w.s.current().Change(ctx, w.rel, delta); err != nil {
			return w.named(err)
		}
	}
	if ret == nil {
		return nil
	}
	return w.returnRows(ret)
}

// named completes a key violation with what the table's descriptor knows.
func (w *writer) named(err error) error {
	e, ok := errors.AsType[*pgerr.Error](err)
	if !ok || e.Code != pgerr.UniqueViolation {
		return err
	}
	c := *e
	if dup, ok := errors.AsType[*exec.DuplicateKeyError](err); ok {
		w.duplicate = dup.Row
	}
	c.Schema, c.Table = w.desc.Schema, w.desc.Name
	for _, u := range w.desc.Uniques {
		if u.Name == e.Constraint {
			var names []string
			for _, i := range u.Columns {
				names = append(names, sql.QuoteIdent(w.desc.Columns[i].Name))
			}
			c.Detail = "Key (" + strings.Join(names, ", ") + ")=" + e.Detail
		}
	}
	return &c
}

func (w *writer) returnRows(ret *planner.Returning) error {
	out := types.NewBatch(typesOf(ret.Exprs), len(w.x.returned))
	for _, r := range w.x.returned {
		row := make(types.Row, len(ret.Exprs))
		for i, e := range ret.Exprs {
			var err error
			if row[i], err = expr.EvalRow(w.ctx, plan.BindParamsIn(e, w.x.params), r); err != nil {
				return err
			}
		}
		out.AppendRow(row, 1)
	}
	if out.N == 0 {
		return nil
	}
	return w.x.rows(out)
}

func typesOf(es []expr.Expr) []types.Type {
	ts := make([]types.Type, len(es))
	for i, e := range es {
		ts[i] = e.Type()
	}
	return ts
}
