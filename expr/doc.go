// Package expr is typed scalar expressions: their tree, the table of functions, operators,
// casts and aggregates with PostgreSQL's overload resolution, and their compilation into
// vector kernels.
//
// An expression is bound (every node typed, every overload chosen) before it gets here;
// package planner does that with [ResolveFunc], [ResolveOp] and [CoerceTo]. It is compiled
// once per plan with [Compile] and evaluated batch by batch. A row whose evaluation raises
// an error does not stop the batch: the row and its error are noted in the [Ctx], and the
// operator decides (a view moves the row to its error relation, an ad-hoc query fails).
// Branches that SQL does not take are not evaluated for the row: kernels get a selection.
package expr
