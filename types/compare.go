package types

import (
	"bytes"
	"cmp"
	"strings"
)

// Compare is the SQL order of two values of type t, neither NULL: < 0, 0 or > 0. NaN is
// greatest, bpchar ignores trailing blanks, text is in byte order, intervals compare by
// span.
func Compare(t Type, a, b Datum) int {
	switch a.Kind {
	case KindFloat32:
		return compareFloat(float64(a.Float32()), float64(b.Float32()))
	case KindFloat64:
		return compareFloat(a.Float64(), b.Float64())
	case KindNumeric:
		return compareDec(a.Dec(), a.S, b.Dec(), b.S)
	case KindInterval:
		return CompareIntervals(a.Interval(), b.Interval())
	case KindUUID:
		x, y := a.UUID(), b.UUID()
		return bytes.Compare(x[:], y[:])
	case KindBytes:
		return compareBytes(t, a.S, b.S)
	}
	return cmp.Compare(a.I, b.I)
}

// CompareAt is [Compare] of row i of a and row j of b, vectors of one type.
func CompareAt(a *Vec, i int, b *Vec, j int) int {
	switch a.Kind {
	case KindBool:
		return cmp.Compare(a.Bools()[i], b.Bools()[j])
	case KindInt16:
		return cmp.Compare(a.Int16s()[i], b.Int16s()[j])
	case KindInt32:
		return cmp.Compare(a.Int32s()[i], b.Int32s()[j])
	case KindInt64:
		return cmp.Compare(a.Int64s()[i], b.Int64s()[j])
	case KindFloat64:
		return compareFloat(a.Float64s()[i], b.Float64s()[j])
	case KindBytes:
		return compareBytes(a.Type, a.Str(i), b.Str(j))
	}
	return Compare(a.Type, a.DatumAlias(i), b.DatumAlias(j))
}

func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	case a == a: // b is NaN
		return -1
	case b == b:
		return 1
	}
	return 0
}

func compareDec(a Dec, al string, b Dec, bl string) int {
	if c, ok := CmpDec(a, b); ok {
		return c
	}
	return numericFromSlot(a, al).Cmp(numericFromSlot(b, bl))
}

// CompareIntervals compares by span: '1 mon' = '30 days'.
func CompareIntervals(a, b Interval) int {
	ad, au := a.span()
	bd, bu := b.span()
	if c := cmp.Compare(ad, bd); c != 0 {
		return c
	}
	return cmp.Compare(au, bu)
}

func compareBytes(t Type, a, b string) int {
	switch bytesFormOf(t) {
	case formBPChar:
		return strings.Compare(trimBlanks(a), trimBlanks(b))
	case formJSONB:
		return CompareJSONB(a, b)
	case formArray:
		return compareArrays(a, b)
	case formRecord:
		return compareRecords(a, b)
	}
	return strings.Compare(a, b)
}
