package oracle

import (
	_ "embed" // for the list of known differences
	"fmt"
	"regexp"
	"strings"
)

// maxKnown bounds the list of known differences: it is for what PostgreSQL
// itself leaves open, not for bugs.
const maxKnown = 15

//go:embed known_differences.txt
var knownText string

// known is a difference that is accepted, with its reason.
type known struct {
	pattern *regexp.Regexp
	reason  string
}

// parseKnown reads lines of a pattern, a tab and a reason; # starts a comment.
// A pattern is looked for in "mode: query\ndifference".
func parseKnown(text string) ([]known, error) {
	var out []known
	for line := range strings.SplitSeq(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		pattern, reason, ok := strings.Cut(line, "\t")
		if !ok {
			return nil, fmt.Errorf("known differences: %q has no reason", line)
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			return nil, fmt.Errorf("known differences: %w", err)
		}
		out = append(out, known{re, strings.TrimSpace(reason)})
	}
	if len(out) > maxKnown {
		return nil, fmt.Errorf("known differences: %d entries, at most %d are allowed", len(out), maxKnown)
	}
	return out, nil
}
