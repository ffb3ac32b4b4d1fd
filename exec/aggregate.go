package exec

import (
	"streamdb/planner/plan"
	"streamdb/state/arrange"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// aggregate groups rows by key columns; without aggregates it is DISTINCT.
//
//	d(γ A), per touched key: −(result before the epoch) + (result after it)
//
// A group's record holds its weight and its aggregates' accumulators. The first touch in
// an epoch logs the group's id and old result (the epoch log); the barrier emits one −/+
// pair per touched key whose result changed. Nothing is judged before the barrier.
type aggregate struct {
	resident
	env    *Env
	node   *plan.Aggregate
	keys   []int
	aggs   []*aggregator
	global bool // one row even for no input, owned by this worker
	shown  bool // global: the row has been emitted

	t      *arrange.Table
	images arrange.Arena // of the key columns
	minKey *aggregator   // the smallest key image, where equal keys may look different
	dirty  dirtySet

	epoch   uint64
	touched []touchedGroup
	old     *types.Batch // old results, parallel to touched: key columns ++ aggregates
	fresh   *types.Batch // new results at the barrier
	oldErr  map[int]*pgerr.Error

	kb    types.KeyBatch
	ids   []uint32
	newly []uint32
	sel   []int32
	out   batcher
	buf   []byte
}

type touchedGroup struct {
	id      uint32
	present bool // before the epoch
}

// The words of a group's record; the aggregators' words follow.
const (
	groupWeight = arrange.UserWord + iota
	groupEpoch  // epoch serial<<32 | index in touched
	groupDirty
	groupImage
	groupWords // the first word of the aggregators
)

func newAggregate(env *Env, n *plan.Aggregate, appendOnly bool) (*aggregate, error) {
	a := &aggregate{env: env, node: n, keys: n.Keys, epoch: 1}
	a.dirty = newDirtySet(env.Durable, a)
	in := n.Input.Schema()
	off := groupWords
	for i := range n.Aggs {
		g, err := newAggregator(env, &n.Aggs[i], appendOnly)
		if err != nil {
			return nil, err
		}
		off = g.place(off)
		a.aggs = append(a.aggs, g)
	}
	if c := keyImageCall(n.Keys, in); c != nil {
		g, err := newAggregator(env, c, appendOnly)
		if err != nil {
			return nil, err
		}
		off = g.place(off)
		a.minKey = g
	}
	a.t = arrange.NewTable(off - arrange.UserWord)
	for _, g := range a.allAggs() {
		g.slots = a.t.Slots
		if g.values != nil {
			g.values.table = a.t
		}
	}
	a.old, a.fresh = types.NewBatch(n.Out.Types(), 0), types.NewBatch(n.Out.Types(), 0)
	a.out = newBatcher(n.Out.Types())
	a.global = n.Global && len(n.Keys) == 0 && env.Worker == 0
	return a, nil
}

// allAggs is the aggregators, the one for the key's image last.
func (a *aggregate) allAggs() []*aggregator {
	if a.minKey == nil {
		return a.aggs
	}
	return append(a.aggs[:len(a.aggs):len(a.aggs)], a.minKey)
}

// Process folds a batch into its groups.
func (a *aggregate) Process(_ int, b *types.Batch, _ Emit) error {
	a.env.Expr.Reset()
	for _, g := range a.allAggs() {
		g.eval(b)
	}
	sel, err := a.env.dropFailed(b, &a.sel)
	if err != nil {
		return err
	}
	in := types.Batch{N: b.N, Cols: b.Cols, W: b.W, Sel: sel}
	if in.Len() == 0 {
		return nil
	}
	if err := a.locate(&in); err != nil {
		return err
	}
	for k, id := range a.ids {
		*a.t.Slots.Word(id, groupWeight) += uint64(in.Weight(in.Row(k)))
	}
	for _, g := range a.allAggs() {
		g.add(&in, a.ids)
	}
	return a.env.report(&in) // of Linear.Add
}

// locate finds or makes each row's group and logs the groups first touched.
func (a *aggregate) locate(b *types.Batch) error {
	a.kb.Build(b, a.keys)
	a.EnsureResident(&a.kb)
	a.ids, a.newly = a.ids[:0], a.newly[:0]
	keyCols := types.Batch{Cols: make([]*types.Vec, len(a.keys))}
	for i, c := range a.keys {
		keyCols.Cols[i] = b.Cols[c]
	}
	for k := range a.kb.Len() {
		id, fresh := a.t.Upsert(a.kb.Hash[k], a.kb.Key(k))
		if fresh && len(a.keys) > 0 {
			a.buf = types.AppendRowImage(a.buf[:0], &keyCols, b.Row(k))
			*a.t.Slots.Word(id, groupImage) = uint64(a.images.Add(a.buf))
		}
		a.ids = append(a.ids, id)
		a.touch(id)
	}
	return a.logOld()
}

// touch notes the first touch of a group in this epoch.
func (a *aggregate) touch(id uint32) {
	w := a.t.Slots.Word(id, groupEpoch)
	if *w>>32 == a.epoch&0xffffffff {
		return
	}
	*w = a.epoch<<32 | uint64(len(a.touched))
	present := a.present(id)
	a.touched = append(a.touched, touchedGroup{id, present})
	a.newly = append(a.newly, id)
	mark := a.t.Slots.Word(id, groupDirty)
	*mark = uint64(a.dirty.touch(uint32(*mark), id))
}

// present reports whether group id has a row in the output.
func (a *aggregate) present(id uint32) bool {
	return int64(*a.t.Slots.Word(id, groupWeight)) > 0 || a.shown
}

// logOld appends the newly touched groups' present results to the epoch log.
func (a *aggregate) logOld() error {
	if len(a.newly) == 0 {
		return nil
	}
	first := len(a.touched) - len(a.newly)
	errs, err := a.results(a.newly, a.old)
	for k, e := range errs {
		if a.oldErr == nil {
			a.oldErr = map[int]*pgerr.Error{}
		}
		a.oldErr[first+k] = e
	}
	return err
}

// results appends the output rows of groups ids to into; errs has those that raise, by
// index in ids.
func (a *aggregate) results(ids []uint32, into *types.Batch) (errs map[int]*pgerr.Error, err error) {
	keys := types.Batch{Cols: into.Cols[:len(a.keys)]}
	for _, id := range ids {
		if len(a.keys) == 0 {
			break
		}
		if err := types.DecodeRowImage(a.keyImage(id), &keys, 1); err != nil {
			return nil, err
		}
	}
	a.env.Expr.Reset()
	for i, g := range a.aggs {
		g.result(ids, into.Cols[len(a.keys)+i])
	}
	into.N += len(ids)
	for _, f := range a.env.Expr.Errs {
		if errs == nil {
			errs = map[int]*pgerr.Error{}
		}
		errs[int(f.Row)] = f.Err
	}
	a.env.Expr.Reset()
	return errs, nil
}

// keyImage is the image a group shows: the smallest among its rows'.
func (a *aggregate) keyImage(id uint32) []byte {
	if a.minKey != nil {
		if img := a.minKey.firstImage(id); img != nil {
			return img
		}
	}
	return a.images.Bytes(arrange.Ref(*a.t.Slots.Word(id, groupImage)))
}

// Barrier emits the changes of the touched groups.
func (a *aggregate) Barrier(_ types.Epoch, out Emit) error {
	a.newly = a.newly[:0]
	if a.global && !a.shown {
		id, _ := a.t.Upsert(types.HashKey(nil), nil)
		a.touch(id)
		if err := a.logOld(); err != nil {
			return err
		}
	}
	if len(a.touched) == 0 {
		return nil
	}
	ids := make([]uint32, len(a.touched))
	for i, tg := range a.touched {
		ids[i] = tg.id
	}
	for _, g := range a.allAggs() {
		if err := g.settle(ids); err != nil {
			return err
		}
	}
	errs, err := a.results(ids, a.fresh)
	if err != nil {
		return err
	}
	for i := range ids {
		if err := a.change(i, errs[i], out); err != nil {
			return err
		}
	}
	for _, id := range ids {
		a.reap(id)
	}
	a.shown = a.global
	a.clearLog()
	return a.out.flush(out)
}

func (a *aggregate) clearLog() {
	a.touched = a.touched[:0]
	a.old.Reset()
	a.fresh.Reset()
	a.oldErr = nil
	a.epoch++
}

// change emits touched group i's −/+ pair, or error changes.
func (a *aggregate) change(i int, newErr *pgerr.Error, out Emit) error {
	tg := a.touched[i]
	w := int64(*a.t.Slots.Word(tg.id, groupWeight))
	if w < 0 {
		return pgerr.Internal("aggregate: group of negative weight")
	}
	before, now, oldErr := tg.present, w > 0 || a.global, a.oldErr[i]
	if before && oldErr != nil {
		if err := a.env.Error(oldErr, -1, nil, 0); err != nil {
			return err
		}
	}
	if now && newErr != nil {
		if err := a.env.Error(newErr, 1, nil, 0); err != nil {
			return err
		}
	}
	before, now = before && oldErr == nil, now && newErr == nil
	if before && now && sameRow(a.old, i, a.fresh, i) {
		return nil
	}
	if before {
		a.out.b.AppendFrom(a.old, i, -1)
	}
	if now {
		a.out.b.AppendFrom(a.fresh, i, 1)
	}
	return a.out.full(out)
}
