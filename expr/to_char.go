package expr

import (
	"math"
	"strings"
	"time"

	"streamdb/types"
)

// momentFormat is to_char of a timestamp with a constant pattern. Consecutive rows mostly
// share the fields that the pattern shows, a day say: their text is written once.
type momentFormat struct {
	nodes    []patternNode
	step     int64 // microseconds within which no field of the pattern changes
	text     []byte
	from, to int64 // the local times that text is right for, at offset
	offset   int64 // microseconds east of UTC
}

// toCharSpecial parses a constant pattern once.
func toCharSpecial(args []Expr) Kernel {
	k, ok := args[1].(*Const)
	if _, both := args[0].(*Const); !ok || both || k.D.S == "" {
		return nil
	}
	nodes := parsePattern(k.D.S)
	f := &momentFormat{nodes: nodes, step: stepOf(nodes)}
	if args[0].Type().OID == types.Timestamp.OID {
		return func(_ *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
			f.run(nil, args[0].Int64s(), sel, n, out)
		}
	}
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		f.from, f.to = 0, 0 // the zone may be another one
		f.run(c.Style.TimeZone, args[0].Int64s(), sel, n, out)
	}
}

func (f *momentFormat) run(loc *time.Location, ts []int64, sel []int32, n int, out *Out) {
	rows := listed(sel, n)
	for k := 0; k < len(rows); k++ {
		i := int(rows[k])
		if same := f.shared(loc, ts, sel, i); same > 0 {
			out.repeat(i, f.text, same)
			k += same - 1
			continue
		}
		if !finiteTimestamp(ts[i]) {
			out.Null(i)
			continue
		}
		local := ts[i]
		if loc != nil {
			local = types.ToLocal(local, loc)
		}
		if off := local - ts[i]; local < f.from || local >= f.to || off != f.offset {
			in := inputOf(ts[i], loc)
			f.text = in.append(f.text[:0], f.nodes)
			q, _ := floorDiv(local, f.step)
			f.from, f.to, f.offset = q*f.step, q*f.step+f.step, off
		}
		out.Bytes(i, f.text)
	}
}

// shared is how many rows from i on have the text in hand, as far as that is easily said.
func (f *momentFormat) shared(loc *time.Location, ts []int64, sel []int32, i int) int {
	if loc != nil || sel != nil || f.offset != 0 {
		return 0
	}
	n, from, to := 0, f.from, f.to
	for _, t := range ts[i:] {
		if t < from || t >= to {
			break
		}
		n++
	}
	return n
}

// stepOf is the greatest span at whose multiples alone the text of a pattern changes, at
// one offset from UTC.
func stepOf(nodes []patternNode) int64 {
	step := int64(math.MaxInt64)
	for _, n := range nodes {
		switch {
		case n.key == "TZ", n.key == "MS", n.key == "US", strings.HasPrefix(n.key, "FF"):
			return 1 // two zones' names may have one offset
		case strings.HasPrefix(n.key, "SS"):
			step = min(step, usPerSec)
		case n.key == "MI":
			step = min(step, usPerMin)
		case strings.HasPrefix(n.key, "HH"), n.key == "AM", n.key == "PM", n.key == "A.M.", n.key == "P.M.":
			step = min(step, usPerHour)
		}
	}
	return min(step, usPerDay)
}
