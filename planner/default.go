package planner

import (
	"streamdb/catalog"
	"streamdb/expr"
)

// CheckDefault binds the stored default of column i of rel, to find mistakes when it is
// declared.
func CheckDefault(rel *catalog.Relation, i int, env *Env) error {
	_, err := BindDefault(rel, i, env)
	return err
}

// BindDefault binds the stored default of column i of rel, NULL where it has none.
func BindDefault(rel *catalog.Relation, i int, env *Env) (expr.Expr, error) {
	b := newBinder(&Env{Ctx: env.Ctx, Resolver: env.Resolver})
	return b.defaultOf(rel, i)
}
