package planner

import (
	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/sql"
)

// CheckDefault binds the default e of column c as it is declared in env.Text, to which its
// errors point.
func CheckDefault(e sql.Expr, c *catalog.Column, env *Env) error {
	_, err := newBinder(declared(env)).defaultExpr(e, c)
	return err
}

// CheckCondition does the same for a CHECK constraint of rel.
func CheckCondition(e sql.Expr, rel *catalog.Relation, env *Env) error {
	_, err := newBinder(declared(env)).tableExpr(e, rel, inCheck)
	return err
}

// declared is env for expressions of a declaration, which have no parameters.
func declared(env *Env) *Env {
	return &Env{Ctx: env.Ctx, Resolver: env.Resolver, Text: env.Text, NoParams: true}
}

// CheckStoredDefault binds the stored default of column i of rel, to find mistakes.
func CheckStoredDefault(rel *catalog.Relation, i int, env *Env) error {
	_, err := BindDefault(rel, i, env)
	return err
}

// BindDefault binds the stored default of column i of rel, NULL where it has none.
func BindDefault(rel *catalog.Relation, i int, env *Env) (expr.Expr, error) {
	b := newBinder(&Env{Ctx: env.Ctx, Resolver: env.Resolver})
	return b.defaultOf(rel, i)
}
