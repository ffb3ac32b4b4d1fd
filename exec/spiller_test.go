package exec

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"streamdb/state"
	"streamdb/types"
)

// spillFolder is the spill folder of a new data directory in memory. full makes it a disk
// without space.
func spillFolder(t testing.TB, full *atomic.Bool) *state.Spill {
	t.Helper()
	fs := state.Intercept(state.NewCrashFS(), func(op, path string) error {
		if full != nil && full.Load() && strings.HasSuffix(path, ".spill") && op != "remove" {
			return syscall.ENOSPC
		}
		return nil
	})
	s, err := state.Open("db", state.OpenOptions{FS: fs, DiskReserve: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.Spill()
}

// logModel is what a changelog must give: rows and barriers, in order.
type logModel struct {
	events []logEvent
	since  types.Epoch
	last   types.Epoch // closed
	cols   int
}

type logEvent struct {
	epoch types.Epoch // of the barrier, or that the row is in
	row   int64       // 0: the barrier
	part  uint64      // sequence number of the row's batch
	save  Saver
}

// savers are told apart by their numbers.
type numberedSaver int

func (numberedSaver) Wants(string) bool           { return false }
func (numberedSaver) Reached(string)              {}
func (numberedSaver) Save(string, []*state.Delta) {}

// modelCursor is a cursor and what it has yet to give.
type modelCursor struct {
	cur         *Cursor
	at          int // in events
	after       types.Epoch
	part, parts uint64
}

// logMachine runs random operations on a changelog and its model.
type logMachine struct {
	m    logModel
	log  *Changelog
	sp   *Spiller
	curs []*modelCursor
	next int64
}

func (s *logMachine) append(t *rapid.T) {
	rows := rapid.IntRange(1, 5).Draw(t, "rows")
	if rapid.IntRange(0, 30).Draw(t, "large") == 0 {
		rows = spilledRows + 3 // more than one record
	}
	b := types.NewBatch(make([]types.Type, 0), 0)
	b.Cols = append(b.Cols, types.NewVec(types.Int8, rows))
	for range s.m.cols - 1 {
		b.Cols = append(b.Cols, types.NewVec(types.Int8, rows))
	}
	if rapid.Bool().Draw(t, "missing column") {
		b.Cols = append(b.Cols, nil)
	}
	first := s.next + 1
	for range rows {
		s.next++
		for _, c := range b.Cols {
			if c != nil {
				c.AppendDatum(types.NewInt64(s.next))
			}
		}
		b.N++
	}
	seq := s.log.Append(b)
	for r := first; r <= s.next; r++ {
		s.m.events = append(s.m.events, logEvent{epoch: s.m.last + 1, row: r, part: seq})
	}
}

func (s *logMachine) close(t *rapid.T) {
	e := s.m.last + 1
	br := Barrier{Epoch: e}
	if rapid.IntRange(0, 3).Draw(t, "checkpoint") == 0 {
		br.Save = numberedSaver(e)
	}
	s.log.Close(br)
	s.m.last = e
	s.m.events = append(s.m.events, logEvent{epoch: e, save: br.Save})
}

// trim never goes beyond what a cursor has yet to read: so does the horizon of [Epochs].
func (s *logMachine) trim(t *rapid.T) {
	e := s.m.last
	for _, c := range s.curs {
		for at := c.at - 1; ; at-- {
			if at < 0 {
				e = min(e, s.m.since)
				break
			}
			if s.m.events[at].row == 0 {
				e = min(e, max(c.after, s.m.events[at].epoch))
				break
			}
		}
	}
	e = types.Epoch(rapid.Uint64Range(uint64(s.m.since), uint64(max(e, s.m.since))).Draw(t, "epoch"))
	s.log.Trim(e)
	s.m.since = max(s.m.since, e)
}

func (s *logMachine) cursor(t *rapid.T) {
	if len(s.curs) > 4 {
		return
	}
	e := types.Epoch(rapid.Uint64Range(uint64(s.m.since), uint64(s.m.last+2)).Draw(t, "after"))
	cur, ok := s.log.Cursor(e)
	if !ok {
		t.Fatalf("no cursor after epoch %d, since is %d", e, s.m.since)
	}
	c := &modelCursor{cur: cur, after: e}
	if rapid.Bool().Draw(t, "dealt") {
		c.parts = 3
		c.part = rapid.Uint64Range(0, 2).Draw(t, "part")
		cur.Deal(int(c.part), int(c.parts))
	}
	c.at = slices.IndexFunc(s.m.events, func(ev logEvent) bool { return ev.epoch > e })
	if c.at < 0 {
		c.at = len(s.m.events)
	}
	s.curs = append(s.curs, c)
}

func (s *logMachine) read(t *rapid.T) {
	if len(s.curs) == 0 {
		return
	}
	c := s.curs[rapid.IntRange(0, len(s.curs)-1).Draw(t, "cursor")]
	for range rapid.IntRange(1, 20).Draw(t, "steps") {
		if !s.step(t, c) {
			return
		}
	}
}

// step reads once and compares; false at the end.
func (s *logMachine) step(t *rapid.T, c *modelCursor) bool {
	b, br, ready, err := c.cur.Next()
	if err != nil {
		t.Fatal(err)
	}
	for c.at < len(s.m.events) {
		ev := s.m.events[c.at]
		if foreign := ev.row != 0 && c.parts > 0 && ev.part%c.parts != c.part; !foreign && ev.epoch > c.after {
			break
		}
		c.at++
	}
	if !ready {
		if c.at < len(s.m.events) {
			t.Fatalf("nothing to read before %+v", s.m.events[c.at])
		}
		return false
	}
	if b == nil {
		if ev := s.m.events[c.at]; ev.row != 0 || ev.epoch != br.Epoch || ev.save != br.Save {
			t.Fatalf("barrier %+v, want %+v", br, ev)
		}
		c.at++
		return true
	}
	for k := range b.Len() {
		if got, ev := b.Cols[0].Int64s()[b.Row(k)], s.m.events[c.at]; ev.row != got {
			t.Fatalf("row %d, want %+v", got, ev)
		}
		c.at++
	}
	return true
}

func (s *logMachine) drop(t *rapid.T) {
	if len(s.curs) > 0 {
		i := rapid.IntRange(0, len(s.curs)-1).Draw(t, "cursor")
		s.curs[i].cur.Close()
		s.curs = slices.Delete(s.curs, i, i+1)
	}
}

func (s *logMachine) spill(t *rapid.T) {
	s.sp.budget = rapid.SampledFrom([]int64{0, 0, 1 << 10, 10 << 10, 1 << 20}).Draw(t, "budget")
	s.log.mu.Lock()
	s.log.spillIfLarge()
	s.log.mu.Unlock()
	if err := s.sp.work(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func (s *logMachine) after(t *rapid.T) {
	e := types.Epoch(rapid.Uint64Range(uint64(s.m.since), uint64(s.m.last)).Draw(t, "after"))
	var want, got []int64
	for _, ev := range s.m.events {
		if ev.epoch > e && ev.row != 0 {
			want = append(want, ev.row)
		}
	}
	_, err := s.log.After(e, 0, func(b *types.Batch) {
		if len(b.Cols) < s.m.cols {
			t.Fatalf("%d columns, want %d", len(b.Cols), s.m.cols)
		}
		for k := range b.Len() {
			got = append(got, b.Cols[0].Int64s()[b.Row(k)])
		}
	})
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("after %d: %v, %v, want %v", e, got, err, want)
	}
}

func (s *logMachine) widen(t *rapid.T) {
	if s.m.cols < 4 {
		s.log.widen([]types.Type{types.Int8}, intRow(7))
		s.m.cols++
	}
}

// check compares what is counted with what is there.
func (s *logMachine) check(t *rapid.T) {
	memory, files := s.log.Bytes()
	if memory != s.sp.total.Load() {
		t.Fatalf("%d bytes in memory, the spiller counts %d", memory, s.sp.total.Load())
	}
	if s.log.first == nil != (files == 0) || memory < 0 {
		t.Fatalf("%d bytes in memory, %d in files", memory, files)
	}
}

// TestSpilledChangelogEqualsModel: whatever is moved to files, and whenever, cursors read
// the same rows and barriers, and after every trim only what is needed is there.
func TestSpilledChangelogEqualsModel(t *testing.T) {
	folder := spillFolder(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		before := folder.Files()
		s := &logMachine{m: logModel{since: 10, last: 10, cols: 1}, log: NewChangelog(10)}
		s.sp = NewSpiller(folder, 0, slog.New(slog.DiscardHandler))
		s.log.keepIn(s.sp, 1<<40)
		t.Repeat(map[string]func(*rapid.T){
			"append": s.append, "close": s.close, "trim": s.trim, "cursor": s.cursor, "read": s.read, "read more": s.read,
			"drop": s.drop, "spill": s.spill, "after": s.after, "widen": s.widen, "": s.check,
		})
		for _, c := range s.curs {
			for s.step(t, c) {
			}
			c.cur.Close()
		}
		s.log.forget()
		if err := s.sp.work(context.Background()); err != nil {
			t.Fatal(err)
		}
		if folder.Files() != before || s.sp.total.Load() != 0 {
			t.Fatalf("%d files and %d bytes are left", folder.Files()-before, s.sp.total.Load())
		}
	})
}

// spillNow moves all complete epochs to files.
func spillNow(l *Changelog) error {
	l.mu.Lock()
	l.spillIfLarge()
	l.mu.Unlock()
	return l.spiller.work(context.Background())
}

// TestSpillOnFullDisk: without space everything stays in memory and readable, whoever
// fills the log waits, and it goes on when there is space again.
func TestSpillOnFullDisk(t *testing.T) {
	var full atomic.Bool
	var said strings.Builder
	l := NewChangelog(0)
	l.keepIn(NewSpiller(spillFolder(t, &full), 0, slog.New(slog.NewTextHandler(&said, nil))), 1<<40)
	c := cursorAt(t, l, 0)
	full.Store(true)
	var want []string
	for e := types.Epoch(1); e <= 5; e++ {
		l.Append(intBatch(1, int64(10*e)))
		l.Close(Barrier{Epoch: e})
		want = append(want, fmt.Sprintf("%d |%d", 10*e, e))
		if err := spillNow(l); err == nil {
			t.Fatal("a full disk takes it")
		} else {
			l.spiller.failed(err)
		}
	}
	if _, files := l.Bytes(); files != 0 || !l.full() {
		t.Errorf("%d bytes in files; full: %v", files, l.full())
	}
	full.Store(false)
	if err := spillNow(l); err != nil {
		t.Fatal(err)
	}
	if memory, files := l.Bytes(); files == 0 || memory != 0 || l.full() {
		t.Errorf("%d bytes in memory, %d in files; full: %v", memory, files, l.full())
	}
	expect(t, "all", drain(t, c), strings.Join(want, " "))
	if n := strings.Count(said.String(), "\n"); n != 2 {
		t.Errorf("%d lines in the log: %s", n, said.String())
	}
}

// TestSpilledLogEnds: a reader that is behind reads to the end first, and is told then.
func TestSpilledLogEnds(t *testing.T) {
	l := NewChangelog(0)
	l.keepIn(NewSpiller(spillFolder(t, nil), 0, slog.New(slog.DiscardHandler)), 1<<40)
	c := cursorAt(t, l, 0)
	l.Append(intBatch(1, 1))
	l.Close(Barrier{Epoch: 1})
	l.Append(intBatch(1, 2))
	if err := spillNow(l); err != nil {
		t.Fatal(err)
	}
	l.End(errors.New("gone"))
	expect(t, "ended", drain(t, c), "1 |1 2 gone")
}

// TestSpilledFileGone: a file that cannot be read is the reader's error, not a gap.
func TestSpilledFileGone(t *testing.T) {
	l := NewChangelog(0)
	l.keepIn(NewSpiller(spillFolder(t, nil), 0, slog.New(slog.DiscardHandler)), 1<<40)
	c := cursorAt(t, l, 0)
	l.Append(intBatch(1, 1))
	l.Close(Barrier{Epoch: 1})
	if err := spillNow(l); err != nil {
		t.Fatal(err)
	}
	l.first.file.Remove()
	if _, _, _, err := c.Next(); err == nil {
		t.Error("a missing file is passed over")
	}
	if _, err := l.After(0, 0, func(*types.Batch) {}); err == nil {
		t.Error("a missing file is passed over by a scan")
	}
}
