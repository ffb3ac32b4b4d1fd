package session

import "testing"

// TestLookup reads tables and views by their whole key, which a scan then filters itself.
func TestLookup(t *testing.T) {
	s := newSession(t)
	ask(t, s, "create table t (a int unique, k bigint primary key, g text)")
	ask(t, s, "create materialized view v as select g, count(*) as n from t group by g")
	ask(t, s, "insert into t values (1, 10, 'x'), (2, 20, 'x'), (3, 30, null)")
	for _, c := range []struct{ query, want string }{
		{"select a from t where k = 20::bigint", "a:integer\n2\nSELECT 1\n"},
		{"select a from t where k = null::bigint", "a:integer\nSELECT 0\n"},
		{"select n from v where g = 'x'", "n:bigint\n2\nSELECT 1\n"},
		{"select n from v where g = 'y'", "n:bigint\nSELECT 0\n"},
		{"select n from v where g = null", "n:bigint\nSELECT 0\n"},
		{"select n from v where g is null", "n:bigint\n1\nSELECT 1\n"},
		{"select n, a from v, t where v.g = 'x' and k = 10::bigint and v.g = t.g", "n:bigint | a:integer\n2 | 1\nSELECT 1\n"},
		{"begin; insert into t values (4, 40, 'x'); select a from t where k = 40::bigint; rollback", "BEGIN\nINSERT 0 1\na:integer\n4\nSELECT 1\nROLLBACK\n"},
		{"prepare p(text) as select n from v where g = $1; execute p('x'); execute p(null)", "PREPARE\nn:bigint\n2\nSELECT 1\nn:bigint\nSELECT 0\n"},
	} {
		if got := ask(t, s, c.query); got != c.want {
			t.Errorf("%s\n%s", c.query, got)
		}
	}
}
