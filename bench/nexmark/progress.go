package nexmark

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// What the driver asks of the server's own relations is here and nowhere else.
const (
	// sourceSQL: the number of the next event, NULL for the first; whether reading failed.
	sourceSQL = `SELECT position, reason FROM streamdb.sources WHERE name = $1`
	sinkSQL   = `SELECT lag_epochs, rows_in, errors, reason FROM streamdb.sinks WHERE name = $1`
	viewSQL   = `SELECT lag_epochs, rows_in, errors, reason FROM streamdb.views WHERE name = $1`

	// checkpointSQL: number, rows and bytes of the checkpoints since a moment, and the times
	// of the slowest.
	checkpointSQL = `SELECT count(*), coalesce(sum(rows), 0)::bigint, coalesce(sum(bytes), 0)::bigint,
		coalesce(max(align_ms), 0), coalesce(max(sync_ms), 0), coalesce(max(async_ms), 0)
		FROM streamdb.checkpoints WHERE status = 'completed' AND started >= $1`
)

// pollInterval is coarse enough to cost nothing and fine beside runs of seconds.
const pollInterval = 10 * time.Millisecond

// waitConsumed returns once the source is at its end and everything it gave has been through
// the query, with the number of rows the query read.
func waitConsumed(ctx context.Context, conn *pgx.Conn, cfg *Config, source, target string) (rows int64, err error) {
	for {
		at, err := position(ctx, conn, source)
		if err != nil {
			return 0, err
		}
		if at >= cfg.Events {
			break
		}
		if err := sleep(ctx, pollInterval); err != nil {
			return 0, fmt.Errorf("%w at event %d of %d", err, at, cfg.Events)
		}
	}
	// What was read may still be on its way: FLUSH closes the epoch that has it.
	if _, err := conn.Exec(ctx, "FLUSH"); err != nil {
		return 0, err
	}
	ask := sinkSQL
	if cfg.View {
		ask = viewSQL
	}
	for {
		var lag, failed int64
		var reason *string
		if err := conn.QueryRow(ctx, ask, target).Scan(&lag, &rows, &failed, &reason); err != nil {
			return 0, fmt.Errorf("%s: %w", target, err)
		}
		switch {
		case reason != nil:
			return 0, fmt.Errorf("%s has stopped: %s", target, *reason)
		case failed != 0:
			return 0, fmt.Errorf("%s: %d rows failed; see streamdb.errors", target, failed)
		case lag == 0:
			return rows, nil
		}
		if err := sleep(ctx, pollInterval); err != nil {
			return 0, fmt.Errorf("%w with %d epochs to go", err, lag)
		}
	}
}

// position is the number of the source's next event.
func position(ctx context.Context, conn *pgx.Conn, source string) (uint64, error) {
	var at, reason *string
	if err := conn.QueryRow(ctx, sourceSQL, source).Scan(&at, &reason); err != nil {
		return 0, fmt.Errorf("source %s: %w", source, err)
	}
	if reason != nil {
		return 0, errors.New("source " + source + " has stopped: " + *reason)
	}
	if at == nil {
		return 0, nil
	}
	return strconv.ParseUint(*at, 10, 64)
}

// Checkpoints is what the checkpoints during a run did.
type Checkpoints struct {
	Count, Rows, Bytes       int64
	AlignMS, SyncMS, AsyncMS float64 // of the slowest
}

func checkpointsSince(ctx context.Context, conn *pgx.Conn, start time.Time) (c Checkpoints, err error) {
	err = conn.QueryRow(ctx, checkpointSQL, start).Scan(&c.Count, &c.Rows, &c.Bytes, &c.AlignMS, &c.SyncMS, &c.AsyncMS)
	return c, err
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
