package latency

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"streamdb/bench/nexmark"
)

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
	stmts := []string{
		nexmark.Source(fmt.Sprintf("nexmark.event.num = '1000000000', nexmark.events.per.second = '%g', nexmark.start.time = '%s'",
			rate, start.UTC().Format(time.RFC3339Nano))),
		"CREATE MATERIALIZED VIEW fresh_n AS SELECT count(*) AS n FROM nexmark",
		"CREATE MATERIALIZED VIEW fresh_v AS " + extra,
	}
	for _, stmt := range stmts {
		if _, err := conn.Exec(ctx, stmt); err != nil {
			return Spread{}, err
		}
	}
	var ages []time.Duration
	end := start.Add(2*time.Second + during)
	for time.Now().Before(end) {
		n, at, err := readBoth(ctx, conn)
		if err != nil {
			return Spread{}, err
		}
		if at.Before(start.Add(2 * time.Second)) {
			continue // warm-up
		}
		due := start.Add(time.Duration(float64(n-1) / rate * float64(time.Second)))
		ages = append(ages, at.Sub(due))
	}
	return spreadOf(ages), nil
}

// readBoth reads the counter and touches the view under test at one epoch.
func readBoth(ctx context.Context, conn *pgx.Conn) (n int64, at time.Time, err error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{})
	if err != nil {
		return 0, at, err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	var rows int64
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM fresh_v").Scan(&rows); err != nil {
		return 0, at, err
	}
	if err := tx.QueryRow(ctx, "SELECT n FROM fresh_n").Scan(&n); err != nil {
		return 0, at, err
	}
	return n, time.Now(), nil
}
