package sqllogictest

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// edit replaces lines [from, to) of a file.
type edit struct {
	from, to int
	lines    []string
}

// rewriter collects what the server answered and puts it into the files.
type rewriter struct {
	edits map[string][]edit
}

func (w *rewriter) replace(file string, from, to int, lines ...string) {
	if w.edits == nil {
		w.edits = make(map[string][]edit)
	}
	w.edits[file] = append(w.edits[file], edit{from, to, lines})
}

// query records the result of a query that expected rows.
func (w *rewriter) query(r *Record, got Result, threshold int) {
	directive := "query " + got.Types
	switch r.Sort {
	case RowSort:
		directive += " rowsort"
	case ValueSort:
		directive += " valuesort"
	case NoSort:
		if r.Label != "" {
			directive += " nosort"
		}
	}
	if r.Label != "" {
		directive += " " + r.Label
	}
	w.replace(r.File, r.span.directive, r.span.directive+1, directive)
	lines := append([]string{"----"}, resultLines(formatRows(got.Rows, r.Sort), threshold)...)
	w.replace(r.File, r.span.results, r.span.end, lines...)
}

// failure records the error of a record that expected one.
func (w *rewriter) failure(r *Record, err error) {
	word := "statement"
	if r.Kind == Query {
		word = "query"
	}
	pattern := ErrorPattern{SQLState: SQLState(err)}
	if r.WantError.Message != nil && r.WantError.Message.MatchString(err.Error()) {
		pattern.Message = r.WantError.Message
	}
	w.replace(r.File, r.span.directive, r.span.directive+1, word+" error "+pattern.String())
}

func (w *rewriter) count(r *Record, n int) {
	w.replace(r.File, r.span.directive, r.span.directive+1, fmt.Sprintf("statement count %d", n))
}

// apply writes every file that has edits.
func (w *rewriter) apply(fsys fs.FS, write func(name string, data []byte) error) error {
	for name, edits := range w.edits {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return fmt.Errorf("sqllogictest: %w", err)
		}
		lines := splitLines(string(text))
		slices.SortFunc(edits, func(a, b edit) int { return b.from - a.from }) // last first
		for _, e := range edits {
			lines = slices.Replace(lines, e.from, e.to, e.lines...)
		}
		if err := write(name, []byte(strings.Join(lines, "\n")+"\n")); err != nil {
			return fmt.Errorf("sqllogictest: %w", err)
		}
	}
	return nil
}
