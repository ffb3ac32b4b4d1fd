package planner

import (
	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/sql"
	"streamdb/types"
)

// Resolver is what the planner asks of the catalog. Relations must not change while a
// statement is planned.
type Resolver interface {
	// Relation finds a relation by name; schema "" stands for the search path. A missing
	// relation or schema is 42P01 as PostgreSQL words it, without position.
	Relation(schema, name string) (*catalog.Relation, error)
	// ViewQuery is the parsed query of a plain view.
	ViewQuery(view *catalog.Relation) (*sql.Query, error)
}

// Env is what planning a statement depends on beside its syntax.
type Env struct {
	Resolver Resolver
	// Text is the whole text given to sql.Parse, for error positions; "" gives none.
	Text string
	// Ctx reads literals such as dates and folds constants; its Session resolves regclass
	// literals. It must not be nil.
	Ctx *expr.Ctx
	// ParamTypes are the types a client gave for $1, $2, …; 0 and missing ones are inferred.
	ParamTypes []types.OID
	// NoParams makes a parameter an error: the statement has come without any.
	NoParams bool
	// View plans for a query kept up to date for ever: what cannot be is refused with 0A000.
	View bool
	// Names, if not nil, takes down where the query names relations and columns.
	Names *Names
	// NoRewrite leaves out all rewrites that are not needed for a right plan, for tests.
	NoRewrite bool
}

// Query is a planned query.
type Query struct {
	Root    plan.Node
	Columns []OutColumn // parallel to Root's schema
	Params  []types.Type
	// DependsOn lists the relations read, views looked through included, in order of
	// appearance and without duplicates.
	DependsOn []catalog.ID
}

// OutColumn describes a column of a result as RowDescription does.
type OutColumn struct {
	Name     string
	Type     types.Type
	TableOID catalog.ID // 0 unless the column is a relation's as it stands
	AttNum   int16
}
