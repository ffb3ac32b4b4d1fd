package connectortest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"streamdb/connector"
	"streamdb/types"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// step is one chunk as text, with the place behind it.
type step struct {
	lines []string
	after connector.Offset
	inTxn bool
}

// read calls Next until the source ends, stops at limit.Until, or has given want lines
// (0: no bound).
func read(t *testing.T, r connector.Reader, limit connector.Limit, want int) (steps []step, ended bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for got := 0; want == 0 || got < want; {
		c, err := r.Next(ctx, limit)
		if errors.Is(err, io.EOF) {
			return steps, true
		}
		if err != nil {
			t.Fatalf("Next after %d lines: %v", got, err)
		}
		if limit.MaxRows > 0 && c.Rows() > limit.MaxRows {
			t.Fatalf("Next gave %d rows, limit %d", c.Rows(), limit.MaxRows)
		}
		s := step{lines: Lines(c), after: c.After, inTxn: c.InTxn}
		steps = append(steps, s)
		got += len(s.lines)
		if s.after.Reached(limit.Until) && !c.InTxn {
			return steps, false
		}
	}
	return steps, false
}

func allLines(steps []step) (lines []string) {
	for _, s := range steps {
		lines = append(lines, s.lines...)
	}
	return lines
}

// Lines is a chunk as text: a line per row, change and bad row.
func Lines(c connector.Chunk) []string {
	var lines []string
	if c.Batch != nil {
		for k := range c.Batch.Len() {
			lines = append(lines, rowText(c.Batch.RowDatums(c.Batch.Row(k))))
		}
	}
	for _, ch := range c.Changes {
		l := ch.Op.String() + " old=" + rowText(ch.Old) + " new=" + rowText(ch.New)
		if ch.OldKeyOnly {
			l += " key"
		}
		if len(ch.Unchanged) > 0 {
			l += fmt.Sprint(" unchanged=", ch.Unchanged)
		}
		lines = append(lines, l)
	}
	for _, b := range c.Bad {
		lines = append(lines, badPrefix+b.Offset+" "+fmt.Sprintf("%q", b.Payload)+" "+b.Err.Error())
	}
	return lines
}

const badPrefix = "bad "

// rowText shows a row's datums so that different images differ.
func rowText(r types.Row) string {
	var s strings.Builder
	for _, d := range r {
		switch {
		case d.IsNull():
			s.WriteString("|NULL")
		case d.Kind == types.KindBytes:
			s.WriteString(fmt.Sprintf("|%q", d.S))
		case d.J != 0 || d.S != "":
			s.WriteString(fmt.Sprintf("|%d,%d,%q", d.I, d.J, d.S))
		default:
			s.WriteString(fmt.Sprintf("|%d", d.I))
		}
	}
	return s.String()
}
