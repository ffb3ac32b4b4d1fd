package exec

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"streamdb/types"
)

var oneInt = []types.Type{types.Int8}

func intRow(v int64) types.Row { return types.Row{types.NewInt64(v)} }

// intBatch is a delta of one bigint column, all of weight w.
func intBatch(w int64, vs ...int64) *types.Batch {
	b := types.NewBatch(oneInt, len(vs))
	for _, v := range vs {
		b.AppendRow(intRow(v), w)
	}
	return b
}

// drain reads a cursor as far as it goes: values, and |e at each barrier.
func drain(t *testing.T, c *Cursor) string {
	t.Helper()
	var out []string
	for {
		b, br, ready, err := c.Next()
		switch {
		case err != nil:
			return strings.Join(append(out, err.Error()), " ")
		case !ready:
			return strings.Join(out, " ")
		case b != nil:
			for k := range b.Len() {
				out = append(out, fmt.Sprint(b.Cols[0].Int64s()[b.Row(k)]))
			}
		default:
			out = append(out, fmt.Sprintf("|%d", br.Epoch))
		}
	}
}

func cursorAt(t *testing.T, l *Changelog, e types.Epoch) *Cursor {
	t.Helper()
	c, ok := l.Cursor(e)
	if !ok {
		t.Fatalf("no cursor after epoch %d", e)
	}
	return c
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestCursorsReadByThemselves(t *testing.T) {
	l := NewChangelog(10)
	slow := cursorAt(t, l, 10)
	l.Append(intBatch(1, 1, 2))
	fast := cursorAt(t, l, 10)
	expect(t, "open epoch", drain(t, fast), "1 2")
	l.Close(Barrier{Epoch: 11})
	l.Append(intBatch(1, 3))
	l.Close(Barrier{Epoch: 14}) // numbers may be left out, after a restart
	expect(t, "fast", drain(t, fast), "|11 3 |14")
	expect(t, "after 11", drain(t, cursorAt(t, l, 11)), "3 |14")
	expect(t, "after 12", drain(t, cursorAt(t, l, 12)), "3 |14")
	expect(t, "after 14", drain(t, cursorAt(t, l, 14)), "")

	l.Trim(14)
	if n, _ := l.Bytes(); n != 0 {
		t.Errorf("%d bytes kept after all was trimmed", n)
	}
	if _, ok := l.Cursor(13); ok {
		t.Error("a cursor reaches behind since")
	}
	if since, upper, _ := l.Bounds(); since != 14 || upper != 15 {
		t.Errorf("bounds %d, %d", since, upper)
	}
	expect(t, "a slow reader keeps what it has not read", drain(t, slow), "1 2 |11 3 |14")
	l.End(errors.New("gone"))
	expect(t, "ended", drain(t, slow), "gone")
}

// TestCursorAheadOfLog: a reader may ask for what follows an epoch that the log has not
// reached, and must not be given that epoch.
func TestCursorAheadOfLog(t *testing.T) {
	l := NewChangelog(10)
	l.Append(intBatch(1, 1))
	c := cursorAt(t, l, 12)
	expect(t, "open epoch", drain(t, c), "")
	l.Close(Barrier{Epoch: 11})
	l.Append(intBatch(1, 2))
	expect(t, "epoch 12 open", drain(t, c), "")
	l.Close(Barrier{Epoch: 12})
	l.Append(intBatch(1, 3))
	expect(t, "epoch 13 open", drain(t, c), "3")
	l.Close(Barrier{Epoch: 13})
	expect(t, "epoch 13", drain(t, c), "|13")
}

func TestTrimKeepsOpenEpoch(t *testing.T) {
	l := NewChangelog(0)
	l.Close(Barrier{Epoch: 1})
	l.Append(intBatch(1, 1))
	l.Trim(9)
	if since, upper, _ := l.Bounds(); since != 1 || upper != 2 {
		t.Errorf("bounds %d, %d", since, upper)
	}
	expect(t, "open epoch", drain(t, cursorAt(t, l, 1)), "1")
}

func TestSubscribersAreWoken(t *testing.T) {
	l := NewChangelog(0)
	wake := make(chan struct{}, 1)
	l.Subscribe(wake)
	woken := func() bool {
		select {
		case <-wake:
			return true
		default:
			return false
		}
	}
	for _, c := range []struct {
		what string
		do   func()
	}{
		{"append", func() { l.Append(intBatch(1, 1)) }},
		{"close", func() { l.Close(Barrier{Epoch: 1}) }},
		{"trim", func() { l.Trim(1) }},
		{"end", func() { l.End(errors.New("gone")) }},
	} {
		if c.do(); !woken() {
			t.Errorf("%s wakes nobody", c.what)
		}
	}
	l.Unsubscribe(wake)
	if l.Append(intBatch(1, 1)); woken() {
		t.Error("woken after Unsubscribe")
	}
}

// TestSkippedEpochIsNotKept: what fills a view is no change that anybody will read; what
// follows is.
func TestSkippedEpochIsNotKept(t *testing.T) {
	l := NewChangelog(9)
	l.Skip(10)
	if _, ok := l.Cursor(9); ok {
		t.Error("a cursor before the first epoch that is kept")
	}
	c := cursorAt(t, l, 10)
	l.Append(intBatch(1, 1, 2))
	l.Close(Barrier{Epoch: 10})
	if n, _ := l.Bytes(); n > epochBytes {
		t.Errorf("%d bytes kept", n)
	}
	l.Append(intBatch(1, 3))
	l.Close(Barrier{Epoch: 11})
	expect(t, "after 10", drain(t, c), "3 |11")
	if since, upper, _ := l.Bounds(); since != 10 || upper != 12 {
		t.Errorf("bounds %d, %d", since, upper)
	}
}
