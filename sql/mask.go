package sql

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

// MaskOptions replaces by '***' the values of those options, written name = 'value', that
// isSecret names; for showing a statement to others than its author. Names come in lower
// case, dotted ones whole. Text that cannot be scanned is masked whole.
func MaskOptions(text string, isSecret func(name string) bool) string {
	tokens, err := scan(text)
	if err != nil {
		return "***"
	}
	var b strings.Builder
	done := 0
	for i := range tokens {
		t := &tokens[i]
		if t.kind != pg_query.Token_SCONST && t.kind != pg_query.Token_USCONST {
			continue
		}
		if i < 2 || !tokens[i-1].is("=") || !isSecret(nameBefore(tokens, i-1)) {
			continue
		}
		b.WriteString(text[done:t.start] + "'***'")
		done = t.end
	}
	return b.String() + text[done:]
}

// nameBefore puts together the dotted name that ends before token i.
func nameBefore(tokens []token, i int) string {
	name := ""
	for i--; i >= 0; i -= 2 {
		name = strings.ToLower(strings.Trim(tokens[i].text, `"'`)) + name
		if i == 0 || !tokens[i-1].is(".") {
			break
		}
		name = "." + name
	}
	return name
}
