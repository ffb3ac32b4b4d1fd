package sql

import "testing"

func TestEdit(t *testing.T) {
	for _, c := range []struct {
		edit           func(text, to string) (string, error)
		text, to, want string
	}{
		{WithName, `create source  s.t (a int) with (connector = 'datagen') -- s`, `u`, `create source  u (a int) with (connector = 'datagen') -- s`},
		{WithName, `CREATE TABLE IF NOT EXISTS "T x" (a int)`, `s."U"`, `CREATE TABLE IF NOT EXISTS s."U" (a int)`},
		{WithName, `CREATE SINK a . b FROM c WITH (connector = 'blackhole')`, `d`, `CREATE SINK d FROM c WITH (connector = 'blackhole')`},
		{WithFrom, `CREATE TABLE a (*) FROM b.c TABLE 'public.d'`, `e`, `CREATE TABLE a (*) FROM e TABLE 'public.d'`},
		{WithFrom, `CREATE TABLE a (b int)`, `e`, `CREATE TABLE a (b int)`},
		{WithQuery, `CREATE SINK a FROM b.c WITH (connector = 'blackhole')`, `SELECT 1`, `CREATE SINK a AS SELECT 1 WITH (connector = 'blackhole')`},
		{WithQuery, `CREATE SINK a AS SELECT b FROM c WITH (connector = 'blackhole')`, `SELECT 1`, `CREATE SINK a AS SELECT 1 WITH (connector = 'blackhole')`},
	} {
		got, err := c.edit(c.text, c.to)
		if err != nil || got != c.want {
			t.Errorf("%s\ngot  %s %v\nwant %s", c.text, got, err, c.want)
		}
	}
	for _, edit := range []func(text, to string) (string, error){WithName, WithQuery} {
		if got, err := edit(`SELECT 1`, `x`); err == nil {
			t.Errorf("got %s, want an error", got)
		}
	}
}
