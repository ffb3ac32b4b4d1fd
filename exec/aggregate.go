package exec

import (
	"streamdb/expr"
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
	keys   []int
	aggs   []*aggregator
	all    []*aggregator // with minKey
	values bool          // an aggregator keeps values
	global bool          // one row even for no input, owned by this worker
	shown  bool          // global: the row has been emitted

	t        *arrange.Table
	readable bool          // the key columns are read back from the key
	images   arrange.Arena // else they are kept
	minKey   *aggregator   // the smallest key image, where equal keys may look different
	dirty    dirtySet

	epoch   uint32
	unsaved uint32 // the first epoch since the last Freeze
	log     groupLog
	fresh   *types.Batch // new results at the barrier

	kb    types.KeyBatch
	recs  types.Records // of the batch in hand
	made  []int32
	ids   []uint32 // all that were touched, for the values
	newly []uint32
	sel   []int32
	iota  []int32
	w     []int64
	at    []int32
	buf   []byte
}

// The words of a group's record; the aggregators' words follow.
const (
	groupWeight = arrange.UserWord + iota
	groupMark   // epoch serial<<32 | mark of the dirty set
	groupWords  // the first word of the aggregators, or the image of the key columns
)

func newAggregate(env *Env, n *plan.Aggregate, appendOnly bool) (*aggregate, error) {
	a := &aggregate{env: env, keys: n.Keys, epoch: 1, unsaved: 1}
	a.dirty = newDirtySet(env.Durable, a)
	in := n.Input.Schema()
	off := groupWords
	if a.readable = readableKeys(in, n.Keys); !a.readable {
		off++
	}
	add := func(c *expr.AggCall) (*aggregator, error) {
		g, err := newAggregator(env, c, appendOnly)
		if err != nil {
			return nil, err
		}
		if err := g.shareState(a.all); err != nil {
			return nil, err
		}
		if n.Together {
			g.joinValues(a.all)
		}
		off = g.place(off)
		a.all = append(a.all, g)
		a.values = a.values || g.mode > aggWeight
		return g, nil
	}
	for i := range n.Aggs {
		if _, err := add(&n.Aggs[i]); err != nil {
			return nil, err
		}
	}
	a.aggs = a.all
	if c := keyImageCall(n.Keys, in); c != nil {
		var err error
		if a.minKey, err = add(c); err != nil {
			return nil, err
		}
		a.aggs = a.all[:len(n.Aggs)]
	}
	a.t = arrange.NewTable(off - arrange.UserWord)
	for _, g := range a.all {
		g.slots = a.t.Slots
		if g.values != nil {
			g.values.table = a.t
		}
		if g.lanes != nil {
			g.values.setLanes(len(g.lanes))
		}
	}
	a.fresh = types.NewBatch(n.Out.Types(), 0)
	a.log.types = n.Out.Types()
	a.global = n.Global && len(n.Keys) == 0 && env.Worker == 0
	return a, nil
}

// Process folds a batch into its groups.
func (a *aggregate) Process(_ int, b *types.Batch, _ Emit) error {
	a.env.Expr.Reset()
	for _, g := range a.all {
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
	rows := a.rows(&in)
	for k := range a.recs.IDs {
		w := int64(1)
		if rows.w != nil {
			w = rows.w[k]
		}
		*a.recs.Word(k, groupWeight) += uint64(w)
	}
	for _, g := range a.all {
		g.add(rows)
	}
	return a.env.report(&in) // of Linear.Add
}

// rows lists the rows of b with their groups and weights.
func (a *aggregate) rows(b *types.Batch) groupRows {
	r := groupRows{rows: b.Sel, recs: &a.recs, w: b.W, dense: b.Sel == nil}
	if r.dense {
		for i := len(a.iota); i < b.N; i++ {
			a.iota = append(a.iota, int32(i))
		}
		r.rows = a.iota[:b.N]
	} else if b.W != nil {
		a.w = a.w[:0]
		for _, i := range b.Sel {
			a.w = append(a.w, b.W[i])
		}
		r.w = a.w
	}
	return r
}

// locate finds or makes each row's group and logs the groups first touched.
func (a *aggregate) locate(b *types.Batch) error {
	a.kb.Build(b, a.keys)
	a.EnsureResident(&a.kb)
	a.made = a.t.UpsertRecords(&a.kb, &a.recs, a.made)
	if !a.readable {
		keyCols := types.Batch{Cols: make([]*types.Vec, len(a.keys))}
		for i, c := range a.keys {
			keyCols.Cols[i] = b.Cols[c]
		}
		for _, k := range a.made {
			a.buf = types.AppendRowImage(a.buf[:0], &keyCols, b.Row(int(k)))
			*a.recs.Word(int(k), groupWords) = uint64(a.images.Add(a.buf))
		}
	}
	a.newly = a.newly[:0]
	for k, id := range a.recs.IDs {
		if w := a.recs.Word(k, groupMark); uint32(*w>>32) != a.epoch {
			a.touch(w, id)
		}
	}
	return a.logOld(a.newly)
}

// touch notes the first touch of a group in this epoch; mark is its word. A group that was
// touched since the last Freeze is dirty already.
func (a *aggregate) touch(mark *uint64, id uint32) {
	dirty := uint32(*mark)
	if a.dirty.on && uint32(*mark>>32) < a.unsaved {
		dirty = a.dirty.add(dirty, id, !a.present(id))
	}
	*mark = uint64(a.epoch)<<32 | uint64(dirty)
	a.newly = append(a.newly, id)
}

// present reports whether group id has a row in the output.
func (a *aggregate) present(id uint32) bool {
	return int64(*a.t.Slots.Word(id, groupWeight)) > 0 || a.shown
}

// appendResults appends the output rows of groups to into; errs has those that raise, by
// row of into.
func (a *aggregate) appendResults(ids []uint32, into *types.Batch) (errs map[int]*pgerr.Error, err error) {
	if err := a.appendKeys(ids, into.Cols[:len(a.keys)]); err != nil {
		return nil, err
	}
	a.env.Expr.Reset()
	for i, g := range a.aggs {
		g.result(ids, into.Cols[len(a.keys)+i])
	}
	for _, f := range a.env.Expr.Errs {
		if errs == nil {
			errs = map[int]*pgerr.Error{}
		}
		errs[into.N+int(f.Row)] = f.Err
	}
	into.N += len(ids)
	a.env.Expr.Reset()
	return errs, nil
}

// appendKeys appends what groups show of their keys.
func (a *aggregate) appendKeys(ids []uint32, cols []*types.Vec) error {
	if a.readable {
		a.at = appendKeys(a.t, ids, cols, a.at)
		return nil
	}
	b := types.Batch{Cols: cols, N: cols[0].N}
	for _, id := range ids {
		if err := types.DecodeRowImage(a.keyImage(id), &b, 1); err != nil {
			return err
		}
	}
	return nil
}

// keyImage is the image a group shows: the smallest among its rows'.
func (a *aggregate) keyImage(id uint32) []byte {
	if a.minKey != nil {
		if img := a.minKey.firstImage(id); img != nil {
			return img
		}
	}
	return a.images.Bytes(arrange.Ref(*a.t.Slots.Word(id, groupWords)))
}
