package expr

import "streamdb/types"

// Volatility is how far a function's result may be reused, after pg_proc.provolatile.
type Volatility byte

// The volatilities.
const (
	Immutable Volatility = 'i'
	Stable    Volatility = 's' // constant within a statement: now(), current_setting
	Volatile  Volatility = 'v' // random(): refused in views
)

// Func is one overload of a function or operator: one row of the function table, after
// pg_proc. Its identity across versions is [Func.Sig], which stored plans use.
type Func struct {
	Name      string         // "lower", "+", "~~"
	Args      []types.Type   // declared; may be polymorphic (AnyElement, AnyArray, Any)
	Variadic  bool           // the last argument repeats
	Ret       types.Type     // declared; polymorphic resolved at the call; typmod −1
	Set       bool           // returns a set: Rows is used instead of Kernel
	Cols      []types.Column // a set function with several OUT columns
	NotStrict bool           // called on NULL input; strict functions give NULL without a call
	Vol       Volatility     // zero = Immutable
	Kernel    Kernel         // the vectorised body
	// Special, if set, builds a kernel for a call whose constant arguments are known; it is
	// not given vectors for them. It may return nil to leave the call to Kernel.
	Special func(args []Expr) Kernel
	Total   bool // Kernel runs over every slot, NULL ones included, and never raises
	Safe    bool // never raises an error; implied by Total
	// SafeConst says that a kernel from Special never raises.
	SafeConst bool
	OID       uint32   // pg_proc.oid
	Rows      RowsFunc // the body of a set-returning function
}

// Kernel computes out for the rows of sel (nil: all n rows) from positional argument
// vectors. It is called through [Ctx] so that a failing row can be noted with
// [Ctx.Fail]; for strict functions, rows with a NULL argument are left out of sel
// beforehand. out has been initialised with the result type and, for fixed-width kinds,
// n valid slots; for KindBytes, rows must be appended in ascending order (see [Out]).
type Kernel func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out)

// RowsFunc calls emit once per result row of a set-returning function for one row of
// arguments; it stops when emit returns false.
type RowsFunc func(c *Ctx, args types.Row, emit func(types.Row) bool) error

// Sig is the stable identity of an overload: name(type,type).
func (f *Func) Sig() string {
	s := f.Name + "("
	for i, a := range f.Args {
		if i > 0 {
			s += ","
		}
		s += a.Info().Name
	}
	return s + ")"
}
