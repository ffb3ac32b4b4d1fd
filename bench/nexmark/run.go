package nexmark

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Server is a server to run queries on.
type Server struct {
	DSN string // its database should be empty
	PID int    // of its process; 0: it is not measured
}

// Config says what to run, and where.
type Config struct {
	Server
	Queries  []string      // of Names; nil: all
	Events   uint64        // of all kinds
	Rate     float64       // events per second; 0: as fast as they are read
	Seed     int64         // of the events
	Options  []string      // more options of the source, as name = 'value'
	Combined bool          // all kinds from one source, also where a query reads one only
	View     bool          // into a materialized view instead of a blackhole
	Timeout  time.Duration // of one query; 0: none
	Runs     int           // of each query; 0 is 1
	// Bare is a server that takes no checkpoints of its own accord. Each run is repeated on
	// it, so that the difference is what checkpoints cost. Nil: there is none.
	Bare *Server
	Out  io.Writer // gets a line per query; nil: nothing
}

func (cfg *Config) sourceOptions() string {
	opts := []string{
		fmt.Sprintf("nexmark.event.num = '%d'", cfg.Events),
		fmt.Sprintf("nexmark.seed = '%d'", cfg.Seed),
	}
	if cfg.Rate > 0 {
		opts = append(opts, fmt.Sprintf("nexmark.events.per.second = '%g'", cfg.Rate))
	}
	return strings.Join(append(opts, cfg.Options...), ", ")
}

// Result is the measurement of one query.
type Result struct {
	Query       string
	Events      uint64
	RowsIn      int64 // rows the query read
	Wall        time.Duration
	CPU         time.Duration // of the server
	PeakRSS     int64         // bytes
	Written     int64         // bytes; −1: not known
	Checkpoints Checkpoints
}

const header = "query     events  wall s  events/s   cpu s  events/cpu-s  peak MiB  written MiB  checkpoints (rows, MiB; max align/sync/async ms)"

// String is r as a line of the table.
func (r Result) String() string {
	const mib = 1 << 20
	c := r.Checkpoints
	perCPU := "-"
	if r.CPU > 0 {
		perCPU = fmt.Sprintf("%.0f", float64(r.Events)/r.CPU.Seconds())
	}
	return fmt.Sprintf("%-5s %10d %7.2f %9.0f %7.2f %13s %9.0f %12.1f  %d (%d, %.1f; %.1f/%.1f/%.1f)",
		r.Query, r.Events, r.Wall.Seconds(), float64(r.Events)/r.Wall.Seconds(), r.CPU.Seconds(), perCPU,
		float64(r.PeakRSS)/mib, float64(r.Written)/mib, c.Count, c.Rows, float64(c.Bytes)/mib, c.AlignMS, c.SyncMS, c.AsyncMS)
}

// Run runs the queries one after another. A query that fails is reported and does not keep
// the others from running; their errors are joined.
func Run(ctx context.Context, cfg Config) ([]Result, error) {
	if cfg.Events == 0 {
		return nil, errors.New("nexmark: the number of events must be given")
	}
	if cfg.Queries == nil {
		cfg.Queries = Names()
	}
	if cfg.Out == nil {
		cfg.Out = io.Discard
	}
	fmt.Fprintln(cfg.Out, header)
	var results []Result
	var failures []error
	for _, name := range cfg.Queries {
		rs, err := runSeries(ctx, &cfg, name)
		if err != nil {
			err = fmt.Errorf("%s: %w", name, err)
			failures = append(failures, err)
			fmt.Fprintln(cfg.Out, err)
		}
		results = append(results, rs...)
	}
	return results, errors.Join(failures...)
}

func runQuery(ctx context.Context, cfg *Config, name string) (r Result, err error) {
	q, err := load(name)
	if err != nil {
		return r, err
	}
	conn, err := pgx.Connect(ctx, cfg.DSN)
	if err != nil {
		return r, err
	}
	defer conn.Close(context.Background())
	create, drop := q.sql(cfg)
	source := q.sourceName(cfg)
	clean := drop + "; DROP SOURCE IF EXISTS " + source + " CASCADE"
	if err := script(ctx, conn, clean); err != nil {
		return r, err
	}
	// Also when ctx is done: the server must not go on with it.
	defer func() { err = errors.Join(err, script(context.WithoutCancel(ctx), conn, clean)) }()
	if err := script(ctx, conn, q.sourceSQL(cfg)); err != nil {
		return r, err
	}
	if cfg.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, cfg.Timeout)
		defer cancel()
	}
	return measure(ctx, conn, cfg, q, create)
}

// bare reports whether the server in hand is the one without checkpoints.
func (cfg *Config) bare() bool { return cfg.Bare != nil && *cfg.Bare == cfg.Server }

// measure creates what runs the query and waits until all events are through it.
func measure(ctx context.Context, conn *pgx.Conn, cfg *Config, q query, create string) (r Result, err error) {
	var before, after usage
	if cfg.PID != 0 {
		resetPeak(cfg.PID)
		if before, err = usageOf(cfg.PID); err != nil {
			return r, err
		}
	}
	start := time.Now()
	if err := script(ctx, conn, create); err != nil {
		return r, err
	}
	rows, err := waitConsumed(ctx, conn, cfg, q.sourceName(cfg), "nexmark_"+q.name)
	if err != nil {
		return r, err
	}
	if !cfg.bare() { // what is left since the last checkpoint is not for nothing
		if _, err := conn.Exec(ctx, "CHECKPOINT"); err != nil {
			return r, err
		}
	}
	wall := time.Since(start)
	if cfg.PID != 0 {
		if after, err = usageOf(cfg.PID); err != nil {
			return r, err
		}
	}
	r = Result{
		Query: q.name, Events: cfg.Events, RowsIn: rows, Wall: wall,
		CPU: after.cpu - before.cpu, PeakRSS: after.peak, Written: after.written - before.written,
	}
	r.Checkpoints, err = checkpointsSince(ctx, conn, start)
	return r, err
}

// script runs statements without parameters, in one message each.
func script(ctx context.Context, conn *pgx.Conn, text string) error {
	_, err := conn.PgConn().Exec(ctx, text).ReadAll()
	return err
}
