package postgres

import (
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"streamdb/connector"
	"streamdb/connector/connectortest"
	"streamdb/sqllogictest/pgtest"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// server is one PostgreSQL for all tests of the package, started by the first that needs
// it; each test has a database of its own.
var server *pgtest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	if server != nil {
		if err := server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// upstreamDB is one database upstream.
type upstreamDB struct {
	t    testing.TB
	name string
	conn *pgx.Conn
}

func newUpstream(t testing.TB) *upstreamDB {
	t.Helper()
	if server == nil {
		var err error
		if server, err = pgtest.Launch(); err != nil {
			t.Fatal(err)
		}
	}
	name := strings.ToLower(strings.NewReplacer("/", "_", "=", "_", " ", "_").Replace(t.Name()))
	root, err := pgx.Connect(context.Background(), server.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close(context.Background())
	if _, err := root.Exec(context.Background(), "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		t.Fatal(err)
	}
	if _, err := root.Exec(context.Background(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	u := &upstreamDB{t: t, name: name}
	u.connect()
	t.Cleanup(func() { u.conn.Close(context.Background()) })
	return u
}

func (u *upstreamDB) connect() {
	u.t.Helper()
	var err error
	if u.conn, err = pgx.Connect(context.Background(), server.DSN(u.name)); err != nil {
		u.t.Fatal(err)
	}
}

func (u *upstreamDB) exec(sql string) {
	u.t.Helper()
	if _, err := u.conn.Exec(context.Background(), sql); err != nil {
		u.t.Fatalf("%s: %v", sql, err)
	}
}

func (u *upstreamDB) one(sql string) (s string) {
	u.t.Helper()
	if err := u.conn.QueryRow(context.Background(), sql).Scan(&s); err != nil {
		u.t.Fatalf("%s: %v", sql, err)
	}
	return s
}

func (u *upstreamDB) options(table string) connector.Options {
	return connector.Options{
		"hostname": "127.0.0.1", "port": fmt.Sprint(server.Port()), "username": pgtest.SuperUser,
		"database.name": u.name, "table.name": table,
	}
}

// create does what CREATE TABLE does: discover, then make the source.
func (u *upstreamDB) create(opts connector.Options) *source { return u.createAs(opts, nil) }

// createAs is create with declared columns.
func (u *upstreamDB) createAs(opts connector.Options, declared types.Schema) *source {
	u.t.Helper()
	cfg := connector.Config{Name: "t", Options: opts, Schema: declared}
	found, err := Spec().Describe(u.t.Context(), cfg)
	if err != nil {
		u.t.Fatal(err)
	}
	cfg.Options = maps.Clone(opts)
	maps.Copy(cfg.Options, found.Options)
	cfg.Schema, cfg.Key = found.Schema, found.Key
	s, err := Spec().OpenSource(cfg)
	if err != nil {
		u.t.Fatal(err)
	}
	src := s.(*source)
	src.backoff = 10 * time.Millisecond
	u.t.Cleanup(func() {
		if err := src.Drop(context.Background()); err != nil {
			u.t.Error(err)
		}
	})
	return src
}

func (u *upstreamDB) open(s *source, from connector.Offset) *tail {
	u.t.Helper()
	r, err := s.Open(u.t.Context(), from)
	if err != nil {
		u.t.Fatal(err)
	}
	t := &tail{t: u.t, r: r, at: from}
	u.t.Cleanup(func() { r.Close() })
	return t
}

// tail reads and keeps a table as the engine would.
type tail struct {
	t     testing.TB
	r     connector.Reader
	at    connector.Offset
	lines []string
	rows  map[string]types.Row // by the first column
}

// apply takes one chunk.
func (t *tail) apply(c connector.Chunk) {
	t.t.Helper()
	if c.SnapshotStart || t.rows == nil {
		t.rows = map[string]types.Row{}
	}
	if c.Batch != nil {
		for i := range c.Batch.N {
			r := c.Batch.RowDatums(i)
			t.rows[fmt.Sprint(r[0])] = r
		}
	}
	for _, ch := range c.Changes {
		if ch.Op == connector.OpTruncate {
			clear(t.rows)
		}
		old := ch.Old
		if old == nil {
			old = ch.New
		}
		var before types.Row
		if old != nil {
			before = t.rows[fmt.Sprint(old[0])]
			delete(t.rows, fmt.Sprint(old[0]))
		}
		if ch.New != nil {
			for _, i := range ch.Unchanged {
				ch.New[i] = before[i]
			}
			t.rows[fmt.Sprint(ch.New[0])] = ch.New
		}
	}
	t.lines = append(t.lines, connectortest.Lines(c)...)
	if !c.InTxn {
		t.at = c.After
	}
}

func (t *tail) next() connector.Chunk {
	t.t.Helper()
	ctx, cancel := context.WithTimeout(t.t.Context(), 20*time.Second)
	defer cancel()
	c, err := t.r.Next(ctx, connector.Limit{})
	if err != nil {
		t.t.Fatal(err)
	}
	t.apply(c)
	return c
}

// until reads until the table's rows are what cond says.
func (t *tail) until(what string, cond func() bool) {
	t.t.Helper()
	for !cond() {
		if c := t.next(); len(c.Bad) > 0 {
			t.t.Fatalf("%s: bad row %v", what, c.Bad[0])
		}
	}
}

func (t *tail) snapshot() {
	t.t.Helper()
	for !t.next().SnapshotDone {
	}
}

// failure reads until reading fails.
func (t *tail) failure() error {
	t.t.Helper()
	ctx, cancel := context.WithTimeout(t.t.Context(), 20*time.Second)
	defer cancel()
	for {
		if _, err := t.r.Next(ctx, connector.Limit{}); err != nil {
			return err
		}
	}
}

// text is the rows as they stand.
func (t *tail) text() string {
	var lines []string
	for _, r := range t.rows {
		lines = append(lines, fmt.Sprint(r[0].I, " ", r[1].S))
	}
	slices.Sort(lines)
	return strings.Join(lines, "; ")
}

func TestSnapshotAndChanges(t *testing.T) {
	u := newUpstream(t)
	u.exec("CREATE TABLE t (id int PRIMARY KEY, v text, n numeric(8,2), ts timestamptz, j jsonb, a int[])")
	u.exec(`INSERT INTO t SELECT i, 'row ' || i, i / 4.0, '2024-01-01 12:00+02', '{"a": 1}', '{1,NULL}' FROM generate_series(1, 5000) i`)
	s := u.create(u.options("t"))
	r := u.open(s, nil)
	r.snapshot()
	if len(r.rows) != 5000 {
		t.Fatalf("snapshot of %d rows", len(r.rows))
	}
	u.exec("INSERT INTO t VALUES (5001, E'tab\\t\\\\x', 1, 'infinity', '[1, null]', NULL)")
	u.exec("UPDATE t SET v = 'changed' WHERE id = 1")
	u.exec("UPDATE t SET id = 6000 WHERE id = 2")
	u.exec("DELETE FROM t WHERE id > 2 AND id < 5000")
	r.until("changes", func() bool { return len(r.rows) == 4 })
	if got, want := r.text(), "1 changed; 5000 row 5000; 5001 tab\t\\x; 6000 row 2"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	u.exec("TRUNCATE t")
	u.exec("INSERT INTO t VALUES (7, NULL)")
	r.until("truncate", func() bool { return len(r.rows) == 1 })
}

func TestUnchangedToast(t *testing.T) {
	u := newUpstream(t)
	u.exec("CREATE TABLE t (id int PRIMARY KEY, v text, n int)")
	u.exec("ALTER TABLE t ALTER v SET STORAGE EXTERNAL")
	u.exec("INSERT INTO t VALUES (1, repeat('x', 10000), 0)")
	r := u.open(u.create(u.options("t")), nil)
	r.snapshot()
	u.exec("UPDATE t SET n = 1")
	u.exec("UPDATE t SET id = 2")
	u.exec("INSERT INTO t VALUES (3, '', 0)")
	r.until("updates", func() bool { return len(r.rows) == 2 })
	for _, row := range r.rows {
		if row[0].I == 2 && (len(row[1].S) != 10000 || row[2].I != 1) {
			t.Errorf("row 2 has %d bytes, n = %d", len(row[1].S), row[2].I)
		}
	}
	if !strings.Contains(strings.Join(r.lines, "\n"), "unchanged=[1]") {
		t.Errorf("no unchanged column in %s", r.lines)
	}
	u.exec("ALTER TABLE t REPLICA IDENTITY FULL") // known only to later changes: stops us
	u.exec("UPDATE t SET n = 2 WHERE id = 2")
	if err := r.failure(); !strings.HasPrefix(err.Error(), `upstream table "public.t" was altered: its replica identity changed`) {
		t.Errorf("got %v", err)
	}
}

// TestContract runs the source contract over the stream behind a snapshot. Some rows do not
// fit the columns here.
func TestContract(t *testing.T) {
	u := newUpstream(t)
	u.exec("CREATE TABLE t (id int PRIMARY KEY, v text, n numeric DEFAULT 1)")
	s := u.createAs(u.options("t"), types.Schema{
		{Name: "id", Type: types.Int4}, {Name: "v", Type: types.Text}, {Name: "n", Type: types.NumericType(3, 1)},
	})
	r := u.open(s, nil)
	r.snapshot()
	from := r.at
	r.r.Close()
	for i := range 10 {
		u.exec(fmt.Sprintf("INSERT INTO t SELECT i, 'v' FROM generate_series(%d, %d) i", i*10, i*10+i%4))
	}
	u.exec("INSERT INTO t VALUES (1000, 'bad', 1000), (1001, 'bad', 1000)")
	u.exec("UPDATE t SET n = 1001 WHERE id = 1000") // a bad row and a deletion
	u.exec("UPDATE t SET n = 9 WHERE id = 1001")
	u.exec("UPDATE t SET v = 'w' WHERE id < 30")
	u.exec("DELETE FROM t WHERE id < 10")
	u.exec("TRUNCATE t")
	connectortest.Source(t, connectortest.SourceCase{
		Open:  func(*testing.T) connector.Source { return s },
		From:  from,
		Lines: 23 + 2 + 2 + 1 + 6 + 1 + 1,
		Bad:   3,
		Waits: true,
	})
}

// TestNotAskingHoldsUpstreamBack: what is not asked for stays upstream, but for what the
// queue and the sockets hold.
func TestNotAskingHoldsUpstreamBack(t *testing.T) {
	u := newUpstream(t)
	u.exec("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE other (id int)")
	s := u.create(u.options("t"))
	s.advance = 1
	r := u.open(s, nil)
	r.snapshot()
	u.exec("INSERT INTO other VALUES (1)")
	r.next() // the stream has begun
	const rows = 30000
	for i := range 60 {
		u.exec(fmt.Sprintf("INSERT INTO t SELECT %d + i, repeat('x', 2000) FROM generate_series(1, %d) i", i*rows/60, rows/60))
	}
	queue := r.r.(*reader).stream.queue
	for deadline := time.Now().Add(20 * time.Second); len(queue) < cap(queue); {
		if time.Now().After(deadline) {
			t.Fatalf("%d messages are waiting", len(queue))
		}
		runtime.Gosched()
	}
	if n := u.one("SELECT (pg_current_wal_lsn() - sent_lsn)::text FROM pg_stat_replication r JOIN pg_replication_slots s ON s.active_pid = r.pid WHERE slot_name = " + literal(s.link.slot)); len(n) < 8 {
		t.Errorf("upstream keeps %s bytes of 60 MB", n)
	}
	r.until("all rows", func() bool { return len(r.rows) == rows })
}

func TestBigTransactionInPieces(t *testing.T) {
	u := newUpstream(t)
	u.exec("CREATE TABLE t (id int PRIMARY KEY, v text)")
	s := u.create(u.options("t"))
	r := u.open(s, nil)
	r.snapshot()
	// More than the buffers between hold, so that the cut comes before the end.
	u.exec("INSERT INTO t SELECT i, repeat('x', 2000) FROM generate_series(1, 10000) i")
	before := r.at
	seen := 0
	for seen < 5 {
		c, err := r.r.Next(t.Context(), connector.Limit{MaxRows: 100})
		if err != nil {
			t.Fatal(err)
		}
		if c.Rows() == 0 {
			continue
		}
		seen++
		if !c.InTxn || c.After.Compare(before) != 0 {
			t.Fatalf("piece %d: InTxn %v, after %x", seen, c.InTxn, []byte(c.After))
		}
		r.apply(c)
	}
	u.kick()
	for len(r.rows) < 10000 {
		r.next()
	}
	if len(r.lines) != 10000 {
		t.Errorf("%d changes for 10000 rows", len(r.lines))
	}
	if s.Stats().Reconnects == 0 {
		t.Error("the connection was not cut")
	}
	if r.at.Compare(before) <= 0 {
		t.Error("the place did not move on")
	}
}

// kick ends all replication connections.
func (u *upstreamDB) kick() {
	u.t.Helper()
	u.exec("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active_pid IS NOT NULL AND database = current_database()")
}

func TestReleaseMovesTheSlot(t *testing.T) {
	u := newUpstream(t)
	u.exec("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE other (b text)")
	s := u.create(u.options("t"))
	s.advance = 1 << 20
	r := u.open(s, nil)
	r.snapshot()
	confirmed := func() string {
		return u.one("SELECT confirmed_flush_lsn::text FROM pg_replication_slots WHERE slot_name = " + literal(s.link.slot))
	}
	start := confirmed()
	u.exec("INSERT INTO t VALUES (1, 'x')")
	r.until("insert", func() bool { return len(r.rows) == 1 })
	if got := confirmed(); got != start {
		t.Fatalf("the slot moved from %s to %s before Release", start, got)
	}
	place, _, err := streamPlace(r.at)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Release(t.Context(), r.at); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); confirmed() != place.String(); {
		if time.Now().After(deadline) {
			t.Fatalf("the slot is at %s, released %s", confirmed(), place)
		}
	}
	early, err := s.Open(t.Context(), nil)
	if early != nil || !pgerr.Is(err, pgerr.ObjectInUse) {
		t.Errorf("a second reader: %v", err)
	}
	// What other tables write moves the place on too.
	at := r.at
	u.exec("INSERT INTO other SELECT repeat(md5(i::text), 20) FROM generate_series(1, 10000) i")
	r.until("the log to move on", func() bool { return r.at.Compare(at) != 0 })
	if st := s.Stats(); st.State != "streaming" || st.LagBytes < 1<<20 || st.Released != place.String() {
		t.Errorf("stats %+v", st)
	}
}

func TestSlotMovedBeyond(t *testing.T) {
	u := newUpstream(t)
	u.exec("CREATE TABLE t (id int PRIMARY KEY, v text)")
	s := u.create(u.options("t"))
	r := u.open(s, nil)
	r.snapshot()
	before := r.at
	r.r.Close()
	u.exec("INSERT INTO t VALUES (1, 'x')")
	u.exec("SELECT pg_replication_slot_advance(" + literal(s.link.slot) + ", pg_current_wal_lsn())")
	r = u.open(s, before)
	_, err := r.r.Next(t.Context(), connector.Limit{})
	if err == nil || !strings.Contains(err.Error(), "has moved beyond the place to resume from") {
		t.Errorf("got %v", err)
	}
}

func TestSnapshotStartsAnewAfterACrash(t *testing.T) {
	u := newUpstream(t)
	u.exec("CREATE TABLE t (id int PRIMARY KEY, v text)")
	u.exec("INSERT INTO t SELECT i, '' FROM generate_series(1, 20000) i")
	s := u.create(u.options("t"))
	r := u.open(s, nil)
	r.next()
	middle := r.at
	r.r.Close()
	u.exec("DELETE FROM t WHERE id > 3")
	r = u.open(s, middle)
	if c := r.next(); !c.SnapshotStart {
		t.Error("no new snapshot")
	}
	if len(r.rows) != 3 {
		t.Errorf("%d rows", len(r.rows))
	}
}

func TestUpstreamRestart(t *testing.T) {
	u := newUpstream(t)
	u.exec("CREATE TABLE t (id int PRIMARY KEY, v text)")
	s := u.create(u.options("t"))
	r := u.open(s, nil)
	r.snapshot()
	u.exec("INSERT INTO t VALUES (1, 'a')")
	r.until("insert", func() bool { return len(r.rows) == 1 })
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	u.connect()
	u.exec("INSERT INTO t VALUES (2, 'b')")
	r.until("insert", func() bool { return len(r.rows) == 2 })
	if n := len(r.lines); n != 2 {
		t.Errorf("%d changes: %q", n, r.lines)
	}
}

// alterations are changes of the upstream table, how a row gets into it afterwards, and
// what they are called.
var alterations = []struct{ name, sql, insert, want string }{
	{"add", "ALTER TABLE t ADD x int", "INSERT INTO t VALUES (2)", `column "x" was added`},
	{"drop", "ALTER TABLE t DROP v", "INSERT INTO t VALUES (2)", `column "v" is gone`},
	{"type", "ALTER TABLE t ALTER v TYPE varchar(10)", "INSERT INTO t VALUES (2)", `column "v" has another type`},
	{"rename column", "ALTER TABLE t RENAME v TO x", "INSERT INTO t VALUES (2)", `column "v" is gone`},
	{"rename", "ALTER TABLE t RENAME TO x", "INSERT INTO x VALUES (2)", `it was renamed to "public.x"`},
	{"key", "ALTER TABLE t DROP CONSTRAINT t_pkey", "INSERT INTO t VALUES (1)", "its replica identity changed"},
	{
		"identity", "CREATE UNIQUE INDEX u ON t (w); ALTER TABLE t REPLICA IDENTITY USING INDEX u",
		"INSERT INTO t VALUES (2, 'b', 7)", "its replica identity changed",
	},
	{"nothing", "ALTER TABLE t REPLICA IDENTITY NOTHING", "INSERT INTO t VALUES (2)", "its replica identity changed"},
}

// TestAlter alters the table before and after the stream has described it first.
func TestAlter(t *testing.T) {
	for _, c := range alterations {
		for _, described := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", c.name, described), func(t *testing.T) {
				u := newUpstream(t)
				u.exec("CREATE TABLE t (id int PRIMARY KEY, v text, w int NOT NULL DEFAULT 0)")
				s := u.create(u.options("t"))
				s.watch, s.advance = time.Hour, 1
				r := u.open(s, nil)
				r.snapshot()
				u.exec("CREATE TABLE other (id int)")
				r.next() // of no row: the stream has begun
				if described {
					u.exec("INSERT INTO t VALUES (1, 'a')")
					r.until("insert", func() bool { return len(r.rows) == 1 })
				}
				u.exec(c.sql)
				u.exec(c.insert)
				if e := pgerr.From(r.failure()); e.Message != `upstream table "public.t" was altered: `+c.want || e.Code != "55000" {
					t.Errorf("got %v\nwant %s", e, c.want)
				}
			})
		}
	}
}

// TestOutOfSight: what upstream does not tell with the changes is noticed all the same.
func TestOutOfSight(t *testing.T) {
	for name, c := range map[string]struct{ sql, want string }{
		"dropped":     {"DROP TABLE t", `upstream table "public.t" does not exist`},
		"made anew":   {"DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, v text)", `upstream table "public.t" was altered: another one has its name`},
		"unpublished": {"ALTER PUBLICATION p DROP TABLE t", `publication "p" upstream does not hold table "public.t"`},
		"in part":     {"ALTER PUBLICATION p SET TABLE t WHERE (id > 5)", `a row filter or column list in publication "p" is not supported`},
		"inserts":     {"ALTER PUBLICATION p SET (publish = 'insert')", `publication "p" upstream leaves out some kinds of changes`},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUpstream(t)
			u.exec("CREATE TABLE t (id int PRIMARY KEY, v text)")
			opts := u.options("t")
			opts["publication.name"] = "p"
			s := u.create(opts)
			s.watch = 10 * time.Millisecond
			r := u.open(s, nil)
			r.snapshot()
			u.exec("INSERT INTO t VALUES (1, 'a')")
			r.until("insert", func() bool { return len(r.rows) == 1 })
			u.exec(c.sql)
			if e := pgerr.From(r.failure()); e.Message != c.want {
				t.Errorf("got %v\nwant %s", e, c.want)
			}
			// A new reader finds it, too, though it may make publications.
			if err := r.r.Close(); err != nil {
				t.Error(err)
			}
			if e := pgerr.From(u.open(s, r.at).failure()); e.Message != c.want {
				t.Errorf("opened again: %v\nwant %s", e, c.want)
			}
		})
	}
}

func TestSlotGone(t *testing.T) {
	u := newUpstream(t)
	u.exec("CREATE TABLE t (id int PRIMARY KEY, v text)")
	s := u.create(u.options("t"))
	r := u.open(s, nil)
	r.snapshot()
	r.r.Close()
	if err := s.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := u.one("SELECT count(*)::text FROM pg_replication_slots WHERE database = current_database()"); n != "0" {
		t.Errorf("%s slots after Drop", n)
	}
	if n := u.one("SELECT count(*)::text FROM pg_publication"); n != "0" {
		t.Errorf("%s publications after Drop", n)
	}
	r = u.open(s, r.at)
	_, err := r.r.Next(t.Context(), connector.Limit{})
	if e := pgerr.From(err); err == nil || e.Code != "55000" || !strings.Contains(e.Message, "is gone upstream") && !strings.Contains(e.Message, "does not exist") {
		t.Errorf("got %v", err)
	}
}

func TestRefusals(t *testing.T) {
	u := newUpstream(t)
	u.exec(`CREATE TABLE nokey (id int); CREATE TABLE nothing (id int PRIMARY KEY); ALTER TABLE nothing REPLICA IDENTITY NOTHING;
		CREATE TABLE odd (id int PRIMARY KEY, p point); CREATE VIEW v AS SELECT 1; CREATE TABLE t (id int PRIMARY KEY, v text);
		CREATE TYPE mood AS ENUM ('sad'); CREATE DOMAIN pos AS int CHECK (value > 0); CREATE TABLE good (id pos PRIMARY KEY, m mood, g int GENERATED ALWAYS AS (1) STORED);
		CREATE PUBLICATION inserts FOR TABLE t WITH (publish = 'insert'); CREATE PUBLICATION part FOR TABLE t WHERE (id > 0); CREATE PUBLICATION empty`)
	u.exec(`SELECT pg_create_logical_replication_slot('taken', 'pgoutput')`)
	t.Cleanup(func() { u.exec("SELECT pg_drop_replication_slot('taken')") })
	with := func(table string, more ...string) connector.Options {
		o := u.options(table)
		for i := 0; i < len(more); i += 2 {
			o[more[i]] = more[i+1]
		}
		return o
	}
	for _, c := range []struct {
		opts   connector.Options
		schema types.Schema
		want   string
	}{
		{with("absent"), nil, `42P01 upstream table "public.absent" does not exist`},
		{with("nokey"), nil, `55000 upstream table "public.nokey" has no replica identity that names a row`},
		{with("nothing"), nil, `55000 upstream table "public.nothing" has no replica identity that names a row`},
		{with("v"), nil, `0A000 replication of upstream relation "public.v", which is not an ordinary table, is not supported`},
		{with("odd"), nil, `0A000 column "p" of upstream table "public.odd", of type point, is not supported`},
		{with("t"), types.Schema{{Name: "v", Type: types.Text}}, `42P16 the columns must include "id", a key column of upstream table "public.t"`},
		{with("t"), types.Schema{{Name: "id", Type: types.Int8}}, `42804 column "id" of upstream table "public.t" is of type integer, not bigint`},
		{with("t"), types.Schema{{Name: "x", Type: types.Int8}}, `42703 upstream table "public.t" has no column "x"`},
		{with("t", "slot.name", "taken"), nil, `42710 replication slot "taken" already exists upstream`},
		{with("t", "publication.name", "inserts"), nil, `55000 publication "inserts" upstream leaves out some kinds of changes`},
		{with("t", "publication.name", "part"), nil, `0A000 a row filter or column list in publication "part" is not supported`},
		{with("t", "publication.name", "empty", "publication.create.enable", "false"), nil, `55000 publication "empty" upstream does not hold table "public.t"`},
		{with("t", "publication.name", "none", "publication.create.enable", "false"), nil, `42704 publication "none" does not exist upstream`},
		{with("t", "database.name", "nope"), nil, `3D000 upstream PostgreSQL: database "nope" does not exist`},
	} {
		_, err := Spec().Describe(t.Context(), connector.Config{Options: c.opts, Schema: c.schema})
		if e := pgerr.From(err); err == nil || e.Code+" "+e.Message != c.want {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
	found, err := Spec().Describe(t.Context(), connector.Config{Options: with("good")})
	if err != nil || fmt.Sprint(found.Schema, found.Key) != "[{id integer true} {m text false}] [0]" {
		t.Errorf("%v %v %v", found.Schema, found.Key, err)
	}
	shared, err := forTable(with(""), "public.good")
	if err != nil || shared["table.name"] != "good" {
		t.Errorf("%v %v", shared, err)
	}
	bad := with("t", "port", "1", "password", "sesame")
	_, err = Spec().Describe(t.Context(), connector.Config{Options: bad})
	if err == nil || strings.Contains(fmt.Sprint(pgerr.From(err)), "sesame") || pgerr.From(err).Code != "08001" {
		t.Errorf("unreachable: %v", err)
	}
	if r := Spec().Redact(bad); r["password"] != "***" || r["port"] != "1" {
		t.Errorf("redacted %v", r)
	}
}

func TestOneReaderAtATime(t *testing.T) {
	u := newUpstream(t)
	u.exec("CREATE TABLE t (id int PRIMARY KEY)")
	s := u.create(u.options("t"))
	r := u.open(s, nil)
	if _, err := s.Open(t.Context(), nil); !pgerr.Is(err, pgerr.ObjectInUse) {
		t.Errorf("got %v", err)
	}
	r.snapshot()
}
