package oracle

import (
	"context"
	"errors"
	"fmt"
	"io"

	"streamdb/sqllogictest"
)

// Config says what to compare, and how much.
type Config struct {
	// PG and SUT open sessions on empty databases.
	PG, SUT func(context.Context) (sqllogictest.Conn, error)
	// Restart kills and restarts the SUT. Without it there is no restart mode.
	Restart func(context.Context) error
	// RestartEvery is the number of rounds from one restart to the next; 0 means 4.
	RestartEvery int
	// Views is how the SUT creates and drops views; the zero value means
	// sqllogictest.MaterializedViews.
	Views sqllogictest.ViewSyntax
	// NoTumble leaves TUMBLE out, for a SUT that does not have it.
	NoTumble bool
	// ErrorCount counts the SUT's error rows of a view. It is asked for views
	// whose query fails on PG. Without it such views are not compared.
	ErrorCount func(ctx context.Context, conn sqllogictest.Conn, view string) (int, error)
	// Queries is how many distinct queries to compare.
	Queries int
	// QueriesPerRound is how many queries share a schema; 0 means 20.
	QueriesPerRound int
	Seed            uint64
	// First is the round to begin with, to have one again; 0 means 1.
	First uint64
	// MaxDifferences ends the run early; 0 means 10.
	MaxDifferences int
	// ShrinkTries bounds the work on one difference; 0 means 400, -1 none.
	ShrinkTries int
	// Log receives progress and differences as they are found; may be nil.
	Log io.Writer
}

// Difference is a disagreement that no entry of the list of known ones covers.
type Difference struct {
	Seed, Round uint64
	Mode        sqllogictest.Mode
	SQL         string // the query or statement
	Reason      string
	Script      string // a minimal sqllogictest file that shows it
}

func (d Difference) String() string {
	return fmt.Sprintf("seed %d round %d [%s] %s\n%s\n%s", d.Seed, d.Round, d.Mode, d.SQL, d.Reason, d.Script)
}

// Report is what a run found.
type Report struct {
	Rounds      int
	Generated   int            // queries made
	Invalid     int            // queries PG did not accept at all
	Erring      int            // valid queries that failed on PG over some data
	Queries     int            // distinct queries compared
	Comparisons int            // of results or of errors
	Empty       int            // of these, comparisons with an empty result
	Refused     map[string]int // 0A000 by mode or "statement"
	Known       map[string]int // known differences by reason
	Restarts    int
	Differences []Difference
	Coverage    map[string]int // distinct compared queries by feature
}

// Print writes totals and the coverage table.
func (r *Report) Print(w io.Writer) error {
	possible, err := possibleFeatures()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "oracle: %d rounds, %d queries generated (%d invalid, %d with errors on PostgreSQL), %d compared, %d comparisons (%d of empty results), %d restarts\n"+
		"refusals %v, known differences %v, differences %d\n",
		r.Rounds, r.Generated, r.Invalid, r.Erring, r.Queries, r.Comparisons, r.Empty, r.Restarts, r.Refused, r.Known, len(r.Differences))
	if err != nil {
		return err
	}
	return coverage(r.Coverage).print(w, possible)
}

// Rare lists the features that fewer than n compared queries contain.
func (r *Report) Rare(n int) ([]string, error) {
	possible, err := possibleFeatures()
	var out []string
	for _, name := range possible {
		if r.Coverage[name] < n {
			out = append(out, name)
		}
	}
	return out, err
}

// Run compares the servers until enough queries were compared. An error means
// that a server is gone or the configuration is wrong; differences are in the
// report.
func Run(ctx context.Context, cfg Config) (Report, error) {
	o, err := newOracle(cfg)
	if err != nil {
		return Report{}, err
	}
	err = o.run(ctx)
	for _, s := range []*side{&o.pg, &o.sut} {
		if s.conn != nil {
			err = errors.Join(err, s.conn.Close())
		}
	}
	return o.report, err
}

type oracle struct {
	cfg    Config
	pg     side
	sut    side
	known  []known
	seen   map[string]bool // texts of queries compared
	report Report
}

func newOracle(cfg Config) (*oracle, error) {
	if cfg.PG == nil || cfg.SUT == nil || cfg.Queries <= 0 {
		return nil, errors.New("oracle: the configuration needs PG, SUT and Queries")
	}
	if cfg.Views.Create == nil {
		cfg.Views = sqllogictest.MaterializedViews()
	}
	if cfg.Log == nil {
		cfg.Log = io.Discard
	}
	cfg.QueriesPerRound = orDefault(cfg.QueriesPerRound, 20)
	cfg.RestartEvery = orDefault(cfg.RestartEvery, 4)
	cfg.MaxDifferences = orDefault(cfg.MaxDifferences, 10)
	cfg.ShrinkTries = orDefault(cfg.ShrinkTries, 400)
	list, err := parseKnown(knownText)
	if err != nil {
		return nil, err
	}
	return &oracle{
		cfg: cfg, known: list, seen: make(map[string]bool),
		pg: side{open: cfg.PG}, sut: side{open: cfg.SUT},
		report: Report{Refused: make(map[string]int), Known: make(map[string]int), Coverage: make(map[string]int)},
	}, nil
}

func orDefault(n, fallback int) int {
	if n == 0 {
		return fallback
	}
	return n
}

func (o *oracle) run(ctx context.Context) error {
	for round := max(1, o.cfg.First); o.report.Queries < o.cfg.Queries && len(o.report.Differences) < o.cfg.MaxDifferences; round++ {
		g, err := newGenerator(o.cfg.Seed, round)
		if err != nil {
			return err
		}
		zone := pick(g.r, "UTC", "UTC", "America/New_York", "Asia/Kolkata")
		o.pg.setup = []string{"SET TimeZone = '" + zone + "'", "SET statement_timeout = '20s'"}
		o.sut.setup = o.pg.setup
		if err := errors.Join(o.pg.connect(ctx), o.sut.connect(ctx)); err != nil {
			return err
		}
		_, pgCopies := o.pg.conn.(copier)
		_, sutCopies := o.sut.conn.(copier)
		g.copying, g.noTumble = pgCopies && sutCopies, o.cfg.NoTumble
		r := newRound(o, g, round)
		if err := r.run(ctx); err != nil {
			return fmt.Errorf("seed %d round %d: %w", o.cfg.Seed, round, err)
		}
		o.report.Rounds++
	}
	return nil
}

// logf reports progress. A log that cannot be written ends nothing.
func (o *oracle) logf(format string, args ...any) {
	_, _ = fmt.Fprintf(o.cfg.Log, format+"\n", args...)
}
