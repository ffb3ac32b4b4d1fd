package sql

import (
	"strings"
	"testing"

	"streamdb/types/pgerr"
)

// TestHostileText feeds text that would overflow the C parser's stack or memory.
func TestHostileText(t *testing.T) {
	const n = 30000
	nested := func(open, shut string, depth int) string {
		return "SELECT " + strings.Repeat(open, depth) + "1" + strings.Repeat(shut, depth)
	}
	for name, tc := range map[string]struct{ text, code string }{
		"plus":       {"SELECT 1" + strings.Repeat("+1", n), pgerr.StatementTooComplex},
		"minus":      {"SELECT 1" + strings.Repeat("- -a", n), pgerr.StatementTooComplex},
		"concat":     {"SELECT ''" + strings.Repeat("||''", n), pgerr.StatementTooComplex},
		"union":      {"SELECT 1,2" + strings.Repeat(" UNION SELECT 1,2", n), pgerr.StatementTooComplex},
		"join":       {"SELECT FROM t" + strings.Repeat(" JOIN t ON a=b AND c=d", n), pgerr.StatementTooComplex},
		"not":        {"SELECT " + strings.Repeat("NOT ", n) + "a", pgerr.StatementTooComplex},
		"cast":       {"SELECT a" + strings.Repeat("::int", n), pgerr.StatementTooComplex},
		"collate":    {"SELECT a" + strings.Repeat(" COLLATE c", n), pgerr.StatementTooComplex},
		"zone":       {"SELECT a" + strings.Repeat(" AT TIME ZONE b", n), pgerr.StatementTooComplex},
		"is":         {"SELECT a" + strings.Repeat(" IS NULL", n), pgerr.StatementTooComplex},
		"like":       {"SELECT a" + strings.Repeat(" ILIKE b", n), pgerr.StatementTooComplex},
		"operator":   {"SELECT a" + strings.Repeat(" OPERATOR(x.+) b", n), pgerr.StatementTooComplex},
		"case":       {"SELECT " + strings.Repeat("CASE WHEN ", n) + "a" + strings.Repeat(" THEN b END", n), pgerr.StatementTooComplex},
		"parens":     {nested("(", ")", n), pgerr.StatementTooComplex},
		"brackets":   {nested("ARRAY[", "]", n), pgerr.StatementTooComplex},
		"subqueries": {nested("(SELECT ", ")", n), pgerr.StatementTooComplex},
		"no end":     {"SELECT " + strings.Repeat("(", n), pgerr.StatementTooComplex},
		"sink":       {"CREATE SINK k AS SELECT 1" + strings.Repeat("+1", n) + " WITH (a='b')", pgerr.StatementTooComplex},
		"signs":      {"SELECT " + strings.Repeat("+", n) + "1", pgerr.StatementTooComplex},
		"mixed":      {"SELECT " + strings.Repeat("+-", n) + "1", pgerr.StatementTooComplex},
		"comments":   {strings.Repeat("/*", n), pgerr.StatementTooComplex},
		"ruler":      {"SELECT 1 /*" + strings.Repeat("*", n) + strings.Repeat("=", n) + "*/ --" + strings.Repeat("-", n), ""},
		"dashes":     {"SELECT '" + strings.Repeat("-", n) + "'", ""},
		"semicolons": {strings.Repeat(";", n), ""},
		"or":         {"SELECT a" + strings.Repeat(" OR a = 1", n), ""},
		"and":        {"SELECT a" + strings.Repeat(" AND a + 1 > 2", n), ""},
		"list":       {"SELECT a IN (1" + strings.Repeat(", 1 + 1", n) + ")", ""},
		"fields":     {"SELECT (a)" + strings.Repeat(".b", 3000), ""},
		"subscripts": {"SELECT a" + strings.Repeat("[1]", 3000), ""},
		"long":       {"SELECT '" + strings.Repeat("x", maxTextBytes) + "'", pgerr.ProgramLimitExceeded},
		"nul":        {"SELECT \x00", pgerr.CharacterNotInRepertoire},
		"not utf8":   {"SELECT '\xff'", pgerr.CharacterNotInRepertoire},
	} {
		stmts, err := Parse(tc.text)
		switch {
		case tc.code == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case tc.code != "" && !pgerr.Is(err, tc.code):
			t.Errorf("%s: got %v, want %s", name, err, tc.code)
		}
		for _, s := range stmts {
			Format(s)
		}
	}
}

// TestDepthBelowLimits checks that what the guard lets pass has a clean end.
func TestDepthBelowLimits(t *testing.T) {
	for _, text := range []string{
		"SELECT 1" + strings.Repeat("+1", maxChain-100),
		"SELECT 1" + strings.Repeat(" UNION SELECT 1", maxChain-100),
		"SELECT FROM t" + strings.Repeat(" CROSS JOIN t", maxChain-100),
		"SELECT " + strings.Repeat("(", 50) + "1" + strings.Repeat(strings.Repeat("+1", 4000)+")", 50),
		"SELECT " + strings.Repeat("(1"+strings.Repeat("+1", 4000)+"+", 50) + "1" + strings.Repeat(")", 50),
		"SELECT " + strings.Repeat("(", maxNesting-10) + "1" + strings.Repeat(")", maxNesting-10),
		"SELECT " + strings.Repeat("f(", maxNesting-10) + "1" + strings.Repeat(")", maxNesting-10),
		"SELECT " + strings.Repeat("(SELECT ", maxNesting-10) + "1" + strings.Repeat(")", maxNesting-10),
	} {
		stmts, err := Parse(text)
		if err != nil && !pgerr.Is(err, pgerr.StatementTooComplex) {
			t.Errorf("%.60s: %v", text, err)
		}
		for _, s := range stmts {
			Format(s)
		}
	}
}
