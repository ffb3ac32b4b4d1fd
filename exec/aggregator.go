package exec

import (
	"bytes"

	"streamdb/expr"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// aggMode is how one aggregate is kept.
type aggMode uint8

const (
	// aggLinear: an accumulator in the group's record takes rows and takes them back.
	aggLinear aggMode = iota
	// aggWeight: count(*) is the group's weight.
	aggWeight
	// aggDistinct: values with counts; an accumulator takes each value that appears or
	// disappears.
	aggDistinct
	// aggFirst: values with counts; the result is the first of them.
	aggFirst
	// aggCollect: values with counts; the result is computed from all of them when the
	// group was touched.
	aggCollect
)

// aggregator keeps one aggregate of an aggregate operator, for all groups.
type aggregator struct {
	env    *Env
	call   *expr.AggCall
	mode   aggMode
	same   *aggregator // an earlier one whose words are also this one's; nil: none
	linear expr.Linear
	counts bool // linear is a word that counts the rows the filter lets through
	values *valueSet
	keeper *aggregator   // an earlier one whose values are also this one's; nil: none
	lanes  []*aggregator // of the values, if several have them; this one is the first

	args   []*expr.Program
	filter *expr.Predicate
	slots  *types.Slots
	off    int // of the linear's words, or of the mode's own
	errs   map[uint32]*pgerr.Error

	in       types.Batch // the rows the filter lets through
	sel      []int32
	argV     []*types.Vec
	rows     []int32
	at       []int32
	recs     types.Records
	together togetherRows
	w        []int64
}

func newAggregator(env *Env, call *expr.AggCall, appendOnly bool) (*aggregator, error) {
	g := &aggregator{env: env, call: call}
	var err error
	if g.args, err = compileAll(call.Args); err != nil {
		return nil, err
	}
	g.argV = make([]*types.Vec, len(g.args))
	if call.Filter != nil {
		if g.filter, err = expr.CompilePredicate(call.Filter); err != nil {
			return nil, err
		}
	}
	g.choose(appendOnly)
	if g.mode != aggLinear {
		if g.values, err = newValueSet(env, call, g.mode != aggDistinct); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// choose picks the cheapest way that is right for the call.
func (g *aggregator) choose(appendOnly bool) {
	fn, distinct := g.call.Fn, g.call.Distinct && !g.call.Fn.First
	switch {
	case fn.Name == "count" && len(g.call.Args) == 0 && g.call.Filter == nil:
		g.mode, g.linear, g.off = aggWeight, fn.NewLinear(g.call), groupWeight
	case distinct && fn.NewLinear != nil && !anyAmbiguous(g.call.Args):
		g.mode, g.linear = aggDistinct, fn.NewLinear(g.call)
	case distinct:
		g.mode = aggCollect
	case fn.Name == "count" && len(g.call.Args) == 0:
		g.mode, g.linear, g.counts = aggLinear, fn.NewLinear(g.call), true
	case appendOnly && fn.NewAppend != nil:
		g.mode, g.linear = aggLinear, fn.NewAppend(g.call)
	case fn.NewLinear != nil:
		g.mode, g.linear = aggLinear, fn.NewLinear(g.call)
	case fn.First:
		g.mode = aggFirst
	default:
		g.mode = aggCollect
	}
}

func anyAmbiguous(args []expr.Expr) bool {
	for _, a := range args {
		if ambiguous(a.Type()) {
			return true
		}
	}
	return false
}

// ambiguous reports whether values of t may be SQL-equal without being image-equal.
func ambiguous(t types.Type) bool {
	if t.IsArray() {
		return ambiguous(t.ElemType())
	}
	switch t.Base() {
	case types.NumericT, types.Float4, types.Float8, types.IntervalT, types.BPChar, types.JSONB:
		return true
	}
	return false
}

// keyImageCall is a hidden aggregate: the smallest image of the key columns, where
// SQL-equal keys may have several; else nil.
func keyImageCall(keys []int, in types.Schema) *expr.AggCall {
	call := &expr.AggCall{Fn: &expr.Agg{Name: "key image", First: true}}
	found := false
	for _, k := range keys {
		call.Args = append(call.Args, &expr.Col{Index: k, T: in[k].Type})
		found = found || ambiguous(in[k].Type)
	}
	if !found {
		return nil
	}
	return call
}

// place gives the aggregator its words at off in the group's record and returns the next
// free offset.
func (g *aggregator) place(off int) int {
	if g.mode == aggWeight {
		return off
	}
	if g.same != nil {
		g.off = g.same.off
		return off
	}
	g.off = off
	if g.linear != nil {
		off += g.linear.Words()
	}
	if g.values != nil {
		g.values.off = off
		off += valueSetWords
	}
	return off
}

// shareState looks among earlier aggregators for one that keeps the same words of the same
// rows, as sum and avg do.
func (g *aggregator) shareState(earlier []*aggregator) error {
	if g.mode != aggLinear {
		return nil
	}
	mine, err := encodeInput(g.call)
	if err != nil {
		return err
	}
	for _, o := range earlier {
		if o.mode != aggLinear || o.same != nil || !expr.SameState(o.linear, g.linear) {
			continue
		}
		theirs, err := encodeInput(o.call)
		if err != nil {
			return err
		}
		if bytes.Equal(mine, theirs) {
			g.same = o
			return nil
		}
	}
	return nil
}

// encodeInput is what a call reads: its arguments and filter.
func encodeInput(c *expr.AggCall) ([]byte, error) {
	in := *c
	in.Fn, in.T = &expr.Agg{Name: "input"}, types.NumericT
	return expr.EncodeAgg(&in)
}

// eval computes the arguments for the rows of b that the filter lets through.
func (g *aggregator) eval(b *types.Batch) {
	if g.same != nil {
		return
	}
	g.in = *b
	if g.filter != nil {
		g.sel = g.filter.Filter(g.env.Expr, b, noRows(g.sel))
		g.in.Sel = g.sel
	}
	for i, p := range g.args {
		g.argV[i] = p.Eval(g.env.Expr, &g.in)
	}
	if g.values != nil {
		g.values.eval(g.env.Expr, &g.in)
	}
}

// groupRows is the rows of a batch with their groups.
type groupRows struct {
	rows  []int32 // physical, ascending
	recs  *types.Records
	w     []int64 // nil: 1 each
	dense bool    // rows[k] = k
}

// add folds the evaluated rows in.
func (g *aggregator) add(r groupRows) {
	if g.mode == aggWeight || g.same != nil || g.keeper != nil {
		return
	}
	if g.lanes != nil {
		g.addTogether(r)
		return
	}
	if g.counts && r.dense && r.w == nil {
		for _, k := range g.sel {
			*r.recs.Word(int(k), g.off)++
		}
		return
	}
	if g.filter != nil {
		r = g.pick(r)
	}
	if len(r.rows) == 0 {
		return
	}
	if g.mode == aggLinear {
		g.linear.Add(g.env.Expr, r.recs, g.off, g.argV, r.rows, r.w)
		return
	}
	g.values.add(g.slots, argRows{groups: r.recs.IDs, args: g.argV, rows: r.rows, w: r.w}, g.call.Fn.SkipNulls)
}

// pick lists the rows of r that the filter let through.
func (g *aggregator) pick(r groupRows) groupRows {
	at := g.places(r)
	g.recs.Pick(r.recs, at)
	p := groupRows{rows: at, recs: &g.recs}
	if !r.dense {
		g.rows = g.rows[:0]
		for _, k := range at {
			g.rows = append(g.rows, r.rows[k])
		}
		p.rows = g.rows
	}
	if r.w != nil {
		g.w = g.w[:0]
		for _, k := range at {
			g.w = append(g.w, r.w[k])
		}
		p.w = g.w
	}
	return p
}

// places is where in r the rows are that the filter let through; some have failed since.
func (g *aggregator) places(r groupRows) []int32 {
	if r.dense {
		return g.sel
	}
	g.at = g.at[:0]
	k := 0
	for _, row := range g.sel {
		for k < len(r.rows) && r.rows[k] < row {
			k++
		}
		if k == len(r.rows) {
			break
		}
		if r.rows[k] == row {
			g.at = append(g.at, int32(k))
		}
	}
	return g.at
}

// settle ends the epoch for the values: what appeared, disappeared, and the results of the
// touched groups.
func (g *aggregator) settle(groups []uint32) error {
	if g.values == nil {
		return nil
	}
	if g.mode == aggDistinct {
		if err := g.transitions(); err != nil {
			return err
		}
	}
	if err := g.values.settle(g.slots); err != nil {
		return err
	}
	switch g.mode {
	case aggFirst:
		g.values.findFirst(g.slots, groups)
	case aggCollect:
		return g.collect(groups)
	}
	return nil
}

// transitions gives the accumulator, and those of the other lanes, the values that appeared
// or disappeared.
func (g *aggregator) transitions() error {
	if g.lanes == nil {
		return g.takeTransitions(g.values, 0)
	}
	for lane, o := range g.lanes {
		if err := o.takeTransitions(g.values, lane); err != nil {
			return err
		}
	}
	return nil
}

func (g *aggregator) takeTransitions(v *valueSet, lane int) error {
	b, ids, err := v.transitions(lane)
	if err != nil || b.N == 0 {
		return err
	}
	rows := make([]int32, b.N)
	for i := range rows {
		rows[i] = int32(i)
	}
	var recs types.Records
	recs.Locate(g.slots, ids)
	g.linear.Add(g.env.Expr, &recs, g.off, b.Cols, rows, b.W)
	return nil
}

// collect computes and keeps the results of groups from their values.
func (g *aggregator) collect(groups []uint32) error {
	for _, id := range groups {
		d, err := g.compute(id)
		delete(g.errs, id)
		if err != nil {
			if g.errs == nil {
				g.errs = map[uint32]*pgerr.Error{}
			}
			g.errs[id] = pgerr.From(err)
		}
		g.values.keepResult(g.slots, id, d)
	}
	return nil
}

// compute is the result of one group from its values.
func (g *aggregator) compute(id uint32) (types.Datum, error) {
	rows, err := g.values.sorted(g.slots, id, g.call.Distinct)
	if err != nil {
		return types.Datum{}, err
	}
	if g.call.Fn.Collect != nil {
		return g.call.Fn.Collect(g.env.Expr, g.call, rows.each)
	}
	return g.foldLinear(rows)
}

// foldLinear runs the values of one group through a fresh accumulator.
func (g *aggregator) foldLinear(rows *valueRows) (types.Datum, error) {
	lin := g.call.Fn.NewLinear(g.call)
	s := types.NewSlots(lin.Words())
	id := s.Alloc()
	idx, ids := make([]int32, rows.b.N), make([]uint32, rows.b.N)
	for i := range idx {
		idx[i], ids[i] = int32(i), id
	}
	g.env.Expr.Reset()
	var recs types.Records
	recs.Locate(s, ids)
	lin.Add(g.env.Expr, &recs, 0, rows.b.Cols, idx, rows.b.W)
	out := types.NewVec(g.call.T, 1)
	lin.Result(g.env.Expr, s, 0, []uint32{id}, out)
	if errs := g.env.Expr.Errs; len(errs) > 0 {
		return types.Datum{}, errs[0].Err
	}
	return out.Datum(0), nil
}

// result appends the results of groups to out, noting those that raise by index.
func (g *aggregator) result(groups []uint32, out *types.Vec) {
	switch g.mode {
	case aggLinear, aggWeight, aggDistinct:
		g.linear.Result(g.env.Expr, g.slots, g.off, groups, out)
	case aggFirst:
		for _, id := range groups {
			out.AppendDatum(g.values.first(g.slots, id, g.call.Args[0].Type()))
		}
	case aggCollect:
		for k, id := range groups {
			if err := g.errs[id]; err != nil {
				g.env.Expr.Fail(k, err)
			}
			out.AppendDatum(g.values.result(g.slots, id, g.call.T))
		}
	}
}

// firstImage is the image of the first value of a group, or nil.
func (g *aggregator) firstImage(id uint32) []byte { return g.values.firstImage(g.slots, id) }

func (g *aggregator) release(id uint32) {
	if g.linear != nil && g.mode != aggWeight {
		g.linear.Release(g.slots, g.off, id)
	}
	if g.values != nil {
		g.values.release(g.slots, id)
	}
	delete(g.errs, id)
}

func (g *aggregator) appendState(dst []byte, id uint32) []byte {
	if g.linear == nil || g.mode == aggWeight {
		return dst
	}
	return g.linear.AppendState(dst, g.slots, g.off, id)
}

func (g *aggregator) loadState(src []byte, id uint32) ([]byte, error) {
	if g.linear == nil || g.mode == aggWeight {
		return src, nil
	}
	return g.linear.LoadState(src, g.slots, g.off, id)
}

// loaded recomputes what is derived from the values of all groups.
func (g *aggregator) loaded(groups []uint32) error {
	switch g.mode {
	case aggFirst:
		g.values.findFirst(g.slots, groups)
	case aggCollect:
		return g.collect(groups)
	}
	return nil
}

// memSize is what is kept beside the groups' records.
func (g *aggregator) memSize() int {
	n := 0
	if g.values != nil {
		n += g.values.memSize()
	}
	if s, ok := g.linear.(expr.SideStorage); ok {
		n += s.MemSize()
	}
	return n
}
