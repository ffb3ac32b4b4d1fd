package crashtest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"streamdb/wire"
)

// TestAlterWhileWriting adds columns to a table that is written to, by lone statements and
// by blocks, and crashes: no write is lost or takes place twice, and every row has every
// column, whichever came first.
func TestAlterWhileWriting(t *testing.T) {
	const writers, each, columns = 3, 60, 8
	c := whileWriting{
		setup: []string{
			`create table t (id int primary key, a int)`,
			`create materialized view v as select count(*) n, sum(a) s from t`, `insert into t values (0, 0)`,
		},
		writers: writers, each: each,
		texts: func(w, i int) []string {
			id := 1 + w*each + i
			return []string{
				fmt.Sprintf(`insert into t (id, a) values (%d, 0)`, id),
				`update t set a = a + 1 where id = 0`,
				fmt.Sprintf(`begin; update t set a = a + 1 where id = %d; commit`, id),
			}
		},
		refused: func(error) bool { return false },
	}
	c.meddle = func(_ *database, s wire.Session, _ <-chan struct{}) {
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
	}
	c.check = func(db *database) {
		t.Helper()
		n := writers*each + 1
		whole := fmt.Sprintf("%d|%d", n, 2*writers*each)
		db.expect(`select count(*), sum(a) from t`, whole)
		db.expect(`select * from v`, whole)
		var sums, want []string
		for c := range columns {
			sums = append(sums, fmt.Sprintf("sum(c%d)", c))
			want = append(want, fmt.Sprint(n*c+100))
		}
		db.expect(`select `+strings.Join(sums, ", ")+` from t`, strings.Join(want, "|"))
	}
	c.run(t)
}
