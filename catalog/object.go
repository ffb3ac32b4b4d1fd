package catalog

import (
	"fmt"
	"slices"

	"streamdb/types"
)

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

var kindNames = [...]string{"?", "table", "view", "materialized view", "source", "sink", "system relation", "index"}

// String is the kind as messages and SHOW name it.
func (k Kind) String() string {
	if int(k) >= len(kindNames) {
		return "?"
	}
	return kindNames[k]
}

// MarshalText writes the kind's name, so that stored catalogs do not depend on numbers.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a kind's name.
func (k *Kind) UnmarshalText(b []byte) error {
	for i, name := range kindNames[1:] {
		if name == string(b) {
			*k = Kind(i + 1)
			return nil
		}
	}
	return fmt.Errorf("unknown kind of object %q", b)
}

// Column is one column of a relation.
type Column struct {
	Name    string     `json:"name"`
	Type    types.Type `json:"type"`
	NotNull bool       `json:"not_null,omitempty"`
	Default string     `json:"default,omitempty"` // SQL text of the default expression, "" for none
	AttNum  int16      `json:"attnum"`            // from 1, never reused; ≤ 0 for hidden columns
	Dropped bool       `json:"dropped,omitempty"`
}

// Check is a CHECK constraint.
type Check struct {
	Name string `json:"name"`
	Expr string `json:"expr"`         // SQL text
	ID   ID     `json:"id,omitempty"` // its OID in pg_constraint; 0 until applied
}

// Unique is a PRIMARY KEY or UNIQUE constraint.
type Unique struct {
	Name    string `json:"name"`
	Columns []int  `json:"columns"` // positions in Relation.Columns
	Primary bool   `json:"primary,omitempty"`
	// ID is the OID of the implied index in pg_class and of the constraint in
	// pg_constraint; 0 until applied.
	ID ID `json:"id,omitempty"`
}

// Relation describes a table, view, source, sink or system relation. Descriptors are
// immutable; DDL makes a changed copy.
type Relation struct {
	ID         ID                `json:"id"`
	Schema     string            `json:"schema"`
	Name       string            `json:"name"`
	Kind       Kind              `json:"kind"`
	Columns    []Column          `json:"columns"`
	Uniques    []Unique          `json:"uniques,omitempty"` // Uniques[0] is the primary key if Primary
	Checks     []Check           `json:"checks,omitempty"`
	AppendOnly bool              `json:"append_only,omitempty"` // rows are never retracted (sources, views derived so)
	SQL        string            `json:"sql,omitempty"`         // the CREATE statement as written, secrets included
	Query      string            `json:"query,omitempty"`       // views: the defining query's text
	Options    map[string]string `json:"options,omitempty"`
	Secrets    []string          `json:"secrets,omitempty"` // names of the options that are never shown
	Format     string            `json:"format,omitempty"`  // sources, sinks, tables with a connector: FORMAT … ENCODE …
	Connector  string            `json:"connector,omitempty"`
	DependsOn  []ID              `json:"depends_on,omitempty"`
	SearchPath []string          `json:"search_path,omitempty"` // frozen at CREATE for views
	Settings   map[string]string `json:"settings,omitempty"`    // frozen settings that change results: TimeZone, DateStyle…
	Plan       []byte            `json:"plan,omitempty"`        // materialized views and sinks: the stored physical plan
	Key        []int             `json:"key,omitempty"`         // columns that are unique together (views: derived), nil if none
	// Added holds the values that rows got for the columns the last ALTER TABLE added.
	Added      types.Row        `json:"added,omitempty"`
	Comment    string           `json:"comment,omitempty"`
	ColComment map[int16]string `json:"column_comments,omitempty"`
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

// SameRows reports whether tables r and o take the same rows: their columns and constraints
// are the same but for the names and defaults of columns.
func (r *Relation) SameRows(o *Relation) bool {
	if r == o {
		return true
	}
	return slices.EqualFunc(r.Columns, o.Columns, func(a, b Column) bool {
		return a.Type == b.Type && a.NotNull == b.NotNull && a.Dropped == b.Dropped
	}) && slices.Equal(r.Checks, o.Checks) && slices.EqualFunc(r.Uniques, o.Uniques, func(a, b Unique) bool {
		return a.ID == b.ID && a.Name == b.Name
	})
}
