package latency

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"streamdb/bench/nexmark"
)

// readPause is between two reads: they are there to look, and not to be a load.
const readPause = time.Millisecond

// warmUp is the time before anything is measured.
const warmUp = 2 * time.Second

// Fresh reads a counting view over a nexmark source of the given rate for a while. Event n
// is due at start + n/rate; a read that shows m events at time t has a freshness of t minus
// the due time of the newest event it shows. extra is the view under test, created beside
// the counter, so that its work is done too; the counter's epoch is also its epoch, since
// both are read in one transaction.
func Fresh(ctx context.Context, dsn string, rate float64, extra string, during time.Duration) (Spread, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return Spread{}, err
	}
	defer conn.Close(ctx)
	start := time.Now().Add(time.Second).Truncate(time.Millisecond)
	err = createViews(ctx, conn, extra, fmt.Sprintf("nexmark.event.num = '1000000000', nexmark.events.per.second = '%g', nexmark.start.time = '%s'",
		rate, start.UTC().Format(time.RFC3339Nano)))
	if err != nil {
		return Spread{}, err
	}
	var ages []time.Duration
	end := start.Add(warmUp + during)
	for time.Now().Before(end) {
		n, at, err := readBoth(ctx, conn)
		if err != nil {
			return Spread{}, err
		}
		if at.Before(start.Add(warmUp)) {
			continue
		}
		time.Sleep(readPause)
		due := start.Add(time.Duration(float64(n-1) / rate * float64(time.Second)))
		ages = append(ages, at.Sub(due))
	}
	return spreadOf(ages), nil
}

// createViews makes a source with the given options, the counter, and the view under test.
func createViews(ctx context.Context, conn *pgx.Conn, extra, options string) error {
	return run(ctx, conn, nexmark.Source(options),
		"CREATE MATERIALIZED VIEW fresh_n AS SELECT count(*) AS n FROM nexmark",
		"CREATE MATERIALIZED VIEW fresh_v AS "+extra)
}

// Sustained is how many events a second a view takes in and makes durable when nothing holds
// the source back: the events that it takes in within so long a time, were it not for
// checkpoints, over the time until the last of them is in a checkpoint. What is put off is not
// done. The view is the only one: another that is faster would be waited for instead.
func Sustained(ctx context.Context, dsn, view string, during time.Duration) (float64, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	alone := func(events int64, until func(read int64) bool) (read int64, took time.Duration, err error) {
		start := time.Now()
		err = run(ctx, conn, nexmark.Source(fmt.Sprintf("nexmark.event.num = '%d'", events)), "CREATE MATERIALIZED VIEW fresh_v AS "+view)
		for err == nil && !until(read) {
			time.Sleep(5 * time.Millisecond)
			err = conn.QueryRow(ctx, "SELECT rows_in FROM streamdb.views WHERE name = 'fresh_v'").Scan(&read)
		}
		return read, time.Since(start), err
	}
	end := time.Now().Add(warmUp)
	read, took, err := alone(100_000_000_000, func(int64) bool { return time.Now().After(end) })
	if err != nil {
		return 0, err
	}
	if err := run(ctx, conn, "DROP SOURCE nexmark CASCADE", "CHECKPOINT"); err != nil {
		return 0, err
	}
	events := int64(float64(read) / took.Seconds() * during.Seconds())
	start := time.Now()
	if _, _, err = alone(events, func(read int64) bool { return read >= events }); err == nil {
		err = run(ctx, conn, "CHECKPOINT")
	}
	return float64(events) / time.Since(start).Seconds(), err
}

func run(ctx context.Context, conn *pgx.Conn, statements ...string) error {
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// readBoth reads the counter and touches the view under test at one epoch.
func readBoth(ctx context.Context, conn *pgx.Conn) (n int64, at time.Time, err error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{})
	if err != nil {
		return 0, at, err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	// One row is enough: that of all is there at the same epoch, and to read a large result
	// whole would measure the reading.
	if _, err := tx.Exec(ctx, "SELECT * FROM fresh_v LIMIT 1"); err != nil {
		return 0, at, err
	}
	if err := tx.QueryRow(ctx, "SELECT n FROM fresh_n").Scan(&n); err != nil {
		return 0, at, err
	}
	return n, time.Now(), nil
}
