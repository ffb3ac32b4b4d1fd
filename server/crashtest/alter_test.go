package crashtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"streamdb/state"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

// TestAlterWhileWriting adds columns to a table that is written to, by lone statements and
// by blocks, and crashes: no write is lost or takes place twice, and every row has every
// column, whichever came first.
func TestAlterWhileWriting(t *testing.T) {
	for seed := range uint64(3) {
		fs := state.NewCrashFS()
		db := mustOpen(t, fs, newUpstream())
		db.run(`create table t (id int primary key, a int)`,
			`create materialized view v as select count(*) n, sum(a) s from t`, `insert into t values (0, 0)`)
		const writers, each, columns = 3, 60, 8
		var updates atomic.Int64
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				s := db.session()
				defer s.Close()
				for i := range each {
					id := 1 + w*each + i
					for _, text := range []string{
						fmt.Sprintf(`insert into t (id, a) values (%d, 0)`, id),
						`update t set a = a + 1 where id = 0`,
						fmt.Sprintf(`begin; update t set a = a + 1 where id = %d; commit`, id),
					} {
						if err := retried(s, text); err != nil {
							t.Errorf("%s: %v", text, err)
						}
					}
					updates.Add(2)
				}
			})
		}
		wg.Go(func() {
			s := db.session()
			defer s.Close()
			for c := range columns {
				for _, text := range []string{
					fmt.Sprintf(`alter table t add column c%d int not null default %d`, c, c),
					fmt.Sprintf(`select c%d from t`, c),
					fmt.Sprintf(`update t set c%d = c%d + 100 where id = 0`, c, c),
				} {
					if err := s.SimpleQuery(context.Background(), text, &rows{}); err != nil {
						s.Failed()
						t.Errorf("%s: %v", text, describe(err))
					}
				}
			}
		})
		wg.Wait()
		if t.Failed() {
			return
		}
		check := func(db *database) {
			t.Helper()
			n := writers*each + 1
			db.expect(`select count(*), sum(a) from t`, fmt.Sprintf("%d|%d", n, updates.Load()))
			db.expect(`select * from v`, fmt.Sprintf("%d|%d", n, updates.Load()))
			var sums, want []string
			for c := range columns {
				sums = append(sums, fmt.Sprintf("sum(c%d)", c))
				want = append(want, fmt.Sprint(n*c+100))
			}
			db.expect(`select `+strings.Join(sums, ", ")+` from t`, strings.Join(want, "|"))
		}
		check(db)
		cut := state.CrashClone(fs, 0, rand.New(rand.NewPCG(seed, 1)))
		db.close()
		again := mustOpen(t, cut, newUpstream())
		check(again)
		again.close()
	}
}

// retried runs statements again for as long as others have changed what they change.
func retried(s wire.Session, text string) error {
	for {
		err := s.SimpleQuery(context.Background(), text, &rows{})
		if err == nil {
			return nil
		}
		s.Failed()
		if !pgerr.Is(err, pgerr.SerializationFailure) {
			return err
		}
		if err := s.SimpleQuery(context.Background(), `rollback`, &rows{}); err != nil {
			return err
		}
	}
}
