package crashtest

import (
	"context"
	"fmt"
	"testing"

	"streamdb/types/pgerr"
	"streamdb/wire"
)

// TestConstrainWhileWriting adds constraints to a table and takes them away while lone
// statements and blocks write rows that violate them: whenever a constraint is there, no row
// violates it, and a crash changes nothing about that.
func TestConstrainWhileWriting(t *testing.T) {
	const writers, each = 3, 80
	c := whileWriting{
		setup: []string{
			`create table t (id int primary key, a int)`,
			`create materialized view v as select count(*) n, count(a) c, min(a) m from t`,
		},
		writers: writers, each: each,
		texts: func(w, i int) []string {
			id := w*each + i
			return []string{
				fmt.Sprintf(`insert into t values (%d, null)`, id),
				fmt.Sprintf(`begin; insert into t values (%d, -1); commit`, writers*each+id),
				fmt.Sprintf(`update t set a = 1 where id %% %d = %d`, writers, w),
			}
		},
		refused: violates,
		meddle: func(db *database, s wire.Session, written <-chan struct{}) {
			made := 0
			for ended := false; !ended; {
				select {
				case <-written:
					ended = true
				default:
				}
				made += constrained(t, db, s)
			}
			db.run(`update t set a = 1`, `alter table t alter a set not null, add constraint positive check (a > 0)`)
			t.Logf("constraints made %d times while writing", made)
		},
		check: func(db *database) {
			t.Helper()
			for _, text := range []string{`update t set a = null`, `insert into t values (-1, 0)`} {
				if err := db.try(text); !violates(err) {
					t.Errorf("%s: %v", text, describe(err))
				}
			}
			db.expect(`select n - c, m from v`, "0|1")
		},
	}
	c.run(t)
}

func violates(err error) bool {
	return pgerr.Is(err, pgerr.NotNullViolation) || pgerr.Is(err, pgerr.CheckViolation)
}

// constrained tries to make the constraints, looks whether they hold, and takes them away;
// it returns how often they were made.
func constrained(t *testing.T, db *database, s wire.Session) (made int) {
	t.Helper()
	for _, text := range []string{
		`alter table t alter a set not null, add constraint positive check (a > 0)`,
		`update t set a = 1 where a is null or a < 0`,
	} {
		err := retried(s, text)
		if err != nil && !violates(err) {
			t.Fatalf("%s: %v", text, describe(err))
		}
		if err != nil || text[0] != 'a' {
			continue
		}
		made++
		if got, err := db.on(context.Background(), s, `select count(*) from t where a is null or a <= 0`); err != nil || got[0] != "0" {
			t.Errorf("rows that violate: %v %v", got, err)
		}
		if _, err := db.on(context.Background(), s, `alter table t alter a drop not null, drop constraint positive`); err != nil {
			t.Error(describe(err))
		}
	}
	return made
}
