package postgres

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// column is one column of the upstream table.
type column struct {
	name    string
	oid     uint32
	mod     int32
	typ     types.Type // as it is here; the zero Type: there is none
	typname string
	notNull bool
	key     bool // of the replica identity, or of the primary key where that is FULL
}

// table is the upstream table as it is now.
type table struct {
	name    string
	oid     uint32
	columns []column
}

// checkServer refuses a server that cannot decode its log.
func (c *conn) checkServer(ctx context.Context) error {
	level, err := c.one(ctx, "SHOW wal_level")
	if err != nil {
		return err
	}
	if level != "logical" {
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "upstream PostgreSQL has wal_level \"%s\"", level).
			WithHint("Set wal_level = logical there and restart it.")
	}
	return nil
}

// describe reads the table's columns and replica identity.
func (c *conn) describe(ctx context.Context, l *link) (*table, error) {
	rows, err := c.query(ctx, `SELECT c.oid, c.relkind, c.relreplident FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = `+literal(l.schema)+` AND c.relname = `+literal(l.table))
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, pgerr.New(pgerr.UndefinedTable, "upstream table \"%s\" does not exist", l.name())
	}
	oid, kind, identity := rows[0][0], rows[0][1], rows[0][2]
	if kind != "r" {
		return nil, pgerr.Unsupported("replication of upstream relation \""+l.name()+"\", which is not an ordinary table,",
			"Replicate its partitions, or the tables under a view.")
	}
	index := "i.indisprimary"
	switch identity {
	case "i":
		index = "i.indisreplident"
	case "n":
		return nil, noIdentity(l, "It has REPLICA IDENTITY NOTHING.")
	}
	rows, err = c.query(ctx, `SELECT a.attname, a.atttypid, a.atttypmod, a.attnotnull, t.typname, t.typtype, t.typbasetype, t.typtypmod,
		EXISTS (SELECT 1 FROM pg_catalog.pg_index i WHERE i.indrelid = a.attrelid AND `+index+` AND a.attnum = ANY (i.indkey))
		FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
		WHERE a.attrelid = `+oid+` AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum`)
	if err != nil {
		return nil, err
	}
	t := &table{name: l.name()}
	if n, err := strconv.ParseUint(oid, 10, 32); err == nil {
		t.oid = uint32(n)
	}
	hasKey := false
	for _, r := range rows {
		col, err := newColumn(r)
		if err != nil {
			return nil, err
		}
		hasKey = hasKey || col.key
		t.columns = append(t.columns, col)
	}
	if !hasKey {
		return nil, noIdentity(l, "It has no primary key.")
	}
	return t, nil
}

func noIdentity(l *link, detail string) error {
	return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "upstream table \"%s\" has no replica identity that names a row", l.name()).
		WithDetail("%s", detail).
		WithHint("Give it a primary key, or ALTER TABLE … REPLICA IDENTITY USING INDEX there.")
}

// newColumn reads a row of the catalog query.
func newColumn(r []string) (column, error) {
	oid, err1 := strconv.ParseUint(r[1], 10, 32)
	mod, err2 := strconv.ParseInt(r[2], 10, 32)
	base, err3 := strconv.ParseUint(r[6], 10, 32)
	baseMod, err4 := strconv.ParseInt(r[7], 10, 32)
	for _, err := range []error{err1, err2, err3, err4} {
		if err != nil {
			return column{}, pgerr.New(pgerr.ProtocolViolation, "upstream sent an invalid catalog row: %v", err)
		}
	}
	c := column{name: r[0], oid: uint32(oid), mod: int32(mod), typname: r[4], notNull: r[3] == "t", key: r[8] == "t"}
	switch r[5] {
	case "e":
		c.typ = types.Text
		return c, nil
	case "d":
		oid, mod = base, baseMod
	}
	if t, ok := types.TypeByOID(types.OID(oid)); ok && !t.Info().Pseudo {
		c.typ = types.Type{OID: t.OID, Mod: int32(mod)}
	}
	return c, nil
}

// schema is all columns.
func (t *table) schema() types.Schema {
	var s types.Schema
	for _, c := range t.columns {
		s = append(s, types.Column{Name: c.name, Type: c.typ, NotNull: c.notNull})
	}
	return s
}

// match checks that the columns of s are there upstream, and finds the key among them.
func (t *table) match(s types.Schema) (key []int, err error) {
	var pick []int
	for i, want := range s {
		k := slices.IndexFunc(t.columns, func(c column) bool { return c.name == want.Name })
		if k < 0 {
			return nil, pgerr.New(pgerr.UndefinedColumn, "upstream table \"%s\" has no column \"%s\"", t.name, want.Name)
		}
		c := t.columns[k]
		if c.typ == (types.Type{}) {
			return nil, pgerr.Unsupported("column \""+c.name+"\" of upstream table \""+t.name+"\", of type "+c.typname+",",
				"List the columns to replicate without it.")
		}
		if want.Type.OID != c.typ.OID {
			return nil, pgerr.New(pgerr.DatatypeMismatch, "column \"%s\" of upstream table \"%s\" is of type %s, not %s",
				c.name, t.name, c.typ, want.Type)
		}
		pick = append(pick, k)
		if c.key {
			key = append(key, i)
		}
	}
	for k, c := range t.columns {
		if c.key && !slices.Contains(pick, k) {
			return nil, pgerr.New(pgerr.InvalidTableDefinition, "the columns must include \"%s\", a key column of upstream table \"%s\"", c.name, t.name)
		}
	}
	return key, nil
}

// nullable is a column of s that is NOT NULL and may be NULL upstream; "" for none.
func (t *table) nullable(s types.Schema) string {
	for _, want := range s {
		if want.NotNull && slices.ContainsFunc(t.columns, func(c column) bool { return c.name == want.Name && !c.notNull }) {
			return want.Name
		}
	}
	return ""
}

// checkSlotFree refuses a slot that exists: it is not ours to drop or to read.
func (c *conn) checkSlotFree(ctx context.Context, l *link) error {
	found, err := c.one(ctx, "SELECT 1 FROM pg_catalog.pg_replication_slots WHERE slot_name = "+literal(l.slot))
	if err == nil && found != "" {
		return pgerr.New(pgerr.DuplicateObject, "replication slot \"%s\" already exists upstream", l.slot).
			WithHint("Leave out slot.name, or drop the slot there if nothing needs it.")
	}
	return err
}

// checkPublication refuses a publication that does not bring every change of the table, and
// one that is absent or lacks the table and may not be changed.
func (c *conn) checkPublication(ctx context.Context, l *link) error {
	rows, err := c.query(ctx, "SELECT pubinsert AND pubupdate AND pubdelete AND pubtruncate, puballtables FROM pg_catalog.pg_publication WHERE pubname = "+literal(l.publication))
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		if l.mayPublish {
			return nil
		}
		return pgerr.New(pgerr.UndefinedObject, "publication \"%s\" does not exist upstream", l.publication).
			WithHint("Create it there, or set publication.create.enable = true.")
	}
	if rows[0][0] != "t" {
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "publication \"%s\" upstream leaves out some kinds of changes", l.publication).
			WithHint("It must publish insert, update, delete and truncate.")
	}
	has, filter, err := c.published(ctx, l)
	switch {
	case err != nil:
		return err
	case filter:
		return pgerr.Unsupported("a row filter or column list in publication \""+l.publication+"\"", "Filter in a view over the table.")
	case !has && !l.mayPublish:
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "publication \"%s\" upstream does not hold table \"%s\"", l.publication, l.name()).
			WithHint("Add it there, or set publication.create.enable = true.")
	}
	return nil
}

// published reports whether the publication holds the table, and whether only in part.
func (c *conn) published(ctx context.Context, l *link) (has, filter bool, err error) {
	where := " WHERE p.pubname = " + literal(l.publication) + " AND n.nspname = " + literal(l.schema) + " AND c.relname = " + literal(l.table)
	one, err := c.one(ctx, "SELECT 1 FROM pg_catalog.pg_publication_tables p JOIN pg_catalog.pg_namespace n ON n.nspname = p.schemaname JOIN pg_catalog.pg_class c ON c.relname = p.tablename AND c.relnamespace = n.oid"+where)
	if err != nil || one == "" {
		return false, false, err
	}
	version, err := c.one(ctx, "SHOW server_version_num")
	if err != nil {
		return false, false, err
	}
	if n, err := strconv.Atoi(version); err != nil || n < 150000 {
		return true, false, nil // no filters before 15
	}
	some, err := c.one(ctx, `SELECT r.prqual IS NOT NULL OR r.prattrs IS NOT NULL FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
		JOIN pg_catalog.pg_class c ON c.oid = r.prrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`+where)
	return true, some == "t", err
}

// checkStillPublished makes sure that the publication holds the table, as it did when
// reading began: upstream leaves out the changes of a table that it does not hold without a
// word.
func (c *conn) checkStillPublished(ctx context.Context, l *link) error {
	strict := *l
	strict.mayPublish = false
	err := c.checkPublication(ctx, &strict)
	if _, lost := errors.AsType[*lostError](err); err == nil || lost {
		return err
	}
	e := *pgerr.From(err)
	e.Detail, e.Hint = "Changes made meanwhile may be lost.", "Drop the table here and create it anew."
	return &e
}

// publish makes the publication hold the table.
func (c *conn) publish(ctx context.Context, l *link) error {
	if err := c.checkPublication(ctx, l); err != nil {
		return err
	}
	has, _, err := c.published(ctx, l)
	if err != nil || has {
		return err
	}
	exists, err := c.one(ctx, "SELECT 1 FROM pg_catalog.pg_publication WHERE pubname = "+literal(l.publication))
	if err != nil {
		return err
	}
	if exists != "" {
		_, err = c.query(ctx, "ALTER PUBLICATION "+ident(l.publication)+" ADD TABLE "+l.sql())
	} else {
		_, err = c.query(ctx, "CREATE PUBLICATION "+ident(l.publication)+" FOR TABLE "+l.sql())
	}
	if err != nil {
		return err
	}
	// A publication of a partitioned table by its root has no changes of a partition.
	strict := *l
	strict.mayPublish = false
	return c.checkPublication(ctx, &strict)
}

// columnList is the columns of a schema as SQL.
func columnList(s types.Schema) string {
	names := make([]string, len(s))
	for i, c := range s {
		names[i] = ident(c.Name)
	}
	return strings.Join(names, ", ")
}
