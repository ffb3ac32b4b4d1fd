// Package planner turns syntax into plans.
//
//	sql.Query --bind_*.go--> relations over numbered columns, subqueries as dependent joins
//	          --rewrite_*.go--> the same without dependent joins, simplified
//	          --physical.go--> plan.Node over column positions
//
// Inside the planner a column is a number that is never reused within a statement, and an
// [expr.Col] holds that number; a relation that uses columns which nothing below it
// produces is correlated. So a reference to an outer query needs no notation of its own,
// and moving a relation never renumbers anything. Only the last step gives positions.
//
// Every rewrite keeps the result; the plan is right without any of them but the removal of
// dependent joins.
package planner
