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
	for _, stmt := range []string{
		nexmark.Source(options),
		"CREATE MATERIALIZED VIEW fresh_n AS SELECT count(*) AS n FROM nexmark",
		"CREATE MATERIALIZED VIEW fresh_v AS " + extra,
	} {
		if _, err := conn.Exec(ctx, stmt); err != nil {
			return err
		}
	}
	return nil
}

// Sustained is how many events a second a view takes in and makes durable when nothing holds
// the source back, over so long a time after a warm-up. The clock stops when everything that
// was taken in is in a checkpoint: what is put off is not done. The view is the only one:
// another that is faster would be waited for instead.
func Sustained(ctx context.Context, dsn, view string, during time.Duration) (float64, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	for _, stmt := range []string{nexmark.Source("nexmark.event.num = '100000000000'"), "CREATE MATERIALIZED VIEW fresh_v AS " + view} {
		if _, err := conn.Exec(ctx, stmt); err != nil {
			return 0, err
		}
	}
	// durable is how many events the view has taken in, and when they were durable.
	durable := func() (n int64, at time.Time, err error) {
		err = conn.QueryRow(ctx, "SELECT rows_in FROM streamdb.views WHERE name = 'fresh_v'").Scan(&n)
		if err == nil {
			_, err = conn.Exec(ctx, "CHECKPOINT")
		}
		return n, time.Now(), err
	}
	time.Sleep(warmUp)
	before, start, err := durable()
	if err != nil {
		return 0, err
	}
	time.Sleep(during)
	after, end, err := durable()
	return float64(after-before) / end.Sub(start).Seconds(), err
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
