package oracle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"streamdb/server/servertest"
	"streamdb/sqllogictest"
)

// TestViewsFollow makes plain views of random queries, then gives every column and table
// another name, and adds columns that have names of others: each view answers as before.
func TestViewsFollow(t *testing.T) {
	const rounds, queries = 4, 30
	server := servertest.Start(t)
	conn, err := sqllogictest.Connect(t.Context(), server.DSN())
	if err != nil {
		t.Fatal(err)
	}
	f := &following{t: t, conn: conn}
	for n := range uint64(rounds) {
		f.round(n, queries)
	}
	t.Logf("%d views followed, %d stood in the way", f.followed, f.refused)
	if f.refused*50 > f.followed {
		t.Error("too many views stood in the way")
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}

type following struct {
	t                 *testing.T
	conn              sqllogictest.Conn
	g                 *generator
	answers           map[string]string // by view
	followed, refused int
}

func (f *following) round(n uint64, queries int) {
	var err error
	if f.g, err = newGenerator(7, n); err != nil {
		f.t.Fatal(err)
	}
	f.g.schema()
	schema := fmt.Sprintf("f%d", n)
	f.must("CREATE SCHEMA " + schema)
	f.must("SET search_path = " + schema)
	for _, t := range f.g.tables {
		f.must(t.Create())
	}
	for _, s := range f.g.batch(true) {
		for _, text := range s.texts() {
			f.exec(text) //nolint:errcheck // a row may violate a constraint
		}
	}
	f.answers = map[string]string{}
	for i := range queries {
		name := fmt.Sprintf("v%d", i)
		if f.exec("CREATE VIEW "+name+" AS "+f.g.query().String()) == nil {
			f.answers[name] = f.answer(name)
		}
	}
	for _, t := range f.g.tables {
		for _, c := range t.Columns {
			f.alter(fmt.Sprintf("ALTER TABLE %s RENAME COLUMN %s TO n%s", t.Name, c.Name, c.Name))
		}
		for _, name := range []string{"a", "c", "col1", "x1"} {
			f.alter(fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s text DEFAULT 'added'", t.Name, name))
		}
		f.alter(fmt.Sprintf("ALTER TABLE %s RENAME TO other_%s", t.Name, t.Name))
		f.compare()
	}
	f.followed += len(f.answers)
	f.must("DROP SCHEMA " + schema + " CASCADE")
}

// alter makes a change, without the views that stand in its way.
func (f *following) alter(text string) {
	for {
		err := f.exec(text)
		if err == nil {
			return
		}
		_, rest, ok := strings.Cut(err.Error(), "rewriting the query of view ")
		name, _, _ := strings.Cut(rest, ",")
		if !ok || f.answers[name] == "" {
			f.t.Fatalf("%s: %v", text, err)
		}
		f.t.Logf("%s: %v: %s", text, err, f.definition(name))
		delete(f.answers, name)
		f.refused++
		f.must("DROP VIEW " + name)
	}
}

func (f *following) compare() {
	for name, was := range f.answers {
		if now := f.answer(name); now != was {
			f.t.Errorf("view %s answered\n%sand now\n%s%s", name, was, now, f.definition(name))
			delete(f.answers, name)
		}
	}
}

// answer is what a view answers: columns, types and rows in any order, or an error's code.
func (f *following) answer(view string) string {
	r, err := f.conn.Query(context.Background(), "SELECT * FROM "+view)
	if state, ok := errors.AsType[interface {
		error
		SQLState() string
	}](err); ok {
		return state.SQLState()
	}
	if err != nil {
		f.t.Fatal(err)
	}
	var rows []string
	for _, row := range r.Rows {
		rows = append(rows, fmt.Sprintln(row))
	}
	slices.Sort(rows)
	return fmt.Sprintln(r.Columns, r.OIDs) + strings.Join(rows, "")
}

func (f *following) definition(view string) string {
	r, err := f.conn.Query(context.Background(), "SELECT definition FROM pg_views WHERE viewname = '"+view+"'")
	if err != nil || len(r.Rows) != 1 {
		return fmt.Sprint(err)
	}
	return r.Rows[0][0].Text
}

func (f *following) exec(text string) error {
	_, err := f.conn.Exec(context.Background(), text)
	return err
}

func (f *following) must(text string) {
	if err := f.exec(text); err != nil {
		f.t.Fatalf("%s: %v", text, err)
	}
}
