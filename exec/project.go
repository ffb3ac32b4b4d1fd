package exec

import (
	"streamdb/expr"
	"streamdb/types"
)

// project computes columns row by row.
//
//	d(π A) = π dA
type project struct {
	stateless
	env   *Env
	progs []*expr.Program
	out   types.Batch
	sel   []int32
}

func newProject(env *Env, exprs []expr.Expr) (*project, error) {
	progs, err := compileAll(exprs)
	return &project{env: env, progs: progs, out: types.Batch{Cols: make([]*types.Vec, len(progs))}}, err
}

func compileAll(exprs []expr.Expr) ([]*expr.Program, error) {
	progs := make([]*expr.Program, len(exprs))
	for i, e := range exprs {
		p, err := expr.Compile(e)
		if err != nil {
			return nil, err
		}
		progs[i] = p
	}
	return progs, nil
}

// Process emits the computed columns under b's selection, less the rows that failed.
func (p *project) Process(_ int, b *types.Batch, out Emit) error {
	p.env.Expr.Reset()
	for i, prog := range p.progs {
		p.out.Cols[i] = prog.Eval(p.env.Expr, b)
	}
	sel, err := p.env.dropFailed(b, &p.sel)
	if err != nil {
		return err
	}
	p.out.N, p.out.W, p.out.Sel = b.N, b.W, sel
	if p.out.Len() == 0 {
		return nil
	}
	return out(&p.out)
}
