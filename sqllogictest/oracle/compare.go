package oracle

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"streamdb/sqllogictest"
)

// comparison says how the results of a query are compared.
type comparison struct {
	inexact  []bool    // columns with a tolerance
	relative []float64 // the tolerance of each such column
	ordered  bool
	kinds    []Kind
}

func comparisonOf(q *Query) comparison {
	c := comparison{inexact: q.inexactColumns(), kinds: q.kinds()}
	for _, k := range c.kinds {
		tolerance := 1e-9
		if k.Base == Float4 {
			tolerance = 1e-3
		}
		c.relative = append(c.relative, tolerance)
	}
	return c
}

// differ describes how two results differ, or returns "".
func (c comparison) differ(want, got sqllogictest.Result) string {
	a, b := c.rows(want), c.rows(got)
	if len(a) == len(b) {
		same := true
		for i := range a {
			same = same && c.equalRow(a[i], b[i])
		}
		if same {
			return ""
		}
	}
	onlyA, onlyB := c.subtract(a, b), c.subtract(b, a)
	return fmt.Sprintf("%d rows expected, %d rows got\n%s%s", len(a), len(b), sample("- ", onlyA), sample("+ ", onlyB))
}

// binary compares results in binary format, but for what text shows as well and
// PostgreSQL leaves open: the bits of a NaN, and whether an array that has no
// NULL says that it might have.
func (c comparison) binary(want, got sqllogictest.Result) string {
	return comparison{ordered: c.ordered}.differ(c.normal(want), c.normal(got))
}

func (c comparison) normal(r sqllogictest.Result) sqllogictest.Result {
	out := sqllogictest.Result{Rows: make([][]sqllogictest.Value, len(r.Rows))}
	for i, row := range r.Rows {
		for j, v := range row {
			if j < len(c.kinds) {
				v.Text = c.kinds[j].normal(v.Text)
			}
			v.Text = hex.EncodeToString([]byte(v.Text))
			out.Rows[i] = append(out.Rows[i], v)
		}
	}
	return out
}

// normal is the binary form of a value without what is open.
func (k Kind) normal(value string) string {
	switch {
	case k.Base == Float4 || k.Base == Float8:
		return ""
	case k.Array && len(value) >= 12:
		return value[:4] + value[8:] // without the flags
	}
	return value
}

// rows makes rows comparable: sorted by their exact columns, then by the
// numbers in the others.
func (c comparison) rows(r sqllogictest.Result) [][]string {
	out := make([][]string, len(r.Rows))
	for i, row := range r.Rows {
		out[i] = make([]string, len(row))
		for j, v := range row {
			out[i][j] = "=" + v.Text
			if v.Null {
				out[i][j] = "NULL"
			}
		}
	}
	if c.ordered {
		return out
	}
	slices.SortFunc(out, func(x, y []string) int {
		for _, inexact := range []bool{false, true} {
			for j := range x {
				if c.isInexact(j) != inexact || j >= len(y) {
					continue
				}
				if n := compareCells(x[j], y[j], inexact); n != 0 {
					return n
				}
			}
		}
		return 0
	})
	return out
}

func (c comparison) isInexact(j int) bool { return j < len(c.inexact) && c.inexact[j] }

func compareCells(a, b string, number bool) int {
	if number {
		x, errX := strconv.ParseFloat(strings.TrimPrefix(a, "="), 64)
		y, errY := strconv.ParseFloat(strings.TrimPrefix(b, "="), 64)
		if errX == nil && errY == nil && x != y {
			if x < y || math.IsNaN(y) {
				return -1
			}
			return 1
		}
	}
	return strings.Compare(a, b)
}

func (c comparison) equalRow(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for j := range a {
		if a[j] != b[j] && !(c.isInexact(j) && near(a[j], b[j], c.relative[j])) {
			return false
		}
	}
	return true
}

func near(a, b string, tolerance float64) bool {
	x, errX := strconv.ParseFloat(strings.TrimPrefix(a, "="), 64)
	y, errY := strconv.ParseFloat(strings.TrimPrefix(b, "="), 64)
	if errX != nil || errY != nil {
		return false
	}
	return math.Abs(x-y) <= tolerance*max(1, math.Abs(x), math.Abs(y))
}

// subtract returns the rows of a that b lacks.
func (c comparison) subtract(a, b [][]string) [][]string {
	left := slices.Clone(b)
	var out [][]string
	for _, row := range a {
		i := slices.IndexFunc(left, func(other []string) bool { return c.equalRow(row, other) })
		if i < 0 {
			out = append(out, row)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	return out
}

func sample(prefix string, rows [][]string) string {
	var b strings.Builder
	for i, row := range rows {
		if i == 5 {
			fmt.Fprintf(&b, "%s... %d more\n", prefix, len(rows)-i)
			break
		}
		fmt.Fprintf(&b, "%s%s\n", prefix, strings.Join(row, " | "))
	}
	return b.String()
}
