package oracle

import (
	"fmt"
	"strings"
)

// Step is one change: a statement (SQL), an insert (Rows, with a suffix such
// as ON CONFLICT, perhaps as COPY), or several steps, in a transaction that End
// ends or without one.
type Step struct {
	Tag    string // what it counts for in the coverage table
	Table  string
	SQL    string
	Rows   [][]string // SQL expressions; of COPY, values in their input format
	Suffix string
	Copy   string // the format: text or csv
	Steps  []*Step
	End    string
}

// null is a NULL among the values of COPY.
const null = "\x00"

// statement is one request to a server.
type statement struct {
	sql  string
	data string // sent after COPY FROM STDIN
	copy bool   // the data must be sent
}

// statements are the requests of the step, in order.
func (s *Step) statements() []statement {
	switch {
	case s.Steps != nil:
		var out []statement
		if s.End != "" {
			out = append(out, statement{sql: "BEGIN"})
		}
		for _, step := range s.Steps {
			out = append(out, step.statements()...)
		}
		if s.End != "" {
			out = append(out, statement{sql: s.End})
		}
		return out
	case s.Copy != "":
		return []statement{{sql: fmt.Sprintf("COPY %s FROM STDIN (FORMAT %s)", s.Table, s.Copy), data: s.copyData(), copy: true}}
	case s.Rows != nil:
		return []statement{{sql: s.insert(s.Rows)}}
	}
	return []statement{{sql: s.SQL}}
}

// texts are the statements as a script has them: COPY becomes INSERT.
func (s *Step) texts() []string {
	if s.Copy != "" {
		rows := make([][]string, len(s.Rows))
		for i, row := range s.Rows {
			for _, v := range row {
				text := "'" + strings.ReplaceAll(v, "'", "''") + "'"
				if v == null {
					text = "NULL"
				}
				rows[i] = append(rows[i], text)
			}
		}
		return []string{s.insert(rows)}
	}
	var out []string
	if s.Steps != nil {
		if s.End != "" {
			out = append(out, "BEGIN")
		}
		for _, step := range s.Steps {
			out = append(out, step.texts()...)
		}
		if s.End != "" {
			out = append(out, s.End)
		}
		return out
	}
	for _, st := range s.statements() {
		out = append(out, st.sql)
	}
	return out
}

func (s *Step) insert(values [][]string) string {
	rows := make([]string, len(values))
	for i, row := range values {
		rows[i] = "(" + strings.Join(row, ", ") + ")"
	}
	return fmt.Sprintf("INSERT INTO %s VALUES %s%s", s.Table, strings.Join(rows, ", "), s.Suffix)
}

// copyData is the rows in the step's format.
func (s *Step) copyData() string {
	var b strings.Builder
	escape := strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)
	for _, row := range s.Rows {
		for i, v := range row {
			switch {
			case i > 0 && s.Copy == "csv":
				b.WriteByte(',')
			case i > 0:
				b.WriteByte('\t')
			}
			switch {
			case v == null && s.Copy == "csv":
			case v == null:
				b.WriteString(`\N`)
			case s.Copy == "csv":
				b.WriteString(`"` + strings.ReplaceAll(v, `"`, `""`) + `"`)
			default:
				b.WriteString(escape.Replace(v))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// tags are what the step and its parts count for.
func (s *Step) tags() []string {
	out := []string{s.Tag}
	for _, step := range s.Steps {
		out = append(out, step.tags()...)
	}
	return out
}
