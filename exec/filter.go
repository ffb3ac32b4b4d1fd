package exec

import (
	"streamdb/expr"
	"streamdb/types"
)

// filter keeps the rows for which a predicate is true.
//
//	d(σ A) = σ dA
type filter struct {
	stateless
	env  *Env
	pred *expr.Predicate
	sel  []int32
	out  types.Batch
}

func newFilter(env *Env, pred expr.Expr) (*filter, error) {
	p, err := expr.CompilePredicate(pred)
	return &filter{env: env, pred: p}, err
}

// Process passes the batch on under a narrower selection; no row is copied.
func (f *filter) Process(_ int, b *types.Batch, out Emit) error {
	f.env.Expr.Reset()
	f.sel = f.pred.Filter(f.env.Expr, b, noRows(f.sel))
	if err := f.env.report(b); err != nil || len(f.sel) == 0 {
		return err
	}
	f.out = types.Batch{N: b.N, Cols: b.Cols, W: b.W, Sel: f.sel}
	return out(&f.out)
}
