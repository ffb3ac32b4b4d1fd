package clienttest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// nested are statements that repeat a construct n times, one inside the other.
func nested(n int) map[string]string {
	r := strings.Repeat
	numbered := func(format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i, i+1)
		}
		return b.String()
	}
	return map[string]string{
		"parentheses":       "select " + r("(", n) + "1" + r(")", n),
		"open only":         "select " + r("(", n),
		"not":               "select " + r("not ", n) + "true",
		"signs":             "select " + r("- ", n) + "1",
		"plus":              "select 1" + r(" + 1", n),
		"concatenation":     "select 'a'" + r(" || 'a'", n),
		"and":               "select true" + r(" and true", n),
		"or":                "select " + r("(true or ", n) + "true" + r(")", n),
		"comparison":        "select " + r("(1 = 1) = (", n) + "true" + r(")", n),
		"cast":              "select 1" + r("::int", n),
		"cast function":     "select " + r("cast(", n) + "1" + r(" as int)", n),
		"call":              "select " + r("abs(", n) + "1" + r(")", n),
		"case":              "select " + r("case when true then ", n) + "1" + r(" end", n),
		"else":              "select " + r("case when false then 1 else ", n) + "1" + r(" end", n),
		"coalesce":          "select " + r("coalesce(null, ", n) + "1" + r(")", n),
		"greatest":          "select " + r("greatest(1, ", n) + "1" + r(")", n),
		"nullif":            "select " + r("nullif(", n) + "1" + r(", 2)", n),
		"array":             "select " + r("array[", n) + "1" + r("]", n),
		"row":               "select " + r("row(", n) + "1" + r(")", n),
		"subscript":         "select '{1}'::int[]" + r("[1]", n),
		"index":             "select ('{1}'::int[])" + r("[('{1}'::int[])", n) + "[1]" + r("]", n),
		"in":                "select " + r("1 in (", n) + "1" + r(")", n),
		"is null":           "select 1" + r(" is null", n),
		"collate":           "select 'a'" + r(` collate "C"`, n),
		"at time zone":      "select now()" + r(" at time zone 'UTC'", n),
		"scalar subquery":   "select " + r("(select ", n) + "1" + r(")", n),
		"exists":            "select 1 where " + r("exists (select 1 where ", n) + "true" + r(")", n),
		"any":               "select 1 where " + r("1 = any (select 1 where ", n) + "true" + r(")", n),
		"array subquery":    "select " + r("array(select ", n) + "1" + r(")", n),
		"from":              "select 1 from " + r("(select 1 from ", n) + "orders" + r(") s", n),
		"joins":             "select 1 from orders o0" + numbered(" join orders o%[2]d on o%[2]d.id = o%[1]d.id"),
		"joins in brackets": "select 1 from " + r("(", n) + "orders" + r(" cross join (select 1) s)", n),
		"union":             "select 1" + r(" union select 1", n),
		"union right":       r("select 1 union (", n) + "select 1" + r(")", n),
		"with":              r("with c as (", n) + "select 1" + r(") select * from c", n),
		"chain of with":     "with c0 as (select 1)" + numbered(", c%[2]d as (select * from c%[1]d)") + " select * from c" + fmt.Sprint(n),
		"values":            r("values ((", n) + "1" + r("))", n),
		"lateral":           "select 1 from orders o0" + numbered(", lateral (select o%[1]d.id) o%[2]d"),
		"explain":           r("explain ", n) + "select 1",
		"prepare":           r("prepare p as ", n) + "select 1",
		"jsonb":             "select '" + r("[", n) + r("]", n) + "'::jsonb",
		"jsonb objects":     "select '" + r(`{"a":`, n) + "1" + r("}", n) + "'::jsonb",
		"array literal":     "select '" + r("{", n) + r("}", n) + "'::int[]",
		"pattern":           "select 'a' ~ '" + r("(", n) + "a" + r(")", n) + "'",
		"pattern of stars":  "select 'a' ~ '" + r("(", n) + "a" + r(")*", n) + "'",
		"similar":           "select 'a' similar to '" + r("(", n) + "a" + r(")", n) + "'",
		"like":              "select repeat('a', 100) like '" + r("%a", n) + "b'",
		"comments":          r("/* ", n) + r(" */", n) + "select 1",
		"check":             "create table nested_t (k int check (" + r("(", n) + "k > 0" + r(")", n) + "))",
		"default":           "create table nested_t (k int default " + r("abs(", n) + "1" + r(")", n) + ")",
		"view":              "create view nested_v as select " + r("abs(", n) + "1" + r(")", n),
		"materialized view": "create materialized view nested_m as select " + r("(", n) + "1" + r(")", n),
		"insert":            "insert into nested_k values (" + r("upper(", n) + "'a'" + r(")", n) + ", 1)",
		"path of jsonb":     "select '{}'::jsonb" + r(" -> 'a'", n),
		"interval":          "select interval '" + r("1 day ", n) + "'",
		"type modifier":     "select 1::numeric" + r("(", n) + r(")", n),
		"dollar quotes":     "select " + r("$a$", n),
		"semicolons":        r("select 1;", min(n, 2000)),
	}
}

// TestNesting sends statements that nest far deeper than any stack: each is answered,
// refused or run out of its time, and the connection and the process go on.
func TestNesting(t *testing.T) {
	c := connect(t)
	run(t, c, "set statement_timeout = '200ms'")
	run(t, c, "create table nested_k (k text, v int)")
	defer run(t, c, "drop table nested_k")
	pid := server.PID()
	for _, n := range []int{300, 30000} {
		texts := nested(n)
		for _, name := range slices.Sorted(maps.Keys(texts)) {
			began, text := time.Now(), texts[name]
			_, err := c.PgConn().Exec(t.Context(), text).ReadAll()
			if err != nil && sqlState(err) == "" || sqlState(err) == "XX000" {
				t.Fatalf("%d × %s: %v", n, name, err)
			}
			t.Logf("%7d × %-18s %v %s", n, name, time.Since(began), outcomeOf(err))
			run(t, c, "rollback; drop view if exists nested_v; drop materialized view if exists nested_m; drop table if exists nested_t; deallocate all")
		}
	}
	if server.PID() != pid || c.PgConn().IsClosed() {
		t.Error("the server or the connection is gone")
	}
}

// outcomeOf is what a statement ended with, for the log.
func outcomeOf(err error) string {
	if err == nil {
		return "answered"
	}
	return err.Error()
}

// TestLongStatements sends the longest statements that are taken, and longer ones.
func TestLongStatements(t *testing.T) {
	const limit = 16 << 20
	c := connect(t)
	head, tail := "select length('", "')"
	fill := limit - len(head) - len(tail)
	if got := one(t, c, head+strings.Repeat("x", fill)+tail, pgx.QueryExecModeSimpleProtocol); got != int32(fill) {
		t.Errorf("%v of %d bytes", got, fill)
	}
	if got := one(t, c, head+strings.Repeat("x", fill)+tail, pgx.QueryExecModeExec); got != int32(fill) {
		t.Errorf("%v of %d bytes in the extended protocol", got, fill)
	}
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeSimpleProtocol, pgx.QueryExecModeExec} {
		if _, err := c.Exec(t.Context(), head+strings.Repeat("x", fill+1)+tail, mode); sqlState(err) != "54000" {
			t.Error("a byte more:", err)
		}
	}
	run(t, c, "create table long_t (k int, v text)")
	defer run(t, c, "drop table long_t")
	const rows = 100000
	insert := []byte("insert into long_t values (0, 'row number 0')")
	for k := 1; k < rows; k++ {
		insert = fmt.Appendf(insert, ", (%d, 'row number %d')", k, k)
	}
	run(t, c, string(insert))
	if got := one(t, c, "select count(*) from long_t"); got != int64(rows) {
		t.Errorf("%v rows of %d", got, rows)
	}
	run(t, c, string(append(insert, strings.Repeat(" ", limit-len(insert))...)))
}
