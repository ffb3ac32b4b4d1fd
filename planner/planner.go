package planner

import (
	"slices"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/sql"
	"streamdb/types"
)

// PlanQuery plans a SELECT, VALUES or set operation. Errors are *pgerr.Error with
// PostgreSQL's SQLSTATE, text and position; constructs that do not exist yet are 0A000.
func PlanQuery(q *sql.Query, env *Env) (*Query, error) {
	b := newBinder(env)
	bound, err := b.queryParts(q, nil, true)
	if err != nil {
		return nil, err
	}
	bound.finish(b, !env.View)
	return b.planBound(bound)
}

// planBound plans a bound query whose result is its columns, in order.
func (b *binder) planBound(bound *boundQuery) (*Query, error) {
	if err := b.params.check(); err != nil {
		return nil, err
	}
	r, err := b.simplify(bound.rel, bound.ids())
	if err != nil {
		return nil, err
	}
	root, err := b.lower(r, bound.ids())
	if err != nil {
		return nil, err
	}
	if err := b.params.checkUses(root); err != nil {
		return nil, err
	}
	if !b.env.NoRewrite && leaves(root) > 1 {
		if root, err = plan.Share(root); err != nil {
			return nil, err
		}
	}
	q := &Query{Root: root, Params: b.params.typ, DependsOn: b.deps}
	for _, o := range bound.out {
		c := b.cols[o.id]
		q.Columns = append(q.Columns, OutColumn{Name: o.name, Type: c.typ, TableOID: c.table, AttNum: c.att})
	}
	return q, nil
}

// leaves counts the nodes of a plan that read nothing.
func leaves(root plan.Node) int {
	n := 0
	plan.Walk(root, func(x plan.Node) bool {
		if len(x.Inputs()) == 0 {
			n++
		}
		return true
	})
	return n
}

// View is what the catalog keeps of a view's query.
type View struct {
	Query
	Schema     types.Schema // names and types of the columns, and what is never NULL
	Key        []int        // columns that are unique together, nil if none are known
	AppendOnly bool
}

// InferView plans the query of a materialized view or sink and derives what its relation
// will be like. names, if given, rename the first columns.
func InferView(q *sql.Query, names []string, env *Env) (*View, error) {
	view := *env
	view.View, view.NoParams = true, true
	p, err := PlanQuery(q, &view)
	if err != nil {
		return nil, err
	}
	if err := renameColumns(p, names); err != nil {
		return nil, err
	}
	return describeView(p)
}

// InferPlainView checks the query of a plain view, which is planned anew by every reader,
// and derives its columns. Anything an ad-hoc query may do is allowed.
func InferPlainView(q *sql.Query, names []string, env *Env) (*View, error) {
	plain := *env
	plain.NoParams = true
	p, err := PlanQuery(q, &plain)
	if err != nil {
		return nil, err
	}
	if err := renameColumns(p, names); err != nil {
		return nil, err
	}
	return describeView(p)
}

func describeView(p *Query) (*View, error) {
	if err := checkNames(p.Columns); err != nil {
		return nil, err
	}
	props := plan.Derive(p.Root)
	v := &View{Query: *p, Key: slices.Clone(props.Key()), AppendOnly: props.AppendOnly}
	for i, c := range p.Columns {
		v.Schema = append(v.Schema, types.Column{Name: c.Name, Type: c.Type, NotNull: props.NotNull[i]})
	}
	return v, checkRecords(v.Schema)
}

// BindCopyWhere binds the condition of COPY … FROM … WHERE over the physical columns of rel.
func BindCopyWhere(cond sql.Expr, rel *catalog.Relation, env *Env) (expr.Expr, error) {
	b := newBinder(env)
	sc, ids := b.rowScope(rel, nil, inCopy)
	e, err := b.rowCondition(sc, cond, inCopy, "WHERE")
	if err != nil {
		return nil, err
	}
	return positional(b.env.Ctx.Fold(e), ids), nil
}

// BindScalar binds a stored expression such as a CHECK constraint over the physical columns
// of rel: [expr.Col] holds positions in rel.Columns.
func BindScalar(text string, rel *catalog.Relation, env *Env) (expr.Expr, error) {
	b := newBinder(&Env{Ctx: env.Ctx, Resolver: env.Resolver})
	e, err := b.storedExpr(text, rel, inCheck)
	return e, err
}
