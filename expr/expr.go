package expr

import "streamdb/types"

// Expr is one node of a bound expression. Nodes are immutable and may be shared. The
// planner adds nodes of its own (subqueries, outer references) that never reach Compile.
type Expr interface {
	// Type is the type of the value, modifier included.
	Type() types.Type
	// Children lists the operands in evaluation order.
	Children() []Expr
	// WithChildren returns a copy of the node over other operands, as many as Children gave.
	WithChildren(kids []Expr) Expr
	// String prints the expression for EXPLAIN; columns print as #n.
	String() string
}

// Col is column Index of the input batch.
type Col struct {
	Index int
	T     types.Type
}

// Const is a literal or folded value.
type Const struct {
	D types.Datum
	T types.Type
}

// Param is parameter $N (from 1) of a prepared statement; it is replaced by a Const before
// the plan runs.
type Param struct {
	N int
	T types.Type
}

// Call applies a function or operator. Arguments have exactly the types Fn declares
// (polymorphic ones resolved); trailing arguments of a variadic function stand one by one.
type Call struct {
	Fn   *Func
	Args []Expr
	T    types.Type
	// Spread: the last argument is an array, whose elements are the last arguments of a
	// variadic function.
	Spread bool
}

// CastContext is how far a cast may go, after pg_cast.castcontext.
type CastContext uint8

// The cast contexts, weakest first.
const (
	CastImplicit CastContext = iota
	CastAssignment
	CastExplicit
)

// Cast converts Arg to T, applying T's modifier: an explicit cast truncates varchar(n), an
// assignment raises 22001.
type Cast struct {
	Arg     Expr
	T       types.Type
	Context CastContext
}

type (
	// And is n-ary, three-valued, and does not evaluate an operand for rows decided before it.
	And struct{ Args []Expr }
	// Or is to true what And is to false.
	Or struct{ Args []Expr }
	// Not is three-valued negation.
	Not struct{ Arg Expr }
)

// IsNull is IS NULL, or IS NOT NULL when Negate.
type IsNull struct {
	Arg    Expr
	Negate bool
}

// BoolTest is IS TRUE / FALSE / UNKNOWN and their negations.
type BoolTest struct {
	Arg    Expr
	Value  types.Datum // true, false or NULL for UNKNOWN
	Negate bool
}

// DistinctFrom is L IS DISTINCT FROM R, or IS NOT DISTINCT FROM when Negate; Eq is the
// equality operator of their common type.
type DistinctFrom struct {
	Eq     *Func
	L, R   Expr
	Negate bool
}

// When is one branch of a Case.
type When struct{ Cond, Then Expr }

// Case is the searched CASE; the simple form is bound to it with Cond = (operand = value).
// Else may be nil for NULL.
type Case struct {
	Whens []When
	Else  Expr
	T     types.Type
}

// Coalesce is the first operand that is not NULL; later ones are not evaluated for the row.
type Coalesce struct {
	Args []Expr
	T    types.Type
}

// MinMax is GREATEST or LEAST: NULLs are ignored.
type MinMax struct {
	Greatest bool
	Args     []Expr
	T        types.Type
}

// NullIf is NULLIF(L, R) with Eq the equality chosen for them; T is L's type.
type NullIf struct {
	Eq   *Func
	L, R Expr
	T    types.Type
}

// In is Arg [NOT] IN (list) with Eq the common equality operator.
type In struct {
	Eq     *Func
	Arg    Expr
	List   []Expr
	Negate bool
}

// AnyAll is L op ANY(array), or ALL when All.
type AnyAll struct {
	Op    *Func
	L     Expr
	Array Expr
	All   bool
}

// Array is ARRAY[…]; T is the array type. Elements that are arrays make one more dimension.
type Array struct {
	Elems []Expr
	T     types.Type
}

// Subscript is Arg[Index], 1-based; out of bounds is NULL.
type Subscript struct {
	Arg, Index Expr
	T          types.Type
}

// Slice is Arg[Lower:Upper]; a nil bound is the array's own.
type Slice struct {
	Arg, Lower, Upper Expr
}
