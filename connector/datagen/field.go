package datagen

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"streamdb/connector"
	"streamdb/connector/sequence"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// field is the options of one column.
type field struct {
	opts  connector.Options
	col   types.Column
	style *types.Style
	key   uint64 // of its random words
}

// checkFields refuses options of columns that do not exist.
func checkFields(cfg connector.Config) error {
	for name := range cfg.Options {
		rest, ok := strings.CutPrefix(name, "fields.")
		if !ok {
			continue
		}
		column := rest[:strings.LastIndexByte(rest, '.')]
		if cfg.Schema.Index(column) < 0 {
			return pgerr.New(pgerr.UndefinedColumn, "column \"%s\" of option \"%s\" does not exist", column, name)
		}
	}
	return nil
}

// newField makes the values of column i; rows is how many there are.
func newField(o connector.Options, i int, c types.Column) (v value, rows uint64, err error) {
	f := field{opts: o, col: c, style: types.DefaultStyle()}
	seed, err := o.Int("datagen.seed", 0, math.MinInt64)
	if err != nil {
		return nil, 0, err
	}
	own, err := o.Int(f.name("seed"), 0, math.MinInt64)
	if err != nil {
		return nil, 0, err
	}
	f.key = mix(mix(uint64(seed))+mix(uint64(own)+1<<32)) + uint64(i+1)*0xd1b54a32d192ed03
	if o[f.name("kind")] == "sequence" {
		if err := f.unused("min", "max", "length", "seed"); err != nil {
			return nil, 0, err
		}
		return f.sequence()
	}
	if err := f.unused("start", "end", "step"); err != nil {
		return nil, 0, err
	}
	v, err = f.random()
	return v, sequence.Unbounded, err
}

// unused refuses options that say nothing about how the column is filled.
func (f *field) unused(options ...string) error {
	how := "random values of type " + f.col.Type.String()
	if f.opts[f.name("kind")] == "sequence" {
		how = "a sequence"
	}
	for _, o := range options {
		if value, ok := f.opts[f.name(o)]; ok {
			return connector.BadValue(f.name(o), value, "It has no meaning for "+how+": leave it out, or set "+f.name("kind")+".")
		}
	}
	return nil
}

func (f *field) name(option string) string { return "fields." + f.col.Name + "." + option }

// word is random word k of row n.
func (f *field) word(n, k uint64) uint64 {
	return mix(f.key + n*0x9e3779b97f4a7c15 + mix(k))
}

// mix is a 64-bit finaliser.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// below is a number below n drawn by the random word r.
func below(r, n uint64) uint64 {
	hi, _ := bits.Mul64(r, n)
	return hi
}

// bound is the option as a value of the column's type, in the units of whole values: the
// integer itself, days, or microseconds.
func (f *field) bound(option string, def int64) (int64, error) {
	text, ok := f.opts[f.name(option)]
	if !ok {
		return def, nil
	}
	if f.col.Type.Kind() == types.KindFloat32 || f.col.Type.Kind() == types.KindFloat64 || f.col.Type.Kind() == types.KindNumeric || f.col.Type.Kind() == types.KindBytes {
		return f.opts.Int(f.name(option), def, math.MinInt64)
	}
	d, err := types.ParseText(f.col.Type, text, f.style)
	if err != nil {
		return 0, connector.BadValue(f.name(option), text, "It must be a value of type "+f.col.Type.String()+".")
	}
	return d.Int(), nil
}

const (
	day       = 24 * 60 * 60 * int64(time.Second/time.Microsecond)
	year2030  = 10958 // days from 2000-01-01
	leastInt  = math.MinInt16
	mostInt   = math.MaxInt16
	textLen   = 10
	maxLength = 1 << 20
)

// sequence counts up.
func (f *field) sequence() (value, uint64, error) {
	t := f.col.Type
	switch t.Kind() {
	case types.KindInt16, types.KindInt32, types.KindInt64, types.KindFloat32, types.KindFloat64, types.KindNumeric, types.KindBytes:
	default:
		return nil, 0, f.refuse("a sequence")
	}
	if t.Kind() == types.KindBytes && t.Info().Category != 'S' {
		return nil, 0, f.refuse("a sequence")
	}
	start, err := f.bound("start", 0)
	if err != nil {
		return nil, 0, err
	}
	step, err := f.step()
	if err != nil {
		return nil, 0, err
	}
	end, err := f.bound("end", math.MaxInt64)
	if err != nil {
		return nil, 0, err
	}
	if end < start {
		return nil, 0, connector.BadValue(f.name("end"), f.opts[f.name("end")], "It must not be less than start.")
	}
	rows := (uint64(end)-uint64(start))/uint64(step) + 1
	if most := f.most(); end > most {
		rows = min(rows, (uint64(most)-uint64(start))/uint64(step)+1)
	}
	make1 := f.fromInt()
	return func(n uint64) types.Datum { return make1(start + int64(n)*step) }, rows, nil
}

// most is the greatest whole value the type holds.
func (f *field) most() int64 {
	switch f.col.Type.Kind() {
	case types.KindInt16:
		return math.MaxInt16
	case types.KindInt32:
		return math.MaxInt32
	}
	return math.MaxInt64
}

// step is the option step, a span for times.
func (f *field) step() (int64, error) {
	switch f.col.Type.OID {
	case types.Timestamp.OID, types.TimestampTZ.OID, types.Time.OID:
		d, err := f.opts.Duration(f.name("step"), time.Second, time.Microsecond)
		return d.Microseconds(), err
	}
	return f.opts.Int(f.name("step"), 1, 1)
}

// fromInt makes values of the column's type from whole numbers.
func (f *field) fromInt() func(int64) types.Datum {
	switch f.col.Type.Kind() {
	case types.KindInt16:
		return func(v int64) types.Datum { return types.NewInt16(int16(v)) }
	case types.KindInt32:
		return func(v int64) types.Datum { return types.NewInt32(int32(v)) }
	case types.KindFloat32:
		return func(v int64) types.Datum { return types.NewFloat32(float32(v)) }
	case types.KindFloat64:
		return func(v int64) types.Datum { return types.NewFloat64(float64(v)) }
	case types.KindNumeric, types.KindBytes:
		return func(v int64) types.Datum { return f.parse(strconv.FormatInt(v, 10)) }
	}
	return types.NewInt64
}

// parse reads text that is fit for the column; what does not fit it is NULL.
func (f *field) parse(s string) types.Datum {
	d, err := types.ParseText(f.col.Type, s, f.style)
	if err != nil {
		return types.Null()
	}
	return d
}

func (f *field) refuse(what string) error {
	return pgerr.Unsupported(what+" of type "+f.col.Type.String()+" in connector \"datagen\"",
		"Column "+strconv.Quote(f.col.Name)+" can be computed in a view over the source.")
}
