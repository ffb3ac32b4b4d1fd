package crashtest

import (
	"testing"
	"time"

	"streamdb/server/engine"
	"streamdb/state"
)

// TestSourceAloneIsCheckpointed: where nothing but a source changes, checkpoints are taken all
// the same, and sinks show what they make durable; when the source rests, so do they.
func TestSourceAloneIsCheckpointed(t *testing.T) {
	up := newUpstream()
	db := mustOpen(t, state.NewCrashFS(), up, func(c *engine.Config) { c.CheckpointInterval = time.Millisecond })
	db.run(`create source ticks with (connector = 'ticks')`,
		`create materialized view v as select count(*) n from ticks`,
		`create sink out from ticks with (connector = 'box')`)
	shown := func() int { rows, _ := db.box("out"); return len(rows) }
	for i := range 5 {
		up.add(1)
		eventually(t, "the sink shows a transaction", func() bool { return shown() == (i+1)*ticksPerTxn })
	}
	last := func() string {
		return db.query(`select max(id) from streamdb.checkpoints where status = 'completed'`)[0]
	}
	n := last()
	eventually(t, "checkpoints rest", func() bool {
		before := n
		n = last()
		return n == before
	})
	db.close()
}
