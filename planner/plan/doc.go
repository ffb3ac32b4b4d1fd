// Package plan is the hand-over from planner to exec: the tree (in truth a DAG: a shared
// node is computed once) of relational operators with bound expressions.
//
// Every node computes a multiset; the same plan serves a materialized view, fed with
// deltas for ever, and an ad-hoc query, fed once with a snapshot. [Sort] and [Limit] are
// the only batch-only nodes.
package plan
