package catalog

// Change is one step of DDL as data: what the commit log holds and [Snapshot.Apply] does.
// Applying the same changes to the same snapshot always gives the same snapshot, ids
// included.
type Change interface {
	tag() string
	apply(s *Snapshot) error
}

// CreateSchema makes a schema under the next id.
type CreateSchema struct {
	Name string `json:"name"`
}

// RenameSchema renames a schema and moves its relations along.
type RenameSchema struct {
	Name string `json:"name"`
	To   string `json:"to"`
}

// DropSchema removes a schema, which must be empty by then.
type DropSchema struct {
	Name string `json:"name"`
}

// CreateRelation makes a relation. An ID of 0 stands for the next one; any other must not
// have been given yet, such as [Snapshot.NextID]. Constraints without an id get one.
type CreateRelation struct {
	Relation *Relation `json:"relation"`
}

// ReplaceRelation puts another descriptor in the place of the relation with its ID: ALTER,
// RENAME, SET SCHEMA, CREATE OR REPLACE.
type ReplaceRelation struct {
	Relation *Relation `json:"relation"`
}

// DropRelations removes relations; whatever depends on one must be among them. See
// [Snapshot.DropClosure].
type DropRelations struct {
	IDs []ID `json:"ids"`
}

// Comment sets or ("") removes a comment: of a schema if Schema is given, of a column if
// AttNum is not 0, else of the relation ID.
type Comment struct {
	Schema string `json:"schema,omitempty"`
	ID     ID     `json:"id,omitempty"`
	AttNum int16  `json:"attnum,omitempty"`
	Text   string `json:"text"`
}

// Batch is changes that are made together or not at all.
type Batch struct {
	Changes []Change
}

// changeTags makes an empty change of each kind from its tag in stored catalogs.
func changeTags() map[string]Change {
	tags := map[string]Change{}
	for _, c := range []Change{
		&CreateSchema{}, &RenameSchema{}, &DropSchema{}, &CreateRelation{}, &ReplaceRelation{}, &DropRelations{}, &Comment{}, &Batch{},
	} {
		tags[c.tag()] = c
	}
	return tags
}

func (*CreateSchema) tag() string    { return "create_schema" }
func (*RenameSchema) tag() string    { return "rename_schema" }
func (*DropSchema) tag() string      { return "drop_schema" }
func (*CreateRelation) tag() string  { return "create_relation" }
func (*ReplaceRelation) tag() string { return "replace_relation" }
func (*DropRelations) tag() string   { return "drop_relations" }
func (*Comment) tag() string         { return "comment" }
func (*Batch) tag() string           { return "batch" }
