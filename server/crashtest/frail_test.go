package crashtest

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"streamdb/connector"
	"streamdb/server/engine"
	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// frail is a connector of sources and sinks that stops working between two steps.
type frail struct {
	ticks   *upstream
	open    atomic.Int64 // what was opened and not closed
	after   atomic.Int64 // openings that still work; negative: all
	recover atomic.Bool  // sinks cannot recover
	broken  func()       // called when something does not work
}

var errFrail = pgerr.New(pgerr.IOError, "the root is gone")

func (f *frail) opened() error {
	if f.after.Load() == 0 {
		return f.fail()
	}
	f.after.Add(-1)
	f.open.Add(1)
	return nil
}

func (f *frail) fail() error {
	if f.broken != nil {
		f.broken()
	}
	return errFrail
}

func (f *frail) config(cfg *engine.Config) {
	cfg.Connectors.Sources = append(cfg.Connectors.Sources, &connector.Spec{
		Name: "frail",
		Discover: func(context.Context, connector.Config) (connector.Found, error) {
			return connector.Found{Schema: tickSchema()}, nil
		},
		NewSource: func(connector.Config) (connector.Source, error) {
			return frailSource{tickSource{f.ticks}, f}, f.opened()
		},
	})
	cfg.Connectors.Sinks = append(cfg.Connectors.Sinks, &connector.Spec{
		Name:    "frail",
		NewSink: func(connector.Config) (connector.Sink, error) { return frailSink{f}, f.opened() },
	})
}

type frailSource struct {
	tickSource
	f *frail
}

func (s frailSource) Close() error { s.f.open.Add(-1); return nil }

type frailSink struct{ f *frail }

func (s frailSink) Prepare(context.Context, types.Epoch, []*types.Batch) error { return nil }
func (s frailSink) Commit(context.Context, types.Epoch) error                  { return nil }
func (s frailSink) Close() error                                               { s.f.open.Add(-1); return nil }

func (s frailSink) Recover(context.Context, types.Epoch) error {
	if s.f.recover.Load() {
		return s.f.fail()
	}
	return nil
}

// frailMakings are statements that cannot make what they are to make once the catalog has
// it, and how often the connector must have been opened by then.
var frailMakings = []struct {
	name, text string
	works      int64
	recover    bool
}{
	{"sink", `create sink made from v with (connector = 'frail')`, 1, false},
	{"sink that cannot recover", `create sink made from v with (connector = 'frail')`, -1, true},
	{"source", `create source made with (connector = 'frail')`, 0, false},
	{"table", `create table made (*) with (connector = 'frail')`, 0, false},
}

// TestNothingHalfMade makes what cannot run: its author is told why, and nothing is left of
// it, not after a restart either. Then it can be made.
func TestNothingHalfMade(t *testing.T) {
	for _, c := range frailMakings {
		t.Run(c.name, func(t *testing.T) {
			fs, f := state.NewCrashFS(), &frail{ticks: newUpstream()}
			f.after.Store(-1)
			db := mustOpen(t, fs, newUpstream(), f.config)
			db.run(`create table t (a int)`, `create materialized view v as select count(*) n from t`, `insert into t values (1)`)
			before := db.e.Catalog().UserRelations()
			f.after.Store(c.works)
			f.recover.Store(c.recover)
			if err := db.try(c.text); !errors.Is(err, errFrail) {
				t.Errorf("got %v, want %v", err, errFrail)
			}
			if n := f.open.Load(); n != 0 {
				t.Errorf("%d are still open", n)
			}
			nothing := func(db *database) {
				t.Helper()
				if now := db.e.Catalog().UserRelations(); len(now) != len(before) {
					t.Errorf("the catalog has %d relations, had %d", len(now), len(before))
				}
				db.expect(`show jobs`)
				db.run(`insert into t values (2)`, `checkpoint`)
				db.expect(`select n >= 2 from v`, "t")
			}
			nothing(db)
			cut := state.CrashClone(fs, 0, rand.New(rand.NewPCG(1, 1)))
			again := mustOpen(t, cut, newUpstream(), f.config)
			nothing(again)
			f.after.Store(-1)
			f.recover.Store(false)
			for _, db := range []*database{db, again} {
				db.run(c.text, `insert into t values (3)`, `checkpoint`)
				db.close()
			}
			if n := f.open.Load(); n != 0 {
				t.Errorf("%d are still open at the end", n)
			}
		})
	}
}

// TestHalfMadeOnFullDisk is the same with a disk that is full by then, so that it cannot be
// unmade: it is there, and says why it does not run, until it is dropped.
func TestHalfMadeOnFullDisk(t *testing.T) {
	for _, c := range frailMakings {
		t.Run(c.name, func(t *testing.T) {
			fs, f := state.NewCrashFS(), &frail{ticks: newUpstream()}
			f.after.Store(-1)
			var fail atomic.Pointer[error]
			full := error(syscall.ENOSPC)
			db := mustOpen(t, disk(fs, &fail, "create", "write"), newUpstream(), f.config)
			db.run(`create table t (a int)`, `create materialized view v as select count(*) n from t`, `checkpoint`)
			f.after.Store(c.works)
			f.recover.Store(c.recover)
			var tries []*attempt
			f.broken = func() {
				fail.Store(&full)
				eventually(t, "the log is found full", func() bool {
					a := db.begin(`insert into t values (0)`)
					tries = append(tries, a)
					return a.answered(20*time.Millisecond) && pgerr.Is(a.err, pgerr.DiskFull)
				})
			}
			if err := db.try(c.text); !errors.Is(err, errFrail) {
				t.Errorf("got %v, want %v", err, errFrail)
			}
			fail.Store(nil)
			f.broken = nil
			for _, a := range tries { // then the log has space again
				<-a.done
			}
			kind := strings.Fields(c.text)[1]
			stopped := func(db *database) {
				t.Helper()
				db.relation("made")
				if kind != "sink" {
					db.fails(pgerr.ObjectNotInPrerequisiteState, `select * from made`)
					db.fails(pgerr.ObjectNotInPrerequisiteState, `create materialized view w as select count(*) from made`)
				}
				if kind == "table" {
					db.fails(pgerr.ObjectNotInPrerequisiteState, `insert into made values (1, 1, 1)`)
				}
				db.run(`insert into t values (1)`, `checkpoint`)
			}
			stopped(db)
			again := mustOpen(t, state.CrashClone(fs, 0, rand.New(rand.NewPCG(1, 1))), newUpstream(), f.config)
			stopped(again)
			f.after.Store(-1)
			f.recover.Store(false)
			for _, db := range []*database{db, again} {
				db.run(`drop `+kind+` made`, c.text, `insert into t values (3)`, `checkpoint`)
				db.close()
			}
			if n := f.open.Load(); n != 0 {
				t.Errorf("%d are still open at the end", n)
			}
		})
	}
}

// TestInputGoneAtRestart starts again without what a connector needs: what reads it stops
// with it, and the rest runs. When it is there again, all of it does.
func TestInputGoneAtRestart(t *testing.T) {
	fs, f := state.NewCrashFS(), &frail{ticks: newUpstream()}
	f.after.Store(-1)
	f.ticks.add(2)
	db := mustOpen(t, fs, newUpstream(), f.config)
	db.run(
		`create table t (a int)`, `create source s with (connector = 'frail')`, `create table k (*) with (connector = 'frail')`,
		`create materialized view on_s as select count(*) n from s`, `create materialized view on_k as select count(*) n from k`,
		`create sink out from on_k with (connector = 'frail')`, `create materialized view on_t as select count(*) n from t`)
	eventually(t, "the rows are read", func() bool { return slices.Equal(db.query(`select on_s.n, on_k.n from on_s, on_k`), []string{"6|6"}) })
	db.run(`checkpoint`)
	cut := state.CrashClone(fs, 0, rand.New(rand.NewPCG(1, 1)))
	db.close()
	f.open.Store(0)
	f.after.Store(0)
	without := mustOpen(t, cut, newUpstream(), f.config)
	for _, name := range []string{"s", "k", "on_s", "on_k"} {
		without.fails(pgerr.ObjectNotInPrerequisiteState, `select * from `+name)
	}
	without.expect(`select name, status, reason from streamdb.views where status = 'stopped'`,
		`on_s|stopped|relation "public.s" has stopped`, `on_k|stopped|relation "public.k" has stopped`)
	without.expect(`select name, kind, status, reason from streamdb.sources`, `s|source|stopped|the root is gone`, `k|table|stopped|the root is gone`)
	without.expect(`select name, status, reason from streamdb.sinks`, `out|stopped|relation "public.on_k" has stopped`)
	without.run(`insert into t values (1)`, `checkpoint`)
	without.expect(`select * from on_t`, "1")
	without.close()
	f.after.Store(-1)
	f.ticks.add(1)
	again := mustOpen(t, cut, newUpstream(), f.config)
	eventually(t, "the rest is read", func() bool {
		return slices.Equal(again.query(`select on_s.n, on_k.n, on_t.n from on_s, on_k, on_t`), []string{"9|9|1"})
	})
	again.close()
}
