package sql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"streamdb/types/pgerr"
)

// TestParse runs testdata/*: `parse` prints trees with places, `expr` one expression, `format` canonical SQL
// and `error` the error with a caret below its position.
func TestParse(t *testing.T) {
	datadriven.Walk(t, "testdata/parse", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "parse":
				return parseCommand(d.Input)
			case "expr":
				e, err := ParseExpr(d.Input)
				if err != nil {
					return describeError(d.Input, err)
				}
				return dump(e, true)
			case "format":
				return formatCommand(t, d.Input)
			}
			t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
			return ""
		})
	})
}

func parseCommand(text string) string {
	stmts, err := Parse(text)
	if err != nil {
		return describeError(text, err)
	}
	var b strings.Builder
	for _, s := range stmts {
		b.WriteString(dump(s, true))
	}
	if len(stmts) == 0 {
		return "no statements\n"
	}
	return b.String()
}

func formatCommand(t *testing.T, text string) string {
	stmts, err := Parse(text)
	if err != nil {
		return describeError(text, err)
	}
	var b strings.Builder
	for _, s := range stmts {
		checkLaw(t, s)
		b.WriteString(Format(s) + "\n")
	}
	return b.String()
}

// checkLaw checks Parse(Format(s)) == s, places aside.
func checkLaw(t *testing.T, s Statement) {
	t.Helper()
	text := Format(s)
	again, err := Parse(text)
	if err != nil {
		t.Errorf("%s\nformatted %s\n%v", s.Src().Text, text, err)
		return
	}
	if len(again) != 1 || dump(again[0], false) != dump(s, false) {
		t.Errorf("%s\nformatted %s\ndiffers:\n%s\n%s", s.Src().Text, text, dump(s, false), dump(again[0], false))
	}
}

// describeError prints the code and message, and the line with a caret as psql does.
func describeError(text string, err error) string {
	e := pgerr.From(err)
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", e.Code, e.Message)
	if e.Position > 0 {
		line, column := caret(text, e.Position)
		fmt.Fprintf(&b, "|%s\n|%s^\n", line, strings.Repeat(" ", column))
	}
	if e.Hint != "" {
		fmt.Fprintf(&b, "hint: %s\n", e.Hint)
	}
	return b.String()
}

// caret finds the line of a 1-based character position, and its column in it.
func caret(text string, position int) (line string, column int) {
	rest := position - 1
	for _, line := range strings.Split(text, "\n") {
		n := len([]rune(line))
		if rest <= n {
			return line, rest
		}
		rest -= n + 1
	}
	return "", rest
}
