package sql

// Pos is a 0-based byte offset into the whole text given to [Parse]; [CharPos] turns it
// into the 1-based character position of an error.
type Pos int

// NoPos marks a node whose place in the text is unknown.
const NoPos Pos = -1

// Source is the part of the parsed text one statement was written in, without the
// surrounding white space and without the semicolon.
type Source struct {
	Text   string
	Offset Pos // where Text begins in the whole text
}

// Statement is one SQL statement. The set of statements is closed.
type Statement interface {
	// Src returns the statement's own text and place. A statement inside another one
	// (EXPLAIN, PREPARE, the query of a view) has its own narrower source.
	Src() Source
	setSource(Source)
}

// stmt gives every statement its source; embedding it makes a type a Statement.
type stmt struct{ source Source }

func (s *stmt) Src() Source          { return s.source }
func (s *stmt) setSource(src Source) { s.source = src }

// QualifiedName is a possibly qualified name of a relation or another object.
type QualifiedName struct {
	Pos     Pos
	Catalog string // "" when not given
	Schema  string // "" when not given
	Name    string
}

// Unsupported is a statement of PostgreSQL's or a streaming dialect's grammar that streamdb
// does not have; it is refused with 0A000 naming What.
type Unsupported struct {
	stmt
	Pos  Pos
	What string // such as "CREATE FUNCTION"
	Hint string // the way round, "" when there is none
}

// Insert is INSERT INTO.
type Insert struct {
	stmt
	With          *With
	Table         *TableName
	Columns       []AssignTarget // empty: all columns in order
	Overriding    Overriding
	DefaultValues bool
	Query         *Query // nil with DefaultValues; VALUES is a Query with a *Values body
	OnConflict    *OnConflict
	Returning     []Target
}

// Overriding is the OVERRIDING clause of an INSERT.
type Overriding uint8

// The OVERRIDING clauses.
const (
	OverridingNone Overriding = iota
	OverridingUserValue
	OverridingSystemValue
)

// AssignTarget is a column to be assigned, possibly a part of it (`a[1]`, `a.b`).
type AssignTarget struct {
	Pos  Pos
	Name string
	Path []PathStep // empty: the whole column
}

// PathStep is one field or subscript after a column to be assigned.
type PathStep struct {
	Field string // a field name, or "" for a subscript
	Index Expr   // subscript; lower bound of a slice (may be nil then)
	Upper Expr   // upper bound of a slice
	Slice bool
}

// OnConflict is the ON CONFLICT clause of an INSERT.
type OnConflict struct {
	Pos         Pos
	Elements    []IndexElement // arbiter columns; empty: any
	TargetWhere Expr           // predicate of the arbiter index
	Constraint  string         // ON CONSTRAINT name, or ""
	DoUpdate    bool           // otherwise DO NOTHING
	Set         []Assignment
	Where       Expr
}

// Assignment is one item of a SET list: `a = expr` or `(a, b) = row or subquery`.
type Assignment struct {
	Targets []AssignTarget // more than one, or Multi, for the parenthesised form
	Multi   bool           // written with parentheses
	Value   Expr           // for Multi: a *Row, a *Subquery or another row-valued expression
}

// Update is UPDATE.
type Update struct {
	stmt
	With      *With
	Table     *TableName
	Set       []Assignment
	From      []TableRef
	Where     Expr // nil: every row; may be *CurrentOf
	Returning []Target
}

// Delete is DELETE FROM.
type Delete struct {
	stmt
	With      *With
	Table     *TableName
	Using     []TableRef
	Where     Expr
	Returning []Target
}

// Truncate is TRUNCATE.
type Truncate struct {
	stmt
	Tables          []*TableName
	RestartIdentity bool
	Cascade         bool
}

// Copy is COPY table or (query), FROM or TO.
type Copy struct {
	stmt
	Table   *QualifiedName // nil with Query
	Columns []string
	Query   Statement // COPY (query) TO; nil with Table
	From    bool      // COPY … FROM; otherwise TO
	Program bool
	File    string   // "" for STDIN or STDOUT
	Options []Option // in the parenthesised form's vocabulary, names lower case
	Where   Expr
}

// Option is one name with an optional value, from a WITH list, COPY, EXPLAIN or VACUUM.
type Option struct {
	Pos   Pos
	Name  string   // `a.b.c` for a dotted name
	Value *Literal // nil: none given. A bare word is a LiteralString
	List  []string // a parenthesised list of names, as in FORCE_QUOTE (a, b)
	Star  bool     // the value is *
}

// Text returns the option's value as text, "" when it has none.
func (o Option) Text() string {
	if o.Value == nil {
		return ""
	}
	return o.Value.Text
}
