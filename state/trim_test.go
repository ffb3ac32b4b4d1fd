package state

import (
	"context"
	"fmt"
	"testing"

	"streamdb/types"
)

// TestTrimKeepsWhatReplayNeeds: a checkpoint is of a log position that records have gone
// beyond by the time it is finished, over several files. Trimming to it takes no file that
// the replay from there reads, and every one before.
func TestTrimKeepsWhatReplayNeeds(t *testing.T) {
	fs := NewCrashFS()
	o := smallOptions(t, fs)
	s := mustOpen(t, "d", o)
	n := 0
	put := func(records int) (pos LogPos) {
		for range records {
			payload := fmt.Appendf(make([]byte, 0, 300), "%0300d", n)
			n++
			var err error
			if pos, err = s.Log().Append(KindTxn, payload); err != nil {
				t.Fatal(err)
			}
			if err := s.Log().Sync(pos); err != nil {
				t.Fatal(err)
			}
		}
		return pos
	}
	for e := types.Epoch(1); e <= 20; e++ {
		pos := put(13 + int(e)) // the position is anywhere within a file
		from := n
		put(29)
		if _, err := s.Commit(context.Background(), &Checkpoint{Epoch: e, LogPos: pos}); err != nil {
			t.Fatal(err)
		}
		if err := s.Log().Trim(pos); err != nil {
			t.Fatal(err)
		}
		if first := s.Log().First(); first > pos || pos-first > 2*LogPos(o.SegmentBytes) {
			t.Errorf("epoch %d: the log begins at %d, position %d is needed", e, first, pos)
		}
		again, err := Open("d", smallOptions(t, CrashClone(fs, 0, nil)))
		if err != nil {
			t.Fatalf("epoch %d: %v", e, err)
		}
		err = again.Log().Replay(pos, func(_ LogPos, kind Kind, payload []byte) error {
			if kind == KindTxn && string(payload) != fmt.Sprintf("%0300d", from) {
				return fmt.Errorf("record %.20s… comes where %d is due", payload[280:], from)
			}
			if kind == KindTxn {
				from++
			}
			return nil
		})
		if err != nil || from != n {
			t.Fatalf("epoch %d: replay came to record %d of %d: %v", e, from, n, err)
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
