package sql

import (
	"strings"
	"testing"
)

// TestFastInsert checks that the fast path gives the tree of the slow one.
func TestFastInsert(t *testing.T) {
	for _, text := range []string{
		"INSERT INTO t VALUES (1), (2)",
		" insert into \"S\".t (a, \"b c\") values\n(1, 'x''y'),\t(-2.50, null), (1e5, TRUE) , (007, default) ; SELECT 1",
		"INSERT INTO t VALUES (1,'ä'),(99999999999999999999,.5),(5.,-0) RETURNING a, 'é'",
		"INSERT INTO t (a) VALUES (1), (2) ON CONFLICT (a) DO UPDATE SET a = 3",
		"INSERT INTO t VALUES (1), (2) UNION SELECT 3",
		"INSERT INTO t VALUES (1), (2) LIMIT 1",
		"INSERT INTO t VALUES (1), (1 + 1)", "INSERT INTO t VALUES (1), ('a'\n'b')", "INSERT INTO t VALUES (1), (E'a\\n')",
		"INSERT INTO t VALUES (1), (0x1F), (1_000)", "INSERT INTO t VALUES (1), ('a\\b')", "INSERT INTO t VALUES (1), (now())",
		"INSERT INTO t VALUES (1), (2,3)", "INSERT INTO t VALUES (1) /* c */, (2)", "INSERT INTO t VALUES ('1'::int), (2)",
		"INSERT INTO t VALUES (1), (2) garbage garbage", "INSERT INTO select VALUES (1), (2)", "INSERT INTO t VALUES (1), (", "INSERT INTO t VALUES (1), (2),",
		"INSERT INTO t VALUES (1), (1 2)", "INSERT INTO t VALUES (), ()", "INSERT INTO t VALUES (1), (1e), (2)", "INSERT INTO t VALUES (1), (12a)",
		"INSERT INTO t () VALUES (1), (2)", "INSERT INTO t (a,) VALUES (1), (2)", "INSERT INTO t VALUES (1), ('abc", "INSERT INTO t VALUES (true), (falsey)",
		"INSERT INTO t VALUES (1), (2); INSERT INTO t VALUES (3), (", "INSERT INTO t VALUES (- 1), (-+1)", "INSERT INTO t VALUES (B'01'), (null)",
	} {
		slow, slowErr := parseAll(text)
		fast, fastErr := Parse(text)
		if (slowErr == nil) != (fastErr == nil) || slowErr != nil && describeError(text, slowErr) != describeError(text, fastErr) {
			t.Errorf("%s\nslow: %v\nfast: %v", text, slowErr, fastErr)
			continue
		}
		if got, want := dump(fast, true), dump(slow, true); got != want {
			t.Errorf("%s\nfast:\n%s\nslow:\n%s", text, got, want)
		}
	}
}

// TestFastInsertIsTaken guards against the fast path silently giving up.
func TestFastInsertIsTaken(t *testing.T) {
	text := bulkInsert(10)
	if _, fast := fastInsertRows(text); fast == nil || len(fast.rows) != 10 {
		t.Fatal("the fast path gave up")
	}
}

func bulkInsert(rows int) string {
	return "INSERT INTO t (a, b, c, d, e) VALUES " + strings.TrimSuffix(strings.Repeat("(1, 'some text', 2.5, -7, NULL), ", rows), ", ")
}

func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{
		"select": "SELECT auction, price * 908 FROM bid WHERE price > 5000 AND flag < 0.8",
		"insert": bulkInsert(1000),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Parse(text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
