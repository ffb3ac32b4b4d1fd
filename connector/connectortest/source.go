package connectortest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"streamdb/connector"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// SourceCase is one source under test, over input that does not change meanwhile.
type SourceCase struct {
	// Open makes the source anew over the same input.
	Open func(t *testing.T) connector.Source
	// From is where the test starts reading; nil: the start.
	From connector.Offset
	// Lines is how many rows, changes and bad rows lie behind From; for an endless source,
	// how many to look at.
	Lines int
	// Bad is how many of them are bad rows.
	Bad int
	// Ends: the source is bounded, io.EOF follows the last row.
	Ends bool
	// Waits: the source has nothing more to give after Lines and waits.
	Waits bool
}

// Source runs the contract of [connector.Source].
func Source(t *testing.T, c SourceCase) {
	whole := c.readAll(t, connector.Limit{MaxRows: 1}) // bad rows in their place
	if n := len(allLines(whole)); n < c.Lines || (c.Ends || c.Waits) && n != c.Lines {
		t.Fatalf("read %d lines, want %d:\n%s", n, c.Lines, strings.Join(allLines(whole), "\n"))
	}
	lines := allLines(whole)[:c.Lines]
	t.Run("replay", func(t *testing.T) { c.testReplay(t, lines) })
	t.Run("into", func(t *testing.T) { c.testInto(t, lines) })
	t.Run("resume", func(t *testing.T) { c.testResume(t, lines) })
	t.Run("until", func(t *testing.T) { c.testUntil(t, lines) })
	t.Run("bad", func(t *testing.T) { c.testBad(t, lines) })
	t.Run("cancel", func(t *testing.T) { c.testCancel(t) })
	t.Run("backpressure", func(t *testing.T) { c.testBackpressure(t, lines) })
	t.Run("end", func(t *testing.T) { c.testEnd(t) })
}

// with opens source and reader for f and closes them after it.
func (c SourceCase) with(t *testing.T, from connector.Offset, f func(connector.Reader)) {
	t.Helper()
	s := c.Open(t)
	r, err := s.Open(t.Context(), from)
	if err != nil {
		t.Fatalf("Open(%x): %v", []byte(from), err)
	}
	f(r)
	if err := r.Close(); err != nil {
		t.Errorf("Reader.Close: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Source.Close: %v", err)
	}
}

func (c SourceCase) readAll(t *testing.T, l connector.Limit) (steps []step) {
	t.Helper()
	want := c.Lines
	if c.Ends {
		want = 0
	}
	c.with(t, c.From, func(r connector.Reader) { steps, _ = read(t, r, l, want) })
	return steps
}

// testReplay reads again, cut differently.
func (c SourceCase) testReplay(t *testing.T, want []string) {
	for _, rows := range []int{1, 7, 100} {
		got := allLines(c.readAll(t, connector.Limit{MaxRows: rows}))
		c.diff(t, fmt.Sprintf("with MaxRows %d", rows), got[:min(len(got), len(want))], want)
	}
}

// testInto lends batches to the reader, but not for every call, and looks at those it gave
// back only at the end: what followed must not have changed them.
func (c SourceCase) testInto(t *testing.T, want []string) {
	src := c.Open(t)
	schema := src.Schema().Types()
	if err := src.Close(); err != nil {
		t.Fatal(err)
	}
	var pieces []func() []string
	c.with(t, c.From, func(r connector.Reader) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		for got := 0; got < c.Lines; {
			limit := connector.Limit{MaxRows: 1 + len(pieces)%4}
			if len(pieces)%3 != 2 {
				limit.Into = types.NewBatch(schema, 0)
			}
			chunk, err := r.Next(ctx, limit)
			if err != nil {
				t.Fatalf("Next after %d lines: %v", got, err)
			}
			lines := Lines(chunk)
			got += len(lines)
			if chunk.Batch != nil && chunk.Batch == limit.Into {
				pieces = append(pieces, func() []string { return Lines(chunk) })
			} else {
				pieces = append(pieces, func() []string { return lines })
			}
		}
	})
	var got []string
	for _, lines := range pieces {
		got = append(got, lines()...)
	}
	c.diff(t, "with lent batches", got[:min(len(got), len(want))], want)
}

// places reads in small steps of random size and returns some of the offsets met, with the
// number of lines before each.
func (c SourceCase) places(t *testing.T) (offsets []connector.Offset, before []int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	c.with(t, c.From, func(r connector.Reader) {
		for got := 0; got < c.Lines; {
			steps, ended := read(t, r, connector.Limit{MaxRows: 1 + rng.IntN(5)}, 1)
			if ended {
				return
			}
			got += len(allLines(steps))
			if last := steps[len(steps)-1]; !last.inTxn && got < c.Lines {
				offsets, before = append(offsets, last.after), append(before, got)
			}
		}
	})
	for len(offsets) > 12 { // enough of them, spread
		k := rng.IntN(len(offsets))
		offsets, before = slices.Delete(offsets, k, k+1), slices.Delete(before, k, k+1)
	}
	return offsets, before
}

func (c SourceCase) testResume(t *testing.T, want []string) {
	offsets, before := c.places(t)
	for i, o := range offsets {
		rest := want[before[i]:]
		c.with(t, o, func(r connector.Reader) {
			steps, _ := read(t, r, connector.Limit{}, len(rest))
			got := allLines(steps)
			c.diff(t, fmt.Sprintf("resumed after %d lines", before[i]), got[:min(len(got), len(rest))], rest)
		})
	}
}

// testUntil lets a second reader stop at every place a first one reported.
func (c SourceCase) testUntil(t *testing.T, want []string) {
	offsets, before := c.places(t)
	for i, o := range offsets {
		c.with(t, c.From, func(r connector.Reader) {
			limit := connector.Limit{Until: o, MaxRows: 1 + i*3}
			steps, ended := read(t, r, limit, 0)
			if ended || len(steps) == 0 || steps[len(steps)-1].after.Compare(o) != 0 {
				t.Fatalf("did not stop at %x (ended %v)", []byte(o), ended)
			}
			c.diff(t, fmt.Sprintf("until %d lines", before[i]), allLines(steps), want[:before[i]])
			again, err := r.Next(t.Context(), limit)
			if err != nil || again.Rows() != 0 || again.After.Compare(o) != 0 {
				t.Fatalf("Next at Until: %d rows, after %x, %v", again.Rows(), []byte(again.After), err)
			}
			rest := want[before[i]:]
			more, _ := read(t, r, connector.Limit{}, len(rest))
			got := allLines(more)
			c.diff(t, "beyond Until", got[:min(len(got), len(rest))], rest)
		})
	}
}

func (c SourceCase) testBad(t *testing.T, lines []string) {
	n := 0
	for _, l := range lines {
		if strings.HasPrefix(l, badPrefix) {
			n++
		}
	}
	if n != c.Bad {
		t.Errorf("%d bad rows, want %d", n, c.Bad)
	}
}

func (c SourceCase) testCancel(t *testing.T) {
	c.with(t, c.From, func(r connector.Reader) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.Next(ctx, connector.Limit{}); !errors.Is(err, context.Canceled) {
			t.Errorf("Next with a cancelled context: %v", err)
		}
	})
	if !c.Waits {
		return
	}
	c.with(t, c.From, func(r connector.Reader) {
		read(t, r, connector.Limit{}, c.Lines)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		for {
			chunk, err := r.Next(ctx, connector.Limit{})
			if errors.Is(err, context.DeadlineExceeded) {
				return
			}
			if err != nil || chunk.Rows() > 0 {
				t.Fatalf("waiting Next: %d rows, %v", chunk.Rows(), err)
			}
		}
	})
}

// testBackpressure leaves a reader unasked in the middle, while another one, if the source
// takes a second, reads everything: neither has more or less for it.
func (c SourceCase) testBackpressure(t *testing.T, want []string) {
	if c.Lines < 2 {
		t.Skip("nothing to wait with")
	}
	src := c.Open(t)
	defer src.Close() //nolint:errcheck // its readers are what is tested
	idle, err := src.Open(t.Context(), c.From)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close() //nolint:errcheck // it read all
	steps, _ := read(t, idle, connector.Limit{MaxRows: 1}, 1)
	got := allLines(steps)
	other, err := src.Open(t.Context(), c.From)
	switch {
	case err == nil:
		defer other.Close() //nolint:errcheck // it read all
		steps, _ := read(t, other, connector.Limit{}, len(want))
		all := allLines(steps)
		c.diff(t, "beside a reader that is not asked", all[:min(len(all), len(want))], want)
	case !pgerr.Is(err, pgerr.ObjectInUse):
		t.Fatal(err)
	}
	steps, _ = read(t, idle, connector.Limit{MaxRows: 3}, len(want)-len(got))
	got = append(got, allLines(steps)...)
	c.diff(t, "after not being asked", got[:min(len(got), len(want))], want)
}

func (c SourceCase) testEnd(t *testing.T) {
	if !c.Ends {
		t.Skip("no end")
	}
	c.with(t, c.From, func(r connector.Reader) {
		steps, ended := read(t, r, connector.Limit{}, 0)
		if !ended {
			t.Fatal("no end")
		}
		if _, err := r.Next(t.Context(), connector.Limit{}); !errors.Is(err, io.EOF) {
			t.Errorf("Next behind the end: %v", err)
		}
		if len(steps) == 0 {
			return
		}
		last := steps[len(steps)-1].after
		c.with(t, last, func(r connector.Reader) {
			if _, ended := read(t, r, connector.Limit{}, 0); !ended {
				t.Error("no end when opened at the end")
			}
		})
	})
}

// diff compares lines; a chunk lists its bad rows behind its good ones, so with bad rows
// the order depends on the cuts.
func (c SourceCase) diff(t *testing.T, what string, got, want []string) {
	t.Helper()
	if c.Bad > 0 {
		got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	}
	diff(t, what, got, want)
}

func diff(t *testing.T, what string, got, want []string) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Fatalf("%s: line %d is\n%s\nwant\n%s", what, i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %d lines, want %d", what, len(got), len(want))
	}
}
