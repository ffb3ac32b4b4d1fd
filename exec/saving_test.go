package exec

import (
	"fmt"
	"maps"

	"streamdb/state"
	"streamdb/types"
)

// saved is what the graph's operators save now, all at once.
func (g *graph) saved() []*state.Delta {
	m := newMemSaver()
	for s := g.freeze(NewHandover(m, "g", 1)); s.step(types.MaxBatch); {
	}
	return m.saved["g"]
}

// lawSave is a checkpoint that is being written while the law's run goes on, and how
// everything stood at its barrier.
type lawSave struct {
	s      *saving // nil: all is written
	to     *memSaver
	out    bag
	errs   errorBag
	checks checkers
	epochs []types.Epoch // since then
	fed    map[types.Epoch][]lawPiece
}

func (v *lawSave) step(n int) {
	if v.s != nil && !v.s.step(n) {
		v.s = nil
	}
}

func (v *lawSave) done() bool { return v != nil && v.s == nil }

// keep notes what is fed after the barrier.
func (v *lawSave) keep(e types.Epoch, pieces []lawPiece) {
	if v == nil {
		return
	}
	v.epochs = append(v.epochs, e)
	for _, p := range pieces {
		v.fed[e] = append(v.fed[e], lawPiece{p.in, p.b.Compact()})
	}
}

// checkpoint begins one, and now and then is done with it at once. One that is under way ends
// before.
func (l *lawRun) checkpoint() error {
	if l.save != nil {
		if err := l.finish(); err != nil {
			return err
		}
	}
	l.trace = append(l.trace, "checkpoint")
	l.save = &lawSave{
		to: newMemSaver(), out: l.out.clone(), errs: maps.Clone(l.errs), checks: l.checks.clone(),
		fed: map[types.Epoch][]lawPiece{},
	}
	l.save.s = l.g.freeze(NewHandover(l.save.to, "g", 1))
	if l.rng.IntN(2) == 0 {
		return nil
	}
	return l.finish()
}

// finish writes what is left.
func (l *lawRun) finish() error {
	for !l.save.done() {
		l.save.step(1 + l.rng.IntN(10))
	}
	return l.saved()
}

// saved stores a checkpoint that is written, and now and then goes on with operators made from
// it, which get again what came since its barrier.
func (l *lawRun) saved() error {
	v := l.save
	l.save = nil
	if err := l.store.apply(v.to.saved["g"]); err != nil {
		return err
	}
	if l.rng.IntN(2) == 0 {
		return nil
	}
	l.trace = append(l.trace, "reload")
	l.out, l.errs, l.checks = v.out, v.errs, v.checks
	if err := l.build(true); err != nil {
		return err
	}
	for _, d := range l.g.saved() {
		if d.Len() > 0 {
			return fmt.Errorf("table %d is dirty after load", d.Table())
		}
	}
	for _, e := range v.epochs {
		if err := l.push(e, v.fed[e]); err != nil {
			return err
		}
		if err := l.checks.barrier(); err != nil {
			return err
		}
	}
	return l.compare()
}

func (cs checkers) clone() checkers {
	var all checkers
	for _, c := range cs {
		d := *c
		d.sum, d.epoch = c.sum.clone(), c.epoch.clone()
		all = append(all, &d)
	}
	return all
}
