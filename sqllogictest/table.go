package sqllogictest

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Table is the result as psql prints it: a header, a line, the rows and their number. It
// is empty for a statement that returns no columns.
func (r Result) Table() string {
	if len(r.Columns) == 0 {
		return ""
	}
	widths := make([]int, len(r.Columns))
	for i, c := range r.Columns {
		widths[i] = utf8.RuneCountInString(c)
		for _, row := range r.Rows {
			for line := range strings.SplitSeq(row[i].Text, "\n") {
				widths[i] = max(widths[i], utf8.RuneCountInString(line))
			}
		}
	}
	var b strings.Builder
	r.header(&b, widths)
	for _, row := range r.Rows {
		r.row(&b, row, widths)
	}
	plural := "s"
	if len(r.Rows) == 1 {
		plural = ""
	}
	fmt.Fprintf(&b, "(%d row%s)\n", len(r.Rows), plural)
	return b.String()
}

func (r Result) header(b *strings.Builder, widths []int) {
	for i, c := range r.Columns {
		if i > 0 {
			b.WriteByte('|')
		}
		space := widths[i] - utf8.RuneCountInString(c)
		b.WriteString(strings.Repeat(" ", 1+space/2) + c + strings.Repeat(" ", 1+space-space/2))
	}
	b.WriteByte('\n')
	for i, w := range widths {
		if i > 0 {
			b.WriteByte('+')
		}
		b.WriteString(strings.Repeat("-", w+2))
	}
	b.WriteByte('\n')
}

// row prints one row. A value of several lines goes on below itself, marked with + as
// psql does; the last column is not padded.
func (r Result) row(b *strings.Builder, row []Value, widths []int) {
	cells := make([][]string, len(row))
	height := 1
	for i, v := range row {
		cells[i] = strings.Split(v.Text, "\n")
		height = max(height, len(cells[i]))
	}
	last := len(row) - 1
	for n := range height {
		for i := range row {
			text, more := "", n+1 < len(cells[i])
			if n < len(cells[i]) {
				text = cells[i][n]
			}
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
			number := i < len(r.Types) && strings.IndexByte("IR", r.Types[i]) >= 0
			switch {
			case i > 0:
				b.WriteString("| ")
			default:
				b.WriteByte(' ')
			}
			switch {
			case number:
				b.WriteString(space + text)
			case i < last || more:
				b.WriteString(text + space)
			default:
				b.WriteString(text)
			}
			switch {
			case more:
				b.WriteByte('+')
			case i < last:
				b.WriteByte(' ')
			}
		}
		b.WriteByte('\n')
	}
}
