package state

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"streamdb/types"
)

// knob reads a number from the environment.
func knob(name string, normal int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return normal
}

// history is everything a run has promised so far.
type history struct {
	mu        sync.Mutex
	models    map[types.Epoch]*model
	acked     types.Epoch // newest committed epoch
	tried     types.Epoch
	ackedSeq  uint64 // newest durable log record
	triedSeq  uint64
	endOf     map[LogPos]uint64 // sequence number of the record that ends here
	neverSeqs map[uint64]bool   // records that were refused
	never     map[types.Epoch]bool
	noTrim    bool
}

func newHistory(m *model) *history {
	return &history{
		models: map[types.Epoch]*model{m.epoch: m}, acked: m.epoch, tried: m.epoch,
		endOf: map[LogPos]uint64{}, neverSeqs: map[uint64]bool{}, never: map[types.Epoch]bool{},
	}
}

// promise is the part of a history that a crash at some instant must respect.
type promise struct {
	acked, tried       types.Epoch
	ackedSeq, triedSeq uint64
}

func (h *history) promise() promise {
	h.mu.Lock()
	defer h.mu.Unlock()
	return promise{h.acked, h.tried, h.ackedSeq, h.triedSeq}
}

func (h *history) note(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}

// run drives a store: log records, checkpoints, trims. Refusals are noted, so that they
// can be looked for afterwards; the last model that was acknowledged comes back.
func (h *history) run(s *Store, rng *rand.Rand, m *model, steps int) *model {
	ctx := context.Background()
	seq := h.promise().triedSeq
	logPos := s.Log().End()
	h.note(func() { h.endOf[logPos] = seq })
	for range steps {
		var pos LogPos
		for range rng.IntN(4) {
			seq++
			payload := binary.BigEndian.AppendUint64(nil, seq)
			payload = append(payload, make([]byte, rng.IntN(300))...)
			h.note(func() { h.triedSeq = seq })
			var err error
			if pos, err = s.Log().Append(KindTxn, payload); err == nil && rng.IntN(3) > 0 {
				err = s.Log().Sync(pos)
			}
			h.note(func() {
				if err != nil {
					h.neverSeqs[seq] = true
				}
				if pos != 0 {
					h.endOf[pos] = seq
				}
			})
		}
		if pos != 0 && s.Log().Sync(pos) == nil {
			h.note(func() { h.ackedSeq = seq })
			logPos = pos
		}
		c, next := m.step(rng, 4+rng.IntN(40))
		if h.tried >= c.Epoch {
			c.Epoch = h.tried + 1
			next.epoch = c.Epoch
		}
		c.LogPos = logPos
		h.note(func() { h.tried, h.models[c.Epoch] = c.Epoch, next })
		if _, err := s.Commit(ctx, c); err != nil {
			h.note(func() { h.never[c.Epoch] = true })
			continue
		}
		h.note(func() { h.acked = c.Epoch })
		m = next
		if !h.noTrim && rng.IntN(3) == 0 {
			_ = s.Log().Trim(logPos)
		}
	}
	return m
}

// verify opens what a crash has left and holds it against the promise.
func (h *history) verify(t *testing.T, o OpenOptions, p promise) {
	t.Helper()
	s, err := Open("d", o)
	if err != nil {
		t.Errorf("open after a crash: %v", err)
		return
	}
	defer s.Close()
	meta, err := s.Load()
	if err != nil || meta.Epoch < p.acked || meta.Epoch > p.tried || h.never[meta.Epoch] {
		t.Errorf("epoch %d, acknowledged %d, tried %d, %v", meta.Epoch, p.acked, p.tried, err)
		return
	}
	m := h.models[meta.Epoch]
	if m == nil {
		t.Errorf("epoch %d was never tried", meta.Epoch)
		return
	}
	if d, err := m.diff(s); err != nil || d != "" {
		t.Errorf("epoch %d: %s %v", meta.Epoch, d, err)
	}
	if err := h.verifyLog(s, max(meta.LogPos, s.Log().First()), p); err != nil {
		t.Error(err)
	}
}

func (h *history) verifyLog(s *Store, from LogPos, p promise) error {
	last, known := h.endOf[from]
	if !known {
		return fmt.Errorf("log: replay starts at %d, where no record ends", from)
	}
	err := s.Log().Replay(from, func(_ LogPos, kind Kind, payload []byte) error {
		if kind == KindCheckpoint {
			return nil
		}
		seq := binary.BigEndian.Uint64(payload)
		if h.neverSeqs[seq] {
			return fmt.Errorf("log: record %d was refused, and is back", seq)
		}
		for missing := last + 1; missing < seq; missing++ {
			if !h.neverSeqs[missing] {
				return fmt.Errorf("log: record %d after %d", seq, last)
			}
		}
		last = seq
		return nil
	})
	if err != nil {
		return err
	}
	if last < p.ackedSeq {
		return fmt.Errorf("log: ends with record %d, acknowledged was %d", last, p.ackedSeq)
	}
	return nil
}

// snapshotter takes crash clones at random file operations.
type snapshotter struct {
	mu     sync.Mutex
	fs     *CrashFS
	rng    *rand.Rand
	every  int
	h      *history
	clones []crashClone
}

type crashClone struct {
	fs *CrashFS
	p  promise
}

func (c *snapshotter) MaybeError(errorfs.Op) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rng.IntN(c.every) > 0 {
		return nil
	}
	p := c.h.promise()
	clone := CrashClone(c.fs, []int{0, 20, 50, 80, 100}[c.rng.IntN(5)], c.rng)
	p.tried = c.h.promise().tried
	c.clones = append(c.clones, crashClone{clone, p})
	return nil
}

func (*snapshotter) String() string { return "snapshotter" }

// TestCrashAnywhere cuts the power at random file operations of commits, folds, flushes
// and compactions, and at random ones of the recovery after. STREAMDB_CRASHES sets how
// many crashes.
func TestCrashAnywhere(t *testing.T) {
	want := knob("STREAMDB_CRASHES", 500)
	if testing.Short() {
		want = 150
	}
	start := time.Now()
	done := 0
	for seed := uint64(1); done < want && !t.Failed(); seed++ {
		done += crashRun(t, seed)
	}
	t.Logf("%d crashes in %v", done, time.Since(start))
}

func crashRun(t *testing.T, seed uint64) int {
	rng := rand.New(rand.NewPCG(seed, 7))
	fs := NewCrashFS()
	m := newModel()
	h := newHistory(m)
	snaps := &snapshotter{fs: fs, rng: rand.New(rand.NewPCG(seed, 8)), every: 12, h: h}
	o := smallOptions(t, errorfs.Wrap(fs, snaps))
	if seed%2 == 0 {
		o.BatchBytes = 1 // every block goes ahead by itself (C2)
	}
	s := mustOpen(t, "d", o)
	h.run(s, rng, m, 40)
	if rng.IntN(2) == 0 {
		if err := s.Fold(context.Background()); err != nil {
			t.Error(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	clones := snaps.clones
	for i, c := range clones {
		// A crash during this recovery, then the recovery from that.
		again := &snapshotter{fs: c.fs, rng: snaps.rng, every: 60, h: h}
		h.verify(t, smallOptions(t, errorfs.Wrap(c.fs, again)), c.p)
		for _, nested := range again.clones {
			h.verify(t, smallOptions(t, nested.fs), c.p)
		}
		clones[i].fs = nil
		if t.Failed() {
			t.Logf("seed %d, crash %d", seed, i)
			return len(clones)
		}
	}
	return len(clones)
}
