package planner

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/sql"
	"streamdb/sqllogictest/pgtest"
	"streamdb/types"
)

// law is testdata/law.sql: a catalog and queries over it.
type law struct {
	catalog *testCatalog
	creates []string
	queries []string
}

func readLaw(t *testing.T) *law {
	t.Helper()
	text, err := os.ReadFile("testdata/law.sql")
	if err != nil {
		t.Fatal(err)
	}
	stmts, err := sql.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	l := &law{catalog: newTestCatalog()}
	for _, s := range stmts {
		src := s.Src().Text
		if _, ok := s.(*sql.Query); ok {
			l.queries = append(l.queries, src)
			continue
		}
		l.creates = append(l.creates, src)
		if err := l.catalog.exec(src); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// randomRows fills the tables: small domains, NULLs, and equal numerics of unequal scale.
func (l *law) randomRows(r *rand.Rand) map[string][][]string {
	pick := func(vs ...string) string { return vs[r.IntN(len(vs))] }
	rows := map[string][][]string{}
	for i := range r.IntN(9) {
		k, n := pick("", "0", "1", "2", "3"), pick("", "1", "1.5", "2.50", "3")
		rows["a"] = append(rows["a"], []string{fmt.Sprint(i + 1), k, n, pick("", "x", "y", "xz"), pick("", "0.5", "2")})
	}
	for i := range r.IntN(9) {
		k, n := pick("", "0", "1", "2", "3"), pick("", "1", "1.5", "2.5")
		rows["b"] = append(rows["b"], []string{fmt.Sprint(i + 1), k, n, pick("x", "y", "z")})
	}
	for range r.IntN(7) {
		rows["c"] = append(rows["c"], []string{
			pick("", "0", "1", "2"), pick("", "1", "2", "3"),
			pick("", "{}", "{1}", "{1,2}", "{3,NULL,1}"), pick("", "2024-01-01 00:01:02"),
		})
	}
	return rows
}

func (l *law) load(t *testing.T, rows map[string][][]string) map[catalog.ID][]types.Row {
	t.Helper()
	out := map[catalog.ID][]types.Row{}
	for name, list := range rows {
		rel := l.catalog.rels["public."+name]
		for _, texts := range list {
			row := make(types.Row, len(texts))
			for i, s := range texts {
				if s == "" {
					continue
				}
				d, err := types.ParseText(rel.Columns[i].Type, s, types.DefaultStyle())
				if err != nil {
					t.Fatal(err)
				}
				row[i] = d
			}
			out[rel.ID] = append(out[rel.ID], row)
		}
	}
	return out
}

// answer runs a query and prints its rows, sorted unless the query orders them.
func (l *law) answer(query string, tables map[catalog.ID][]types.Row, raw, view bool) (string, error) {
	stmts, err := sql.Parse(query)
	if err != nil {
		return "", err
	}
	q, ok := stmts[0].(*sql.Query)
	if !ok {
		return "", fmt.Errorf("%T", stmts[0])
	}
	env := testEnv(l.catalog, query)
	env.NoRewrite, env.View = raw, view
	p, err := PlanQuery(q, env)
	if err != nil {
		return "", err
	}
	if err := checkPlan(p.Root); err != nil {
		return "", err
	}
	if err := checkEncoding(p.Root); err != nil {
		return "", err
	}
	ev := &evaluator{ctx: &expr.Ctx{Style: types.DefaultStyle()}, tables: tables, memo: nil}
	ev.memo = map[plan.Node][]types.Row{}
	rows, err := ev.run(p.Root)
	if err != nil {
		return "", err
	}
	lines := make([]string, len(rows))
	for i, r := range rows {
		var cells []string
		for j, d := range r {
			cells = append(cells, cell(p.Columns[j].Type, d))
		}
		lines[i] = strings.Join(cells, "|")
	}
	return render(lines, len(q.OrderBy) > 0 && !view), nil
}

func cell(t types.Type, d types.Datum) string {
	if d.IsNull() {
		return "∅"
	}
	return string(d.AppendText(nil, t, types.DefaultStyle()))
}

func render(lines []string, ordered bool) string {
	if !ordered {
		slices.Sort(lines)
	}
	return strings.Join(lines, "\n")
}

// TestRewritesKeepResults: a plan gives the same rows before and after the rewrites, and as
// a view's plan.
func TestRewritesKeepResults(t *testing.T) {
	l := readLaw(t)
	r := rand.New(rand.NewPCG(1, 2))
	for range 8 {
		tables := l.load(t, l.randomRows(r))
		for _, q := range l.queries {
			want, wantErr := l.answer(q, tables, true, false)
			got, err := l.answer(q, tables, false, false)
			if fmt.Sprint(err) != fmt.Sprint(wantErr) || got != want {
				t.Errorf("%s\nbefore: %v\n%s\nafter: %v\n%s", q, wantErr, want, err, got)
			}
		}
		if t.Failed() {
			return
		}
	}
}

// TestAgainstPostgres: the plans give what PostgreSQL answers.
func TestAgainstPostgres(t *testing.T) {
	l := readLaw(t)
	pg := pgtest.Start(t)
	conn, err := pgconn.Connect(t.Context(), pg.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	run := func(text string) []*pgconn.Result {
		res, err := conn.Exec(t.Context(), text).ReadAll()
		if err != nil {
			return append(res, &pgconn.Result{Err: err})
		}
		return res
	}
	for _, c := range l.creates {
		run(c)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 3 {
		rows := l.randomRows(r)
		run("TRUNCATE a, b, c")
		for _, table := range []string{"a", "b", "c"} {
			for _, row := range rows[table] {
				run("INSERT INTO " + table + " VALUES (" + literals(row) + ")")
			}
		}
		tables := l.load(t, rows)
		for _, q := range l.queries {
			compare(t, l, q, tables, run(q)[0])
		}
		if t.Failed() {
			return
		}
	}
}

func literals(row []string) string {
	out := make([]string, len(row))
	for i, s := range row {
		out[i] = "NULL"
		if s != "" {
			out[i] = "'" + s + "'"
		}
	}
	return strings.Join(out, ", ")
}

func compare(t *testing.T, l *law, q string, tables map[catalog.ID][]types.Row, res *pgconn.Result) {
	t.Helper()
	var lines []string
	for _, row := range res.Rows {
		var cells []string
		for _, v := range row {
			c := string(v)
			if v == nil {
				c = "∅"
			}
			cells = append(cells, c)
		}
		lines = append(lines, strings.Join(cells, "|"))
	}
	stmts, _ := sql.Parse(q)
	query, _ := stmts[0].(*sql.Query)
	want := render(lines, len(query.OrderBy) > 0)
	got, err := l.answer(q, tables, false, false)
	switch {
	case res.Err != nil && err == nil, res.Err == nil && (err != nil || got != want):
		t.Errorf("%s\nPostgreSQL: %v\n%s\nours: %v\n%s", q, res.Err, want, err, got)
	}
}
