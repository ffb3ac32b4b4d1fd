package session

import (
	"context"
	"testing"

	"streamdb/types/pgerr"
)

// TestColumnTypePlace: a wrong type of a column is pointed to.
func TestColumnTypePlace(t *testing.T) {
	s := newSession(t)
	for text, want := range map[string]int{
		"CREATE TABLE t (a nope)":                                19,
		"SELECT 1; CREATE TABLE t (a int, é numeric(1001))":      36,
		"CREATE TABLE IF NOT EXISTS t (a int, b varchar(0)[])":   40,
		"CREATE TABLE t (a int PRIMARY KEY, b missing.t, c foo)": 38,
	} {
		err := s.SimpleQuery(context.Background(), text, &transcript{})
		s.Failed()
		if err == nil || pgerr.From(err).Position != want {
			t.Errorf("%s: %v, at %d, want %d", text, err, pgerr.From(err).Position, want)
		}
	}
}
