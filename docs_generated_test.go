package streamdb_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"streamdb/connector"
	"streamdb/connector/all"
	"streamdb/server/servertest"
	"streamdb/server/session"
	"streamdb/server/settings"
	"streamdb/sqllogictest"
)

// TestGeneratedDocs compares the parts of documents that are made from the code with the
// code: what stands between <!-- generated: NAME --> and <!-- end of generated -->.
func TestGeneratedDocs(t *testing.T) {
	part := regexp.MustCompile(`(?s)(<!-- generated: ([^>]*) -->\n)(.*?)(<!-- end of generated -->)`)
	seen := map[string]bool{}
	for _, file := range []string{"sql-statements", "types-and-functions", "sources-and-sinks", "system-relations", "operations"} {
		file = "docs/" + file + ".md"
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		made := part.ReplaceAllStringFunc(string(text), func(s string) string {
			m := part.FindStringSubmatch(s)
			seen[m[2]] = true
			return m[1] + generated(t, m[2]) + m[4]
		})
		if made == string(text) {
			continue
		}
		if !*rewrite {
			t.Errorf("%s is not what the code says; go test . -run TestGeneratedDocs -rewrite mends it", file)
			continue
		}
		if err := os.WriteFile(file, []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range all.Table().Sources {
		if !seen["source "+c.Name] {
			t.Errorf("no document has the options of source %s", c.Name)
		}
	}
	for _, c := range all.Table().Sinks {
		if len(c.Options) > 0 && !seen["sink "+c.Name] {
			t.Errorf("no document has the options of sink %s", c.Name)
		}
	}
}

func generated(t *testing.T, name string) string {
	t.Helper()
	switch name {
	case "settings":
		return settingsTable()
	case "functions":
		return functionList(t)
	case "relations":
		return session.StreamdbDoc()
	case "flags":
		return startHelp(t)
	}
	role, name, _ := strings.Cut(name, " ")
	find := all.Table().Source
	if role == "sink" {
		find = all.Table().Sink
	}
	spec, err := find(name)
	if err != nil {
		t.Fatal(err)
	}
	return optionTable(spec)
}

func optionTable(spec *connector.Spec) string {
	var b strings.Builder
	b.WriteString("| option | default | meaning |\n|---|---|---|\n")
	for _, o := range spec.Options {
		value := ""
		switch {
		case o.Required:
			value = "required"
		case o.Default != "":
			value = "`" + o.Default + "`"
		}
		doc := o.Doc
		if o.Values != nil {
			doc += " (`" + strings.Join(o.Values, "`, `") + "`)"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", o.Name, value, doc)
	}
	return b.String()
}

// settingsTable leaves out what has no effect.
func settingsTable() string {
	var b strings.Builder
	b.WriteString("| setting | default | meaning |\n|---|---|---|\n")
	for _, d := range settings.All() {
		if strings.HasPrefix(d.Doc, "Has no") {
			continue
		}
		doc := d.Doc
		switch d.Scope {
		case settings.AtStart:
			doc += " Set when the server starts."
		case settings.BuiltIn:
			doc += " Cannot be set."
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", d.Name, strings.ReplaceAll(d.Default, "|", `\|`), doc)
	}
	return b.String()
}

// functionQueries list the functions for people: without the input and output functions of
// types, handlers and the like.
var functionQueries = []struct{ title, where string }{
	{"Aggregates", `prokind = 'a'`},
	{"Functions that return rows", `prokind = 'f' AND proretset AND ` + forPeople},
	{"Functions", `prokind = 'f' AND NOT proretset AND proname !~ '^(pg_|has_|to_reg|acl)' AND ` + forPeople},
	{"About the catalog and the session, for tools", `prokind = 'f' AND NOT proretset AND proname ~ '^(pg_|has_|to_reg)' AND ` + forPeople},
}

const forPeople = `pg_get_function_arguments(oid) !~ '(cstring|internal)' AND pg_get_function_result(oid) !~ '(cstring|_handler)'` +
	` AND proname !~ '(_handler|typmodin|send|recv|_in|_out|^oidvectortypes|^textcat|^bpchar|^like_escape|^notlike|^similar_)$' AND proname !~ '^(_|similar_|like_|bpchar|reg(class|type|proc|role|namespace))'`

func functionList(t *testing.T) string {
	t.Helper()
	conn, err := sqllogictest.Connect(t.Context(), servertest.Start(t).DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // its server ends with the test
	var b strings.Builder
	for i, q := range functionQueries {
		r, err := conn.Query(t.Context(), "SELECT DISTINCT proname::text FROM pg_proc WHERE "+q.where+" ORDER BY 1")
		if err != nil {
			t.Fatal(err)
		}
		names := make([]string, len(r.Rows))
		for j, row := range r.Rows {
			names[j] = "`" + row[0].Text + "`"
		}
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "**%s**:\n%s.\n", q.title, wrapped(names))
	}
	return b.String()
}

// wrapped is a list over several lines, so that one more name is a small change.
func wrapped(names []string) string {
	var b strings.Builder
	width := 0
	for i, n := range names {
		sep := ""
		switch {
		case i == 0:
		case width+len(n) > 100:
			sep, width = ",\n", 0
		default:
			sep = ", "
		}
		b.WriteString(sep + n)
		width += len(sep) + len(n)
	}
	return b.String()
}

// startHelp is what streamdb start --help says of its flags.
func startHelp(t *testing.T) string {
	t.Helper()
	bin, err := servertest.Binary()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), bin, "start", "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	_, flags, _ := strings.Cut(string(out), "Flags:\n")
	return "```\n" + trimLines(flags) + "```\n"
}
