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
	pattern  string
	nodes    []patternNode // of pattern, from the first batch on
	step     int64         // microseconds within which no field of the pattern changes
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
	f := &momentFormat{pattern: k.D.S}
	if args[0].Type().OID == types.Timestamp.OID {
		return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
			f.run(c, nil, args[0].Int64s(), sel, n, out)
		}
	}
	return func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
		f.from, f.to = 0, 0 // the zone may be another one
		f.run(c, c.Style.TimeZone, args[0].Int64s(), sel, n, out)
	}
}

func (f *momentFormat) run(c *Ctx, loc *time.Location, ts []int64, sel []int32, n int, out *Out) {
	err := f.parse(c)
	rows := listed(sel, n)
	for k := 0; k < len(rows); k++ {
		i := int(rows[k])
		if err != nil {
			c.Fail(i, err)
			out.Null(i)
			continue
		}
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
			if f.text, err = in.append(c, f.text[:0], f.nodes); err != nil {
				k, f.to = k-1, f.from // this row fails, and the others
				continue
			}
			q, _ := floorDiv(local, f.step)
			f.from, f.to, f.offset = q*f.step, q*f.step+f.step, off
		}
		out.Bytes(i, f.text)
	}
}

// parse parses the pattern once.
func (f *momentFormat) parse(c *Ctx) (err error) {
	if f.nodes == nil {
		f.nodes, err = parsePattern(c, f.pattern)
		f.step = stepOf(f.nodes)
	}
	return err
}

// shared is how many rows from i on have the text in hand, as far as that is easily said.
func (f *momentFormat) shared(loc *time.Location, ts []int64, sel []int32, i int) int {
	if loc != nil || sel != nil || f.offset != 0 {
		return 0
	}
	rest, from, span := ts[i:], f.from, uint64(f.to-f.from)
	n := 0
	for ; len(rest)-n >= 8; n += 8 { // without a branch for each
		var outside uint64
		for _, t := range rest[n:][:8] {
			outside |= (span - 1 - uint64(t-from)) | uint64(t-from)
		}
		if outside>>63 != 0 {
			break
		}
	}
	for n < len(rest) && uint64(rest[n]-from) < span {
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
