package catalog

import (
	"strings"

	"streamdb/types/pgerr"
)

// The schemas every database has, and their ids: PostgreSQL's where it has them.
const (
	Public            = "public"
	PgCatalog         = "pg_catalog"
	InformationSchema = "information_schema"
	Streamdb          = "streamdb" // the engine about itself
)

// Schema is a namespace of relations.
type Schema struct {
	ID      ID     `json:"id"`
	Name    string `json:"name"`
	Comment string `json:"comment,omitempty"`
}

// builtinSchemas are the schemas of an empty database.
func builtinSchemas() []*Schema {
	return []*Schema{
		{ID: 11, Name: PgCatalog, Comment: "system catalog schema"},
		{ID: 2200, Name: Public, Comment: "standard public schema"},
		{ID: 13207, Name: InformationSchema},
		{ID: 14900, Name: Streamdb, Comment: "what the engine knows about itself"},
	}
}

// IsSystemSchema reports whether a schema belongs to the server: its relations are fixed.
func IsSystemSchema(name string) bool {
	return name == PgCatalog || name == InformationSchema || name == Streamdb
}

func noSchema(name string) error {
	return pgerr.New(pgerr.InvalidSchemaName, "schema \"%s\" does not exist", name)
}

func (s *Snapshot) checkNewSchema(name string) error {
	if strings.HasPrefix(name, "pg_") {
		return pgerr.New(pgerr.ReservedName, "unacceptable schema name \"%s\"", name).
			WithDetail("The prefix \"pg_\" is reserved for system schemas.")
	}
	if _, ok := s.schemas[name]; ok {
		return pgerr.New(pgerr.DuplicateSchema, "schema \"%s\" already exists", name)
	}
	return nil
}
