package sqllogictest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Mode is one of the ways a file's queries are asked.
type Mode int

// The modes; see the package comment.
const (
	Adhoc Mode = iota
	ViewBefore
	ViewAfter
	ViewRestart
)

// Modes lists every mode.
func Modes() []Mode { return []Mode{Adhoc, ViewBefore, ViewAfter, ViewRestart} }

func (m Mode) String() string {
	switch m {
	case Adhoc:
		return "adhoc"
	case ViewBefore:
		return "view-before"
	case ViewAfter:
		return "view-after"
	case ViewRestart:
		return "view-restart"
	}
	return fmt.Sprintf("Mode(%d)", int(m))
}

// ParseMode reads a mode's name.
func ParseMode(name string) (Mode, error) {
	for _, m := range Modes() {
		if m.String() == name {
			return m, nil
		}
	}
	return 0, fmt.Errorf("unknown mode %q (adhoc, view-before, view-after, view-restart)", name)
}

// ViewSyntax is how an engine creates and drops the views of the view modes.
type ViewSyntax struct {
	Create func(name string, columns []string, query string) string
	Drop   func(name string) string
}

// MaterializedViews is the syntax for an engine with incremental views.
func MaterializedViews() ViewSyntax { return viewSyntax("MATERIALIZED VIEW") }

// PlainViews lets PostgreSQL, whose materialized views do not follow their
// inputs, take part in the view modes.
func PlainViews() ViewSyntax { return viewSyntax("VIEW") }

func viewSyntax(kind string) ViewSyntax {
	return ViewSyntax{
		Create: func(name string, columns []string, query string) string {
			return fmt.Sprintf("CREATE %s %s (%s) AS %s", kind, name, strings.Join(columns, ", "), query)
		},
		Drop: func(name string) string { return fmt.Sprintf("DROP %s %s", kind, name) },
	}
}

// Runner runs files against one server. It runs one file at a time.
type Runner struct {
	// Engine is the name that skipif and onlyif look for.
	Engine string
	// Open opens a session on the server.
	Open func(ctx context.Context) (Conn, error)
	// Fresh, if set, empties the server; it is called before every run.
	Fresh func(ctx context.Context) error
	// Restart kills and restarts the server. Without it ViewRestart and the
	// word restart are errors.
	Restart func(ctx context.Context) error
	// Views is the syntax of the view modes; the zero value means
	// MaterializedViews.
	Views ViewSyntax
	// Rewrite, if set, makes Adhoc runs write the files anew with what the
	// server answered, through this function, instead of comparing.
	Rewrite func(name string, data []byte) error
}

// Failure is a record that did not do what its file says.
type Failure struct {
	Record Record
	Mode   Mode
	Reason string
}

func (f Failure) String() string {
	where := f.Record.Position()
	if f.Record.Subtest != "" {
		where += " (" + f.Record.Subtest + ")"
	}
	return fmt.Sprintf("%s: [%s] %s\n%s", where, f.Mode, f.Reason, f.Record.SQL)
}

// Report counts what one run did.
type Report struct {
	Statements int // statement records that ran
	Queries    int // query records that ran
	ThroughView,
	AsAdhoc int // how the queries ran in a view mode
	Refused  int // views refused with 0A000
	Skipped  int // records left out by skipif and onlyif
	Restarts int
	Failures []Failure
}

// Add sums two reports.
func (r *Report) Add(other Report) {
	r.Statements += other.Statements
	r.Queries += other.Queries
	r.ThroughView += other.ThroughView
	r.AsAdhoc += other.AsAdhoc
	r.Refused += other.Refused
	r.Skipped += other.Skipped
	r.Restarts += other.Restarts
	r.Failures = append(r.Failures, other.Failures...)
}

func (r *Report) String() string {
	return fmt.Sprintf("%d statements, %d queries (%d through views, %d as they stand), %d refused, %d skipped, %d restarts, %d failures",
		r.Statements, r.Queries, r.ThroughView, r.AsAdhoc, r.Refused, r.Skipped, r.Restarts, len(r.Failures))
}

// Run runs one file in one mode. Records that do not do what they should are
// failures in the report; an error means that the run could not go on: the
// file is malformed or the server is gone.
func (r *Runner) Run(ctx context.Context, fsys fs.FS, name string, mode Mode) (Report, error) {
	records, err := ParseFile(fsys, name)
	if err != nil {
		return Report{}, err
	}
	if mode == ViewRestart && r.Restart == nil {
		return Report{}, errors.New("sqllogictest: mode view-restart needs a way to restart the server")
	}
	if r.Fresh != nil {
		if err := r.Fresh(ctx); err != nil {
			return Report{}, fmt.Errorf("sqllogictest: emptying the server: %w", err)
		}
	}
	s := newSession(r, mode, records)
	err = s.run(ctx)
	err = errors.Join(err, s.closeConns())
	if err == nil && s.rewriting() {
		err = s.rewriter.apply(fsys, r.Rewrite)
	}
	if err != nil {
		err = fmt.Errorf("%s: [%s] %w", name, mode, err)
	}
	return s.report, err
}
