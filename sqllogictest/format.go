package sqllogictest

import (
	"crypto/md5"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// hashed is the line that stands for a long result.
var hashed = regexp.MustCompile(`^(\d+) values hashing to ([0-9a-f]{32})$`)

var escapes = strings.NewReplacer("\n", `\n`, "\t", `\t`, "\r", `\r`)

// formatValue is a value as files show it.
func formatValue(v Value) string {
	switch {
	case v.Null:
		return "NULL"
	case v.Text == "":
		return "(empty)"
	}
	text := escapes.Replace(v.Text)
	if cut, ok := strings.CutSuffix(text, " "); ok {
		text = cut + `\s`
	}
	return text
}

// formatRows formats and sorts a result. Under ValueSort every value is a row.
func formatRows(rows [][]Value, sort Sort) [][]string {
	out := make([][]string, len(rows))
	for i, row := range rows {
		out[i] = make([]string, len(row))
		for j, v := range row {
			out[i][j] = formatValue(v)
		}
	}
	return sortRows(out, sort)
}

func sortRows(rows [][]string, sort Sort) [][]string {
	if sort == ValueSort {
		var values [][]string
		for _, row := range rows {
			for _, v := range row {
				values = append(values, []string{v})
			}
		}
		rows = values
	}
	if sort != NoSort {
		slices.SortFunc(rows, slices.Compare[[]string])
	}
	return rows
}

// wantRows reads expected lines as rows of the given width: one row per line,
// or one value per line.
func wantRows(lines []string, width int) [][]string {
	var rows [][]string
	if width > 1 && len(lines)%width == 0 && !tabs(lines) { // one value per line
		for chunk := range slices.Chunk(lines, width) {
			rows = append(rows, chunk)
		}
		return rows
	}
	for _, line := range lines {
		rows = append(rows, strings.Split(line, "\t"))
	}
	return rows
}

func tabs(lines []string) bool {
	return slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "\t") })
}

// byBlanks is each row as words with a blank between, for files that separate values so.
func byBlanks(rows [][]string, sort Sort) []string {
	lines := make([]string, len(rows))
	for i, row := range rows {
		lines[i] = strings.Join(row, " ")
	}
	return linesByBlanks(lines, sort)
}

func linesByBlanks(lines []string, sort Sort) []string {
	words := make([]string, len(lines))
	for i, line := range lines {
		words[i] = strings.Join(strings.Fields(line), " ")
	}
	if sort != NoSort {
		slices.Sort(words)
	}
	return words
}

func hashLine(rows [][]string) string {
	h, n := md5.New(), 0
	for _, row := range rows {
		for _, v := range row {
			_, _ = io.WriteString(h, v+"\n") // a hash accepts every write
			n++
		}
	}
	return fmt.Sprintf("%d values hashing to %x", n, h.Sum(nil))
}

// resultLines is a result as -rewrite puts it below ----.
func resultLines(rows [][]string, threshold int) []string {
	values := 0
	for _, row := range rows {
		values += len(row)
	}
	if threshold > 0 && values > threshold {
		return []string{hashLine(rows)}
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		lines[i] = strings.Join(row, "\t")
	}
	return lines
}

// ResultLines is a result as it stands below ---- in a file.
func ResultLines(r Result, sort Sort) []string {
	return resultLines(formatRows(r.Rows, sort), 0)
}

// compareRows returns "" when got is what the lines say, else a description.
func compareRows(got Result, want []string, sort Sort) string {
	rows := formatRows(got.Rows, sort)
	if len(want) == 1 && hashed.MatchString(want[0]) {
		if line := hashLine(rows); line != want[0] {
			return fmt.Sprintf("expected %s\ngot      %s", want[0], line)
		}
		return ""
	}
	width := len(got.Columns)
	if sort == ValueSort {
		width = 1
	}
	wanted := sortRows(wantRows(want, width), sort)
	if slices.EqualFunc(rows, wanted, slices.Equal[[]string]) ||
		width > 1 && !tabs(want) && slices.Equal(byBlanks(rows, sort), linesByBlanks(want, sort)) {
		return ""
	}
	return fmt.Sprintf("expected:\n%s\ngot:\n%s", indent(resultLines(wanted, 0)), indent(resultLines(rows, 0)))
}

func indent(lines []string) string {
	if len(lines) == 0 {
		return "  (no rows)"
	}
	return "  " + strings.Join(lines, "\n  ")
}
