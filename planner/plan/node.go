package plan

import (
	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/types"
)

// Node is one operator of a plan. The set of nodes is closed: see this file.
type Node interface {
	// Schema is the names and types of the node's columns.
	Schema() types.Schema
	// Inputs lists the nodes it reads.
	Inputs() []Node
	// WithInputs returns a copy over other inputs, as many as Inputs gave.
	WithInputs(in []Node) Node
}

// Scan reads a relation: Columns lists positions in the relation's physical columns.
type Scan struct {
	Relation catalog.ID
	Name     string // schema.name, for EXPLAIN
	Kind     catalog.Kind
	Columns  []int
	Out      types.Schema
	// Append and Key are the relation's properties, Key in positions of Out (nil: none).
	Append bool
	Key    []int
	// Eq, ad hoc only: constant values of all key columns, for a full-key look-up.
	Eq []expr.Expr
}

// Values is a constant relation.
type Values struct {
	Rows [][]expr.Expr // no column references
	Out  types.Schema
}

// Filter keeps the rows for which Pred is true.
type Filter struct {
	Input Node
	Pred  expr.Expr
}

// Project computes columns.
type Project struct {
	Input Node
	Exprs []expr.Expr
	Out   types.Schema
}

// JoinKind is the kind of a join.
type JoinKind uint8

// The kinds of joins. Semi keeps left rows with a match, Anti those without one. A right
// join is planned as a left join with its sides swapped.
const (
	Inner JoinKind = iota
	Left
	Full
	Semi
	Anti
)

// Join is an equi-join with a residual condition: LeftKeys[i] = RightKeys[i] for all i
// (keys are columns of a side; a NULL key matches nothing unless NullSafe[i]) and Residual
// (over left columns followed by right columns) is true. Without keys it is a cross or
// theta join. The output is left columns ++ right columns; left columns only for Semi and
// Anti.
type Join struct {
	Kind                JoinKind
	Left, Right         Node
	LeftKeys, RightKeys []int
	NullSafe            []bool // parallel to the keys: IS NOT DISTINCT FROM
	Residual            expr.Expr
	Out                 types.Schema
}

// Aggregate groups by the Keys columns of its input. With no keys and Global it gives
// exactly one row, for an empty input too. Output: keys ++ aggregates. A DISTINCT is an
// Aggregate with all columns as keys and no aggregates.
type Aggregate struct {
	Input  Node
	Keys   []int
	Aggs   []expr.AggCall
	Global bool
	// Together says that calls with DISTINCT of the same columns keep their values in one
	// state table, which older plans do not.
	Together bool
	Out      types.Schema
}

// Union is UNION ALL.
type Union struct {
	Ins []Node
	Out types.Schema
}

// SetOp is INTERSECT [ALL] or EXCEPT [ALL] over rows compared by SQL equality.
type SetOp struct {
	Except      bool
	All         bool
	Left, Right Node
	Out         types.Schema
}

// TableFunc applies set-returning functions to each input row: output is input columns ++
// the functions' columns (ROWS FROM: zipped, padded with NULL) ++ ordinality (bigint from
// 1). Outer keeps an input row for which they give no rows, with NULLs.
type TableFunc struct {
	Input      Node
	Funcs      []SetCall
	Ordinality bool
	Outer      bool
	Out        types.Schema
}

// SetCall is one call of a set-returning function; Args are over the input row.
type SetCall struct {
	Fn   *expr.Func
	Args []expr.Expr
	Cols types.Schema
}

// SingleRow passes its input on and raises 21000 for a key (columns Keys of the input)
// with more than one row: the guard under a scalar subquery.
type SingleRow struct {
	Input Node
	Keys  []int
}

// Sort orders rows (ad hoc only).
type Sort struct {
	Input Node
	Keys  []SortKey
}

// SortKey orders by a column.
type SortKey struct {
	Column     int
	Desc       bool
	NullsFirst bool
}

// Limit cuts a result (ad hoc only), or every group of its rows with equal Keys, by which a
// Sort below orders first. Count and Offset are bigint expressions, nil for none; the
// columns in them have one value in a group. WithTies needs a Sort below.
type Limit struct {
	Input         Node
	Keys          []int
	Count, Offset expr.Expr
	WithTies      bool
}

// Exchange redistributes rows by the hash of Keys over the workers; no keys: all rows to
// worker 0. It exists only in plans for more than one worker.
type Exchange struct {
	Input Node
	Keys  []int
}
