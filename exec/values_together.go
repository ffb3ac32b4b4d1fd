package exec

import (
	"streamdb/expr"
)

// Calls like
//
//	count(DISTINCT x), count(DISTINCT x) FILTER (WHERE y < 10), …
//
// would each keep the same values. Instead the first of them keeps those that any of them
// has, and with each value a count for every call.

// joinValues has an earlier aggregator keep the values of g, if there is one of the same
// columns. Other arguments may fail for rows that a filter does not let through.
func (g *aggregator) joinValues(earlier []*aggregator) {
	if g.mode != aggDistinct {
		return
	}
	for _, o := range earlier {
		if o.mode != aggDistinct || o.keeper != nil || len(o.lanes) == maxLanes ||
			o.call.Fn.SkipNulls != g.call.Fn.SkipNulls || !sameColumns(o.call.Args, g.call.Args) {
			continue
		}
		if o.lanes == nil {
			o.lanes = []*aggregator{o}
		}
		o.lanes = append(o.lanes, g)
		g.keeper, g.values = o, nil
		return
	}
}

// sameColumns reports whether the lists are the same columns, and nothing else.
func sameColumns(a, b []expr.Expr) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, ok := a[i].(*expr.Col)
		y, ok2 := b[i].(*expr.Col)
		if !ok || !ok2 || x.Index != y.Index || x.T != y.T {
			return false
		}
	}
	return true
}

// addTogether folds the rows in that the filter of any lane lets through.
func (g *aggregator) addTogether(r groupRows) {
	t := &g.together
	t.all = append(t.all[:0], make([]uint64, len(r.rows))...)
	for lane, o := range g.lanes {
		bit := uint64(1) << lane
		if o.filter == nil {
			for k := range t.all {
				t.all[k] |= bit
			}
			continue
		}
		for _, k := range o.places(r) {
			t.all[k] |= bit
		}
	}
	rows := argRows{groups: t.groups[:0], args: g.argV, rows: g.rows[:0], w: g.w[:0], lanes: t.lanes[:0]}
	for k, m := range t.all {
		if m == 0 {
			continue
		}
		rows.groups = append(rows.groups, r.recs.IDs[k])
		rows.rows = append(rows.rows, r.rows[k])
		rows.lanes = append(rows.lanes, m)
		if r.w != nil {
			rows.w = append(rows.w, r.w[k])
		}
	}
	t.groups, g.rows, g.w, t.lanes = rows.groups, rows.rows, rows.w, rows.lanes
	if r.w == nil {
		rows.w = nil
	}
	if len(rows.rows) > 0 {
		g.values.add(g.slots, rows, g.call.Fn.SkipNulls)
	}
}

// togetherRows is memory for the rows of a batch that are folded into several lanes.
type togetherRows struct {
	all    []uint64 // the lanes of each row
	groups []uint32 // of the rows that are in one
	lanes  []uint64
}
