package crashtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"streamdb/state"
	"streamdb/types/pgerr"
)

// TestConstrainWhileWriting adds constraints to a table and takes them away while lone
// statements and blocks write rows that violate them: whenever a constraint is there, no row
// violates it, and a crash changes nothing about that.
func TestConstrainWhileWriting(t *testing.T) {
	for seed := range uint64(3) {
		fs := state.NewCrashFS()
		db := mustOpen(t, fs, newUpstream())
		db.run(`create table t (id int primary key, a int)`,
			`create materialized view v as select count(*) n, count(a) c, min(a) m from t`)
		const writers, each = 3, 80
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				s := db.session()
				defer s.Close()
				for i := range each {
					id := w*each + i
					for _, text := range []string{
						fmt.Sprintf(`insert into t values (%d, null)`, id),
						fmt.Sprintf(`begin; insert into t values (%d, -1); commit`, writers*each+id),
						fmt.Sprintf(`update t set a = 1 where id %% %d = %d`, writers, w),
					} {
						if err := retried(s, text); err != nil && !pgerr.Is(err, pgerr.NotNullViolation) && !pgerr.Is(err, pgerr.CheckViolation) {
							t.Errorf("%s: %v", text, describe(err))
						} else if err != nil && s.Status() != 'I' {
							retried(s, `rollback`) //nolint:errcheck // it ends the block
						}
					}
				}
			})
		}
		s := db.session()
		made := 0
		done := make(chan struct{})
		go func() { wg.Wait(); close(done) }()
		for writing := true; writing; {
			select {
			case <-done:
				writing = false
			default:
			}
			for _, text := range []string{
				`alter table t alter a set not null, add constraint positive check (a > 0)`,
				`update t set a = 1 where a is null or a < 0`,
			} {
				err := retried(s, text)
				if err != nil && !pgerr.Is(err, pgerr.NotNullViolation) && !pgerr.Is(err, pgerr.CheckViolation) {
					t.Fatalf("%s: %v", text, describe(err))
				}
				if err == nil && text[0] == 'a' {
					made++
					if got, err := db.on(context.Background(), s, `select count(*) from t where a is null or a <= 0`); err != nil || got[0] != "0" {
						t.Errorf("rows that violate: %v %v", got, err)
					}
					if _, err := db.on(context.Background(), s, `alter table t alter a drop not null, drop constraint positive`); err != nil {
						t.Error(describe(err))
					}
				}
			}
		}
		s.Close()
		db.run(`update t set a = 1`, `alter table t alter a set not null, add constraint positive check (a > 0)`)
		t.Logf("seed %d: constraints made %d times while writing", seed, made)
		cut := state.CrashClone(fs, 0, rand.New(rand.NewPCG(seed, 1)))
		db.close()
		again := mustOpen(t, cut, newUpstream())
		for _, text := range []string{`update t set a = null`, `insert into t values (-1, 0)`} {
			if err := again.try(text); !pgerr.Is(err, pgerr.NotNullViolation) && !pgerr.Is(err, pgerr.CheckViolation) {
				t.Errorf("%s: %v", text, describe(err))
			}
		}
		again.expect(`select n - c, m from v`, "0|1")
		again.close()
	}
}
