package catalog

import (
	"slices"
	"strings"
)

// Mentioned lists the positions of the columns whose names stand in a SQL expression over
// the relation, in order of position.
func (r *Relation) Mentioned(expr string) []int {
	var found []int
	for i := 0; i < len(expr); {
		n, sort := lexeme(expr[i:])
		word := expr[i : i+n]
		i += n
		if sort != lexWord {
			continue
		}
		parts, ok := SplitName(word)
		if !ok || strings.HasPrefix(strings.TrimSpace(expr[i:]), "(") {
			continue
		}
		for p, c := range r.Columns {
			if c.Name == parts[0] && !c.Dropped && !slices.Contains(found, p) {
				found = append(found, p)
			}
		}
	}
	slices.Sort(found)
	return found
}
