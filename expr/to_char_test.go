package expr

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"streamdb/types"
)

// A constant pattern gives the texts that it gives row by row, whatever the rows before.
func TestToCharConstantPattern(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	b := types.NewBatch([]types.Type{types.Timestamp, types.TimestampTZ}, 400)
	at := types.NewInt64(0)
	for range 400 {
		switch r.IntN(8) {
		case 0: // another era
			at = types.NewInt64(minTimestamp + 2*r.Int64N(endTimestamp/2-minTimestamp/2))
		case 1: // around the end of a summer time
			at = types.NewInt64(499_050_000*usPerSec + (r.Int64N(8)-4)*usPerHour/2)
		case 2:
			at = types.NewInt64(at.I + (r.Int64N(3)-1)*usPerHour)
		case 3:
			at = types.NewInt64(at.I + r.Int64N(3) - 1)
		}
		d := at
		if r.IntN(10) == 0 {
			d = []types.Datum{{}, types.NewInt64(tsInf), types.NewInt64(tsNegInf)}[r.IntN(3)]
		}
		b.AppendRow(types.Row{d, d}, 1)
	}
	for _, zone := range []string{"", "Europe/Berlin", "Asia/Kathmandu"} {
		c := testCtx(t, zone)
		for _, pattern := range []string{
			"YYYY-MM-DD", "HH24:MI", "HH12:MI:SS AM", "FMDay, FMDDth FMMonth YYYY BC", "IYYY-IW-ID", "Q CC J DDD W WW", "HH24",
			"SSSS", "MS", "US FF1", "TZ", "OF", "TZH:TZM", "YYYY-MM-DD HH24:MI:SS.MS TZ", "no field", "Y,YYY yy RM rm Mon DY",
		} {
			for i, sig := range []string{"to_char(timestamp,text)", "to_char(timestamptz,text)"} {
				f, ok := FuncBySig(sig)
				if !ok {
					t.Fatal("no " + sig)
				}
				compareWithRows(t, c, &Call{Fn: f, T: types.Text, Args: []Expr{
					&Col{Index: i, T: b.Cols[i].Type}, &Const{D: str(pattern), T: types.Text},
				}}, b)
			}
		}
	}
}

// TestPatternInterrupt: reading or writing a long pattern ends when it is told to.
func TestPatternInterrupt(t *testing.T) {
	long := strings.Repeat("-", pollPattern)
	constant := func(v types.Type, d types.Datum) Expr { return &Const{D: d, T: v} }
	for _, c := range []struct {
		sig   string
		value Expr
	}{
		{"to_char(timestamp,text)", constant(types.Timestamp, types.NewInt64(0))},
		{"to_char(timestamptz,text)", constant(types.TimestampTZ, types.NewInt64(0))},
		{"to_char(interval,text)", constant(types.IntervalT, types.NewInterval(types.Interval{}))},
		{"to_char(numeric,text)", constant(types.NumericT, types.NumericFromInt64(1).ToDatum())},
		{"to_char(int4,text)", constant(types.Int4, types.NewInt32(1))},
		{"to_char(int8,text)", constant(types.Int8, types.NewInt64(1))},
		{"to_char(float4,text)", constant(types.Float4, types.NewFloat32(1))},
		{"to_char(float8,text)", constant(types.Float8, types.NewFloat64(1))},
		{"to_number(text,text)", constant(types.Text, types.NewBytes(long))},
		{"to_date(text,text)", constant(types.Text, types.NewBytes(long))},
		{"to_timestamp(text,text)", constant(types.Text, types.NewBytes(long))},
	} {
		f, ok := FuncBySig(c.sig)
		if !ok {
			t.Fatal(c.sig)
		}
		call := &Call{Fn: f, Args: []Expr{c.value, constant(types.Text, types.NewBytes(long))}, T: f.Ret}
		stop := errors.New("stop")
		for _, after := range []int{0, 1} { // looks at Interrupt before it says stop: reading, writing
			ctx, looks := NewCtx(types.DefaultStyle(), 0), 0
			ctx.Interrupt = func() error {
				if looks++; looks > after {
					return stop
				}
				return nil
			}
			if _, err := EvalConst(ctx, call); err == nil || looks != after+1 {
				t.Errorf("%s: %v after %d looks", c.sig, err, looks)
			}
		}
	}
}
