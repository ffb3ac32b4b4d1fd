package sql

// ObjectKind names a kind of catalog object by its SQL spelling.
type ObjectKind string

// The kinds of objects that DROP, ALTER, COMMENT ON and SHOW CREATE name.
const (
	KindTable            ObjectKind = "TABLE"
	KindView             ObjectKind = "VIEW"
	KindMaterializedView ObjectKind = "MATERIALIZED VIEW"
	KindSource           ObjectKind = "SOURCE"
	KindSink             ObjectKind = "SINK"
	KindSchema           ObjectKind = "SCHEMA"
	KindIndex            ObjectKind = "INDEX"
	KindColumn           ObjectKind = "COLUMN"
	KindDatabase         ObjectKind = "DATABASE"
	KindConstraint       ObjectKind = "CONSTRAINT"
)

// RelationDef is what CREATE TABLE and CREATE SOURCE have in common.
type RelationDef struct {
	Name        QualifiedName
	IfNotExists bool
	Star        bool // the column list is or begins with *: take the upstream's columns
	Columns     []ColumnDef
	Constraints []Constraint // those of the table
	Watermarks  []Watermark
	Includes    []Include
	Options     []Option      // WITH (…)
	Format      *FormatEncode // FORMAT … ENCODE …, or nil
}

// CreateTable is CREATE TABLE, with or without a connector.
type CreateTable struct {
	stmt
	RelationDef
	Temporary      bool
	Unlogged       bool
	AppendOnly     bool           // APPEND ONLY
	OnConflict     TableConflict  // ON CONFLICT DO …
	VersionColumns []string       // WITH VERSION COLUMN (…)
	FromSource     *QualifiedName // FROM source TABLE 'upstream'
	UpstreamTable  string         // such as public.orders
}

// TableConflict is what a table does with a row whose key it already has.
type TableConflict uint8

// The conflict clauses of CREATE TABLE.
const (
	ConflictDefault TableConflict = iota
	ConflictDoNothing
	ConflictDoUpdateFull
	ConflictDoUpdateIfNotNull
)

// CreateSource is CREATE SOURCE.
type CreateSource struct {
	stmt
	RelationDef
	Temporary bool
}

// ColumnDef is a column of CREATE TABLE, CREATE SOURCE, ALTER TABLE or a column definition list.
type ColumnDef struct {
	Pos         Pos
	Name        string
	Type        *TypeName
	Collation   []string
	Constraints []Constraint
}

// Constraint is a constraint of a column or a table.
type Constraint struct {
	Pos        Pos
	Kind       ConstraintKind
	Name       string      // CONSTRAINT name, or ""
	Expr       Expr        // of CHECK, DEFAULT and GENERATED ALWAYS AS (…)
	Columns    []string    // of a table's PRIMARY KEY, UNIQUE and FOREIGN KEY
	References *References // of FOREIGN KEY and REFERENCES
	Options    []Option    // of an identity column or an index

	Always           bool // identity: GENERATED ALWAYS, otherwise BY DEFAULT
	Stored           bool // generated column of PostgreSQL: STORED
	NullsNotDistinct bool
	NoInherit        bool
	NotValid         bool
	Deferrable       bool
	Deferred         bool
}

// ConstraintKind is the kind of a Constraint.
type ConstraintKind uint8

// The kinds of constraints.
const (
	ConstraintNull ConstraintKind = iota
	ConstraintNotNull
	ConstraintDefault
	ConstraintCheck
	ConstraintPrimaryKey
	ConstraintUnique
	ConstraintForeignKey
	ConstraintGenerated // GENERATED ALWAYS AS (expr) STORED, or `AS expr`
	ConstraintIdentity
	ConstraintExclude
)

// References is the target of a foreign key.
type References struct {
	Table    QualifiedName
	Columns  []string
	OnUpdate string // "", CASCADE, SET NULL, SET DEFAULT, RESTRICT; "" is NO ACTION
	OnDelete string
	Match    string // "", FULL or PARTIAL
}

// Watermark is WATERMARK FOR column AS expr.
type Watermark struct {
	Pos     Pos
	Column  string
	Expr    Expr
	WithTTL bool
}

// Include is INCLUDE field [AS column]: a piece of a message's metadata as a column.
type Include struct {
	Pos   Pos
	Field string // such as key, timestamp, offset, header
	Inner string // header name: INCLUDE header 'name'
	Type  *TypeName
	Alias string
}

// FormatEncode is FORMAT f ENCODE e (options) [KEY ENCODE e (options)]; words are upper case.
type FormatEncode struct {
	Pos        Pos
	Format     string
	Encode     string
	Options    []Option
	KeyEncode  string // "" when not given
	KeyOptions []Option
}

// CreateTableAs is CREATE TABLE … AS query, or SELECT … INTO.
type CreateTableAs struct {
	stmt
	Name        QualifiedName
	IfNotExists bool
	Temporary   bool
	Columns     []string
	Options     []Option
	Query       Statement // *Query, or *Execute
	NoData      bool
	SelectInto  bool
}

// CreateView is CREATE [OR REPLACE] VIEW. Query.Src is the query's own text.
type CreateView struct {
	stmt
	Name        QualifiedName
	OrReplace   bool
	Temporary   bool
	Recursive   bool
	Columns     []string
	Options     []Option
	Query       *Query
	CheckOption string // "", LOCAL or CASCADED
}

// CreateMaterializedView is CREATE MATERIALIZED VIEW. Query.Src is the query's own text.
type CreateMaterializedView struct {
	stmt
	Name              QualifiedName
	IfNotExists       bool
	Columns           []string
	Options           []Option
	Query             *Query
	NoData            bool
	EmitOnWindowClose bool
}

// CreateSink is CREATE SINK {FROM relation | AS query}.
type CreateSink struct {
	stmt
	Name              QualifiedName
	IfNotExists       bool
	From              *QualifiedName // nil with Query
	Query             *Query         // Query.Src is the query's own text
	Into              *QualifiedName // CREATE SINK … INTO table
	IntoColumns       []string
	Options           []Option
	Format            *FormatEncode
	EmitOnWindowClose bool
}

// CreateSchema is CREATE SCHEMA.
type CreateSchema struct {
	stmt
	Pos           Pos
	Name          string // "" with only AUTHORIZATION
	IfNotExists   bool
	Authorization string
}

// CreateIndex is CREATE INDEX.
type CreateIndex struct {
	stmt
	Name         string // "": to be chosen
	Table        QualifiedName
	IfNotExists  bool
	Unique       bool
	Concurrently bool
	Method       string
	Elements     []IndexElement
	Include      []IndexElement
	Options      []Option
	Where        Expr
}

// IndexElement is a column or expression of an index, or of an ON CONFLICT target.
type IndexElement struct {
	Name      string // column, or "" with Expr
	Expr      Expr
	Collation []string
	OpClass   []string
	Dir       SortDir
	Nulls     NullsOrder
}

// Drop is DROP of one or more objects of one kind.
type Drop struct {
	stmt
	Kind         ObjectKind
	IfExists     bool
	Names        []QualifiedName
	Cascade      bool
	Concurrently bool
}

// AlterTable is ALTER TABLE and its relatives with a list of commands.
type AlterTable struct {
	stmt
	Kind     ObjectKind
	Table    *TableName
	IfExists bool
	Commands []AlterCommand
}

// AlterCommand is one command of an AlterTable: *AddColumn, *DropColumn, *AlterColumn,
// *AddConstraint, *DropConstraint or *UnsupportedAlter.
type AlterCommand interface{ alterCommand() }

// AddColumn is ADD COLUMN.
type AddColumn struct {
	IfNotExists bool
	Column      ColumnDef
}

// DropColumn is DROP COLUMN.
type DropColumn struct {
	Name     string
	IfExists bool
	Cascade  bool
}

// AlterColumn is ALTER COLUMN name followed by one action.
type AlterColumn struct {
	Name      string
	Action    ColumnAction
	Default   Expr      // with SetDefault
	Type      *TypeName // with SetType
	Collation []string  // with SetType
	Using     Expr      // with SetType
}

// ColumnAction is what an AlterColumn does.
type ColumnAction uint8

// The actions of ALTER COLUMN.
const (
	SetDefault ColumnAction = iota
	DropDefault
	SetNotNull
	DropNotNull
	SetType
)

// AddConstraint is ADD table constraint.
type AddConstraint struct{ Constraint Constraint }

// DropConstraint is DROP CONSTRAINT.
type DropConstraint struct {
	Name     string
	IfExists bool
	Cascade  bool
}

// UnsupportedAlter is any other command; What names it.
type UnsupportedAlter struct{ What string }

func (*AddColumn) alterCommand()        {}
func (*DropColumn) alterCommand()       {}
func (*AlterColumn) alterCommand()      {}
func (*AddConstraint) alterCommand()    {}
func (*DropConstraint) alterCommand()   {}
func (*UnsupportedAlter) alterCommand() {}

// Rename is ALTER … RENAME: of the object, or of its column or constraint.
type Rename struct {
	stmt
	Kind     ObjectKind // of the object named in Name
	Part     ObjectKind // KindColumn or KindConstraint; "" renames the object itself
	Name     QualifiedName
	OldPart  string
	NewName  string
	IfExists bool
}

// SetSchema is ALTER … SET SCHEMA.
type SetSchema struct {
	stmt
	Kind      ObjectKind
	Name      QualifiedName
	NewSchema string
	IfExists  bool
}

// Resume is ALTER {MATERIALIZED VIEW | SINK | SOURCE | TABLE} name RESUME: start again what
// stopped on an error.
type Resume struct {
	stmt
	Kind ObjectKind
	Name QualifiedName
}

// Comment is COMMENT ON.
type Comment struct {
	stmt
	Kind   ObjectKind
	Name   QualifiedName // for a column: of its relation
	Column string
	Text   *string // nil: IS NULL
}
