package streamdb_test

import (
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// lattice says which packages of this module a package may import: only downwards. A
// trailing /* stands for every package below a folder; the most exact line counts.
const lattice = `
types/pgerr       :
types             : types/pgerr
expr              : expr/elementary types types/pgerr
expr/elementary   :                              # floats only
catalog           : types types/pgerr
catalog/pgcatalog : catalog expr types types/pgerr
sql               : types/pgerr                  # text to syntax: knows no catalog
wire              : types types/pgerr            # messages to calls: knows no SQL
wire/wiretest     :                              # bytes only
state             : types types/pgerr
state/arrange     : types types/pgerr
connector         : types types/pgerr
connector/*       : connector connector/* types types/pgerr
planner/plan      : expr catalog types types/pgerr
planner           : sql catalog expr planner/plan types types/pgerr
exec              : planner/plan catalog expr state state/arrange connector types types/pgerr # never sql: no cgo
checkpoint        : state types types/pgerr
server/*          : server/* wire sql planner planner/plan exec state checkpoint catalog catalog/pgcatalog expr connector connector/format types types/pgerr
server            : server/* wire sql planner planner/plan exec state checkpoint catalog catalog/pgcatalog expr connector connector/format types types/pgerr
sqllogictest      :                              # speaks the protocol only
sqllogictest/*    : sqllogictest sqllogictest/*
sqllogictest/oracle : sqllogictest sqllogictest/pgtest # itself a test
bench/nexmark     :                              # speaks the protocol only
bench/handwritten : connector connector/nexmark types
bench/share       : bench/handwritten bench/nexmark sql planner planner/plan exec expr catalog state types types/pgerr # the engine without a server
bench/*           : bench/*
cmd/streamdb      : server server/* connector connector/* sqllogictest sqllogictest/* bench/* state types types/pgerr
.                 :
`

// testLattice says what the tests of a package may import beyond its own line of lattice,
// itself, and the packages named …test, which only tests may import.
const testLattice = `
exec         : sqllogictest connector/nexmark
server       : sqllogictest connector/* bench/*
server/*     : sqllogictest connector/*
sqllogictest : server connector/all
sqllogictest/* : server connector/all
bench/*      : server connector/* types
.            : sqllogictest connector connector/all server/session server/settings
`

// owners says which packages may import a third-party library; "tests" means any test.
const owners = `
github.com/pganalyze/pg_query_go/v5 : sql
github.com/jackc/pgproto3/v2        : wire
github.com/cockroachdb/pebble/v2    : state
github.com/spf13/cobra              : cmd/*
github.com/spf13/pflag              : cmd/*
github.com/cockroachdb/apd/v3       : types
github.com/apache/arrow/go/v17      : types expr exec connector connector/* state
github.com/jackc/pgx/v5             : connector/postgres sqllogictest sqllogictest/* bench/* tests
github.com/zeebo/xxh3               : types state
github.com/cockroachdb/datadriven   : wire/wiretest tests
pgregory.net/rapid                  : tests
golang.org/x/sys                    : state server cmd/*
`

// rules reads one of the tables above.
func rules(t *testing.T, table string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for line := range strings.Lines(strings.TrimSpace(table)) {
		line, _, _ = strings.Cut(line, "#")
		from, to, ok := strings.Cut(line, ":")
		if from = strings.TrimSpace(from); !ok || out[from] != nil {
			t.Fatalf("bad or repeated line %q", line)
		}
		out[from] = append([]string{}, strings.Fields(to)...)
	}
	return out
}

// matches reports whether pkg is the pattern or, for a pattern folder/*, lies below the folder.
func matches(pattern, pkg string) bool {
	folder, wild := strings.CutSuffix(pattern, "/*")
	return pattern == pkg || wild && strings.HasPrefix(pkg, folder+"/")
}

func anyMatches(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, pkg) })
}

// lineOf is the entry of a table for pkg: its own, or that of the nearest folder/*.
func lineOf(table map[string][]string, pkg string) ([]string, bool) {
	if line, ok := table[pkg]; ok {
		return line, true
	}
	for dir := path.Dir(pkg); dir != "."; dir = path.Dir(dir) {
		if line, ok := table[dir+"/*"]; ok {
			return line, true
		}
	}
	return nil, false
}

// forTests reports whether pkg is a package of test support.
func forTests(pkg string) bool {
	return strings.HasSuffix(pkg, "test") && pkg != "sqllogictest"
}

func TestImports(t *testing.T) {
	allowed, inTests := rules(t, lattice), rules(t, testLattice)
	for _, f := range tree(t) {
		line, ok := lineOf(allowed, f.pkg)
		if !ok {
			t.Errorf("%s: package %s is not in the table of arch_test.go", f.path, f.pkg)
			continue
		}
		extra, _ := lineOf(inTests, f.pkg)
		for _, to := range f.imports {
			to, ours := strings.CutPrefix(to, "streamdb/")
			switch {
			case !ours || slices.Contains(line, to) || anyMatches(line, to) && !forTests(to):
			case f.test && (to == f.pkg || forTests(to) || anyMatches(extra, to)):
			default:
				t.Errorf("%s: %s may not import %s", f.path, f.pkg, to)
			}
		}
	}
}

func TestLibraryOwners(t *testing.T) {
	table := rules(t, owners)
	for _, f := range tree(t) {
		for _, to := range f.imports {
			if host, _, _ := strings.Cut(to, "/"); !strings.Contains(host, ".") {
				continue // the standard library, or ours
			}
			lib := to
			for table[lib] == nil && lib != "." {
				lib = path.Dir(lib)
			}
			if who := table[lib]; !anyMatches(who, f.pkg) && (!f.test || !slices.Contains(who, "tests")) {
				t.Errorf("%s: %s may not import %s, only %q may", f.path, f.pkg, to, who)
			}
		}
	}
}

// TestNoFolderCycle checks that the top-level folders, too, only look downwards, which Go
// checks of packages only.
func TestNoFolderCycle(t *testing.T) {
	edges := map[string]map[string]string{} // from, to: a file that says so
	for _, f := range tree(t) {
		from, _, _ := strings.Cut(f.pkg, "/")
		for _, to := range f.imports {
			to, ours := strings.CutPrefix(to, "streamdb/")
			to, _, _ = strings.Cut(to, "/")
			if !ours || f.test || to == from {
				continue
			}
			if edges[from] == nil {
				edges[from] = map[string]string{}
			}
			edges[from][to] = f.path
		}
	}
	for shrunk := true; shrunk; { // take away what looks at nothing that is left, or nothing looks at
		shrunk = false
		lookedAt := map[string]bool{}
		for _, tos := range edges {
			maps.DeleteFunc(tos, func(to, _ string) bool { return edges[to] == nil })
			for to := range tos {
				lookedAt[to] = true
			}
		}
		for from, tos := range edges {
			if len(tos) == 0 || !lookedAt[from] {
				delete(edges, from)
				shrunk = true
			}
		}
	}
	for from, tos := range edges {
		for to, file := range tos {
			t.Errorf("%s: %s imports %s in a cycle of folders", file, from, to)
		}
	}
}
