package oracle

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"streamdb/sqllogictest"
	"streamdb/sqllogictest/pgtest"
)

// TestFunctionsFailWhereTheTableSaysSo asks PostgreSQL for every function over
// random constants: what is not marked must not fail, or its place in a query
// decides whether it does.
func TestFunctionsFailWhereTheTableSaysSo(t *testing.T) {
	conn, err := sqllogictest.Connect(t.Context(), pgtest.Start(t).DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}()
	g, err := newGenerator(32, 1)
	if err != nil {
		t.Fatal(err)
	}
	all, err := functions()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(context.Background(), "SET TimeZone = 'Asia/Kolkata'"); err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		for _, extremes := range []bool{false, true} {
			g.extremes = extremes
			if err := g.evaluate(t.Context(), conn, f); err != nil {
				t.Errorf("extremes %v: %s", extremes, err)
			}
		}
	}
}

// evaluate asks for a function over several sets of constants.
func (g *generator) evaluate(ctx context.Context, conn sqllogictest.Conn, f *function) error {
	for range 6 {
		call := &Expr{Kind: f.result, Form: f.form}
		for _, k := range f.args {
			text := g.literal(k)
			if g.extremes && !k.Array && k.Base != Record && chance(g.r, 60) {
				if all := extremes(k.Base); len(all) > 0 {
					text = quoted(pick(g.r, all...), k)
				}
			}
			if chance(g.r, 15) {
				text = "NULL::" + k.castName()
			}
			call.Kids = append(call.Kids, leaf(k, text))
		}
		result, err := conn.Query(ctx, fmt.Sprintf("SELECT x, pg_typeof(x) FROM (SELECT %s) AS q(x)", call))
		state := sqllogictest.SQLState(err)
		if g.mayFail(f) && state != "" && !strings.HasPrefix(state, "42") {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %w", f.tag, call, err)
		}
		if got, want := result.Rows[0][1].Text, typeName(f.result); got != want {
			return fmt.Errorf("%s: %s is %s, not %s", f.tag, call, got, want)
		}
	}
	return nil
}

// typeName is PostgreSQL's name of the type.
func typeName(k Kind) string {
	name := map[Base]string{
		Varchar: "character varying", Char: "character", Time: "time without time zone",
		Timestamp: "timestamp without time zone", Timestamptz: "timestamp with time zone",
	}[k.Base]
	if name == "" {
		name = string(k.Base)
	}
	if k.Array {
		name += "[]"
	}
	return name
}
