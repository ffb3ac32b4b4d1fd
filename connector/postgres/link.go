package postgres

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"streamdb/connector"
	"streamdb/types/pgerr"
)

// link is how to reach the table upstream.
type link struct {
	config      string // libpq connection string, with the password
	schema      string
	table       string
	slot        string
	publication string
	mayPublish  bool // publication.create.enable
}

// cannotConnect is SQLSTATE sqlclient_unable_to_establish_sqlconnection.
const cannotConnect = "08001"

const connectTimeout = 10 * time.Second

var sslModes = map[string]string{
	"disabled": "disable", "preferred": "prefer", "required": "require", "verify-ca": "verify-ca", "verify-full": "verify-full",
}

func newLink(o connector.Options) (*link, error) {
	if _, err := o.Int("port", 5432, 1); err != nil {
		return nil, err
	}
	publish, err := o.Bool("publication.create.enable", true)
	if err != nil {
		return nil, err
	}
	quote := func(s string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
	}
	return &link{
		config: fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=%s sslmode=%s",
			quote(o["hostname"]), quote(o["port"]), quote(o["username"]), quote(o["password"]), quote(o["database.name"]), sslModes[o["ssl.mode"]]),
		schema: o["schema.name"], table: o["table.name"],
		slot: o["slot.name"], publication: o["publication.name"], mayPublish: publish,
	}, nil
}

// ident is a quoted identifier.
func ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// literal is a quoted string.
func literal(s string) string {
	s = strings.ReplaceAll(s, "'", "''")
	if strings.Contains(s, `\`) {
		return " E'" + strings.ReplaceAll(s, `\`, `\\`) + "'"
	}
	return "'" + s + "'"
}

// name is the table's name, for people and for SQL.
func (l *link) name() string { return l.schema + "." + l.table }
func (l *link) sql() string  { return ident(l.schema) + "." + ident(l.table) }

// conn is one connection upstream.
type conn struct{ pg *pgconn.PgConn }

// connect opens a connection; replication ones speak the replication protocol too. Both
// send values in the one style that we read.
func (l *link) connect(ctx context.Context, replication bool) (*conn, error) {
	cfg, err := pgconn.ParseConfig(l.config)
	if err != nil {
		return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid options of the upstream connection")
	}
	cfg.ConnectTimeout = connectTimeout
	maps.Copy(cfg.RuntimeParams, map[string]string{
		"application_name": "streamdb", "client_encoding": "UTF8", "DateStyle": "ISO, MDY", "IntervalStyle": "postgres",
		"TimeZone": "UTC", "extra_float_digits": "3", "bytea_output": "hex",
	})
	if replication {
		cfg.RuntimeParams["replication"] = "database"
	}
	pg, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, upstream("could not connect", err)
	}
	return &conn{pg: pg}, nil
}

// close ends the connection without waiting long.
func (c *conn) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	c.pg.Close(ctx) //nolint:errcheck // it is gone either way
}

// query runs SQL and returns the last result's rows as text, NULL as "".
func (c *conn) query(ctx context.Context, sql string) ([][]string, error) {
	results, err := c.pg.Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, upstream("could not query", err)
	}
	if len(results) == 0 {
		return nil, nil
	}
	var rows [][]string
	for _, r := range results[len(results)-1].Rows {
		row := make([]string, len(r))
		for i, v := range r {
			row[i] = string(v)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// one is the single value of a query; "" without rows.
func (c *conn) one(ctx context.Context, sql string) (string, error) {
	rows, err := c.query(ctx, sql)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0][0], nil
}

// lostError is an error that a new attempt may not meet again.
type lostError struct{ err *pgerr.Error }

func (e *lostError) Error() string { return e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

// upstream makes err, from a connection, an error for the user; it is a lostError when
// trying again makes sense.
func upstream(doing string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if p, ok := errors.AsType[*pgconn.PgError](err); ok {
		e := pgerr.New(p.Code, "upstream PostgreSQL: %s", p.Message)
		e.Detail, e.Hint = p.Detail, p.Hint
		if transient(p.Code) {
			return &lostError{e}
		}
		return e
	}
	return &lostError{pgerr.New(cannotConnect, "upstream PostgreSQL: %s: %s", doing, firstLine(err.Error()))}
}

// transient reports whether an upstream error passes by itself: connections, resources,
// shutdown and start-up, conflicts, a slot whose last reader is not yet gone.
func transient(code string) bool {
	switch code[:2] {
	case "08", "53", "57", "40", "58":
		return code != "57014"
	}
	return code == pgerr.ObjectInUse
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}
