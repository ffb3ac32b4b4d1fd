package session

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"streamdb/catalog"
	"streamdb/connector/all"
	"streamdb/server/engine"
	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

// newSession opens an empty database in memory and a session of it.
func newSession(t *testing.T) *Session {
	t.Helper()
	e, err := engine.Open(engine.Config{
		Dir: "db", Open: state.OpenOptions{FS: state.NewCrashFS(), NoFsync: true, DiskReserve: -1},
		System: SystemRelations(), CheckpointInterval: -1, EpochInterval: time.Millisecond, Connectors: all.Table(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	srv := &Server{Engine: e}
	ws, err := srv.NewSession(context.Background(), wire.Startup{User: "root", Database: Database, PID: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(ws.Close)
	return ws.(*Session)
}

// create makes a relation without SQL.
func create(t *testing.T, s *Session, r *catalog.Relation) {
	t.Helper()
	_, err := s.e.Change(context.Background(), func(*catalog.Snapshot) (catalog.Change, error) {
		return &catalog.CreateRelation{Relation: r}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// orders makes a table with a key, a comment and a hidden column.
func orders(t *testing.T, s *Session) {
	t.Helper()
	create(t, s, &catalog.Relation{
		Schema: "public", Name: "orders", Kind: catalog.Table,
		Columns: []catalog.Column{
			{Name: "id", Type: types.Int4, NotNull: true, AttNum: 1},
			{Name: "Amount", Type: types.NumericType(12, 2), AttNum: 2},
			{Name: "gone", Type: types.Text, AttNum: 3, Dropped: true},
		},
		Uniques:    []catalog.Unique{{Name: "orders_pkey", Columns: []int{0}, Primary: true}},
		SQL:        `CREATE TABLE orders (id int PRIMARY KEY, "Amount" numeric(12,2)) WITH (password = 'hunter2')`,
		Secrets:    []string{"password"},
		ColComment: map[int16]string{1: "number of the order"},
	})
}

// transcript is a ResultWriter that writes everything down, a row a line.
type transcript struct {
	strings.Builder
	n int
}

func (w *transcript) Columns(cols []wire.Column) error {
	w.n = len(cols)
	for i, c := range cols {
		if i > 0 {
			w.WriteString(" | ")
		}
		w.WriteString(c.Name + ":" + c.Type.String())
	}
	w.WriteString("\n")
	return nil
}

func (w *transcript) Rows(b *types.Batch, st *types.Style) error {
	for k := range b.Len() {
		for i, c := range b.Cols {
			if i > 0 {
				w.WriteString(" | ")
			}
			if c.Datum(b.Row(k)).IsNull() {
				w.WriteString("NULL")
				continue
			}
			w.Write(types.AppendText(nil, c, b.Row(k), st))
		}
		w.WriteString("\n")
	}
	return nil
}

func (w *transcript) Complete(tag string) error { w.WriteString(tag + "\n"); return nil }
func (w *transcript) Suspended() error          { return nil }
func (w *transcript) Empty() error              { return nil }
func (w *transcript) Flush() error              { return nil }

func (w *transcript) Notice(n wire.Notice) error {
	w.WriteString(n.Severity + ": " + n.Body.Message + "\n")
	return nil
}

func (w *transcript) CopyIn(int16, int) (io.Reader, error)  { return nil, errors.New("no COPY here") }
func (w *transcript) CopyOut(int16, int) (io.Writer, error) { return nil, errors.New("no COPY here") }

// ask runs statements and returns the transcript.
func ask(t *testing.T, s *Session, text string) string {
	t.Helper()
	w := &transcript{}
	if err := s.SimpleQuery(context.Background(), text, w); err != nil {
		s.Failed()
		e := pgerr.From(err)
		return w.String() + "ERROR " + e.Code + ": " + e.Message + "\n"
	}
	return w.String()
}
