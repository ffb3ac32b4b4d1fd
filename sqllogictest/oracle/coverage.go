package oracle

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// coverage counts, by feature, the distinct queries that were compared.
type coverage map[string]int

func (c coverage) add(features map[string]bool) {
	for f := range features {
		c[f]++
	}
}

// features names everything a query contains.
func (q *Query) features() map[string]bool {
	out := make(map[string]bool)
	expr := func(e *Expr) {
		for tag := range strings.SplitSeq(e.Tag, "\n") {
			out[tag] = true
		}
		if e.Kind.Base != "" {
			out["type "+string(e.Kind.Base)] = true
			if e.Kind.Array {
				out["type array"] = true
			}
		}
	}
	q.walk(func(slot **Expr) { expr(*slot) }, func(sub *Query) { sub.clauses(out, expr) })
	delete(out, "")
	return out
}

func (q *Query) clauses(out map[string]bool, expr func(*Expr)) {
	clause := func(present bool, name string) {
		if present {
			out[name] = true
		}
	}
	clause(len(q.With) > 0, "clause WITH")
	for _, cte := range q.With {
		clause(cte.Materialized != "", "clause WITH "+cte.Materialized)
	}
	clause(q.Limit != nil, "subquery LIMIT")
	clause(q.Limit != nil && q.Limit.Outer != nil, "subquery LIMIT of an outer column")
	clause(q.Limit != nil && q.Limit.Ties, "subquery WITH TIES")
	clause(q.Mixed, "set operation of mixed types")
	clause(q.Op != "", "set operation "+q.Op)
	clause(q.Values != nil, "clause VALUES")
	clause(q.Distinct, "clause DISTINCT")
	clause(q.Where != nil, "clause WHERE")
	clause(len(q.GroupBy) > 0, "clause GROUP BY")
	clause(q.Having != nil, "clause HAVING")
	q.From.clauses(clause, expr)
}

func (f *From) clauses(clause func(bool, string), expr func(*Expr)) {
	if f == nil {
		return
	}
	clause(f.Join != "", "join "+f.Join)
	clause(f.Using != nil && !f.Natural, "join USING, "+f.Join)
	clause(f.Natural, "join NATURAL, "+f.Join)
	clause(f.Tumble != nil, "from TUMBLE")
	clause(strings.HasPrefix(f.Name, "b"), "from view")
	clause(f.Query != nil, "from subquery")
	clause(f.Query != nil && f.Lateral, "from lateral subquery")
	clause(f.Ordinality, "from WITH ORDINALITY")
	if f.Call != nil {
		expr(f.Call)
	}
	f.Left.clauses(clause, expr)
	f.Right.clauses(clause, expr)
}

// otherFeatures are those that no table of the generator lists.
const otherFeatures = `
type record
clause WITH
clause WITH MATERIALIZED
clause WITH NOT MATERIALIZED
clause VALUES
clause DISTINCT
clause WHERE
clause GROUP BY
clause HAVING
clause FILTER
clause DISTINCT aggregate
clause ORDER BY in aggregate
clause LIMIT
set operation UNION
set operation UNION ALL
set operation INTERSECT
set operation INTERSECT ALL
set operation EXCEPT
set operation EXCEPT ALL
set operation of mixed types
join INNER
join LEFT
join RIGHT
join FULL
join CROSS
join USING, INNER
join USING, LEFT
join USING, RIGHT
join USING, FULL
join NATURAL, INNER
join NATURAL, LEFT
join NATURAL, RIGHT
join NATURAL, FULL
join residual condition of INNER
join residual condition of LEFT
join residual condition of RIGHT
join residual condition of FULL
join without equality
subquery scalar
subquery ARRAY
subquery correlated
subquery LIMIT
subquery LIMIT of an outer column
subquery WITH TIES
from subquery
from lateral subquery
from lateral function
from lateral reference
from WITH ORDINALITY
from TUMBLE
from view
change INSERT VALUES
change INSERT SELECT
change ON CONFLICT DO NOTHING
change ON CONFLICT DO UPDATE
change RETURNING
change UPDATE
change UPDATE FROM
change UPDATE of a key
change DELETE
change DELETE USING
change DELETE with a subquery
change TRUNCATE
change COPY FROM
change COPY TO
change ALTER TABLE ADD COLUMN
change ALTER TABLE RENAME
change transaction COMMIT
change transaction ROLLBACK
change SELECT in transaction
change SAVEPOINT
change ROLLBACK TO SAVEPOINT
change RELEASE SAVEPOINT
change failing statement
`

// possibleFeatures lists what the table must show even when it was never met.
func possibleFeatures() ([]string, error) {
	all, err := functions()
	if err != nil {
		return nil, err
	}
	names := map[string]bool{"type array": true}
	for _, b := range allBases() {
		names["type "+string(b)] = true
	}
	for _, f := range all {
		names[functionTag(f)] = true
	}
	for _, a := range aggregates() {
		names["aggregate "+a.tag] = true
	}
	for _, c := range calls() {
		names[c.tag] = true
	}
	for _, forms := range []map[string][]string{predicates(), rowPredicates()} {
		for name := range forms {
			names["subquery "+name] = true
		}
	}
	for name := range strings.SplitSeq(strings.TrimSpace(otherFeatures), "\n") {
		names[name] = true
	}
	out := make([]string, 0, len(names))
	for name := range names {
		out = append(out, name)
	}
	slices.Sort(out)
	return out, nil
}

// print writes the table, the rarest features of each family first.
func (c coverage) print(w io.Writer, possible []string) error {
	names := slices.Clone(possible)
	for name := range c {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if _, err := fmt.Fprintf(w, "%8d  %s\n", c[name], name); err != nil {
			return err
		}
	}
	return nil
}
