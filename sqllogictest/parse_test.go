package sqllogictest

import (
	"strings"
	"testing"
	"testing/fstest"
)

func parseText(t *testing.T, text string) ([]Record, error) {
	t.Helper()
	return ParseFile(fstest.MapFS{"a.slt": {Data: []byte(text)}}, "a.slt")
}

func TestParseRecords(t *testing.T) {
	fsys := fstest.MapFS{
		"dir/main.slt": {Data: []byte(`# a comment
statement ok
CREATE TABLE t (a int,
  b text)

skipif mysql
onlyif streamdb
statement count 2
INSERT INTO t VALUES (1, 'x'), (2, NULL)

subtest rows
adhoc-only
query IT rowsort both
SELECT a, b FROM t
----
1	x
2	NULL

include sub/*.slt

query error (22012) division
SELECT 1/0

connection other
statement error
nonsense

hash-threshold 8

restart

halt
`)},
		"dir/sub/one.slt": {Data: []byte("query I\nSELECT 1\n----\n1\n")},
	}
	records, err := ParseFile(fsys, "dir/main.slt")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range records {
		got = append(got, r.Position()+" "+strings.ReplaceAll(r.SQL, "\n", "|"))
	}
	want := []string{
		"dir/main.slt:2 CREATE TABLE t (a int,|  b text)",
		"dir/main.slt:8 INSERT INTO t VALUES (1, 'x'), (2, NULL)",
		"dir/main.slt:13 SELECT a, b FROM t",
		"dir/sub/one.slt:1 SELECT 1",
		"dir/main.slt:21 SELECT 1/0",
		"dir/main.slt:25 nonsense",
		"dir/main.slt:28 ",
		"dir/main.slt:30 ",
		"dir/main.slt:32 ",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if r := records[1]; r.runsOn("mysql") || r.runsOn("postgres") || !r.runsOn("streamdb") || r.WantCount != 2 {
		t.Errorf("conditions or count are wrong: %+v", r)
	}
	if r := records[2]; !r.AdhocOnly || r.Types != "IT" || r.Sort != RowSort || r.Label != "both" || r.Subtest != "rows" || len(r.Want) != 2 {
		t.Errorf("the query is wrong: %+v", r)
	}
	if r := records[4]; r.WantError.String() != "(22012) division" {
		t.Errorf("the error pattern is %q", r.WantError)
	}
	if records[5].Connection != "other" || records[6].Threshold != 8 || records[7].Kind != Restart || records[8].Kind != Halt {
		t.Errorf("the last records are wrong: %+v", records[5:])
	}
}

func TestParseErrorsNameTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"statement maybe\nSELECT 1":         "a.slt:1: statement wants",
		"\nquery X1\nSELECT 1":              "a.slt:2: query wants",
		"query I nosort l more\nSELECT 1":   "a.slt:1: too many words",
		"statement ok\n\n":                  "a.slt:1: no SQL follows",
		"statement error [\nx":              "a.slt:1: error parsing regexp",
		"sleep 1":                           `a.slt:1: unknown directive "sleep"`,
		"skipif\nstatement ok\nx":           "a.slt:1: wrong words after skipif",
		"adhoc-only\n":                      "a.slt:1: no record follows",
		"include nothing*.slt":              "a.slt:1: no file matches",
		"include a.slt":                     "includes are nested deeper",
		"statement ok\nSELECT 1\n----\n1\n": "a.slt:1: only a query has results",
	} {
		_, err := parseText(t, text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestFitForView(t *testing.T) {
	for sql, want := range map[string]bool{
		"SELECT 1":                               true,
		"-- why\n( SELECT 1 ) UNION SELECT 2":    true,
		"/* a */ VALUES (1)":                     true,
		"TABLE t":                                true,
		"WITH a AS (SELECT 1) SELECT * FROM a":   true,
		"SELECT 'limit', \"limit\", $$limit$$":   true,
		"SELECT substring(a for 2) FROM t":       true,
		"SELECT E'it\\'s' LIMIT 1":               false,
		"SHOW timezone":                          false,
		"EXPLAIN SELECT 1":                       false,
		"INSERT INTO t VALUES (1) RETURNING a":   false,
		"WITH a AS (DELETE FROM t) SELECT 1":     false,
		"SELECT a FROM t LIMIT 1":                false,
		"SELECT a FROM t FETCH FIRST 1 ROW ONLY": false,
		"SELECT a FROM t FOR UPDATE":             false,
		"SELECT now()":                           false,
		"SELECT sum(a) OVER () FROM t":           false,
		"SELECT relname FROM pg_class":           false,
		"SELECT pg_typeof(1)":                    true,
	} {
		if got := fitForView(sql); got != want {
			t.Errorf("%s: %v, want %v", sql, got, want)
		}
	}
}

func TestStatementFacts(t *testing.T) {
	for sql, want := range map[string]statementFacts{
		"CREATE TABLE t (a int)":               {ddl: true},
		"CREATE OR REPLACE VIEW v AS SELECT 1": {ddl: true, destructive: true},
		"DROP TABLE t":                         {ddl: true, destructive: true},
		"SET timezone = 'UTC'":                 {setting: true, replay: true},
		"SET TRANSACTION READ ONLY":            {},
		"BEGIN; INSERT INTO t VALUES (1)":      {begins: true},
		"ROLLBACK TO SAVEPOINT a":              {},
		"ROLLBACK":                             {ends: true},
		"PREPARE p AS SELECT ';'":              {replay: true},
	} {
		if got := statementFactsOf(sql); got != want {
			t.Errorf("%s: %+v, want %+v", sql, got, want)
		}
	}
}
