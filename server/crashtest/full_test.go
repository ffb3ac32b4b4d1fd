package crashtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"streamdb/server/engine"
	"streamdb/state"
	"streamdb/types/pgerr"
)

// disk is a file system whose writes can be made to fail.
func disk(fs *state.CrashFS, fail *atomic.Pointer[error], ops ...string) state.FS {
	return state.Intercept(fs, func(op, _ string) error {
		if err := fail.Load(); err != nil && slices.Contains(ops, op) {
			return *err
		}
		return nil
	})
}

// TestDiskFull fills the disk: what has been taken in waits, what comes is refused with
// 53100, reads go on, and with space again everything does, without a restart or after one.
func TestDiskFull(t *testing.T) {
	fs, ticks := state.NewCrashFS(), newUpstream()
	var fail atomic.Pointer[error]
	full := error(syscall.ENOSPC)
	db := mustOpen(t, disk(fs, &fail, "create", "write"), ticks)
	db.run(
		`create table k (id int primary key, v int)`,
		`create materialized view totals as select count(*) n, sum(v) s from k`,
		`create sink out from totals with (connector = 'box')`,
		`insert into k values (1, 10)`, `checkpoint`, `insert into k values (2, 20)`)
	fail.Store(&full)
	var tries []*attempt
	eventually(t, "the log is found full", func() bool {
		id := 100 + len(tries)
		a := db.begin(fmt.Sprintf(`insert into k values (%d, 0)`, id))
		a.row = fmt.Sprintf("%d|0", id)
		tries = append(tries, a)
		return a.answered(20*time.Millisecond) && pgerr.Is(a.err, pgerr.DiskFull)
	})
	db.fails(pgerr.DiskFull, `insert into k values (4, 40)`)
	db.fails(pgerr.DiskFull, `begin; update k set v = 0; commit`)
	db.fails(pgerr.DiskFull, `create table more (x int)`)
	db.expect(`select v from k where id = 4`)
	db.expect(`select v from k where id = 1`, "10")
	db.expect(`select count(*) >= 2 from k`, "t")
	db.expect(`select n >= 2 from totals`, "t")
	checkpoint := db.begin(`checkpoint`)
	if checkpoint.answered(50 * time.Millisecond) {
		t.Fatalf("a checkpoint did not wait: %v", checkpoint.err)
	}
	if !slices.ContainsFunc(tries, func(a *attempt) bool { return !a.answered(0) }) {
		t.Fatal("no insertion waits")
	}
	clone := state.CrashClone(fs, 0, nil)
	fail.Store(nil)
	want := []string{"1|10", "2|20", "4|41"}
	for _, a := range tries {
		switch <-a.done; {
		case a.err == nil:
			want = append(want, a.row)
		case !pgerr.Is(a.err, pgerr.DiskFull):
			t.Errorf("an insertion that waited: %v", a.err)
		}
	}
	if <-checkpoint.done; checkpoint.err != nil {
		t.Errorf("the checkpoint that waited: %v", checkpoint.err)
	}
	db.run(`insert into k values (4, 41)`, `create table more (x int)`)
	db.expect(`select * from k`, want...)
	db.expect(`select * from totals`, fmt.Sprintf("%d|71", len(want)))
	db.close()
	for name, fs := range map[string]*state.CrashFS{"with space again": fs, "while it was full": clone} {
		db := mustOpen(t, fs, ticks)
		left := want
		if fs == clone {
			left = []string{"1|10", "2|20"}
		}
		db.expect(`select * from k`, left...)
		db.run(`checkpoint`)
		if got, _ := db.box("out"); !slices.Equal(got, db.query(`select * from totals`)) {
			t.Errorf("restarted %s: the sink shows %q", name, got)
		}
		db.close()
	}
}

// attempt is a statement that runs beside others.
type attempt struct {
	row  string
	done chan struct{}
	err  error // valid once done is closed
}

func (db *database) begin(text string) *attempt {
	a := &attempt{done: make(chan struct{})}
	go func() {
		defer close(a.done)
		s := db.session()
		defer s.Close()
		_, a.err = db.on(context.Background(), s, text)
	}()
	return a
}

// answered reports whether the statement has ended, after waiting for it for a while.
func (a *attempt) answered(within time.Duration) bool {
	select {
	case <-a.done:
		return true
	case <-time.After(within):
	}
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

// TestFullDiskEnds: a database whose disk is full can still be closed.
func TestFullDiskEnds(t *testing.T) {
	fs := state.NewCrashFS()
	var fail atomic.Pointer[error]
	full := error(syscall.ENOSPC)
	db := mustOpen(t, disk(fs, &fail, "create", "write"), newUpstream())
	db.run(`create table k (id int primary key)`, `insert into k values (1)`)
	fail.Store(&full)
	go db.on(context.Background(), db.session(), `insert into k values (2)`) //nolint:errcheck // it is cut off
	time.Sleep(20 * time.Millisecond)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	done := make(chan struct{})
	go func() { db.e.Close(ctx); close(done) }() //nolint:errcheck // its last checkpoint cannot succeed
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end")
	}
	db = mustOpen(t, state.CrashClone(fs, 0, nil), newUpstream())
	defer db.close()
	db.expect(`select * from k`, "1")
}

// fsyncChild makes a test process the one whose disk fails.
const fsyncChild = "STREAMDB_FSYNC_CHILD"

// TestFailedFsyncEndsTheProcess with one line and exit code 70.
func TestFailedFsyncEndsTheProcess(t *testing.T) {
	if os.Getenv(fsyncChild) != "" {
		failingFsync(t)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestFailedFsyncEndsTheProcess$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), fsyncChild+"=1")
	var text strings.Builder
	cmd.Stderr = &text
	err = cmd.Run()
	if cmd.ProcessState.ExitCode() != state.ExitStorageFailure {
		t.Errorf("ended with %v", err)
	}
	if got := text.String(); strings.Count(got, "\n") != 1 || !strings.HasPrefix(got, "streamdb: fatal: could not fsync \"") {
		t.Errorf("said %q", got)
	}
}

func failingFsync(t *testing.T) {
	var fail atomic.Pointer[error]
	broken := error(syscall.EIO)
	fs := disk(state.NewCrashFS(), &fail, "fsync")
	db := mustOpen(t, fs, newUpstream(), func(cfg *engine.Config) { cfg.Open.Fatal = nil })
	db.run(`create table k (id int primary key)`, `insert into k values (1)`)
	fail.Store(&broken)
	t.Errorf("acknowledged: %v", db.try(`insert into k values (2)`))
}
