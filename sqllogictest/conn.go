package sqllogictest

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Conn is one session with a server. Errors the server reports have a method
// SQLState() string; every other error means that the session is lost.
type Conn interface {
	// Exec runs one or more statements and returns the last command tag.
	Exec(ctx context.Context, sql string) (tag string, err error)
	// Query runs one statement and returns its rows.
	Query(ctx context.Context, sql string) (Result, error)
	// InTransaction tells whether a transaction block is open, failed or not.
	InTransaction() bool
	Close() error
}

// Value is one value of a result in text format.
type Value struct {
	Text string
	Null bool
}

// Result is what a query returned.
type Result struct {
	Columns []string
	OIDs    []uint32 // of the columns' types
	Types   string   // one of T, I, R, B per column
	Rows    [][]Value
}

// Connect opens a session over the PostgreSQL protocol. It uses simple
// queries, so that every value arrives in text format.
func Connect(ctx context.Context, dsn string) (Conn, error) {
	conn, err := pgconn.Connect(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("sqllogictest: %w", err)
	}
	return &pgConn{conn: conn}, nil
}

type pgConn struct{ conn *pgconn.PgConn }

func (c *pgConn) Exec(ctx context.Context, sql string) (string, error) {
	results, err := c.conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		return "", err
	}
	if len(results) == 0 {
		return "", nil
	}
	last := results[len(results)-1]
	return last.CommandTag.String(), last.Err
}

func (c *pgConn) Query(ctx context.Context, sql string) (Result, error) {
	var out Result
	results, statements := c.conn.Exec(ctx, sql), 0
	for results.NextResult() {
		statements++
		out = readResult(results.ResultReader())
	}
	if err := results.Close(); err != nil {
		return Result{}, err
	}
	if statements != 1 {
		return Result{}, fmt.Errorf("a query must be one statement, this is %d", statements)
	}
	return out, nil
}

// QueryBinary runs one statement through the extended protocol; the values are
// the bytes of PostgreSQL's binary format.
func (c *pgConn) QueryBinary(ctx context.Context, sql string) (Result, error) {
	reader := c.conn.ExecParams(ctx, sql, nil, nil, nil, []int16{1})
	out := readResult(reader)
	_, err := reader.Close()
	return out, err
}

// readResult reads rows up to an error, which the whole exchange reports.
func readResult(reader *pgconn.ResultReader) Result {
	var out Result
	var types strings.Builder
	for _, field := range reader.FieldDescriptions() {
		out.Columns = append(out.Columns, field.Name)
		out.OIDs = append(out.OIDs, field.DataTypeOID)
		types.WriteByte(typeLetter(field.DataTypeOID))
	}
	out.Types = types.String()
	for reader.NextRow() {
		raw := reader.Values() // valid until the next row
		row := make([]Value, len(raw))
		for i, text := range raw {
			row[i] = Value{Text: string(text), Null: text == nil}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// CopyFrom runs COPY … FROM STDIN with the data.
func (c *pgConn) CopyFrom(ctx context.Context, sql, data string) (tag string, err error) {
	done, err := c.conn.CopyFrom(ctx, strings.NewReader(data), sql)
	return done.String(), err
}

// CopyTo runs COPY … TO STDOUT and returns what came.
func (c *pgConn) CopyTo(ctx context.Context, sql string) (data string, err error) {
	var out strings.Builder
	_, err = c.conn.CopyTo(ctx, &out, sql)
	return out.String(), err
}

func (c *pgConn) InTransaction() bool { return c.conn.TxStatus() != 'I' }

func (c *pgConn) Close() error { return c.conn.Close(context.Background()) }

// typeLetter is the letter -rewrite gives a column of a PostgreSQL type.
func typeLetter(oid uint32) byte {
	switch oid {
	case 16: // boolean
		return 'B'
	case 20, 21, 23: // bigint, smallint, integer
		return 'I'
	case 700, 701, 1700: // real, double precision, numeric
		return 'R'
	}
	return 'T'
}

// tagCount is the number of rows in a command tag such as "INSERT 0 5".
func tagCount(tag string) (int, bool) {
	n, err := strconv.Atoi(tag[strings.LastIndexByte(tag, ' ')+1:])
	return n, err == nil
}
