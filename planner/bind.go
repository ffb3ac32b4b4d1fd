package planner

import (
	"slices"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// binder gives one statement's names and operators their meaning.
type binder struct {
	env    *Env
	text   string // of the statement; "" inside views, whose positions mean nothing here
	cols   columnTable
	params params
	deps   []catalog.ID
	path   []string // search path inside a view; nil: the session's
	// owner is the query in whose FROM a column stands, for aggregates of outer queries.
	owner map[int]*scope
	// aggOf is the query whose grouping computes a column.
	aggOf map[int]*scope
	// place is where a column reference was written, for errors found later.
	place map[*expr.Col]sql.Pos
	names *Names // nil inside views, and where nobody asks
	depth int
}

func newBinder(env *Env) *binder {
	b := &binder{env: env, text: env.Text, names: env.Names, owner: map[int]*scope{}, aggOf: map[int]*scope{}, place: map[*expr.Col]sql.Pos{}}
	b.params.init(env.ParamTypes)
	return b
}

// at puts a position on err.
func (b *binder) at(err error, pos sql.Pos) error {
	if err == nil || b.text == "" || pos < 0 {
		return err
	}
	return pgerr.From(err).At(sql.CharPos(b.text, pos))
}

// fail makes an error at a position.
func (b *binder) fail(pos sql.Pos, code, format string, args ...any) error {
	return b.at(pgerr.New(code, format, args...), pos)
}

// unsupported refuses a construct.
func (b *binder) unsupported(pos sql.Pos, what, hint string) error {
	return b.at(pgerr.Unsupported(what, hint), pos)
}

// refuseInView refuses what only an ad-hoc query can do.
func (b *binder) refuseInView(pos sql.Pos, what, hint string) error {
	if !b.env.View {
		return nil
	}
	return b.unsupported(pos, what+" in a materialized view or sink", hint)
}

func (b *binder) dependOn(id catalog.ID) {
	if !slices.Contains(b.deps, id) {
		b.deps = append(b.deps, id)
	}
}

// maxDepth bounds the nesting of queries and expressions, views included.
const maxDepth = 2000

// enter guards a recursion; leave ends it.
func (b *binder) enter() error {
	if b.depth++; b.depth > maxDepth {
		return pgerr.New(pgerr.StatementTooComplex, "stack depth limit exceeded").
			WithHint("The statement, or a view in it, nests too deeply.")
	}
	return b.interrupted()
}

// interrupted fails once the statement is to end.
func (b *binder) interrupted() error {
	if b.env.Ctx.Interrupt == nil {
		return nil
	}
	return b.env.Ctx.Interrupt()
}

func (b *binder) leave() { b.depth-- }

// params are the types of $1, $2, …, inferred from their uses.
type params struct {
	typ     []types.Type
	strange error // a declared type is none of ours
}

func (p *params) init(oids []types.OID) {
	for i, oid := range oids {
		p.grow(i + 1)
		if t, ok := types.TypeByOID(oid); ok && oid != 0 {
			p.typ[i] = t
		} else if oid != 0 && p.strange == nil {
			p.strange = pgerr.New(pgerr.FeatureNotSupported, "parameters of the type with OID %d are not supported", oid).
				WithHint("Send the parameter as text of type unknown, and cast it.")
		}
	}
}

func (p *params) grow(n int) {
	for len(p.typ) < n {
		p.typ = append(p.typ, types.Unknown)
	}
}

// use is parameter n as its type is known so far.
func (p *params) use(n int) *expr.Param {
	p.grow(n)
	return &expr.Param{N: n, T: p.typ[n-1]}
}

// infer decides the type of an untyped parameter, once.
func (p *params) infer(n int, t types.Type) error {
	have := &p.typ[n-1]
	switch {
	case have.OID == types.Unknown.OID:
		*have = t.Base()
	case have.OID != t.OID:
		return pgerr.New(pgerr.AmbiguousParameter, "inconsistent types deduced for parameter $%d", n).
			WithDetail("%s versus %s", *have, t.Base())
	}
	return nil
}

// check fails for a parameter whose type no use decided.
func (p *params) check() error {
	if p.strange != nil {
		return p.strange
	}
	for i, t := range p.typ {
		if t.OID == types.Unknown.OID {
			return pgerr.New(pgerr.IndeterminateDatatype, "could not determine data type of parameter $%d", i+1)
		}
	}
	return nil
}

// settle is an undecided parameter with the type that another use has decided since.
func (p *params) settle(e expr.Expr) expr.Expr {
	if q, ok := e.(*expr.Param); ok && q.T.OID == types.Unknown.OID {
		return &expr.Param{N: q.N, T: p.typ[q.N-1]}
	}
	return e
}

// checkUses fails for a use of a parameter that was left undecided though another use
// decided its type.
func (p *params) checkUses(root plan.Node) error {
	var err error
	plan.Walk(root, func(n plan.Node) bool {
		for _, e := range plan.Exprs(n) {
			expr.Walk(e, func(x expr.Expr) bool {
				if q, ok := x.(*expr.Param); ok && q.T.OID == types.Unknown.OID {
					err = pgerr.New(pgerr.AmbiguousParameter, "could not determine data type of parameter $%d", q.N)
				}
				return true
			})
		}
		return true
	})
	return err
}
