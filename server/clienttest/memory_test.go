package clienttest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"streamdb/server/servertest"
	"streamdb/types/pgerr"
)

const memoryLimitMB = 192

// TestMemoryLimit asks for far more than there may be, in several ways: each gets its error
// or is stopped, the process stays near its limit, and everything else goes on.
func TestMemoryLimit(t *testing.T) {
	srv := servertest.Start(t, "--memory-limit", fmt.Sprintf("%dMiB", memoryLimitMB))
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	exec := func(text string) {
		t.Helper()
		if _, err := conn.Exec(ctx, text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	exec(`create table other (a int primary key)`)
	exec(`create materialized view others as select count(*) n from other`)
	exec(`create table big (id bigint primary key, v text)`)
	exec(`create table few (v text)`)
	exec(`insert into few select 'v' || i % 300 from generate_series(1, 1500) i`)
	exec(`create source bid with (connector = 'nexmark', nexmark.table.type = 'bid')`)
	for i, text := range []string{
		`select i from generate_series(1, 100000000) i order by md5(i::text) limit 1`,
		`select length(string_agg(md5(i::text), ',')) from generate_series(1, 100000000) i`,
		`select count(*) from (select md5(i::text), count(*) from generate_series(1, 100000000) i group by 1) x`,
		`insert into big select i, md5(i::text) from generate_series(1, 100000000) i`,
	} {
		if _, err := conn.Exec(ctx, text); !isCode(err, pgerr.OutOfMemory) {
			t.Errorf("%s: %v", text, err)
		}
		exec(`select 1`)
		expectOthers(ctx, t, conn, i+1)
		checkPeak(t, srv.PID())
	}
	for i, text := range []string{
		`select auction, bidder, price, count(*) n, max(channel) m from bid group by 1, 2, 3`,
		`select string_agg(url, ',') s from bid`,
		`select string_agg(x.v || y.v || z.v, ',' order by y.v) s from few x cross join few y cross join few z`, // in one step
	} {
		exec(`set background_ddl = on`)
		exec(`create materialized view large as ` + text)
		awaitStopped(ctx, t, conn)
		exec(`select 1`)
		exec(`drop materialized view large`)
		expectOthers(ctx, t, conn, i+5)
		checkPeak(t, srv.PID())
	}
	checkPeak(t, srv.PID())
}

func isCode(err error, code string) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.Code == code
}

// awaitStopped waits for the view that is too large to be stopped. What is asked for here
// is answered whatever the memory.
func awaitStopped(ctx context.Context, t *testing.T, conn *pgx.Conn) {
	t.Helper()
	for {
		var status, reason string
		err := conn.QueryRow(ctx, `select status, coalesce(reason, '') from streamdb.views where name = 'large'`).Scan(&status, &reason)
		if err != nil {
			t.Fatal(err)
		}
		if status == "stopped" {
			if !strings.Contains(reason, "out of memory") {
				t.Errorf("the view stopped: %s", reason)
			}
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// expectOthers adds a row to the table beside, and reads its view once memory is given back.
func expectOthers(ctx context.Context, t *testing.T, conn *pgx.Conn, want int) {
	t.Helper()
	for {
		_, err := conn.Exec(ctx, `insert into other values ($1) on conflict do nothing`, want)
		n := 0
		if err == nil {
			err = conn.QueryRow(ctx, `select n from others`).Scan(&n)
		}
		if err == nil && n == want {
			return
		}
		if !isCode(err, pgerr.OutOfMemory) {
			t.Fatalf("%d rows, want %d: %v", n, want, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// checkPeak holds the most memory the process ever had against its limit. Beside the heap,
// which the limit is about, there are the store's buffers and what is free at the moment.
func checkPeak(t *testing.T, pid int) {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip(err)
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	var peak int
	if _, err := fmt.Sscan(rest, &peak); err != nil {
		t.Fatal(err)
	}
	peak /= 1024
	t.Logf("peak %d MiB", peak)
	if most := memoryLimitMB*13/10 + 200; peak > most {
		t.Errorf("the process had %d MiB, at most %d are expected", peak, most)
	}
}
