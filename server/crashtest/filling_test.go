package crashtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"streamdb/server/engine"
	"streamdb/state"
	"streamdb/types/pgerr"
)

// TestFillWhileWriting makes views over a table that writers keep changing: when CREATE
// returns, and later, the view is its query over the table.
func TestFillWhileWriting(t *testing.T) {
	db := mustOpen(t, state.NewCrashFS(), newUpstream())
	defer db.close()
	db.run(`create table k (id int primary key, g int, v int)`,
		`insert into k select i, i % 7, i % 100 from generate_series(0, 2999) i`)
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for w := range 2 {
		wg.Go(func() {
			s := db.session()
			defer s.Close()
			rng := rand.New(rand.NewPCG(uint64(w), 1))
			for ctx.Err() == nil {
				text := fmt.Sprintf(`update k set v = v + 1, g = (g + 1) %% 7 where id %% 50 = %d`, rng.IntN(50))
				if rng.IntN(3) == 0 {
					text = fmt.Sprintf(`delete from k where id = %d`, rng.IntN(3000))
				}
				if _, err := db.on(context.Background(), s, text); err != nil {
					t.Error(err)
				}
			}
		})
	}
	const query = `select g, count(*) c, sum(v) s, min(v) lo, max(v) hi from k group by g`
	for i := range 10 {
		db.run(fmt.Sprintf(`create materialized view v%d as %s`, i, query))
		for range 3 {
			db.run(`begin`)
			if got, want := db.query(fmt.Sprintf(`select * from v%d`, i)), db.query(query); !slices.Equal(got, want) {
				t.Errorf("view %d\ngot  %q\nwant %q", i, got, want)
			}
			db.run(`commit`)
		}
	}
	cancel()
	wg.Wait()
	for i := range 10 {
		db.expect(fmt.Sprintf(`select * from v%d`, i), db.query(query)...)
	}
}

// TestFillingEnds: a view cannot be read before it is filled; cancelling its CREATE removes
// it, losing the connection does not, CANCEL JOB does, and DROP does not wait for data.
func TestFillingEnds(t *testing.T) {
	db := mustOpen(t, state.NewCrashFS(), newUpstream())
	defer db.close()
	exists := func(name string) bool { _, ok := db.e.Catalog().Lookup(nil, "public", name); return ok }
	const endless = ` as select count(*) n from generate_series(1, 20000000000) i`
	create := func(name string, cause error) {
		t.Helper()
		ctx, cancel := context.WithCancelCause(context.Background())
		done := make(chan error, 1)
		go func() {
			s := db.session()
			defer s.Close()
			_, err := db.on(ctx, s, `create materialized view "`+name+`"`+endless)
			done <- err
		}()
		eventually(t, name+" is being filled", func() bool { return len(db.query(`show jobs`)) > 0 && exists(name) })
		db.fails(pgerr.ObjectNotInPrerequisiteState, `select * from "`+name+`"`)
		cancel(cause)
		if err := <-done; err == nil {
			t.Errorf("%s was filled", name)
		}
	}
	create("cancelled", pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request"))
	if exists("cancelled") {
		t.Error("a view whose CREATE was cancelled is there")
	}
	create("left", engine.ErrDetached)
	if !exists("left") {
		t.Fatal("a view whose client went away is gone")
	}
	db.fails(pgerr.ObjectNotInPrerequisiteState, `select * from "left"`)
	start := time.Now()
	db.run(`drop materialized view "left"`)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("DROP took %v", took)
	}
	db.run(`set background_ddl = on`, `create materialized view third`+endless)
	jobs := db.query(`show jobs`)
	if len(jobs) != 1 {
		t.Fatalf("jobs %q", jobs)
	}
	id, _, _ := strings.Cut(jobs[0], "|")
	db.run(`cancel job ` + id)
	eventually(t, "the job's view is gone", func() bool { return !exists("third") && len(db.query(`show jobs`)) == 0 })
}

// logged keeps what the engine logs.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// TestCrashWhileFilling: the view is filled after the restart, from the start, and the log
// says so.
func TestCrashWhileFilling(t *testing.T) {
	fs, ticks := state.NewCrashFS(), newUpstream()
	db := mustOpen(t, fs, ticks)
	db.run(`create table k (id int primary key, g int)`, `insert into k select i, i % 3 from generate_series(1, 300) i`, `checkpoint`)
	var clones []*state.CrashFS
	snap := func() { clones = append(clones, state.CrashClone(fs, 0, nil)) }
	db.run(`set background_ddl = on`, `create materialized view v as select a.g, count(*) c from k a join k b on a.g = b.g group by a.g`)
	snap()
	db.run(`insert into k values (301, 1)`)
	snap()
	db.run(`checkpoint`)
	snap()
	db.close()
	for i, clone := range clones {
		var l logged
		db := mustOpen(t, clone, ticks, func(cfg *engine.Config) { cfg.Log = slog.New(slog.NewTextHandler(&l, nil)) })
		filling := i == 0 // later it may be filled already
		if filling && !strings.Contains(l.String(), "filled again") {
			t.Errorf("the log says nothing of the view: %s", l.String())
		}
		id := db.relation("v").ID
		eventually(t, "the view is filled", func() bool { s, _ := db.e.Relation(id).Status(); return s == engine.Running })
		db.expect(`select * from v`, db.query(`select a.g, count(*) c from k a join k b on a.g = b.g group by a.g`)...)
		db.run(`insert into k values (400, 0)`, `delete from k where id < 10`)
		db.expect(`select * from v`, db.query(`select a.g, count(*) c from k a join k b on a.g = b.g group by a.g`)...)
		db.close()
	}
}

// TestStoppedSink: a sink that fails stops alone; the rest goes on and survives a restart
// right.
func TestStoppedSink(t *testing.T) {
	fs, ticks := state.NewCrashFS(), newUpstream()
	db := mustOpen(t, fs, ticks)
	db.run(
		`create table k (id int primary key, v int)`,
		`create materialized view totals as select count(*) n, sum(v) s from k`,
		`create sink bad from totals with (connector = 'box')`,
		`insert into k values (1, 10)`, `checkpoint`)
	db.trouble.prepare = func() error { return errors.New("out of order") }
	db.run(`insert into k values (2, 20)`, `checkpoint`)
	eventually(t, "the sink stops", func() bool {
		s, err := db.e.Relation(db.relation("bad").ID).Status()
		return s == engine.Stopped && strings.Contains(err.Error(), "out of order")
	})
	db.expect(`select * from totals`, "2|30")
	clones := []*state.CrashFS{state.CrashClone(fs, 0, nil)} // the checkpoint at whose barrier it stopped
	db.run(`insert into k values (3, 30)`, `checkpoint`)
	db.expect(`select * from totals`, "3|60")
	clones = append(clones, state.CrashClone(fs, 0, nil))
	db.run(`drop sink bad`, `checkpoint`)
	db.close()
	for i, clone := range clones {
		db := mustOpen(t, clone, ticks)
		db.expect(`select * from totals`, []string{"2|30", "3|60"}[i])
		db.run(`insert into k values (4, 40)`, `checkpoint`)
		db.expect(`select * from totals`, []string{"3|70", "4|100"}[i])
		if s, _ := db.e.Relation(db.relation("bad").ID).Status(); s != engine.Stopped {
			t.Errorf("a sink that has lost rows is %s after the restart", s)
		}
		db.close()
	}
}

// TestLateSinkCommit: output that is durable but cannot be shown is shown by a later
// checkpoint, in order, and holds nothing else up.
func TestLateSinkCommit(t *testing.T) {
	db := mustOpen(t, state.NewCrashFS(), newUpstream())
	defer db.close()
	db.run(`create table k (id int primary key)`, `create sink out from k with (connector = 'box')`)
	db.trouble.commit = func() error { return errors.New("not now") }
	db.run(`insert into k values (1)`, `checkpoint`, `insert into k values (2)`, `checkpoint`)
	if rows, _ := db.box("out"); len(rows) > 0 {
		t.Errorf("shows %q", rows)
	}
	db.trouble.commit = nil
	db.run(`checkpoint`)
	if rows, epochs := db.box("out"); !slices.Equal(rows, []string{"1", "2"}) || len(epochs) != 2 {
		t.Errorf("shows %q of epochs %v", rows, epochs)
	}
}

// TestRenameThenCheckpoint: a checkpoint knows its participants, whatever they are called by
// now.
func TestRenameThenCheckpoint(t *testing.T) {
	fs, ticks := state.NewCrashFS(), newUpstream()
	db := mustOpen(t, fs, ticks)
	db.run(
		`create table k (id int primary key, v int)`,
		`create materialized view one as select sum(v) s from k`,
		`insert into k values (1, 10)`,
		`alter materialized view one rename to two`,
		`create materialized view one as select count(*) n from k`,
		`checkpoint`,
		`insert into k values (2, 20)`,
		`checkpoint`)
	clone := state.CrashClone(fs, 0, nil)
	db.close()
	db = mustOpen(t, clone, ticks)
	defer db.close()
	db.expect(`select * from one`, "2")
	db.expect(`select * from two`, "30")
}

// TestResume: a stopped view's dependents stop with it, and each goes on when told to.
func TestResume(t *testing.T) {
	fs, ticks := state.NewCrashFS(), newUpstream()
	db := mustOpen(t, fs, ticks)
	db.run(
		`create table k (id int primary key, v int)`,
		`insert into k values (1, 10), (2, 20)`,
		`create materialized view base as select id, v from k where v > 5`,
		`create materialized view upper as select sum(v) s from base`,
		`create materialized view other as select count(*) n from k`,
		`checkpoint`)
	status := func(name string) engine.Status {
		s, _ := db.e.Relation(db.relation(name).ID).Status()
		return s
	}
	var clones []*state.CrashFS
	for i := range 3 {
		db.e.Relation(db.relation("base").ID).Flow.Abort(errors.New("a test"))
		eventually(t, "both stop", func() bool { return status("base") == engine.Stopped && status("upper") == engine.Stopped })
		db.fails(pgerr.ObjectNotInPrerequisiteState, `select * from base`)
		db.fails(pgerr.ObjectNotInPrerequisiteState, `select * from upper`)
		if err := db.try(`alter materialized view upper resume`); err == nil {
			t.Error("a view goes on without what it reads")
		}
		db.run(fmt.Sprintf(`insert into k values (%d, 6)`, 3+i), `delete from k where id = 1`)
		if i == 1 {
			db.run(`checkpoint`) // of which the stopped views are no part
		}
		db.expect(`select * from other`, fmt.Sprint(2+i))
		clones = append(clones, state.CrashClone(fs, 0, nil))
		db.run(`alter materialized view base resume`, `alter materialized view upper resume`)
		clones = append(clones, state.CrashClone(fs, 0, nil))
		db.expect(`select * from upper`, fmt.Sprint(20+6*(i+1)))
		if i != 1 {
			db.run(`checkpoint`, `checkpoint`)
			clones = append(clones, state.CrashClone(fs, 0, nil))
		}
	}
	db.close()
	for _, clone := range clones {
		db = mustOpen(t, clone, ticks)
		for _, name := range []string{"base", "upper", "other"} {
			eventually(t, name+" runs", func() bool { return status(name) == engine.Running })
		}
		db.expect(`select * from base`, db.query(`select id, v from k where v > 5`)...)
		db.expect(`select * from upper`, db.query(`select sum(v) from k where v > 5`)...)
		db.run(`insert into k values (50, 1000)`, `checkpoint`)
		db.expect(`select * from upper`, db.query(`select sum(v) from k where v > 5`)...)
		db.close()
	}
}
