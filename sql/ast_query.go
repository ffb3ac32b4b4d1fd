package sql

// Query is a SELECT, VALUES, TABLE or set operation with all that may surround it. It is a
// Statement of its own, and the subquery of expressions, views and other statements.
type Query struct {
	stmt
	With    *With
	Body    QueryBody
	OrderBy []OrderItem
	Limit   Expr // nil: none, also for LIMIT ALL and LIMIT NULL
	Offset  Expr
	// WithTies is FETCH FIRST n ROWS WITH TIES; Limit holds n.
	WithTies bool
	Locking  []Locking
}

// QueryBody is *Select, *Values or *SetOp.
type QueryBody interface{ queryBody() }

// Select is one SELECT … FROM … WHERE … GROUP BY … HAVING … WINDOW.
type Select struct {
	Distinct      bool
	DistinctOn    []Expr // DISTINCT ON (…); Distinct is true too
	Targets       []Target
	From          []TableRef
	Where         Expr
	GroupBy       []Expr // may hold *GroupingSet
	GroupDistinct bool
	Having        Expr
	Windows       []WindowDef
}

// Values is a VALUES list. Rows may differ in length: the planner complains.
type Values struct{ Rows [][]Expr }

// SetOp combines two queries. Left and Right carry their own ORDER BY only if they were
// written in parentheses.
type SetOp struct {
	Kind        SetOpKind
	All         bool
	Left, Right *Query
}

// SetOpKind says which set operation.
type SetOpKind uint8

// The set operations.
const (
	Union SetOpKind = iota
	Intersect
	Except
)

func (*Select) queryBody() {}
func (*Values) queryBody() {}
func (*SetOp) queryBody()  {}

// Target is an item of a select or RETURNING list. `*` and `t.*` are *ColumnRef with Star;
// `(x).*` is *FieldSelect with Star.
type Target struct {
	Pos   Pos
	Expr  Expr
	Alias string // "" when not given: see OutputName
}

// OrderItem is an item of ORDER BY.
type OrderItem struct {
	Pos   Pos
	Expr  Expr
	Dir   SortDir
	Nulls NullsOrder
	Using Operator // with SortUsing
}

// SortDir is the direction of an ORDER BY item.
type SortDir uint8

// The sort directions.
const (
	SortDefault SortDir = iota
	SortAsc
	SortDesc
	SortUsing
)

// NullsOrder is NULLS FIRST or LAST.
type NullsOrder uint8

// The orders of NULLs.
const (
	NullsDefault NullsOrder = iota
	NullsFirst
	NullsLast
)

// Locking is FOR UPDATE and its relatives.
type Locking struct {
	Strength LockStrength
	Of       []QualifiedName
	Wait     LockWait
}

// LockStrength is the strength of a row lock.
type LockStrength uint8

// The strengths of row locks.
const (
	ForUpdate LockStrength = iota
	ForNoKeyUpdate
	ForShare
	ForKeyShare
)

// LockWait says what to do when a row is locked.
type LockWait uint8

// The ways to wait for a row lock.
const (
	LockBlock LockWait = iota
	LockSkipLocked
	LockNoWait
)

// With is a WITH clause.
type With struct {
	Pos       Pos
	Recursive bool
	CTEs      []CTE
}

// CTE is one common table expression.
type CTE struct {
	Pos          Pos
	Name         string
	Columns      []string
	Materialized Materialized
	Stmt         Statement // *Query, *Insert, *Update or *Delete
}

// Materialized is the hint of a CTE.
type Materialized uint8

// The materialization hints.
const (
	MaterializedDefault Materialized = iota
	MaterializedAlways
	MaterializedNever
)

// TableRef is an item of FROM: *TableName, *DerivedTable, *RangeFunction or *Join.
type TableRef interface{ tableRef() }

// TableName is a relation by name.
type TableName struct {
	QualifiedName
	Only  bool // ONLY t
	Alias *Alias
}

// DerivedTable is a subquery in FROM.
type DerivedTable struct {
	Pos     Pos
	Lateral bool
	Query   *Query
	Alias   *Alias // nil when not given
}

// RangeFunction is a function call in FROM, TUMBLE(t, ts, size) and its kin included: there
// the relation's name arrives as a *ColumnRef argument.
type RangeFunction struct {
	Pos        Pos
	Lateral    bool
	Ordinality bool // WITH ORDINALITY
	RowsFrom   bool // ROWS FROM (…)
	Functions  []RangeFunctionItem
	Alias      *Alias
	Columns    []ColumnDef // column definition list: AS (a int, b text)
}

// RangeFunctionItem is one function of a RangeFunction; there are several only in ROWS FROM.
type RangeFunctionItem struct {
	Call    Expr        // a *FuncCall, or what the grammar allows in its place (*ValueFunction, *Coalesce, *Cast)
	Columns []ColumnDef // column definition list within ROWS FROM
}

// Join is an explicit join.
type Join struct {
	Kind        JoinKind
	Natural     bool
	Left, Right TableRef
	Using       []string // JOIN … USING (…)
	UsingAlias  string   // JOIN … USING (…) AS alias
	On          Expr     // nil for CROSS JOIN, NATURAL and USING
	Alias       *Alias   // (a JOIN b …) AS alias
}

// JoinKind is the kind of a join.
type JoinKind uint8

// The join kinds; a CROSS JOIN is an InnerJoin without condition.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
)

func (*TableName) tableRef()     {}
func (*DerivedTable) tableRef()  {}
func (*RangeFunction) tableRef() {}
func (*Join) tableRef()          {}

// Alias is a table alias with optional column aliases.
type Alias struct {
	Name    string
	Columns []string
}

// WindowDef is a named window of the WINDOW clause.
type WindowDef struct {
	Name string
	Spec *WindowSpec
}

// WindowSpec is what stands after OVER or in the WINDOW clause.
type WindowSpec struct {
	Pos         Pos
	Ref         string // OVER name, or the name that begins OVER (name …)
	Bare        bool   // OVER name, without parentheses
	PartitionBy []Expr
	OrderBy     []OrderItem
	Frame       *Frame // nil: the default frame
}

// Frame is an explicit window frame.
type Frame struct {
	Mode       FrameMode
	Start, End FrameBound
	Exclude    FrameExclude
}

// FrameMode is RANGE, ROWS or GROUPS.
type FrameMode uint8

// The frame modes.
const (
	FrameRange FrameMode = iota
	FrameRows
	FrameGroups
)

// FrameBound is one end of a frame.
type FrameBound struct {
	Kind   BoundKind
	Offset Expr // for OffsetPreceding and OffsetFollowing
}

// BoundKind is the kind of a frame's end.
type BoundKind uint8

// The frame ends.
const (
	UnboundedPreceding BoundKind = iota
	OffsetPreceding
	CurrentRow
	OffsetFollowing
	UnboundedFollowing
)

// FrameExclude is the EXCLUDE clause of a frame.
type FrameExclude uint8

// The frame exclusions.
const (
	ExcludeNoOthers FrameExclude = iota
	ExcludeCurrentRow
	ExcludeGroup
	ExcludeTies
)
