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
	clause(f.Query != nil, "from subquery")
	clause(f.Query != nil && f.Lateral, "from lateral subquery")
	clause(f.Ordinality, "from WITH ORDINALITY")
	if f.Call != nil {
		expr(f.Call)
	}
	f.Left.clauses(clause, expr)
	f.Right.clauses(clause, expr)
}

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
	for name := range strings.SplitSeq(`clause WITH,clause VALUES,clause DISTINCT,clause WHERE,clause GROUP BY,clause HAVING,
clause FILTER,clause DISTINCT aggregate,clause residual join condition,clause LIMIT,
set operation UNION,set operation UNION ALL,set operation INTERSECT,set operation INTERSECT ALL,set operation EXCEPT,set operation EXCEPT ALL,
join INNER,join LEFT,join RIGHT,join FULL,join CROSS,
subquery scalar,subquery ARRAY,subquery EXISTS,subquery NOT EXISTS,subquery IN,subquery NOT IN,subquery ANY,subquery ALL,
from subquery,from lateral subquery,from lateral function,from WITH ORDINALITY,from generate_series,from unnest,from unnest of two,
from jsonb_array_elements,from jsonb_each_text`, ",") {
		names[strings.TrimSpace(name)] = true
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
