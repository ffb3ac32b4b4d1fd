package clienttest

import (
	"context"
	"database/sql"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

func TestDatabaseSQL(t *testing.T) {
	db, err := sql.Open("pgx", server.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(4)
	ctx := t.Context()
	if err := db.PingContext(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(ctx, "create table dbsql (k bigint primary key, v text, at timestamptz default now(), ok boolean, f double precision, n numeric(12,2), b bytea, d date)"); err != nil {
		t.Fatal(err)
	}
	defer db.ExecContext(context.Background(), "drop table dbsql")
	insert, err := db.PrepareContext(ctx, "insert into dbsql (k, v, ok, f, n, b, d) values ($1, $2, $3, $4, $5, $6, $7)")
	if err != nil {
		t.Fatal(err)
	}
	defer insert.Close()
	day := time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	for i := range 5 {
		v := sql.NullString{String: "x", Valid: i%2 == 0}
		if _, err := insert.ExecContext(ctx, i, v, i > 2, 0.5*float64(i), "12.30", []byte{byte(i)}, day); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := db.QueryContext(ctx, "select k, v, at, ok, f, n, b, d from dbsql where k >= $1 order by k", 3)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil || types[0].DatabaseTypeName() != "INT8" || types[5].DatabaseTypeName() != "NUMERIC" {
		t.Error(types, err)
	}
	n := 0
	for rows.Next() {
		var k int64
		var v sql.NullString
		var at, d time.Time
		var ok bool
		var f float64
		var num string
		var b []byte
		if err := rows.Scan(&k, &v, &at, &ok, &f, &num, &b, &d); err != nil {
			t.Fatal(err)
		}
		if v.Valid != (k%2 == 0) || !ok || f != 0.5*float64(k) || num != "12.30" || b[0] != byte(k) || !d.Equal(day) || time.Since(at) > time.Hour {
			t.Error(k, v, at, ok, f, num, b, d)
		}
		n++
	}
	if rows.Err() != nil || n != 2 {
		t.Error(n, rows.Err())
	}
	transaction(t, db)
	deadline(t, db)
}

func transaction(t *testing.T, db *sql.DB) {
	tx, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	res, err := tx.Exec("update dbsql set v = 'y'")
	if n, _ := res.RowsAffected(); err != nil || n != 5 {
		t.Error(n, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Error(err)
	}
	var n int
	if err := db.QueryRow("select count(*) from dbsql where v = 'y'").Scan(&n); err != nil || n != 0 {
		t.Error(n, err)
	}
}

// deadline ends a statement by its context.
func deadline(t *testing.T, db *sql.DB) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := db.ExecContext(ctx, "select pg_sleep(10)"); err == nil || time.Since(began) > 5*time.Second {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
	if err := db.Ping(); err != nil {
		t.Error(err)
	}
}
