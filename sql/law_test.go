package sql

import (
	"os"
	"strings"
	"testing"

	"streamdb/types/pgerr"
)

// corpus gives the statements of testdata: those of clients, and every input of the text tests.
func corpus(t testing.TB) []string {
	t.Helper()
	clients, err := os.ReadFile("testdata/clients.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.SplitSeq(string(clients), "\n") {
		if line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	entries, err := os.ReadDir("testdata/parse")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile("testdata/parse/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for block := range strings.SplitSeq(string(text), "\n\n") {
			input, _, _ := strings.Cut(block, "\n----")
			_, input, _ = strings.Cut(input, "\n")
			out = append(out, input)
		}
	}
	return out
}

// TestClients checks that what real clients send is parsed, and printed so that it parses
// to the same tree.
func TestClients(t *testing.T) {
	for _, text := range corpus(t) {
		stmts, err := Parse(text)
		if err != nil && !pgerr.Is(err, pgerr.SyntaxError) && pgerr.From(err).Code == pgerr.InternalError {
			t.Errorf("%s: %v", text, err)
		}
		for _, s := range stmts {
			checkLaw(t, s)
			src := s.Src()
			if got := text[src.Offset : int(src.Offset)+len(src.Text)]; got != src.Text {
				t.Errorf("%s: source %q is not at %d", text, src.Text, src.Offset)
			}
		}
	}
	clients, _ := os.ReadFile("testdata/clients.txt")
	for line := range strings.SplitSeq(string(clients), "\n") {
		if _, err := Parse(line); err != nil && line[:1] != "#" {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// FuzzParse checks that no text harms the process, that positions lie in the text, and the
// law of Format.
func FuzzParse(f *testing.F) {
	for _, text := range corpus(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		stmts, err := Parse(text)
		if err != nil {
			e := pgerr.From(err)
			if e.Position < 0 || e.Position > len(text)+1 || e.Code == pgerr.InternalError {
				t.Errorf("%q: %+v", text, e)
			}
			return
		}
		for _, s := range stmts {
			checkLaw(t, s)
		}
	})
}
