package exec

import (
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/state/arrange"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// join is an equi-join with a residual condition.
//
//	d(A ⋈ B) = dA ⋈ B + A ⋈ dB + dA ⋈ dB
//
// Batches are taken one after the other, each probing all of the other side that came
// before it, so the third term falls out; pairs are emitted as they are found. What
// depends on a row having no match (NULL-extension, semi, anti) is judged at the barrier,
// once per touched key or row.
type join struct {
	resident
	env    *Env
	keys   *arrange.Table // one record per key, shared by both sides
	side   [2]*joinSide
	pred   *expr.Predicate // residual, over left ++ right columns
	perRow bool            // matches are counted per row, for the residual
	tally  bool            // else weights are summed per key, to judge rows by
	pairs  bool            // matching pairs are emitted

	epoch    uint64 // serial, below 2^32
	touched  []touchedKey
	kb       types.KeyBatch
	recs     types.Records // the keys of the batch in hand
	made     []int32
	found    pairs
	combined *types.Batch
	out      batcher
	sel      []int32
}

// The words of a key's record. Those from keySum on exist only if sums are kept.
const (
	keyHead  = arrange.UserWord + iota // first row of the left side; then of the right
	keyHeadR                           // …
	keySum                             // sum of weights left; then right
	keySumR
	keyEpoch // epoch serial<<32 | index in touched
	keyDirty // for a side that only counts
	keyEnd
)

type touchedKey struct {
	id  uint32
	had [2]bool // the side had rows before the epoch
}

// pairs lists matches of one batch: physical row, row id on the other side, weight.
type pairs struct {
	rows []int32
	ids  []uint32
	w    []int64
}

func (p *pairs) reset() { p.rows, p.ids, p.w = p.rows[:0], p.ids[:0], p.w[:0] }

func (p *pairs) add(row int32, id uint32, w int64) {
	p.rows, p.ids, p.w = append(p.rows, row), append(p.ids, id), append(p.w, w)
}

// newJoin makes a join; grows says of each side that its rows are never retracted.
func newJoin(env *Env, n *plan.Join, grows [2]bool) (*join, error) {
	j := &join{env: env, epoch: 1}
	j.pairs = n.Kind == plan.Inner || n.Kind == plan.Left || n.Kind == plan.Full
	if n.Residual != nil {
		p, err := expr.CompilePredicate(n.Residual)
		if err != nil {
			return nil, err
		}
		j.pred, j.perRow = p, n.Kind != plan.Inner
	}
	j.tally = n.Kind != plan.Inner && !j.perRow
	words := keySum
	if j.tally {
		words = keyEnd
	}
	j.keys = arrange.NewTable(words - arrange.UserWord)
	l, r := n.Left.Schema().Types(), n.Right.Schema().Types()
	j.combined = types.NewBatch(append(l[:len(l):len(l)], r...), 0)
	j.out = newBatcher(n.Out.Types())
	var judged [2]judgement
	switch n.Kind {
	case plan.Left, plan.Anti:
		judged[0] = unmatched
	case plan.Full:
		judged = [2]judgement{unmatched, unmatched}
	case plan.Semi:
		judged[0] = matched
	}
	j.side[0] = newJoinSide(env, j, 0, l, n.LeftKeys, n.NullSafe, judged[0], grows[0])
	j.side[1] = newJoinSide(env, j, 1, r, n.RightKeys, n.NullSafe, judged[1], grows[1])
	return j, nil
}

// Process keeps the rows, probes the other side, emits pairs and counts matches.
func (j *join) Process(port int, b *types.Batch, out Emit) error {
	s, other := j.side[port], j.side[1-port]
	b, err := s.splitNulls(b, out)
	if err != nil || b.Len() == 0 {
		return err
	}
	j.kb.Build(b, s.keyCols)
	j.EnsureResident(&j.kb)
	j.made = j.keys.UpsertRecords(&j.kb, &j.recs, j.made)
	if j.tally {
		for _, key := range j.recs.IDs {
			j.touch(key)
		}
	}
	if err := s.put(b, j.recs.IDs); err != nil {
		return err
	}
	if j.tally {
		for k, key := range j.recs.IDs {
			*j.keys.Slots.Word(key, keySum+port) += uint64(b.Weight(b.Row(k)))
		}
	}
	if !j.pairs && !j.perRow {
		return nil
	}
	if err := j.probe(s, other, b, out); err != nil {
		return err
	}
	return j.matched(s, other, b, out)
}

// probe lists the rows' matches among the other side's rows of their keys, and has them
// dealt with whenever there is a batch of them.
func (j *join) probe(s, other *joinSide, b *types.Batch, out Emit) error {
	if b.W == nil && other.unit && other.list != nil {
		return j.probeOnes(s, other, b, out)
	}
	other.fetch(&j.recs)
	for k := range j.recs.IDs {
		row := b.Row(k)
		w := b.Weight(row)
		id := arrange.First(*j.recs.Word(k, keyHead+other.port))
		for id != arrange.None {
			ow := other.weight(id)
			// A row that is gone may come back: its matches count on.
			if ow != 0 || j.perRow {
				j.found.add(int32(row), id, w*ow)
			}
			id = other.next(id)
			if len(j.found.rows) == types.MaxBatch {
				if err := j.matched(s, other, b, out); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// probeOnes is probe where all weights are 1.
func (j *join) probeOnes(s, other *joinSide, b *types.Batch, out Emit) error {
	f, list := &j.found, other.list
	for k := range j.recs.IDs {
		row := int32(b.Row(k))
		for id := arrange.First(*j.recs.Word(k, keyHead+other.port)); id != arrange.None; id = list.next(id) {
			f.rows, f.ids = append(f.rows, row), append(f.ids, id)
			if len(f.rows) == types.MaxBatch {
				if err := j.matched(s, other, b, out); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// matched emits the pairs found, after the residual, and counts matches per row.
func (j *join) matched(s, other *joinSide, b *types.Batch, out Emit) error {
	if len(j.found.rows) == 0 {
		return nil
	}
	if err := j.env.interrupted(); err != nil {
		return err
	}
	c, err := j.combine(s, other, b)
	if err != nil {
		return err
	}
	if j.pred != nil {
		j.env.Expr.Reset()
		j.sel = j.pred.Filter(j.env.Expr, c, noRows(j.sel))
		c.Sel = j.sel
		if err := j.env.report(c); err != nil {
			return err
		}
	}
	if j.perRow {
		j.countMatches(s, other, b, c)
	}
	j.found.reset()
	if !j.pairs || c.Len() == 0 {
		return nil
	}
	return out(c)
}

// combine builds the rows of the pairs found: left columns, then right.
func (j *join) combine(s, other *joinSide, b *types.Batch) (*types.Batch, error) {
	c := j.combined
	c.W = nil // it is found's
	c.Reset()
	for i, v := range c.Cols[s.at : s.at+s.width] {
		v.AppendSel(b.Cols[i], j.found.rows)
	}
	if err := other.read(j.found.ids, c.Cols[other.at:other.at+other.width]); err != nil {
		return nil, err
	}
	c.N = len(j.found.rows)
	if b.W != nil || !other.unit {
		c.W = j.found.w
	}
	return c, nil
}

// countMatches adds each passing pair to the match counts of the rows of both sides that
// are judged per row.
func (j *join) countMatches(s, other *joinSide, b, c *types.Batch) {
	for k := range c.Len() {
		p := c.Row(k)
		row, id := j.found.rows[p], j.found.ids[p]
		w := b.Weight(int(row))
		if other.judged != never {
			other.touchRow(id)
			*other.matches(id) += uint64(w)
		}
		if s.judged != never {
			s.addMatches(int(row), other.weight(id))
		}
	}
}

// touch notes the first touch of a key in this epoch.
func (j *join) touch(key uint32) {
	r := j.keys.Slots.Rec(key)
	if r[keyEpoch]>>32 == j.epoch {
		return
	}
	r[keyEpoch] = j.epoch<<32 | uint64(len(j.touched))
	j.touched = append(j.touched, touchedKey{key, [2]bool{int64(r[keySum]) > 0, int64(r[keySumR]) > 0}})
}

// Barrier judges the rows without (or with) a match and frees what is gone.
func (j *join) Barrier(_ types.Epoch, out Emit) error {
	for _, s := range j.side {
		if s.judged != never {
			if err := s.judge(out); err != nil {
				return err
			}
		}
	}
	for _, s := range j.side {
		if err := s.reap(); err != nil {
			return err
		}
	}
	for _, k := range j.touched {
		r := j.keys.Slots.Rec(k.id)
		if int64(r[keySum]) < 0 || int64(r[keySumR]) < 0 {
			return errNegative
		}
		if r[keyHead] == 0 && r[keyHeadR] == 0 && r[keySum] == 0 && r[keySumR] == 0 {
			j.side[1].dropKey(k.id)
			j.keys.Delete(k.id)
		}
	}
	j.touched = j.touched[:0]
	j.epoch++
	return j.out.flush(out)
}

// emitJudged adds one row judged for side s with weight w: alone (semi, anti), or with
// NULLs for the other side's columns.
func (j *join) emitJudged(s *joinSide, image []byte, w int64, out Emit) error {
	b := j.out.b
	mine := types.Batch{Cols: b.Cols}
	if j.pairs {
		mine.Cols = b.Cols[s.at : s.at+s.width]
		other := j.side[1-s.port]
		for _, v := range b.Cols[other.at : other.at+other.width] {
			v.AppendNull()
		}
	}
	if err := types.DecodeRowImage(image, &mine, 1); err != nil {
		return err
	}
	addWeight(b, w)
	return j.out.full(out)
}

// addWeight counts a row whose columns were just appended to b.
func addWeight(b *types.Batch, w int64) {
	if b.W == nil && w != 1 {
		b.NeedWeights()
	}
	if b.W != nil {
		b.W = append(b.W, w)
	}
	b.N++
}

// MemSize is the bytes of keys and rows.
func (j *join) MemSize() int {
	return j.keys.MemSize() + j.side[0].memSize() + j.side[1].memSize()
}

var errNegative = pgerr.Internal("join: row of negative weight")
