package latency

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// Spread is the distribution of a latency.
type Spread struct {
	N             int
	P50, P99, Max time.Duration
}

// String is the spread on one line.
func (s Spread) String() string {
	return fmt.Sprintf("n %d  p50 %.2f ms  p99 %.2f ms  max %.2f ms", s.N, ms(s.P50), ms(s.P99), ms(s.Max))
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func spreadOf(ds []time.Duration) Spread {
	if len(ds) == 0 {
		return Spread{}
	}
	slices.Sort(ds)
	return Spread{N: len(ds), P50: ds[len(ds)/2], P99: ds[len(ds)*99/100], Max: ds[len(ds)-1]}
}

// Insert inserts n single rows and after each reads a view that depends on the table: the
// time from before the INSERT until the SELECT that shows it has returned, and the part of
// it until the INSERT was acknowledged, which is durable unless the server runs without
// fsync.
func Insert(ctx context.Context, dsn string, n int) (visible, acked Spread, err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return visible, acked, err
	}
	defer conn.Close(ctx)
	for _, stmt := range []string{
		"DROP TABLE IF EXISTS latency_t CASCADE",
		"CREATE TABLE latency_t (k bigint PRIMARY KEY, v bigint)",
		"CREATE MATERIALIZED VIEW latency_v AS SELECT count(*) AS n, sum(v) AS s FROM latency_t",
	} {
		if _, err := conn.Exec(ctx, stmt); err != nil {
			return visible, acked, err
		}
	}
	var all, ack []time.Duration
	for i := range n {
		start := time.Now()
		if _, err := conn.Exec(ctx, "INSERT INTO latency_t VALUES ($1, $2)", int64(i), int64(i)); err != nil {
			return visible, acked, err
		}
		ack = append(ack, time.Since(start))
		var rows int64
		if err := conn.QueryRow(ctx, "SELECT n FROM latency_v").Scan(&rows); err != nil {
			return visible, acked, err
		}
		all = append(all, time.Since(start))
		if rows != int64(i)+1 {
			return visible, acked, fmt.Errorf("after %d inserts the view says %d", i+1, rows)
		}
	}
	return spreadOf(all), spreadOf(ack), nil
}
