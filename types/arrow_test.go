package types

import (
	"testing"
	"unsafe"

	"github.com/apache/arrow/go/v17/arrow/array"
	"pgregory.net/rapid"

	"streamdb/types/pgerr"
)

func arrowTestSchema() Schema {
	s := Schema{}
	for _, t := range append([]Type{NumericType(12, 2), JSON, TimestampTZ}, propTypes...) {
		s = append(s, Column{Name: t.String(), Type: t})
	}
	return s
}

func TestArrowRoundTrip(t *testing.T) {
	s := arrowTestSchema()
	rapid.Check(t, func(t *rapid.T) {
		b := drawBatch(t, s.Types()[3:])
		for _, c := range []*Vec{NewVec(TimestampTZ, b.N), NewVec(JSON, b.N), NewVec(s[0].Type, b.N)} {
			for i := range b.N {
				switch c.Kind {
				case KindNumeric:
					c.AppendDatum(NumericFromInt64Scaled(int64(i)*101-7, 2).ToDatum())
				case KindInt64:
					c.AppendDatum(NewInt64(int64(i) - 5))
				default:
					c.AppendStr(`{"a" : 1}`)
				}
			}
			b.Cols = append([]*Vec{c}, b.Cols...)
		}
		r, err := ToArrow(s, b)
		if pgerr.Is(err, pgerr.DatetimeFieldOverflow) {
			return // an interval of more nanoseconds than Arrow's 64 bits
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := FromArrow(r)
		if err != nil {
			t.Fatal(err)
		}
		if got.N != b.Len() {
			t.Fatalf("%d rows, want %d", got.N, b.Len())
		}
		for k := range got.N {
			want := b.RowDatums(b.Row(k))
			for c, d := range got.RowDatums(k) {
				if d != want[c] || got.Cols[c].Type != s[c].Type {
					t.Fatalf("%s: %v, want %v", s[c].Type, d, want[c])
				}
			}
		}
	})
}

func TestArrowSharesMemory(t *testing.T) {
	s := Schema{{Name: "i", Type: Int8}, {Name: "t", Type: Text}}
	b := NewBatch(s.Types(), 0)
	b.AppendRow(Row{NewInt64(7), NewBytes("seven")}, 1)
	r, err := ToArrow(s, b)
	if err != nil {
		t.Fatal(err)
	}
	if &r.Column(0).(*array.Int64).Int64Values()[0] != &b.Cols[0].Int64s()[0] {
		t.Error("the integers were copied")
	}
	back, err := FromArrow(r)
	if err != nil {
		t.Fatal(err)
	}
	if unsafe.SliceData(back.Cols[1].Data) != unsafe.SliceData(b.Cols[1].Data) {
		t.Error("the text was copied")
	}
	back.Cols[1].AppendStr("eight") // must not reach into the record
	if got := r.Column(1).(*array.String).Value(0); got != "seven" {
		t.Errorf("record says %q", got)
	}
}

func TestArrowRefusesWhatItCannotHold(t *testing.T) {
	for _, c := range []struct {
		t Type
		d Datum
	}{
		{NumericType(5, 2), NewDec(DecNaN, "")}, {Date, NewInt32(DateInfinity)}, {Timestamp, NewInt64(TimestampInfinity)},
	} {
		b := NewBatch([]Type{c.t}, 1)
		b.AppendRow(Row{c.d}, 1)
		if _, err := ToArrow(Schema{{Name: "x", Type: c.t}}, b); err == nil {
			t.Errorf("%s: no error", c.t)
		}
	}
}
