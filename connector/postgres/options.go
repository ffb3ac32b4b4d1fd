package postgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"maps"
	"strings"

	"streamdb/connector"
	"streamdb/types/pgerr"
)

// ownPrefix begins the names of slots and publications that we chose.
const ownPrefix = "streamdb_"

// Spec is the postgres-cdc connector.
func Spec() *connector.Spec {
	return &connector.Spec{
		Name: "postgres-cdc",
		Doc:  "a table of a PostgreSQL server: a snapshot, then its changes by logical replication",
		Options: []connector.OptionSpec{
			{Name: "hostname", Required: true, Doc: "host of the server, or the directory of its socket"},
			{Name: "port", Default: "5432", Doc: "port of the server"},
			{Name: "username", Required: true, Doc: "role with REPLICATION and SELECT on the table"},
			{Name: "password", Secret: true, Doc: "of that role"},
			{Name: "database.name", Required: true, Doc: "database of the table"},
			{Name: "schema.name", Default: "public", Doc: "schema of the table"},
			{Name: "table.name", Doc: "the table; left out in a shared source"},
			{Name: "slot.name", Doc: "replication slot, made by us and ours alone; default: a new name"},
			{Name: "publication.name", Doc: "publication that holds the table; default: one of our own"},
			{Name: "publication.create.enable", Default: "true", Doc: "make the publication, or add the table to it, if need be"},
			{Name: "ssl.mode", Default: "disabled", Values: []string{"disabled", "preferred", "required", "verify-ca", "verify-full"}, Doc: "as libpq's sslmode"},
		},
		Discover:  discover,
		NewSource: func(cfg connector.Config) (connector.Source, error) { return newSource(cfg) },
		ForTable:  forTable,
		TableOnly: true,
	}
}

// forTable names one table of a shared source.
func forTable(shared connector.Options, table string) (connector.Options, error) {
	out := connector.Options{}
	maps.Copy(out, shared)
	schema, name, ok := strings.Cut(table, ".")
	if !ok {
		schema, name = "public", table
	}
	if schema == "" || name == "" {
		return nil, pgerr.New(pgerr.InvalidName, "invalid upstream table name: \"%s\"", table).
			WithHint("Write it as 'schema.table'.")
	}
	out["schema.name"], out["table.name"] = schema, name
	return out, nil
}

// discover checks server, table and publication, and finds the columns and the key.
func discover(ctx context.Context, cfg connector.Config) (connector.Found, error) {
	l, err := newLink(cfg.Options)
	if err != nil {
		return connector.Found{}, err
	}
	c, err := l.connect(ctx, false)
	if err != nil {
		return connector.Found{}, err
	}
	defer c.close()
	if err := c.checkServer(ctx); err != nil {
		return connector.Found{}, err
	}
	if l.table == "" {
		return connector.Found{}, nil // a shared source
	}
	up, err := c.describe(ctx, l)
	if err != nil {
		return connector.Found{}, err
	}
	found := connector.Found{Schema: cfg.Schema, Options: connector.Options{}}
	if found.Schema == nil {
		found.Schema = up.schema()
	}
	if found.Key, err = up.match(found.Schema); err != nil {
		return connector.Found{}, err
	}
	if name := up.nullable(found.Schema); name != "" {
		return connector.Found{}, connector.NotAlwaysThere(name)
	}
	l.slot, l.publication = nameOwn(l, found.Options)
	if err := c.checkSlotFree(ctx, l); err != nil {
		return connector.Found{}, err
	}
	return found, c.checkPublication(ctx, l)
}

// nameOwn chooses the names that the statement left open and notes them in chosen.
func nameOwn(l *link, chosen connector.Options) (slot, publication string) {
	var random [8]byte
	rand.Read(random[:]) //nolint:errcheck // never fails
	own := ownPrefix + hex.EncodeToString(random[:])
	slot, publication = l.slot, l.publication
	if slot == "" {
		slot = own
		chosen["slot.name"] = own
	}
	if publication == "" {
		publication = own
		chosen["publication.name"] = own
	}
	return slot, publication
}
