package session

import (
	"context"
	"slices"

	"streamdb/exec"
	"streamdb/expr"
	"streamdb/planner"
	"streamdb/planner/plan"
	"streamdb/types"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

// inserter puts rows into a table, deciding conflicts as ON CONFLICT says.
type inserter struct {
	*writer
	onConflict *planner.OnConflict
	params     []expr.Expr
	arbiters   []*exec.Unique
	mine       map[string]types.Row // rows of this statement by key of the first arbiter
	bound      bool
}

// insert takes one new row.
func (ins *inserter) insert(ctx context.Context, r types.Row) error {
	ins.fresh(r)
	if err := ins.check(r); err != nil {
		return err
	}
	if ins.onConflict == nil {
		ins.change(nil, r, r)
		return nil
	}
	if err := ins.bind(); err != nil {
		return err
	}
	return ins.upsert(ctx, r)
}

// bind finds the unique constraints that decide and puts parameters into the expressions.
func (ins *inserter) bind() error {
	if ins.bound {
		return nil
	}
	ins.bound, ins.mine = true, map[string]types.Row{}
	oc := *ins.onConflict
	for _, u := range ins.rel.Table.Uniques {
		if oc.Target == nil || sameSet(u.Cols, oc.Target) {
			ins.arbiters = append(ins.arbiters, u)
		}
	}
	if len(ins.arbiters) == 0 && oc.Target != nil {
		return pgerr.New(pgerr.InvalidColumnReference, "there is no unique or exclusion constraint matching the ON CONFLICT specification")
	}
	oc.Set = slices.Clone(oc.Set)
	for i, e := range oc.Set {
		oc.Set[i] = plan.BindParamsIn(e, ins.params)
	}
	oc.Where = plan.BindParamsIn(oc.Where, ins.params)
	ins.onConflict = &oc
	return nil
}

func sameSet(a, b []int) bool {
	x, y := slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(x, y)
}

// key is a row's key under a unique constraint; ok is false if it has a NULL.
func (ins *inserter) key(u *exec.Unique, r types.Row) (key string, ok bool) {
	for _, c := range u.Cols {
		if r[c].IsNull() {
			return "", false
		}
	}
	ins.buf.Reset()
	ins.buf.AppendRow(r, 1)
	return u.Name() + "\x00" + string(types.AppendKeys(nil, ins.buf, u.Cols, 0)), true
}

// upsert inserts r unless its key is taken.
func (ins *inserter) upsert(ctx context.Context, r types.Row) error {
	for _, u := range ins.arbiters {
		key, ok := ins.key(u, r)
		if !ok {
			continue
		}
		if _, dup := ins.mine[key]; dup {
			if ins.onConflict.Set == nil {
				return nil
			}
			return pgerr.New(pgerr.CardinalityViolation, "ON CONFLICT DO UPDATE command cannot affect row a second time").
				WithHint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
		}
		old, found, err := ins.s.current().Find(ctx, ins.rel, u, []byte(key[len(u.Name())+1:]))
		if err != nil {
			return err
		}
		if found {
			return ins.conflict(old, r)
		}
	}
	ins.touched(r)
	ins.change(nil, r, r)
	return nil
}

// touched notes the keys of a row that this statement has written.
func (ins *inserter) touched(r types.Row) {
	for _, u := range ins.arbiters {
		if key, ok := ins.key(u, r); ok {
			ins.mine[key] = r
		}
	}
}

// conflict does what ON CONFLICT says about the existing row.
func (ins *inserter) conflict(old, excluded types.Row) error {
	oc := ins.onConflict
	if oc.Set == nil {
		return nil
	}
	both := append(append(types.Row{}, old...), excluded...)
	if oc.Where != nil {
		d, err := expr.EvalRow(ins.ctx, oc.Where, both)
		if err != nil || d.IsNull() || !d.Bool() {
			return err
		}
	}
	next := make(types.Row, len(oc.Set))
	for i, e := range oc.Set {
		var err error
		if next[i], err = expr.EvalRow(ins.ctx, e, both); err != nil {
			return err
		}
	}
	ins.keepHidden(old, next)
	if err := ins.check(next); err != nil {
		return err
	}
	ins.touched(old)
	ins.touched(next)
	ins.change(old, next, next)
	return nil
}

func returningColumns(r *planner.Returning) []wire.Column {
	if r == nil {
		return nil
	}
	return wireColumns(r.Columns)
}
