package streamdb_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"streamdb/server/servertest"
	"streamdb/sqllogictest"
	"streamdb/sqllogictest/pgtest"
)

var rewrite = flag.Bool("rewrite", false, "write what the code answers into the documents")

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	servertest.RemoveBinary()
	os.Exit(code)
}

// TestDocs runs the examples of the documents. The fenced blocks of a file run in order
// against a server of its own; what follows the word sql, psql, … in a fence says how:
//
//	sql                 statements in one session; each ends with ; at the end of a line
//	sql eventually      the same, again and again until the output is the expected one
//	sql upstream        statements on a PostgreSQL 15 of the tests, its database postgres; port
//	                    5432 in the blocks that follow means this server
//	sql not run         for the reader only
//	psql                input of psql; left out where psql is not installed
//	csv file=NAME       written below the server's file root; likewise json, text
//	sh kill             the server is killed (SIGKILL) and started again
//	text                straight after a sql or psql block: the expected output, where …
//	                    stands for anything; without it, every statement must succeed
//	anything else       for the reader only
//
// -rewrite writes the expected outputs.
func TestDocs(t *testing.T) {
	files, err := filepath.Glob("docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatal("no documents", err)
	}
	for _, f := range append(files, "README.md") {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		blocks := fences(string(text))
		if runs(blocks) {
			t.Run(strings.TrimSuffix(filepath.Base(f), ".md"), func(t *testing.T) {
				t.Parallel()
				runDocument(t, f, string(text), blocks)
			})
		}
	}
}

// fence is one fenced block of a document.
type fence struct {
	kind, more string // ```kind more
	line       int
	body       string
	from, to   int // of the body in the document
	follows    bool
}

// fences finds the fenced blocks; follows says that only empty lines part it from the
// block before.
func fences(text string) []fence {
	var out []fence
	var open *fence
	at, line, gap := 0, 0, true
	for l := range strings.Lines(text) {
		line++
		mark, isFence := strings.CutPrefix(l, "```")
		switch {
		case isFence && open == nil:
			kind, more, _ := strings.Cut(strings.TrimSpace(mark), " ")
			open = &fence{kind: kind, more: more, line: line, from: at + len(l), follows: !gap}
		case isFence:
			open.to, open.body = at, text[open.from:at]
			out, open, gap = append(out, *open), nil, false
		case open == nil && strings.TrimSpace(l) != "":
			gap = true
		}
		at += len(l)
	}
	return out
}

func (f fence) runs() bool {
	return (f.kind == "sql" || f.kind == "psql") && f.more != "not run" && f.more != "upstream"
}

func runs(blocks []fence) bool {
	for _, b := range blocks {
		if b.runs() {
			return true
		}
	}
	return false
}

// document runs one file of documentation.
type document struct {
	t      *testing.T
	file   string
	server *servertest.Server
	root   string
	conn   sqllogictest.Conn
	up     *pgtest.Server // for sql upstream
	upConn sqllogictest.Conn
}

func runDocument(t *testing.T, file, text string, blocks []fence) {
	root := t.TempDir()
	d := &document{t: t, file: file, root: root, server: servertest.Start(t, "--file-root", root)}
	d.connect()
	var edited strings.Builder
	at := 0
	for i, b := range blocks {
		var want *fence
		if i+1 < len(blocks) && blocks[i+1].kind == "text" && blocks[i+1].follows && b.runs() {
			want = &blocks[i+1]
		}
		got := d.run(b, want)
		if want != nil && !matchesOutput(got, want.body) {
			edited.WriteString(text[at:want.from] + got)
			at = want.to
			if !*rewrite {
				t.Errorf("%s:%d: got\n%s\nwant\n%s", file, want.line, got, want.body)
			}
		}
	}
	if *rewrite && at > 0 {
		if err := os.WriteFile(file, []byte(edited.String()+text[at:]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func (d *document) connect() {
	var err error
	if d.conn != nil {
		d.conn.Close() //nolint:errcheck // its server is gone
	}
	if d.conn, err = sqllogictest.Connect(d.t.Context(), d.server.DSN()); err != nil {
		d.t.Fatal(err)
	}
}

// run runs a block and returns its output.
func (d *document) run(b fence, want *fence) string {
	name, isFile := strings.CutPrefix(b.more, "file=")
	switch {
	case isFile:
		if err := os.WriteFile(filepath.Join(d.root, name), []byte(b.body), 0o644); err != nil {
			d.t.Fatal(err)
		}
	case b.kind == "sh" && b.more == "kill":
		if err := d.server.Restart(d.t.Context()); err != nil {
			d.t.Fatal(err)
		}
		d.connect()
	case b.kind == "psql":
		return d.psql(b, want)
	case b.kind == "sql" && b.more == "upstream":
		d.upstream(b)
	case b.runs() && b.more == "eventually":
		return d.eventually(b, want)
	case b.runs():
		got, failed := runScript(d.t.Context(), d.conn, d.located(b.body))
		if failed && want == nil {
			d.t.Errorf("%s:%d: %s", d.file, b.line, got)
		}
		return got
	}
	return ""
}

// eventually runs a block until it answers what it should: what comes from upstream
// comes when it comes.
func (d *document) eventually(b fence, want *fence) string {
	if want == nil {
		d.t.Fatalf("%s:%d: no output to wait for", d.file, b.line)
	}
	end := time.Now().Add(10 * time.Second)
	for {
		got, _ := runScript(d.t.Context(), d.conn, b.body)
		if matchesOutput(got, want.body) || time.Now().After(end) {
			return got
		}
		time.Sleep(10 * time.Millisecond) // nothing here knows how far the source is
	}
}

func (d *document) psql(b fence, want *fence) string {
	path, err := exec.LookPath("psql")
	if err != nil {
		if want != nil {
			return want.body
		}
		return ""
	}
	cmd := exec.CommandContext(d.t.Context(), path, "-X", "-h", "127.0.0.1", "-p", strconv.Itoa(d.server.Port()), "-d", "dev", "-U", "root")
	cmd.Env = append(os.Environ(), "PAGER=", "PGOPTIONS=")
	cmd.Stdin = strings.NewReader(b.body)
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Errorf("%s:%d: psql: %v\n%s", d.file, b.line, err, out)
	}
	return trimLines(string(out))
}

// upstream runs a block on the PostgreSQL that the document reads from.
func (d *document) upstream(b fence) {
	if d.up == nil {
		var err error
		d.up = pgtest.Start(d.t)
		if d.upConn, err = sqllogictest.Connect(d.t.Context(), d.up.DSN("postgres")); err != nil {
			d.t.Fatal(err)
		}
	}
	if got, failed := runScript(d.t.Context(), d.upConn, b.body); failed {
		d.t.Errorf("%s:%d: %s", d.file, b.line, got)
	}
}

// located puts the port of the upstream server in the place of the usual one.
func (d *document) located(statements string) string {
	if d.up == nil {
		return statements
	}
	return strings.ReplaceAll(statements, "port = 5432", "port = "+strconv.Itoa(d.up.Port()))
}

// trimLines takes away spaces at ends of lines, and empty lines at the end.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}

// runScript runs statements in turn and returns what they print: tables and errors.
func runScript(ctx context.Context, conn sqllogictest.Conn, script string) (out string, failed bool) {
	var b bytes.Buffer
	for _, s := range statementsOf(script) {
		r, err := ask(ctx, conn, s)
		if b.Len() > 0 && (err != nil || len(r.Columns) > 0) {
			b.WriteByte('\n')
		}
		if err != nil {
			failed = true
			fmt.Fprintln(&b, err)
			continue
		}
		b.WriteString(r.Table())
	}
	if b.Len() == 0 {
		return "", failed
	}
	return trimLines(b.String()), failed
}

func ask(ctx context.Context, conn sqllogictest.Conn, s string) (sqllogictest.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute) // one that hangs is one that fails
	defer cancel()
	return conn.Query(ctx, s)
}

// statementsOf cuts a script: a statement ends with a semicolon at the end of a line.
func statementsOf(script string) []string {
	var out []string
	var one strings.Builder
	for line := range strings.Lines(script) {
		if one.Len() == 0 && (strings.TrimSpace(line) == "" || strings.HasPrefix(line, "--")) {
			continue
		}
		one.WriteString(line)
		code, _, _ := strings.Cut(line, " --")
		if strings.HasSuffix(strings.TrimSpace(code), ";") {
			out = append(out, one.String())
			one.Reset()
		}
	}
	if strings.TrimSpace(one.String()) != "" {
		out = append(out, one.String())
	}
	return out
}

// matchesOutput compares an output with the expected one, in which … stands for anything
// within a line.
func matchesOutput(got, want string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(trimLines(want)), "…", `.*`)
	return regexp.MustCompile(`^` + pattern + `$`).MatchString(trimLines(got))
}
