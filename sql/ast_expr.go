package sql

// Expr is an untyped, unresolved expression. The set of expressions is closed.
type Expr interface {
	// Position is where an error about this expression points, as in PostgreSQL: an operator's
	// place for an operator, the first byte for the rest.
	Position() Pos
	expr()
}

// Literal is a constant. A number's Text is decimal and may begin with '-': PostgreSQL's
// grammar folds a sign into a constant.
type Literal struct {
	Pos  Pos
	Kind LiteralKind
	Text string // "true"/"false" for booleans, "" for NULL; for bit strings "b0101" or "x1F"
}

// LiteralKind is the lexical kind of a constant.
type LiteralKind uint8

// The kinds of constants. Digits only are a LiteralInteger of any length (the type is the
// smallest of integer, bigint and numeric that holds it); a point or exponent makes a
// LiteralDecimal. A LiteralString is of type unknown.
const (
	LiteralNull LiteralKind = iota
	LiteralBool
	LiteralInteger
	LiteralDecimal
	LiteralString
	LiteralBitString
)

// Param is $n.
type Param struct {
	Pos    Pos
	Number int
}

// ColumnRef is a name such as a, t.a, s.t.a, or with Star *, t.*, s.t.*.
type ColumnRef struct {
	Pos   Pos
	Names []string // without the star
	Star  bool
}

// FieldSelect is (arg).field or (arg).*.
type FieldSelect struct {
	Pos   Pos
	Arg   Expr
	Field string
	Star  bool
}

// Subscript is arg[index] or the slice arg[lower:upper].
type Subscript struct {
	Pos   Pos
	Arg   Expr
	Index Expr // the lower bound of a slice, nil when left out
	Upper Expr // of a slice, nil when left out
	Slice bool
	// Chained says that another subscript stands before it: a[1][2], not (a[1])[2].
	Chained bool
}

// Operator is an operator's name, qualified when written OPERATOR(schema.name).
type Operator struct {
	Schema string
	Name   string
}

// Binary is left op right. LIKE, ILIKE and SIMILAR TO arrive as PostgreSQL's operators ~~,
// ~~*, ~ (negated !~~, !~~*, !~), an ESCAPE clause as like_escape(pattern, escape) or
// similar_to_escape(…) on the right.
type Binary struct {
	Pos         Pos
	Op          Operator
	Left, Right Expr
}

// Unary is op arg.
type Unary struct {
	Pos Pos
	Op  Operator
	Arg Expr
}

// Logic is AND or OR over two or more arguments.
type Logic struct {
	Pos  Pos
	Or   bool
	Args []Expr
}

// Not is NOT arg.
type Not struct {
	Pos Pos
	Arg Expr
}

// AnyArray is left op ANY (array) or left op ALL (array).
type AnyArray struct {
	Pos   Pos
	Op    Operator
	All   bool
	Left  Expr
	Array Expr
}

// AnySubquery is left op ANY (query) or ALL (query); left IN (query) is the same with the
// operator =. Left may be a *Row.
type AnySubquery struct {
	Pos   Pos
	Op    Operator
	All   bool
	Left  Expr
	Query *Query
}

// InList is left [NOT] IN (a, b, …).
type InList struct {
	Pos  Pos
	Not  bool
	Left Expr
	List []Expr
}

// Between is arg [NOT] BETWEEN [SYMMETRIC] low AND high.
type Between struct {
	Pos       Pos
	Not       bool
	Symmetric bool
	Arg       Expr
	Low, High Expr
}

// DistinctFrom is left IS DISTINCT FROM right, with Not IS NOT DISTINCT FROM.
type DistinctFrom struct {
	Pos         Pos
	Not         bool
	Left, Right Expr
}

// IsNull is arg IS [NOT] NULL.
type IsNull struct {
	Pos Pos
	Not bool
	Arg Expr
}

// IsBool is arg IS [NOT] TRUE, FALSE or UNKNOWN.
type IsBool struct {
	Pos   Pos
	Not   bool
	Value BoolTest
	Arg   Expr
}

// BoolTest is what IsBool asks for.
type BoolTest uint8

// The truth values.
const (
	IsTrue BoolTest = iota
	IsFalse
	IsUnknown
)

// NullIf is NULLIF(left, right).
type NullIf struct {
	Pos         Pos
	Left, Right Expr
}

// Coalesce is COALESCE(…).
type Coalesce struct {
	Pos  Pos
	Args []Expr
}

// MinMax is GREATEST(…), with Least LEAST(…).
type MinMax struct {
	Pos   Pos
	Least bool
	Args  []Expr
}

// Case is CASE [arg] WHEN … END.
type Case struct {
	Pos   Pos
	Arg   Expr // nil for the searched form
	Whens []When
	Else  Expr // nil: NULL
}

// When is one branch of a Case.
type When struct {
	Pos        Pos
	Cond, Then Expr
}

// Cast is arg::type, CAST(arg AS type) or type 'literal'; the last has no Pos.
type Cast struct {
	Pos  Pos
	Arg  Expr
	Type *TypeName
}

// TypeName is a type as written. Built-in spellings are mapped as PostgreSQL maps them:
// int is pg_catalog.int4, char(3) is pg_catalog.bpchar with modifier 3.
type TypeName struct {
	Pos   Pos
	Names []string
	// Mods are the modifiers in parentheses. INTERVAL fields arrive as PostgreSQL's bit mask,
	// followed by the precision if one was given: see IntervalFields.
	Mods      []Expr
	ArrayDims []int // one per [], -1 for a bound not given
	SetOf     bool
}

// ArrayLit is ARRAY[…]; nested brackets are nested ArrayLits.
type ArrayLit struct {
	Pos   Pos
	Elems []Expr
}

// Row is ROW(…) or (a, b, …).
type Row struct {
	Pos      Pos
	Explicit bool // written with ROW
	Args     []Expr
}

// Subquery is (query), EXISTS (query) or ARRAY(query).
type Subquery struct {
	Pos   Pos
	Kind  SubqueryKind
	Query *Query
}

// SubqueryKind says what a Subquery yields.
type SubqueryKind uint8

// The kinds of subqueries in expressions.
const (
	ScalarSubquery SubqueryKind = iota
	ExistsSubquery
	ArraySubquery
)

// Collate is arg COLLATE name.
type Collate struct {
	Pos  Pos
	Arg  Expr
	Name []string
}

// FuncCall is a function or aggregate call. Special syntax is mapped as in PostgreSQL, to
// names qualified by pg_catalog and with SQLSyntax set: `a AT TIME ZONE z` is timezone(z, a),
// EXTRACT(f FROM x) is extract('f', x), POSITION(a IN b) is position(b, a), TRIM(BOTH a FROM b)
// is btrim(b, a), SUBSTRING(a FROM b FOR c) is substring(a, b, c), OVERLAY is overlay.
type FuncCall struct {
	Pos         Pos
	Name        []string
	Args        []Expr // a named argument is *NamedArg
	Star        bool   // count(*)
	Distinct    bool
	Variadic    bool // the last argument is VARIADIC
	WithinGroup bool // OrderBy is the WITHIN GROUP clause
	OrderBy     []OrderItem
	Filter      Expr
	Over        *WindowSpec
	SQLSyntax   bool
}

// NamedArg is name => arg in a call.
type NamedArg struct {
	Pos  Pos
	Name string
	Arg  Expr
}

// ValueFunction is one of the niladic functions without parentheses.
type ValueFunction struct {
	Pos       Pos
	Func      ValueFunc
	Precision int // CURRENT_TIMESTAMP(n); -1 when not given
}

// ValueFunc names a niladic function; its value is the SQL spelling in lower case.
type ValueFunc string

// The niladic functions.
const (
	CurrentDate      ValueFunc = "current_date"
	CurrentTime      ValueFunc = "current_time"
	CurrentTimestamp ValueFunc = "current_timestamp"
	LocalTime        ValueFunc = "localtime"
	LocalTimestamp   ValueFunc = "localtimestamp"
	CurrentRole      ValueFunc = "current_role"
	CurrentUser      ValueFunc = "current_user"
	User             ValueFunc = "user"
	SessionUser      ValueFunc = "session_user"
	CurrentCatalog   ValueFunc = "current_catalog"
	CurrentSchema    ValueFunc = "current_schema"
)

// GroupingCall is GROUPING(…).
type GroupingCall struct {
	Pos  Pos
	Args []Expr
}

// GroupingSet stands in GROUP BY: (), ROLLUP, CUBE or GROUPING SETS.
type GroupingSet struct {
	Pos   Pos
	Kind  GroupingKind
	Items []Expr
}

// GroupingKind is the kind of a GroupingSet.
type GroupingKind uint8

// The kinds of grouping sets.
const (
	GroupingEmpty GroupingKind = iota
	GroupingRollup
	GroupingCube
	GroupingSets
)

// Default is DEFAULT in VALUES or SET.
type Default struct{ Pos Pos }

// CurrentOf is WHERE CURRENT OF cursor.
type CurrentOf struct {
	Pos    Pos
	Cursor string
}

// Position returns the node's place.
func (e *Literal) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *Param) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *ColumnRef) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *FieldSelect) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *Subscript) Position() Pos { return e.Pos }

// Position returns the operator's place.
func (e *Binary) Position() Pos { return e.Pos }

// Position returns the operator's place.
func (e *Unary) Position() Pos { return e.Pos }

// Position returns the operator's place.
func (e *Logic) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *Not) Position() Pos { return e.Pos }

// Position returns the operator's place.
func (e *AnyArray) Position() Pos { return e.Pos }

// Position returns the operator's place.
func (e *AnySubquery) Position() Pos { return e.Pos }

// Position returns the place of IN.
func (e *InList) Position() Pos { return e.Pos }

// Position returns the place of BETWEEN.
func (e *Between) Position() Pos { return e.Pos }

// Position returns the place of IS.
func (e *DistinctFrom) Position() Pos { return e.Pos }

// Position returns the place of IS.
func (e *IsNull) Position() Pos { return e.Pos }

// Position returns the place of IS.
func (e *IsBool) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *NullIf) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *Coalesce) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *MinMax) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *Case) Position() Pos { return e.Pos }

// Position returns the place of :: or CAST, that of the constant for type 'literal'.
func (e *Cast) Position() Pos {
	if e.Pos < 0 && e.Arg != nil {
		return e.Arg.Position()
	}
	return e.Pos
}

// Position returns the node's place.
func (e *ArrayLit) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *Row) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *Subquery) Position() Pos { return e.Pos }

// Position returns the place of COLLATE.
func (e *Collate) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *FuncCall) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *NamedArg) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *ValueFunction) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *GroupingCall) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *GroupingSet) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *Default) Position() Pos { return e.Pos }

// Position returns the node's place.
func (e *CurrentOf) Position() Pos { return e.Pos }

func (*Literal) expr()       {}
func (*Param) expr()         {}
func (*ColumnRef) expr()     {}
func (*FieldSelect) expr()   {}
func (*Subscript) expr()     {}
func (*Binary) expr()        {}
func (*Unary) expr()         {}
func (*Logic) expr()         {}
func (*Not) expr()           {}
func (*AnyArray) expr()      {}
func (*AnySubquery) expr()   {}
func (*InList) expr()        {}
func (*Between) expr()       {}
func (*DistinctFrom) expr()  {}
func (*IsNull) expr()        {}
func (*IsBool) expr()        {}
func (*NullIf) expr()        {}
func (*Coalesce) expr()      {}
func (*MinMax) expr()        {}
func (*Case) expr()          {}
func (*Cast) expr()          {}
func (*ArrayLit) expr()      {}
func (*Row) expr()           {}
func (*Subquery) expr()      {}
func (*Collate) expr()       {}
func (*FuncCall) expr()      {}
func (*NamedArg) expr()      {}
func (*ValueFunction) expr() {}
func (*GroupingCall) expr()  {}
func (*GroupingSet) expr()   {}
func (*Default) expr()       {}
func (*CurrentOf) expr()     {}
