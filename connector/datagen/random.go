package datagen

import (
	"math"
	"strconv"

	"streamdb/connector"
	"streamdb/types"
)

// random draws values of the column's type.
func (f *field) random() (value, error) {
	none := []string{"length"}
	switch f.col.Type.Kind() {
	case types.KindBool, types.KindInterval, types.KindUUID:
		none = []string{"min", "max", "length"}
	case types.KindBytes:
		none = []string{"min", "max"}
	}
	if err := f.unused(none...); err != nil {
		return nil, err
	}
	switch f.col.Type.Kind() {
	case types.KindBool:
		return func(n uint64) types.Datum { return types.NewBool(f.word(n, 0)&1 == 1) }, nil
	case types.KindFloat32, types.KindFloat64:
		return f.randomFloat()
	case types.KindNumeric:
		return f.randomNumeric()
	case types.KindInterval:
		return func(n uint64) types.Datum {
			return types.NewInterval(types.Interval{Micros: int64(below(f.word(n, 0), uint64(day)))})
		}, nil
	case types.KindUUID:
		return f.randomUUID, nil
	case types.KindBytes:
		return f.randomBytes()
	}
	return f.randomInt()
}

// randomInt draws integers, dates and times.
func (f *field) randomInt() (value, error) {
	low, high := int64(leastInt), int64(mostInt)
	switch f.col.Type.OID {
	case types.Date.OID:
		low, high = 0, year2030
	case types.Timestamp.OID, types.TimestampTZ.OID:
		low, high = 0, year2030*day
	case types.Time.OID:
		low, high = 0, day-1
	case types.Int2.OID, types.Int4.OID, types.Int8.OID, types.Oid.OID:
	default:
		return nil, f.refuse("random values")
	}
	low, high, err := f.bounds(low, high)
	if err != nil {
		return nil, err
	}
	make1, span := f.fromInt(), uint64(high)-uint64(low)+1
	return func(n uint64) types.Datum {
		r := f.word(n, 0)
		if span != 0 { // 0: all 64-bit values
			r = below(r, span)
		}
		return make1(low + int64(r))
	}, nil
}

// bounds reads min and max.
func (f *field) bounds(low, high int64) (int64, int64, error) {
	low, err := f.bound("min", low)
	if err != nil {
		return 0, 0, err
	}
	if high, err = f.bound("max", high); err != nil {
		return 0, 0, err
	}
	if high < low {
		return 0, 0, f.crossed()
	}
	return low, high, nil
}

// crossed is the error of a max below min, either of which may be the default.
func (f *field) crossed() error {
	if max, ok := f.opts[f.name("max")]; ok {
		return connector.BadValue(f.name("max"), max, "It must not be less than min.")
	}
	return connector.BadValue(f.name("min"), f.opts[f.name("min")], "It must not be more than max: set "+f.name("max")+", too.")
}

func (f *field) randomFloat() (value, error) {
	low, err := f.opts.Float(f.name("min"), leastInt)
	if err != nil {
		return nil, err
	}
	high, err := f.opts.Float(f.name("max"), mostInt)
	if err != nil {
		return nil, err
	}
	if !(low <= high) || math.IsInf(high-low, 0) {
		return nil, f.crossed()
	}
	return func(n uint64) types.Datum {
		part := float64(float64(f.word(n, 0)>>11) / (1 << 53) * (high - low)) // no fusing
		if f.col.Type.Kind() == types.KindFloat32 {
			return types.NewFloat32(float32(low + part))
		}
		return types.NewFloat64(low + part)
	}, nil
}

// randomNumeric draws numerics with the column's scale, or two decimals.
func (f *field) randomNumeric() (value, error) {
	low, high, err := f.bounds(leastInt, mostInt)
	if err != nil {
		return nil, err
	}
	scale := 2
	if f.col.Type.Mod >= 0 {
		scale = min(max(f.col.Type.Scale(), 0), 18)
	}
	span := uint64(high) - uint64(low)
	if f.parse(strconv.FormatInt(low, 10)).IsNull() || f.parse(strconv.FormatInt(high, 10)).IsNull() {
		return nil, connector.BadValue(f.name("max"), strconv.FormatInt(high, 10), "min and max must fit type "+f.col.Type.String()+".")
	}
	return func(n uint64) types.Datum {
		r := below(f.word(n, 0), span+1)
		text := strconv.FormatInt(low+int64(r), 10)
		if scale > 0 && r < span { // max itself has no decimals behind it
			decimals := strconv.FormatUint(below(f.word(n, 1), pow10(scale)), 10)
			text = addDecimals(low+int64(r), decimals, scale)
		} else if scale > 0 {
			text = addDecimals(low+int64(r), "0", scale)
		}
		return f.parse(text)
	}, nil
}

func pow10(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// addDecimals is whole + 0.decimals, which for a negative whole goes towards zero.
func addDecimals(whole int64, decimals string, scale int) string {
	for len(decimals) < scale {
		decimals = "0" + decimals
	}
	if whole >= 0 {
		return strconv.FormatInt(whole, 10) + "." + decimals
	}
	d, _ := strconv.ParseUint(decimals, 10, 64) //nolint:errcheck // made of digits above
	if d == 0 {
		return strconv.FormatInt(whole, 10) + "." + decimals
	}
	rest := strconv.FormatUint(pow10(scale)-d, 10)
	for len(rest) < scale {
		rest = "0" + rest
	}
	sign := "-"
	return sign + strconv.FormatInt(-(whole+1), 10) + "." + rest
}

func (f *field) randomUUID(n uint64) types.Datum {
	var u [16]byte
	for i := range 2 {
		r := f.word(n, uint64(i))
		for k := range 8 {
			u[8*i+k] = byte(r >> (8 * k))
		}
	}
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80 // version 4
	return types.NewUUID(u)
}

// randomBytes draws text, bytea and jsonb.
func (f *field) randomBytes() (value, error) {
	fits := int64(textLen)
	if f.col.Type.OID == types.VarChar.OID || f.col.Type.OID == types.BPChar.OID {
		if most := int64(f.col.Type.Mod) - 4; most >= 0 {
			fits = min(fits, most)
		}
	}
	length, err := f.opts.Int(f.name("length"), fits, 0)
	if err != nil {
		return nil, err
	}
	if length > maxLength {
		return nil, connector.BadValue(f.name("length"), f.opts[f.name("length")], "It must be at most "+strconv.Itoa(maxLength)+".")
	}
	t := f.col.Type
	switch {
	case t.OID == types.JSON.OID || t.OID == types.JSONB.OID:
		return func(n uint64) types.Datum {
			return f.parse(`{"id": ` + strconv.FormatUint(below(f.word(n, 1<<20), mostInt), 10) + `, "text": "` + f.letters(n, int(length)) + `"}`)
		}, nil
	case t.OID == types.Bytea.OID:
		return func(n uint64) types.Datum { return types.NewBytes(f.octets(n, int(length))) }, nil
	case t.Info().Category == 'S':
		if f.parse(f.letters(0, int(length))).IsNull() {
			return nil, connector.BadValue(f.name("length"), strconv.FormatInt(length, 10), "It must fit type "+t.String()+".")
		}
		return func(n uint64) types.Datum { return f.parse(f.letters(n, int(length))) }, nil
	}
	return nil, f.refuse("random values")
}

// letters is random text of letters and digits.
func (f *field) letters(n uint64, length int) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	b := make([]byte, length)
	for i := range b {
		b[i] = alphabet[below(f.word(n, uint64(i)), uint64(len(alphabet)))]
	}
	return string(b)
}

func (f *field) octets(n uint64, length int) string {
	b := make([]byte, length)
	for i := range b {
		b[i] = byte(f.word(n, uint64(i/8)) >> (i % 8 * 8))
	}
	return string(b)
}
