package sql

import "strings"

// formatNames joins the parts of a name as SQL.
func formatNames(parts []string) string {
	quoted := make([]string, len(parts))
	for i, p := range parts {
		quoted[i] = QuoteIdent(p)
	}
	return strings.Join(quoted, ".")
}

func QuoteIdent(s string) string { return s }
