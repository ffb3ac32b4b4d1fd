package sql

import "testing"

// TestOutputName has the names PostgreSQL gives to columns.
func TestOutputName(t *testing.T) {
	for text, want := range map[string]string{
		"a": "a", "t.a": "a", "1": "?column?", "a + 1": "?column?", "f(x)": "f", "s.f(x)": "f", "a::int": "a", "1::int": "int4",
		"'x'::text": "text", "date '2020-01-01'": "date", "CASE WHEN a THEN 1 END": "case", "CASE WHEN a THEN 1 ELSE b END": "b",
		"COALESCE(a, b)": "coalesce", "GREATEST(a)": "greatest", "NULLIF(a, b)": "nullif", "ARRAY[1]": "array", "ARRAY(SELECT 1)": "array",
		"EXISTS (SELECT 1)": "exists", "(SELECT a FROM t)": "a", "(SELECT 1)": "?column?", "(SELECT 1 AS b)": "b", "(x).y": "y", "a[1]": "a",
		"ROW(1)": "row", "CURRENT_DATE": "current_date", "EXTRACT(year FROM a)": "extract", "a AT TIME ZONE 'x'": "timezone", "TRIM(a)": "btrim",
		"a COLLATE \"C\"": "a", "NOT a": "?column?", "a IS NULL": "?column?", "(VALUES (1))": "column1",
	} {
		e, err := ParseExpr(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := OutputName(e); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
