package clienttest

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// kinds are a value of every type, as SQL and as pgx gives it.
func kinds() []struct {
	sql  string
	want any
} {
	day := time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)
	at := time.Date(2024, 1, 2, 3, 4, 5, 600000000, time.UTC)
	uuid := [16]byte{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	return []struct {
		sql  string
		want any
	}{
		{"true", true},
		{"(-7)::smallint", int16(-7)},
		{"2147483647", int32(2147483647)},
		{"9223372036854775807", int64(9223372036854775807)},
		{"1.5::real", float32(1.5)},
		{"0.1::double precision", 0.1},
		{"123.4500::numeric(8,4)", pgtype.Numeric{Int: big.NewInt(12345), Exp: -2, Valid: true}},
		{"'é'::text", "é"},
		{"'abc'::varchar(5)", "abc"},
		{"'ab'::char(4)", "ab  "},
		{`'\x01ff'::bytea`, []byte{1, 255}},
		{"date '2024-01-02'", day},
		{"time '03:04:05.6'", pgtype.Time{Microseconds: 11045600000, Valid: true}},
		{"timestamp '2024-01-02 03:04:05.6'", at},
		{"timestamptz '2024-01-02 03:04:05.6+00'", at},
		{"interval '1 mon 2 days 03:00'", pgtype.Interval{Microseconds: 10800000000, Days: 2, Months: 1, Valid: true}},
		{"'6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid", uuid},
		{`'{"a": [1, null]}'::jsonb`, map[string]any{"a": []any{1.0, nil}}},
		{"null::int", nil},
		{"array[1,null,3]", []any{int32(1), nil, int32(3)}},
		{"array['a','b c']", []any{"a", "b c"}},
		{"array[1.5]::numeric[]", []any{pgtype.Numeric{Int: big.NewInt(15), Exp: -1, Valid: true}}},
		{"array[timestamptz '2024-01-02 03:04:05.6+00']", []any{at}},
		{"array['6ba7b810-9dad-11d1-80b4-00c04fd430c8'::uuid]", []any{uuid}},
		{"array[true,false]", []any{true, false}},
		{"'{}'::bigint[]", []any{}},
	}
}

// TestPgxTypes reads every type in binary and in text, and sends it back as a parameter.
func TestPgxTypes(t *testing.T) {
	c := connect(t)
	for _, k := range kinds() {
		for _, mode := range []pgx.QueryExecMode{
			pgx.QueryExecModeCacheStatement, pgx.QueryExecModeDescribeExec, pgx.QueryExecModeSimpleProtocol,
		} {
			got := one(t, c, "select "+k.sql, mode)
			if !reflect.DeepEqual(normal(got), normal(k.want)) {
				t.Errorf("%s by %v: %#v, want %#v", k.sql, mode, got, k.want)
			}
		}
		if k.want == nil {
			continue
		}
		var same bool
		err := c.QueryRow(t.Context(), "select "+k.sql+" = $1", k.want).Scan(&same)
		if err != nil || !same {
			t.Errorf("%s as a parameter: %v, %v", k.sql, same, err)
		}
	}
}

func one(t *testing.T, c *pgx.Conn, query string, args ...any) any {
	t.Helper()
	rows, err := c.Query(t.Context(), query, args...)
	if err != nil {
		t.Fatal(query, err)
	}
	defer rows.Close()
	if !rows.Next() {
		t.Fatal(query, rows.Err())
	}
	v, err := rows.Values()
	if err != nil {
		t.Fatal(query, err)
	}
	return v[0]
}

// normal makes values comparable: times in UTC, numerics without trailing zeros.
func normal(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().String()
	case pgtype.Numeric:
		f, _ := v.Float64Value()
		return f.Float64
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = normal(v[i])
		}
		return out
	}
	return v
}

func TestPgxStatements(t *testing.T) {
	c := connect(t)
	ctx := t.Context()
	run(t, c, "create table pgx_t (k int primary key, v text, n numeric(10,2))")
	defer run(t, c, "drop table pgx_t")

	batch := &pgx.Batch{}
	for i := range 10 {
		batch.Queue("insert into pgx_t values ($1, $2, $3)", i, fmt.Sprint("v", i), fmt.Sprint(i, ".5"))
	}
	batch.Queue("select count(*), sum(n)::text from pgx_t where k >= $1", 5)
	br := c.SendBatch(ctx, batch)
	for range 10 {
		if tag, err := br.Exec(); err != nil || tag.RowsAffected() != 1 {
			t.Fatal(tag, err)
		}
	}
	var n int
	var sum string
	if err := br.QueryRow().Scan(&n, &sum); err != nil || n != 5 || sum != "37.50" {
		t.Errorf("in the batch: %d, %s, %v", n, sum, err)
	}
	if err := br.Close(); err != nil {
		t.Fatal(err)
	}

	// A failing batch is undone as a whole.
	batch = &pgx.Batch{}
	batch.Queue("insert into pgx_t values (100, 'x', 0)")
	batch.Queue("insert into pgx_t values (1, 'x', 0)")
	if err := c.SendBatch(ctx, batch).Close(); sqlState(err) != "23505" {
		t.Error("batch:", err)
	}
	if got := one(t, c, "select count(*) from pgx_t"); got != int64(10) {
		t.Errorf("%v rows after the batch", got)
	}

	var id int
	err := c.QueryRow(ctx, "insert into pgx_t values ($1, $2) on conflict (k) do update set v = excluded.v returning k", 3, "new").Scan(&id)
	if err != nil || id != 3 {
		t.Error("upsert:", id, err)
	}
	tag, err := c.Exec(ctx, "update pgx_t set v = $1 where k = any($2)", "z", []int{1, 2, 3})
	if err != nil || tag.RowsAffected() != 3 {
		t.Error("update:", tag, err)
	}
}

func TestPgxTransactions(t *testing.T) {
	c := connect(t)
	ctx := t.Context()
	run(t, c, "create table pgx_x (k int primary key)")
	defer run(t, c, "drop table pgx_x")
	err := pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "insert into pgx_x values (1)"); err != nil {
			return err
		}
		inner := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error { // a savepoint
			if _, err := tx.Exec(ctx, "insert into pgx_x values (2)"); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, "insert into pgx_x values (1)")
			return err
		})
		if sqlState(inner) != "23505" {
			t.Error("inner:", inner)
		}
		_, err := tx.Exec(ctx, "insert into pgx_x values (3)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := one(t, c, "select array_agg(k order by k) from pgx_x"); !reflect.DeepEqual(got, []any{int32(1), int32(3)}) {
		t.Error("after the transaction:", got)
	}
	tx, err := c.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly, IsoLevel: pgx.RepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, "insert into pgx_x values (4)"); sqlState(err) != "25006" {
		t.Error("read only:", err)
	}
	if err := tx.Commit(ctx); !errors.Is(err, pgx.ErrTxCommitRollback) {
		t.Error("commit of an aborted transaction:", err)
	}
	if _, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.Serializable}); sqlState(err) != "0A000" {
		t.Error("serializable:", err)
	}
	if _, err := c.Exec(ctx, "listen x"); sqlState(err) != "0A000" {
		t.Error("listen:", err)
	}
}

func TestPgxCopy(t *testing.T) {
	c := connect(t)
	ctx := t.Context()
	run(t, c, "create table pgx_c (k int primary key, v text)")
	defer run(t, c, "drop table pgx_c")
	var text strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&text, "%d\trow %d\n", i, i)
	}
	tag, err := c.PgConn().CopyFrom(ctx, strings.NewReader(text.String()), "copy pgx_c from stdin")
	if err != nil || tag.RowsAffected() != 20000 {
		t.Fatal(tag, err)
	}
	var back strings.Builder
	if _, err := c.PgConn().CopyTo(ctx, &back, "copy (select * from pgx_c order by k) to stdout"); err != nil || back.String() != text.String() {
		t.Errorf("%d bytes came back of %d: %v", back.Len(), text.Len(), err)
	}
}

// TestPgxLargeResult reads more than any buffer holds, and gives up in the middle of it.
func TestPgxLargeResult(t *testing.T) {
	c := connect(t)
	rows, err := c.Query(t.Context(), "select g, repeat('x', 100) from generate_series(1, 300000) g")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for rows.Next() {
		n++
	}
	if rows.Err() != nil || n != 300000 {
		t.Error(n, rows.Err())
	}
	ctx, cancel := context.WithCancel(t.Context())
	rows, err = c.Query(ctx, "select g from generate_series(1, 100000000) g")
	if err != nil {
		t.Fatal(err)
	}
	rows.Next()
	cancel()
	rows.Close()
	if rows.Err() == nil {
		t.Error("no error after the context has ended")
	}
}

// TestPgxConcurrent changes one table through many connections and reads the view over it.
func TestPgxConcurrent(t *testing.T) {
	c := connect(t)
	ctx := t.Context()
	run(t, c, "create table pgx_n (k int, v int, primary key (k, v))")
	run(t, c, "create materialized view pgx_m as select k, count(*) as n from pgx_n group by k")
	defer run(t, c, "drop table pgx_n cascade")
	const clients, each = 16, 20
	var wg sync.WaitGroup
	for k := range clients {
		wg.Go(func() {
			own, err := pgx.Connect(ctx, server.DSN())
			if err != nil {
				t.Error(err)
				return
			}
			defer own.Close(context.Background())
			for v := range each {
				if _, err := own.Exec(ctx, "insert into pgx_n values ($1, $2)", k, v); err != nil {
					t.Error(err)
				}
				var n int
				if err := own.QueryRow(ctx, "select n from pgx_m where k = $1", k).Scan(&n); err != nil || n != v+1 {
					t.Errorf("client %d sees %d of its %d rows: %v", k, n, v+1, err)
				}
			}
		})
	}
	wg.Wait()
	if got := one(t, c, "select sum(n)::int from pgx_m"); got != int32(clients*each) {
		t.Error("in all:", got)
	}
}

func run(tb testing.TB, c *pgx.Conn, text string) {
	tb.Helper()
	if _, err := c.Exec(context.Background(), text); err != nil {
		tb.Fatal(text, err)
	}
}

// sqlState is the SQLSTATE of a server's error, "" for others.
func sqlState(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}
