package crashtest

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"streamdb/catalog"
	"streamdb/connector"
	"streamdb/server/engine"
	"streamdb/server/session"
	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

// knob reads a number from the environment.
func knob(name string, normal int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return normal
}

// database is an engine with one session over a file system.
type database struct {
	t       testing.TB
	e       *engine.Engine
	srv     *session.Server
	s       wire.Session
	fs      state.FS
	ticks   *upstream
	trouble *trouble
}

// options are small, so that little work goes through every part of the store.
func options(t testing.TB, fs state.FS) state.OpenOptions {
	return state.OpenOptions{
		FS: fs, CacheBytes: 1 << 20, MemTableBytes: 64 << 10, SegmentBytes: 4 << 10, DiskReserve: -1,
		PlainRows: 8, BlockBytes: 512, BatchBytes: 2 << 10, FoldRuns: 4, FoldSSTSize: 2 << 10,
		Fatal: func(err error) { t.Errorf("fatal: %v", err); panic(err) },
	}
}

// open opens the database in fs; change adjusts its settings.
func open(t testing.TB, fs state.FS, ticks *upstream, change ...func(*engine.Config)) (*database, error) {
	db := &database{t: t, fs: fs, ticks: ticks, trouble: &trouble{}}
	cfg := engine.Config{
		Dir: "db", Open: options(t, fs), System: session.SystemRelations(),
		EpochInterval: time.Millisecond, CheckpointInterval: -1,
		Connectors: connector.Table{
			Sources: []*connector.Spec{ticks.spec()},
			Sinks:   []*connector.Spec{boxSpec(fs, db.trouble)},
		},
	}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	if db.e, err = engine.Open(cfg); err != nil {
		return nil, err
	}
	db.srv = &session.Server{Engine: db.e}
	db.s = db.session()
	return db, nil
}

func mustOpen(t testing.TB, fs state.FS, ticks *upstream, change ...func(*engine.Config)) *database {
	t.Helper()
	db, err := open(t, fs, ticks, change...)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// session begins one more conversation.
func (db *database) session() wire.Session {
	s, err := db.srv.NewSession(context.Background(), wire.Startup{User: "root", Database: session.Database, PID: 7})
	if err != nil {
		db.t.Fatal(err)
	}
	return s
}

// close ends the database in an orderly way.
func (db *database) close() {
	db.t.Helper()
	db.s.Close()
	if err := db.e.Close(context.Background()); err != nil {
		db.t.Error(err)
	}
}

// on runs statements in a session and returns the rows of the last, columns joined by '|'.
func (db *database) on(ctx context.Context, s wire.Session, text string) ([]string, error) {
	w := &rows{}
	if err := s.SimpleQuery(ctx, text, w); err != nil {
		s.Failed()
		return nil, err
	}
	return w.lines, nil
}

func (db *database) try(text string) error {
	_, err := db.on(context.Background(), db.s, text)
	return err
}

// run runs statements that must succeed.
func (db *database) run(texts ...string) {
	db.t.Helper()
	for _, text := range texts {
		if err := db.try(text); err != nil {
			db.t.Fatalf("%s: %v", text, describe(err))
		}
	}
}

// query is the sorted rows of a query.
func (db *database) query(text string) []string {
	db.t.Helper()
	lines, err := db.on(context.Background(), db.s, text)
	if err != nil {
		db.t.Fatalf("%s: %v", text, describe(err))
	}
	slices.Sort(lines)
	return lines
}

// expect compares a query's rows, in any order.
func (db *database) expect(text string, want ...string) {
	db.t.Helper()
	slices.Sort(want)
	if got := db.query(text); !slices.Equal(got, want) {
		db.t.Errorf("%s\ngot  %q\nwant %q", text, got, want)
	}
}

// fails checks a statement's error code.
func (db *database) fails(code, text string) {
	db.t.Helper()
	if err := db.try(text); !pgerr.Is(err, code) {
		db.t.Errorf("%s: got %v, want error %s", text, err, code)
	}
}

// relation finds a relation by name.
func (db *database) relation(name string) *catalog.Relation {
	db.t.Helper()
	r, ok := db.e.Catalog().Lookup(nil, "public", name)
	if !ok {
		db.t.Fatalf("no relation %q", name)
	}
	return r
}

// box is what the sink of this name shows.
func (db *database) box(name string) ([]string, []types.Epoch) {
	db.t.Helper()
	rows, epochs, err := shown(db.fs, boxDir("public."+name, uint64(db.relation(name).ID)))
	if err != nil {
		db.t.Error(err)
	}
	return rows, epochs
}

// eventually waits for something that no statement waits for.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("did not come about: %s", what)
		}
	}
}

func describe(err error) string {
	e := pgerr.From(err)
	return strings.TrimSpace(e.Code + " " + e.Message + "\n" + e.Detail)
}

// rows gathers results.
type rows struct{ lines []string }

func (w *rows) Columns([]wire.Column) error { w.lines = nil; return nil }

func (w *rows) Rows(b *types.Batch, st *types.Style) error {
	for k := range b.Len() {
		i := b.Row(k)
		var line []byte
		for c, v := range b.Cols {
			if c > 0 {
				line = append(line, '|')
			}
			if !v.IsNull(i) {
				line = types.AppendText(line, v, i, st)
			}
		}
		for range b.Weight(i) {
			w.lines = append(w.lines, string(line))
		}
	}
	return nil
}

func (w *rows) Complete(string) error                 { return nil }
func (w *rows) Suspended() error                      { return nil }
func (w *rows) Empty() error                          { return nil }
func (w *rows) Notice(wire.Notice) error              { return nil }
func (w *rows) Flush() error                          { return nil }
func (w *rows) CopyIn(int16, int) (io.Reader, error)  { return nil, errors.New("no COPY here") }
func (w *rows) CopyOut(int16, int) (io.Writer, error) { return nil, errors.New("no COPY here") }
