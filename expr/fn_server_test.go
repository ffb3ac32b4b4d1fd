package expr

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"streamdb/types"
)

// TestPrettySize compares with PostgreSQL's answers.
func TestPrettySize(t *testing.T) {
	for size, want := range map[int64]string{
		0: "0 bytes", 10239: "10239 bytes", 10240: "10 kB", 20970495: "20 MB", -10240: "-10 kB", -10750: "-10 kB",
		1234567890123: "1150 GB", 9223372036854775807: "8192 PB", -9223372036854775808: "-8192 PB",
	} {
		if got := prettySize(size); got != want {
			t.Errorf("pg_size_pretty(%d) = %s, want %s", size, got, want)
		}
	}
	for n, want := range map[string]string{
		"12.5": "12.5 bytes", "10239.9": "10239.9 bytes", "10240.5": "10 kB", "123456789.9": "118 MB", "-123456789.9": "-118 MB",
	} {
		v, err := types.ParseText(types.NumericT, n, types.DefaultStyle())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := prettyNumeric(types.NumericFromDatum(v)); err != nil || got.Str() != want {
			t.Errorf("pg_size_pretty(%s) = %s, %v, want %s", n, got.Str(), err, want)
		}
	}
}

func TestOptionRows(t *testing.T) {
	d, err := types.ParseText(types.Type{OID: 1009, Mod: -1}, "{a=b,c,NULL,d=e=f}", types.DefaultStyle())
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	err = optionRows(nil, types.Row{d}, func(r types.Row) bool {
		got += r[0].Str() + ":" + r[1].Str() + " "
		return true
	})
	if err != nil || got != "a:b c: d:e=f " {
		t.Errorf("%q, %v", got, err)
	}
}

// asleep is a session that is told of waits and never asked.
type asleep struct {
	Session
	waits *[]string
}

func (s asleep) Waiting(kind, event string) func() {
	*s.waits = append(*s.waits, kind+" "+event)
	return func() { *s.waits = append(*s.waits, "done") }
}

// TestSleepStops checks that pg_sleep looks at Interrupt.
func TestSleepStops(t *testing.T) {
	c := NewCtx(types.DefaultStyle(), 0)
	if c.sleep(0) == nil {
		t.Error("pg_sleep without a session")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Millisecond)
	defer cancel()
	var waits []string
	c.Session, c.Interrupt = asleep{waits: &waits}, ctx.Err
	if err := c.sleep(60); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	c.Interrupt = nil
	if err := c.sleep(0.001); err != nil {
		t.Error(err)
	}
	if got := strings.Join(waits, ", "); got != "Timeout PgSleep, done, Timeout PgSleep, done" {
		t.Error("waits:", got)
	}
}
