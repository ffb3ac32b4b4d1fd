package clienttest

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"streamdb/server/servertest"
)

//go:embed testdata/statements_schema.sql
var statementsSchema string

// statement is one statement that a client sends of its own accord.
type statement struct {
	want string // "ok" or a SQLSTATE
	text string
}

var statementHead = regexp.MustCompile(`^-- (ok|[0-9A-Z]{5})$`)

// TestStatements prepares and runs what drivers, tools and ORMs send unasked, each
// statement on a connection of its own, and compares how it ends: it must answer, be
// refused with 0A000, or fail as PostgreSQL does where an object is missing. A file holds
// the statements of one client, each under a line "-- ok" or "-- SQLSTATE". With
// CLIENTTEST_RECORD=1 the lines are written anew.
func TestStatements(t *testing.T) {
	own := servertest.Start(t)
	for _, text := range []string{schema, statementsSchema} {
		if err := load(own.DSN(), text); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob("testdata/statements/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no statements", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".sql"), func(t *testing.T) {
			list, err := readStatements(file)
			if err != nil {
				t.Fatal(err)
			}
			for i := range list {
				got, err := outcome(own.DSN(), list[i].text)
				if got != list[i].want && os.Getenv("CLIENTTEST_RECORD") == "" {
					t.Errorf("%s, want %s: %v\n%s", got, list[i].want, err, list[i].text)
				}
				list[i].want = got
			}
			if os.Getenv("CLIENTTEST_RECORD") != "" {
				if err := writeStatements(file, list); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func readStatements(file string) ([]statement, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []statement
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if m := statementHead.FindStringSubmatch(lines.Text()); m != nil {
			list = append(list, statement{want: m[1]})
			continue
		}
		if len(list) > 0 {
			list[len(list)-1].text += lines.Text() + "\n"
		}
	}
	for i := range list {
		list[i].text = strings.TrimSpace(list[i].text)
	}
	return list, lines.Err()
}

func writeStatements(file string, list []statement) error {
	var b strings.Builder
	for _, s := range list {
		b.WriteString("-- " + s.want + "\n" + s.text + "\n\n")
	}
	return os.WriteFile(file, []byte(strings.TrimSpace(b.String())+"\n"), 0o644)
}

// outcome is "ok" or the SQLSTATE a statement ends with. Its parameters are NULL.
func outcome(dsn, text string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	c, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		return "no connection", err
	}
	defer c.Close(ctx)
	err = runStatement(ctx, c, text)
	var e *pgconn.PgError
	switch {
	case err == nil:
		return "ok", nil
	case errors.As(err, &e):
		return e.Code, err
	}
	return "lost", err
}

func runStatement(ctx context.Context, c *pgconn.PgConn, text string) error {
	if words := strings.Fields(strings.ToLower(text)); len(words) > 1 && words[0] == "copy" {
		if strings.Contains(strings.ToLower(text), "from stdin") {
			_, err := c.CopyFrom(ctx, strings.NewReader(""), text)
			return err
		}
	}
	d, err := c.Prepare(ctx, "", text, nil)
	if err != nil && !strings.Contains(err.Error(), "multiple commands") {
		return err
	}
	if d != nil && len(d.ParamOIDs) > 0 {
		return c.ExecPrepared(ctx, "", make([][]byte, len(d.ParamOIDs)), nil, nil).Read().Err
	}
	_, err = c.Exec(ctx, text).ReadAll()
	return err
}

// load runs a script.
func load(dsn, script string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.PgConn().Exec(ctx, script).ReadAll()
	return err
}
