package sqllogictest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// fakeServer answers from a script and logs every SQL text.
type fakeServer struct {
	answers map[string]any // Result, tag string or error; by SQL
	exists  map[string]bool
	log     []string
}

type sqlError struct{ code, text string }

func (e sqlError) Error() string    { return e.text }
func (e sqlError) SQLState() string { return e.code }

type fakeConn struct {
	server *fakeServer
	inTx   bool
}

// do logs a statement and knows just enough DDL: a table t must exist before
// views on it.
func (c *fakeConn) do(sql string) (any, error) {
	s := c.server
	s.log = append(s.log, sql)
	switch {
	case sql == "CREATE TABLE t (a int)":
		s.exists["t"] = true
	case strings.HasPrefix(sql, "CREATE MATERIALIZED VIEW") && strings.Contains(sql, "refused"):
		return nil, sqlError{"0A000", "not supported"}
	case strings.HasPrefix(sql, "CREATE MATERIALIZED VIEW") && !s.exists["t"]:
		return nil, sqlError{"42P01", "no t"}
	case sql == "BEGIN":
		c.inTx = true
	case sql == "COMMIT":
		c.inTx = false
	}
	if err, ok := s.answers[sql].(error); ok {
		return nil, err
	}
	return s.answers[sql], nil
}

func (c *fakeConn) Exec(_ context.Context, sql string) (string, error) {
	answer, err := c.do(sql)
	tag, _ := answer.(string)
	return tag, err
}

func (c *fakeConn) Query(_ context.Context, sql string) (Result, error) {
	answer, err := c.do(sql)
	result, _ := answer.(Result)
	return result, err
}

func (c *fakeConn) InTransaction() bool { return c.inTx }
func (c *fakeConn) Close() error        { return nil }

func table(types string, rows ...string) Result {
	r := Result{Types: types, Columns: make([]string, len(types))}
	for _, row := range rows {
		var values []Value
		for v := range strings.SplitSeq(row, ",") {
			values = append(values, Value{Text: v, Null: v == "NULL"})
		}
		r.Rows = append(r.Rows, values)
	}
	return r
}

type fixture struct {
	server *fakeServer
	runner Runner
}

func newFixture(answers map[string]any) *fixture {
	f := &fixture{server: &fakeServer{answers: answers, exists: make(map[string]bool)}}
	f.runner = Runner{
		Engine: "fake",
		Open:   func(context.Context) (Conn, error) { return &fakeConn{server: f.server}, nil },
		Restart: func(context.Context) error {
			f.server.log = append(f.server.log, "-- restart")
			return nil
		},
	}
	return f
}

func (f *fixture) run(t *testing.T, mode Mode, text string) Report {
	t.Helper()
	report, err := f.runner.Run(t.Context(), fstest.MapFS{"a.slt": {Data: []byte(text)}}, "a.slt", mode)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func (f *fixture) wantLog(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(f.server.log, want) {
		t.Errorf("the server saw\n%s\nwant\n%s", strings.Join(f.server.log, "\n"), strings.Join(want, "\n"))
	}
}

const viewFile = `statement ok
SET timezone = 'UTC'

statement ok
CREATE TABLE t (a int)

statement ok
INSERT INTO t VALUES (2), (1)

query I
SELECT a FROM t ORDER BY a
----
1
2

adhoc-only
query I
SELECT b FROM t
----
3

statement ok
DROP TABLE t

query I
SELECT c FROM t
----
4
`

func viewAnswers() map[string]any {
	return map[string]any{
		"SELECT a FROM t ORDER BY a": table("I", "1", "2"),
		"SELECT b FROM t":            table("I", "3"),
		"SELECT c FROM t":            table("I", "4"),
		"SELECT * FROM slt_v3":       table("I", "2", "1"),
		"SELECT * FROM slt_v6":       table("I", "4"),
	}
}

const (
	createV3 = "CREATE MATERIALIZED VIEW slt_v3 (c1) AS SELECT a FROM t ORDER BY a"
	createV6 = "CREATE MATERIALIZED VIEW slt_v6 (c1) AS SELECT c FROM t"
)

func TestViewBeforeCreatesViewsEarlyAndDropsThemBeforeDrop(t *testing.T) {
	f := newFixture(viewAnswers())
	report := f.run(t, ViewBefore, viewFile)
	if len(report.Failures) > 0 {
		t.Fatal(report.Failures)
	}
	f.wantLog(t,
		"SET timezone = 'UTC'", createV3, createV6,
		"CREATE TABLE t (a int)", createV3, createV6,
		"INSERT INTO t VALUES (2), (1)",
		"SELECT * FROM slt_v3", "DROP MATERIALIZED VIEW slt_v3",
		"SELECT b FROM t",
		"DROP MATERIALIZED VIEW slt_v6", "DROP TABLE t", createV6,
		"SELECT * FROM slt_v6", "DROP MATERIALIZED VIEW slt_v6")
	if report.ThroughView != 2 || report.AsAdhoc != 1 || report.Statements != 4 {
		t.Errorf("the report counts %s", report.String())
	}
}

func TestViewAfterCreatesViewsLate(t *testing.T) {
	f := newFixture(viewAnswers())
	if report := f.run(t, ViewAfter, viewFile); len(report.Failures) > 0 {
		t.Fatal(report.Failures)
	}
	f.wantLog(t,
		"SET timezone = 'UTC'", "CREATE TABLE t (a int)", "INSERT INTO t VALUES (2), (1)",
		createV3, "SELECT * FROM slt_v3", "DROP MATERIALIZED VIEW slt_v3",
		"SELECT b FROM t", "DROP TABLE t",
		createV6, "SELECT * FROM slt_v6", "DROP MATERIALIZED VIEW slt_v6")
}

func TestViewRestartRepeatsSettings(t *testing.T) {
	f := newFixture(viewAnswers())
	report := f.run(t, ViewRestart, viewFile)
	if len(report.Failures) > 0 || report.Restarts != 2 {
		t.Fatal(report.String(), report.Failures)
	}
	at := slices.Index(f.server.log, "-- restart")
	got := f.server.log[at-1 : at+3]
	want := []string{"INSERT INTO t VALUES (2), (1)", "-- restart", "SET timezone = 'UTC'", "SELECT * FROM slt_v3"}
	if !slices.Equal(got, want) {
		t.Errorf("around the restart: %q", got)
	}
}

func TestQueriesInTransactionsStayAdhoc(t *testing.T) {
	f := newFixture(map[string]any{"SELECT 1": table("I", "1")})
	report := f.run(t, ViewBefore, "statement ok\nBEGIN\n\nquery I\nSELECT 1\n----\n1\n\nstatement ok\nCOMMIT\n")
	if report.AsAdhoc != 1 || len(report.Failures) > 0 {
		t.Error(report.String(), report.Failures)
	}
}

func TestRefusedViewsFail(t *testing.T) {
	f := newFixture(map[string]any{"SELECT refused": table("I", "1")})
	report := f.run(t, ViewAfter, "query I\nSELECT refused\n----\n1\n")
	if report.Refused != 1 || len(report.Failures) != 1 {
		t.Error(report.String(), report.Failures)
	}
}

func TestFailuresSayWhatDiffers(t *testing.T) {
	answers := map[string]any{
		"q":    table("IT", "1,x", "2,NULL"),
		"tag":  "INSERT 0 3",
		"boom": sqlError{"22012", "ERROR: division by zero"},
	}
	for text, want := range map[string]string{
		"query IT\nq\n----\n1\tx\n2\tNULL\n":                                        "",
		"query IT\nq\n----\n1\nx\n2\nNULL\n":                                        "",
		"query IT rowsort\nq\n----\n2\tNULL\n1\tx\n":                                "",
		"query IT\nq\n----\n1  x\n2 NULL\n":                                         "",
		"query IT rowsort\nq\n----\n2 NULL\n1 x\n":                                  "",
		"query IT\nq\n----\n1 x\n2 y\n":                                             "wrong result",
		"query IT valuesort\nq\n----\n1\n2\nNULL\nx\n":                              "",
		"query IT\nq\n----\n4 values hashing to f9a22a90e4a4e4ce0ba04fcf1a73a3f9\n": "expected 4 values hashing",
		"query IT\nq\n----\n2\tNULL\n1\tx\n":                                        "wrong result",
		"query I\nq\n----\n":                                                        "expected 1 columns, got 2",
		"query IT\nboom\n----\n":                                                    "unexpected error: ERROR: division by zero",
		"query error (22012) by zero\nboom\n":                                       "",
		"query error (22003)\nboom\n":                                               "expected an error (22003)",
		"query error overflow\nboom\n":                                              "expected an error overflow",
		"statement error\ntag\n":                                                    "expected an error , got none",
		"statement count 3\ntag\n":                                                  "",
		"statement count 4\ntag\n":                                                  "expected 4 rows, got 3",
		"onlyif other\nquery I\nq\n----\n":                                          "",
		"halt\n\nquery I\nq\n----\n":                                                "",
		"query IT nosort l\nq\n----\n1\tx\n2\tNULL\n\nquery I nosort l\nr\n----\n":  "expected 1 columns",
	} {
		report := newFixture(answers).run(t, Adhoc, text)
		got := ""
		if len(report.Failures) > 0 {
			got = report.Failures[0].String()
		}
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q:\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func TestLostConnectionEndsTheRun(t *testing.T) {
	f := newFixture(map[string]any{"gone": errors.New("connection reset")})
	_, err := f.runner.Run(t.Context(), fstest.MapFS{"a.slt": {Data: []byte("statement error\ngone\n")}}, "a.slt", Adhoc)
	if err == nil || !strings.Contains(err.Error(), "a.slt:1: connection reset") {
		t.Error(err)
	}
}

func TestRewrite(t *testing.T) {
	f := newFixture(map[string]any{
		"q":    table("IT", "2,x ", "1,NULL"),
		"tag":  "DELETE 3",
		"boom": sqlError{"22012", "division by zero"},
	})
	var got string
	f.runner.Rewrite = func(_ string, data []byte) error {
		got = string(data)
		return nil
	}
	f.run(t, Adhoc, `# kept
query T rowsort
q

query T
q
----
old

statement count 1
tag

query error
boom

statement error (42601) by zero
boom

hash-threshold 3

query T
q
`)
	want := `# kept
query IT rowsort
q
----
1	NULL
2	x\s

query IT
q
----
2	x\s
1	NULL

statement count 3
tag

query error (22012)
boom

statement error (22012) by zero
boom

hash-threshold 3

query IT
q
----
4 values hashing to 78ca4c9af6b9fd8ed8bb9d4a6a1ee6b4
`
	cut := strings.LastIndex(want, "----")
	if len(got) < cut || got[:cut] != want[:cut] || !strings.Contains(got[cut:], "4 values hashing to ") {
		t.Errorf("got\n%s", got)
	}
}
