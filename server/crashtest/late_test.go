package crashtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"streamdb/server/engine"
	"streamdb/state"
)

// TestLateReaderSpills holds a sink up while its table goes on, far beyond what changelogs
// may have in memory: statements and the other views are as quick and right as ever. Then
// the sink catches up, in one database as it is and in one after a power cut meanwhile.
func TestLateReaderSpills(t *testing.T) {
	const budget = 64 << 10
	small := func(c *engine.Config) { c.ChangesInMemory = budget }
	fs := state.NewCrashFS()
	db := mustOpen(t, fs, newUpstream(), small)
	db.run(`create table k (id int primary key, v text)`,
		`create materialized view fast as select count(*) n, sum(length(v)) l from k`,
		`create sink out from k with (connector = 'box')`,
		`insert into k select i, 'before' from generate_series(1, 100) i`, `checkpoint`)

	hold := make(chan struct{})
	db.trouble.prepare = func() error { <-hold; return nil }
	db.run(`insert into k values (0, 'held')`)
	held := make(chan error, 1)
	go func() { _, err := db.on(context.Background(), db.session(), `checkpoint`); held <- err }()
	eventually(t, "the checkpoint begins", func() bool {
		return db.query(`select count(*) > 0 from streamdb.checkpoints where status = 'in progress'`)[0] == "t"
	})
	const rounds, rows = 60, 200
	for i := range rounds {
		db.run(fmt.Sprintf(`insert into k select i, repeat('x', 60) from generate_series(%d, %d) i`, 1000+i*rows, 999+(i+1)*rows))
		db.expect(`select n from fast`, fmt.Sprint(101+(i+1)*rows))
		if i == rounds/2 {
			db.run(`alter table k add column w int default 7`,
				`create materialized view wide as select w, count(*) n from k group by w`)
		}
		if i == rounds/2+5 {
			db.run(`update k set w = 8 where id < 50`, `delete from k where id between 50 and 59`,
				`insert into k select i, 'before' from generate_series(50, 59) i`)
		}
	}
	eventually(t, "changes are moved to disk", func() bool { return spilled(db, "k") > 8*budget })
	lag := db.query(`select lag_bytes > 500000, lag_epochs > 50 from streamdb.sinks`)
	if lag[0] != "t|t" {
		t.Errorf("the lag of the sink: %v", lag)
	}
	crashed := state.CrashClone(fs, 70, rand.New(rand.NewPCG(1, 2)))
	again := mustOpen(t, crashed, newUpstream(), small)
	close(hold)
	if err := <-held; err != nil {
		t.Error(err)
	}
	for _, db := range []*database{db, again} {
		db.expect(`select * from fast`, fmt.Sprintf("%d|%d", 101+rounds*rows, 100*6+4+rounds*rows*60))
		db.expect(`select * from wide`, fmt.Sprintf("7|%d", 101+rounds*rows-50), "8|50")
		db.run(`checkpoint`)
		if got, want := len(boxRows(db)), 101+rounds*rows; got != want {
			t.Errorf("the sink shows %d rows, want %d", got, want)
		}
		eventually(t, "the files are removed", func() bool { return spilled(db, "%") == 0 })
		db.close()
	}
}

func boxRows(db *database) []string {
	rows, _ := db.box("out")
	return rows
}

// spilled is the bytes of a relation's changes on disk.
func spilled(db *database, name string) (n int64) {
	db.t.Helper()
	row := strings.Join(db.query(fmt.Sprintf(
		`select coalesce(sum(bytes), 0) from streamdb.memory where part = 'spilled' and object like 'public.%s'`, name)), " ")
	if _, err := fmt.Sscan(row, &n); err != nil {
		db.t.Fatal(err)
	}
	return n
}
