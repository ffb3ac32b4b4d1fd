package crashtest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"streamdb/server/servertest"
)

// client is a connection that is made again after the server was killed.
type client struct {
	srv  *servertest.Server
	conn *pgx.Conn
}

// with calls f with a connection; gone reports that it was lost, and so how f ended is not
// known.
func (c *client) with(ctx context.Context, f func(*pgx.Conn) error) (gone bool, err error) {
	for c.conn == nil {
		if ctx.Err() != nil {
			return true, nil
		}
		conn, err := pgx.Connect(ctx, c.srv.DSN())
		if err != nil {
			time.Sleep(5 * time.Millisecond)
			continue
		}
		c.conn = conn
	}
	err = f(c.conn)
	if err == nil {
		return false, nil
	}
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && !c.conn.IsClosed() {
		return false, err
	}
	c.close()
	return true, nil
}

func (c *client) close() {
	if c.conn != nil {
		c.conn.Close(context.Background())
		c.conn = nil
	}
}

const (
	accounts = 40
	balance  = 1000
)

// bank is random transfers between accounts, and readers who add them up.
type bank struct {
	t                *testing.T
	srv              *servertest.Server
	transfers, reads atomic.Int64
	conflicts        atomic.Int64
}

// TestTransfers moves money between accounts while readers add it up, in each of two views
// and in both within one transaction. Every single read finds all of it, with the server
// killed now and then. STREAMDB_TRANSFER_SECONDS says how long.
func TestTransfers(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for seconds")
	}
	b := &bank{t: t, srv: servertest.Start(t)}
	ctx := t.Context()
	c := client{srv: b.srv}
	defer c.close()
	for _, text := range []string{
		`create table accounts (id int primary key, balance bigint not null)`,
		`insert into accounts select i, 1000 from generate_series(0, 39) i`,
		`create materialized view total as select sum(balance) as s from accounts`,
		`create materialized view branches as select id % 7 as branch, sum(balance) as s, count(*) as n from accounts group by id % 7`,
		`create materialized view again as select sum(s) as s, sum(n) as n from branches`,
	} {
		if _, err := c.with(ctx, func(c *pgx.Conn) error { _, err := c.Exec(ctx, text); return err }); err != nil {
			t.Fatal(err)
		}
	}
	run, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() { b.write(run, uint64(i)) })
	}
	for range 2 {
		wg.Go(func() { b.read(run) })
		wg.Go(func() { b.readBoth(run) })
	}
	rng := rand.New(rand.NewPCG(1, 2))
	kills := 0
	for end := time.Now().Add(time.Duration(knob("STREAMDB_TRANSFER_SECONDS", 15)) * time.Second); time.Now().Before(end); kills++ {
		time.Sleep(time.Second + time.Duration(rng.IntN(2000))*time.Millisecond)
		start := time.Now()
		if err := b.srv.Restart(ctx); err != nil {
			t.Error(err)
			break
		}
		t.Logf("ready again after %v", time.Since(start).Round(time.Millisecond))
	}
	time.Sleep(500 * time.Millisecond)
	cancel()
	wg.Wait()
	t.Logf("%d transfers, %d conflicts, %d reads, %d kills", b.transfers.Load(), b.conflicts.Load(), b.reads.Load(), kills)
}

// write transfers until ctx is done.
func (b *bank) write(ctx context.Context, seed uint64) {
	c := client{srv: b.srv}
	defer c.close()
	rng := rand.New(rand.NewPCG(seed, 9))
	for ctx.Err() == nil {
		from, to, sum := rng.IntN(accounts), rng.IntN(accounts), rng.IntN(50)
		gone, err := c.with(ctx, func(c *pgx.Conn) error {
			return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, `update accounts set balance = balance - $1 where id = $2`, sum, from); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, `update accounts set balance = balance + $1 where id = $2`, sum, to)
				return err
			})
		})
		var pgErr *pgconn.PgError
		switch {
		case gone:
		case err == nil:
			b.transfers.Add(1)
		case errors.As(err, &pgErr) && pgErr.Code == "40001":
			b.conflicts.Add(1)
		default:
			b.t.Errorf("transfer: %v", err)
			return
		}
	}
}

// read adds up with one statement after the other.
func (b *bank) read(ctx context.Context) {
	c := client{srv: b.srv}
	defer c.close()
	queries := []string{`select s from total`, `select sum(s) from branches`, `select s from again`, `select sum(balance) from accounts`}
	for i := 0; ctx.Err() == nil; i++ {
		q := queries[i%len(queries)]
		var sum int64
		gone, err := c.with(ctx, func(c *pgx.Conn) error { return c.QueryRow(ctx, q).Scan(&sum) })
		if !b.right(gone, err, q, sum) {
			return
		}
	}
}

// readBoth adds up both views, and the table, in one transaction.
func (b *bank) readBoth(ctx context.Context) {
	c := client{srv: b.srv}
	defer c.close()
	var one, two, three int64
	var first, second []int64
	for ctx.Err() == nil {
		gone, err := c.with(ctx, func(c *pgx.Conn) error {
			tx, err := c.Begin(ctx)
			if err != nil {
				return err
			}
			defer tx.Rollback(ctx) //nolint:errcheck // the outcome of what it read counts
			if err := tx.QueryRow(ctx, `select s from total`).Scan(&one); err != nil {
				return err
			}
			if first, err = balances(ctx, tx); err != nil {
				return err
			}
			if err := tx.QueryRow(ctx, `select sum(s) from branches`).Scan(&two); err != nil {
				return err
			}
			if err := tx.QueryRow(ctx, `select sum(balance) from accounts`).Scan(&three); err != nil {
				return err
			}
			if second, err = balances(ctx, tx); err != nil {
				return err
			}
			return tx.Commit(ctx)
		})
		for _, sum := range []int64{one, two, three} {
			if !b.right(gone, err, "in a transaction", sum) {
				return
			}
		}
		for i := range first {
			if !gone && first[i] != second[i] {
				b.t.Errorf("a balance went from %d to %d within a transaction", first[i], second[i])
				return
			}
		}
	}
}

func balances(ctx context.Context, tx pgx.Tx) ([]int64, error) {
	rows, err := tx.Query(ctx, `select balance from accounts order by id`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

func (b *bank) right(gone bool, err error, what string, sum int64) bool {
	switch {
	case gone:
		return true
	case err != nil:
		b.t.Errorf("%s: %v", what, err)
		return false
	case sum != accounts*balance:
		b.t.Errorf("%s: the sum is %d", what, sum)
		return false
	}
	b.reads.Add(1)
	return true
}
