package session

import "testing"

// TestExecuteReadsLiterals gives string literals the types of the parameters.
func TestExecuteReadsLiterals(t *testing.T) {
	s := newSession(t)
	ask(t, s, "create table t (d date, n numeric(5,2), i interval(1), a int[], b boolean)")
	ask(t, s, "prepare p as insert into t values ($1, $2, $3, $4, $5)")
	for _, c := range []struct{ query, want string }{
		{"execute p('2024-02-29', '1.239', '1.26 s', '{1,NULL}', 'yes')", "INSERT 0 1\n"},
		{"execute p(NULL, 1, NULL, ARRAY[7], 1 = 2)", "INSERT 0 1\n"},
		{"select * from t order by n", "d:date | n:numeric(5,2) | i:interval(1) | a:integer[] | b:boolean\n" +
			"NULL | 1.00 | NULL | {7} | f\n2024-02-29 | 1.24 | 00:00:01.3 | {1,NULL} | t\nSELECT 2\n"},
		{"execute p('x', 1, NULL, NULL, NULL)", "ERROR 22007: invalid input syntax for type date: \"x\"\n"},
		{"execute p(1, 1, NULL, NULL, NULL)", "ERROR 42804: parameter $1 of type integer cannot be coerced to the expected type date\n"},
	} {
		if got := ask(t, s, c.query); got != c.want {
			t.Errorf("%s\n%s", c.query, got)
		}
	}
}
