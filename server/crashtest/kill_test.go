package crashtest

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"streamdb/connector"
	"streamdb/connector/nexmark"
	"streamdb/server/servertest"
	"streamdb/sqllogictest/pgtest"
)

const (
	killWriters = 3
	bidEvents   = 60000 // events of all kinds; 46 of 50 are bids
	bidRate     = 1500  // events a second
)

// killing is one server under load, with everything that was acknowledged.
type killing struct {
	t     *testing.T
	srv   *servertest.Server
	pg    *pgtest.Server
	root  string // of the sinks' files
	bids  []bid
	acked [killWriters]atomic.Int64
}

type bid struct{ auction, bidder, price int64 }

// TestKill kills the real server at random moments while writers write, a PostgreSQL table
// is followed, and a nexmark source runs. After every restart each view equals what is
// computed here from the tables and the generator, and at the end the sinks' files hold
// every row exactly once. STREAMDB_KILLS says how many kills.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("runs for a minute")
	}
	k := &killing{t: t, pg: pgtest.Start(t), root: t.TempDir(), bids: generateBids(t)}
	k.upstream(`create table items (id int primary key, v int not null, note text)`,
		`insert into items select i, i, 'first' from generate_series(1, 200) i`)
	k.srv = servertest.Start(t, "--file-root", k.root, "--checkpoint-interval", "200ms")
	k.define()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	for w := range killWriters {
		wg.Go(func() { k.write(ctx, w) })
	}
	wg.Go(func() { k.writeUpstream(ctx) })
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	kills := knob("STREAMDB_KILLS", 25)
	for i := range kills {
		time.Sleep(time.Duration(50+rng.IntN(1000)) * time.Millisecond)
		if err := k.srv.Restart(ctx); err != nil {
			t.Errorf("after kill %d: %v", i+1, err)
			break
		}
		k.verify()
		if t.Failed() {
			break
		}
	}
	cancel()
	wg.Wait()
	if !t.Failed() {
		k.verifyEnd()
	}
	var n int64
	for w := range killWriters {
		n += k.acked[w].Load()
	}
	t.Logf("%d kills, %d acknowledged transactions, %d bids", kills, n, len(k.bids))
}

func generateBids(t *testing.T) []bid {
	src, err := nexmark.Spec().OpenSource(connector.Config{Options: connector.Options{
		"nexmark.table.type": "bid", "nexmark.event.num": fmt.Sprint(bidEvents), "nexmark.seed": "5",
	}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := src.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out []bid
	for {
		c, err := r.Next(t.Context(), connector.Limit{})
		if err != nil {
			return out
		}
		for i := range c.Batch.N {
			out = append(out, bid{c.Batch.Cols[0].Datum(i).I, c.Batch.Cols[1].Datum(i).I, c.Batch.Cols[2].Datum(i).I})
		}
	}
}

func (k *killing) upstream(texts ...string) {
	k.t.Helper()
	conn, err := pgx.Connect(k.t.Context(), k.pg.DSN("postgres"))
	if err != nil {
		k.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, text := range texts {
		if _, err := conn.Exec(k.t.Context(), text); err != nil {
			k.t.Fatalf("%s: %v", text, err)
		}
	}
}

func (k *killing) define() {
	k.t.Helper()
	conn, err := pgx.Connect(k.t.Context(), k.srv.DSN())
	if err != nil {
		k.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, text := range []string{
		`create table log (w int, n bigint, primary key (w, n))`,
		`create table newest (w int primary key, n bigint)`,
		`create table raw (w int, n bigint)`,
		`create source bid with (connector = 'nexmark', nexmark.table.type = 'bid', nexmark.seed = 5,
			nexmark.event.num = ` + fmt.Sprint(bidEvents) + `, nexmark.events.per.second = ` + fmt.Sprint(bidRate) + `)`,
		`create table items (*) with (connector = 'postgres-cdc', hostname = '127.0.0.1', port = ` + fmt.Sprint(k.pg.Port()) + `,
			username = 'postgres', database.name = 'postgres', table.name = 'items')`,
		`create materialized view per_writer as select w, count(*) c, min(n) lo, max(n) hi, sum(n) s from log group by w`,
		`create materialized view matched as select l.w, count(*) c from log l join newest x on x.w = l.w and l.n <= x.n
			left join raw r on r.w = l.w and r.n = l.n group by l.w`,
		`create materialized view per_bidder as select bidder % 50 as b, count(*) c, sum(price) s, max(price) hi from bid group by 1`,
		`create materialized view bids as select count(*) c from bid`,
		`create materialized view per_kind as select v % 10 as k, count(*) c, sum(v) s, min(note) lo from items group by 1`,
		`create sink log_out as select w, n from log with (connector = 'file', path = 'log', type = 'append-only')`,
		`create sink bid_out as select auction, bidder, price from bid with (connector = 'file', path = 'bid', type = 'append-only')`,
		`create sink items_out as select id, v, note from items with (connector = 'file', path = 'items')`,
	} {
		if _, err := conn.Exec(k.t.Context(), text); err != nil {
			k.t.Fatalf("%s: %v", text, err)
		}
	}
}

// write appends numbers, each in a transaction over three tables, until ctx is done.
func (k *killing) write(ctx context.Context, w int) {
	c := client{srv: k.srv}
	defer c.close()
	for n := int64(1); ctx.Err() == nil; {
		gone, err := c.with(ctx, func(c *pgx.Conn) error {
			return pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
				for _, text := range []string{
					`insert into log values ($1, $2)`, `insert into raw values ($1, $2)`,
					`insert into newest values ($1, $2) on conflict (w) do update set n = excluded.n`,
				} {
					if _, err := tx.Exec(ctx, text, w, n); err != nil {
						return err
					}
				}
				return nil
			})
		})
		switch {
		case err != nil:
			k.t.Errorf("writer %d: %v", w, err)
			return
		case !gone:
			k.acked[w].Store(n)
			n++
			continue
		}
		// Whether the last one was committed is for the table to say.
		var found int64
		if gone, err := c.with(ctx, func(c *pgx.Conn) error {
			return c.QueryRow(ctx, `select coalesce(max(n), 0) from newest where w = $1`, w).Scan(&found)
		}); gone || err != nil {
			if err != nil {
				k.t.Errorf("writer %d: %v", w, err)
				return
			}
			continue
		}
		if found != n && found != n-1 {
			k.t.Errorf("writer %d: %d is the newest, acknowledged was %d", w, found, n-1)
			return
		}
		k.acked[w].Store(found)
		n = found + 1
	}
}

// writeUpstream changes the PostgreSQL table until ctx is done.
func (k *killing) writeUpstream(ctx context.Context) {
	conn, err := pgx.Connect(ctx, k.pg.DSN("postgres"))
	if err != nil {
		k.t.Error(err)
		return
	}
	defer conn.Close(context.Background())
	rng := rand.New(rand.NewPCG(3, 4))
	for ctx.Err() == nil {
		err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
			for range 1 + rng.IntN(4) {
				text := `insert into items values ($1, $2, 'new') on conflict (id) do update set v = excluded.v, note = 'again'`
				args := []any{rng.IntN(500), rng.IntN(1000)}
				if rng.IntN(4) == 0 {
					text, args = `delete from items where id = $1`, args[:1]
				}
				if _, err := tx.Exec(ctx, text, args...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil && ctx.Err() == nil {
			k.t.Errorf("upstream: %v", err)
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// verify compares every view with a computation over the tables, at one epoch.
func (k *killing) verify() {
	k.t.Helper()
	var acked [killWriters]int64
	for w := range acked {
		acked[w] = k.acked[w].Load()
	}
	conn, err := pgx.Connect(k.t.Context(), k.srv.DSN())
	if err != nil {
		k.t.Error(err)
		return
	}
	defer conn.Close(context.Background())
	err = pgx.BeginFunc(k.t.Context(), conn, func(tx pgx.Tx) error {
		log, newest := lines(tx, `select w, n from log order by w, n`), lines(tx, `select w, n from newest order by w`)
		if raw := lines(tx, `select w, n from raw order by w, n`); !slices.Equal(raw, log) {
			k.t.Errorf("the tables have %d and %d rows", len(log), len(raw))
		}
		var wantLog, wantViews, wantMatched []string
		for _, row := range newest {
			var w, n int64
			fmt.Sscanf(row, "%d|%d", &w, &n)
			if n < acked[w] {
				k.t.Errorf("writer %d: %d is the newest, %d was acknowledged", w, n, acked[w])
			}
			for i := range n {
				wantLog = append(wantLog, line(w, i+1))
			}
			wantViews = append(wantViews, line(w, n, 1, n, n*(n+1)/2))
			wantMatched = append(wantMatched, line(w, n))
		}
		k.same("log", log, wantLog)
		k.same("per_writer", lines(tx, `select w, c, lo, hi, s from per_writer order by w`), wantViews)
		k.same("matched", lines(tx, `select w, c from matched order by w`), wantMatched)
		k.verifyBids(tx)
		k.same("per_kind", lines(tx, `select k, c, s, lo from per_kind order by k`),
			lines(tx, `select v % 10, count(*), sum(v), min(note) from items group by 1 order by 1`))
		return nil
	})
	if err != nil {
		k.t.Error(err)
	}
}

// verifyBids compares the view of the source with the generator.
func (k *killing) verifyBids(tx pgx.Tx) {
	k.t.Helper()
	var n int
	fmt.Sscan(lines(tx, `select c from bids`)[0], &n)
	type sums struct{ c, s, hi int64 }
	want := map[int64]*sums{}
	for _, b := range k.bids[:n] {
		g := want[b.bidder%50]
		if g == nil {
			g = &sums{}
			want[b.bidder%50] = g
		}
		g.c, g.s, g.hi = g.c+1, g.s+b.price, max(g.hi, b.price)
	}
	var out []string
	for b, g := range want {
		out = append(out, line(b, g.c, g.s, g.hi))
	}
	got := lines(tx, `select b, c, s, hi from per_bidder`)
	k.same(fmt.Sprintf("per_bidder, %d bids", n), sorted(got), sorted(out))
}

func (k *killing) same(what string, got, want []string) {
	k.t.Helper()
	if !slices.Equal(got, want) {
		k.t.Errorf("%s: got %d rows, want %d: %s", what, len(got), len(want), firstDifference(got, want))
	}
}

func firstDifference(got, want []string) string {
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			return fmt.Sprintf("row %d is %s, not %s", i, g, w)
		}
	}
	return "none"
}

// lines is the rows of a query; an error is a row.
func lines(tx pgx.Tx, query string) []string {
	rows, err := tx.Query(context.Background(), query, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for rows.Next() {
		var cols []string
		for _, v := range rows.RawValues() {
			cols = append(cols, string(v))
		}
		out = append(out, strings.Join(cols, "|"))
	}
	if err := rows.Err(); err != nil {
		out = append(out, err.Error())
	}
	return out
}

// verifyEnd waits until all input is in and compares the sinks with it.
func (k *killing) verifyEnd() {
	k.upstream(`insert into items values (100000, 1, 'end')`)
	conn, err := pgx.Connect(k.t.Context(), k.srv.DSN())
	if err != nil {
		k.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	one := func(text string) (s string) {
		if err := conn.QueryRow(k.t.Context(), text).Scan(&s); err != nil {
			return err.Error()
		}
		return s
	}
	limit := time.Now().Add(2 * time.Minute)
	for one(`select count(*)::text from items where id = 100000`) != "1" || one(`select c::text from bids`) != fmt.Sprint(len(k.bids)) {
		if time.Now().After(limit) {
			k.t.Fatalf("not all input has come: %s of %d bids, item %s", one(`select c::text from bids`), len(k.bids),
				one(`select count(*)::text from items where id = 100000`))
		}
		time.Sleep(20 * time.Millisecond)
	}
	k.verify()
	if _, err := conn.Exec(k.t.Context(), `checkpoint`); err != nil {
		k.t.Fatal(err)
	}
	var wantLog, wantBids []string
	for w := range killWriters {
		var n int64
		fmt.Sscan(one(fmt.Sprintf(`select n::text from newest where w = %d`, w)), &n)
		for i := range n {
			wantLog = append(wantLog, fmt.Sprintf(`{"w":%d,"n":%d}`, w, i+1))
		}
	}
	for _, b := range k.bids {
		wantBids = append(wantBids, fmt.Sprintf(`{"auction":%d,"bidder":%d,"price":%d}`, b.auction, b.bidder, b.price))
	}
	k.same("the sink of the table", k.files("log"), sorted(wantLog))
	k.same("the sink of the source", k.files("bid"), sorted(wantBids))
	k.same("the sink of the PostgreSQL table", k.files("items"), k.upstreamItems())
}

// files is the rows of a file sink: the lines of its files, insertions and deletions of an
// upsert sink added up.
func (k *killing) files(dir string) []string {
	k.t.Helper()
	names, err := filepath.Glob(filepath.Join(k.root, dir, "*.jsonl"))
	if err != nil {
		k.t.Error(err)
	}
	net := map[string]int{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			k.t.Error(err)
		}
		for l := range strings.Lines(string(text)) {
			var change struct {
				Op  string
				Row json.RawMessage
			}
			l = strings.TrimSpace(l)
			if err := json.Unmarshal([]byte(l), &change); err != nil {
				k.t.Errorf("%s: %v", name, err)
			}
			switch change.Op {
			case "":
				net[l]++
			case "insert":
				net[string(change.Row)]++
			default:
				net[string(change.Row)]--
			}
		}
	}
	var out []string
	for row, n := range net {
		if n < 0 {
			k.t.Errorf("%s: %s is there %d times", dir, row, n)
		}
		for range n {
			out = append(out, row)
		}
	}
	return sorted(out)
}

func (k *killing) upstreamItems() []string {
	k.t.Helper()
	conn, err := pgx.Connect(k.t.Context(), k.pg.DSN("postgres"))
	if err != nil {
		k.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(k.t.Context(), `select format('{"id":%s,"v":%s,"note":%s}', id, v, to_json(note)) from items`)
	if err != nil {
		k.t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		k.t.Fatal(err)
	}
	return sorted(out)
}
