package catalog

import "streamdb/types"

// ID is an object's stable identity, also its OID in pg_class. IDs below FirstUserID
// belong to built-in relations.
type ID uint32

// FirstUserID is the first id given to a user's object.
const FirstUserID ID = 16384

// Kind is the sort of an object.
type Kind uint8

// The kinds of objects that stand in FROM or take a name beside relations.
const (
	Table Kind = iota + 1
	View
	MaterializedView
	Source
	Sink
	System // pg_catalog, information_schema, streamdb.*: evaluated by the server
	Index
)

// String is the kind as messages and SHOW name it.
func (k Kind) String() string {
	return [...]string{"?", "table", "view", "materialized view", "source", "sink", "system relation", "index"}[k]
}

// Column is one column of a relation.
type Column struct {
	Name    string
	Type    types.Type
	NotNull bool
	Default string // SQL text of the default expression, "" for none
	AttNum  int16  // from 1, never reused; ≤ 0 for hidden columns
	Dropped bool
}

// Check is a CHECK constraint.
type Check struct {
	Name string
	Expr string // SQL text
}

// Unique is a PRIMARY KEY or UNIQUE constraint.
type Unique struct {
	Name    string
	Columns []int // positions in Relation.Columns
	Primary bool
}

// Relation describes a table, view, source, sink or system relation. Descriptors are
// immutable; DDL makes a changed copy.
type Relation struct {
	ID         ID
	Schema     string
	Name       string
	Kind       Kind
	Columns    []Column
	Uniques    []Unique // Uniques[0] is the primary key if Primary
	Checks     []Check
	AppendOnly bool   // rows are never retracted (sources, views derived so)
	SQL        string // the CREATE statement as written, secrets included
	Query      string // views: the defining query's text
	Options    map[string]string
	Format     string // sources, sinks, tables with a connector: FORMAT … ENCODE …
	Connector  string
	DependsOn  []ID
	SearchPath []string          // frozen at CREATE for views
	Settings   map[string]string // frozen settings that change results: TimeZone, DateStyle…
	Plan       []byte            // materialized views and sinks: the stored physical plan
	Key        []int             // columns that are unique together (views: derived), nil if none
	Comment    string
	ColComment map[int16]string
}

// Live lists the positions of columns that are not dropped or hidden.
func (r *Relation) Live() []int {
	var live []int
	for i, c := range r.Columns {
		if !c.Dropped && c.AttNum > 0 {
			live = append(live, i)
		}
	}
	return live
}

// Types is the schema of all physical columns, dropped and hidden ones included.
func (r *Relation) Types() types.Schema {
	s := make(types.Schema, len(r.Columns))
	for i, c := range r.Columns {
		s[i] = types.Column{Name: c.Name, Type: c.Type, NotNull: c.NotNull}
	}
	return s
}

// PrimaryKey is the primary key's column positions, or nil.
func (r *Relation) PrimaryKey() []int {
	for _, u := range r.Uniques {
		if u.Primary {
			return u.Columns
		}
	}
	return nil
}
