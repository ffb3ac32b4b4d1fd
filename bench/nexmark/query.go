package nexmark

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

//go:embed queries/*.sql
var files embed.FS

// query is one query of the benchmark.
type query struct {
	name  string   // q0
	doc   string   // one line
	reads []string // of person, auction, bid
	text  string   // a SELECT
}

// Names lists the queries there are, in the order of their numbers.
func Names() []string {
	entries, err := files.ReadDir("queries")
	if err != nil {
		panic(err) // it is embedded
	}
	var names []string
	for _, e := range entries {
		if name := strings.TrimSuffix(e.Name(), ".sql"); number(name) >= 0 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return number(a) - number(b) })
	return names
}

// number is n of qn, −1 for other names.
func number(name string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(name, "q"))
	if err != nil {
		return -1
	}
	return n
}

// load reads a query. Its file begins with a line of what it does and one of what it reads.
func load(name string) (query, error) {
	if number(name) < 0 {
		return query{}, fmt.Errorf("nexmark: no query %q", name)
	}
	text, err := files.ReadFile(path.Join("queries", name+".sql"))
	if err != nil {
		return query{}, fmt.Errorf("nexmark: no query %q; there are %s", name, strings.Join(Names(), ", "))
	}
	lines := strings.SplitN(string(text), "\n", 3)
	reads, ok := strings.CutPrefix(lines[1], "-- reads: ")
	if !ok {
		return query{}, fmt.Errorf("nexmark: query %s does not say what it reads", name)
	}
	return query{name, strings.TrimPrefix(lines[0], "-- "), strings.Split(reads, ", "), strings.TrimSpace(lines[2])}, nil
}

// sourceSQL is the statements that make what a query reads: a source of one kind of events
// where that is enough, else the source of all and a view per kind.
func (q *query) sourceSQL(cfg *Config) string {
	file, table := "source.sql", ""
	if len(q.reads) == 1 && !cfg.Combined {
		file, table = "source_table.sql", q.reads[0]
	}
	text, err := files.ReadFile(path.Join("queries", file))
	if err != nil {
		panic(err) // it is embedded
	}
	return strings.NewReplacer("{{options}}", cfg.sourceOptions(), "{{table}}", table).Replace(string(text))
}

// sourceName is the name of the source that sourceSQL makes.
func (q *query) sourceName(cfg *Config) string {
	if len(q.reads) == 1 && !cfg.Combined {
		return q.reads[0]
	}
	return "nexmark"
}

// sql is the statement that runs the query, and what drops it.
func (q *query) sql(cfg *Config) (create, drop string) {
	name := "nexmark_" + q.name
	if cfg.View {
		return "CREATE MATERIALIZED VIEW " + name + " AS\n" + q.text, "DROP MATERIALIZED VIEW IF EXISTS " + name
	}
	return "CREATE SINK " + name + " AS\n" + q.text + "\nWITH (connector = 'blackhole')", "DROP SINK IF EXISTS " + name
}

// SQL is the text of a query: a SELECT over person, auction and bid.
func SQL(name string) (string, error) {
	q, err := load(name)
	return q.text, err
}

// Source is the statements that make a source of all kinds of events, named nexmark, and a
// view per kind; options is what stands in its WITH clause beside the connector.
func Source(options string) string {
	text, err := files.ReadFile("queries/source.sql")
	if err != nil {
		panic(err) // it is embedded
	}
	return strings.NewReplacer("{{options}}", options).Replace(string(text))
}
