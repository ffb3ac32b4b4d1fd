package types

import (
	"fmt"
	"testing"
)

// benchBatch is a full batch of the given types with plausible values.
func benchBatch(ts ...Type) *Batch {
	b := NewBatch(ts, MaxBatch)
	for i := range MaxBatch {
		r := make(Row, len(ts))
		for k, t := range ts {
			switch t.Kind() {
			case KindInt32:
				r[k] = NewInt32(int32(i * 7))
			case KindInt64:
				r[k] = NewInt64(int64(i)*1234567 + 757382400000000)
			case KindFloat64:
				r[k] = NewFloat64(float64(i) * 1.1)
			case KindNumeric:
				r[k] = NumericFromInt64Scaled(int64(i)*1237, 2).ToDatum()
			case KindBool:
				r[k] = NewBool(i&1 == 0)
			default:
				r[k] = NewBytes(fmt.Sprintf("customer#%09d", i))
			}
		}
		b.AppendRow(r, 1)
	}
	return b
}

// perRow reports nanoseconds per row.
func perRow(b *testing.B, rows int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*rows), "ns/row")
}

var benchKeys = map[string][]Type{
	"int8": {Int8}, "int4+int8": {Int4, Int8}, "numeric": {NumericT}, "text": {Text}, "text+int8": {Text, Int8},
}

func BenchmarkKeyBatchBuild(b *testing.B) {
	for name, ts := range benchKeys {
		b.Run(name, func(b *testing.B) {
			batch, cols := benchBatch(ts...), []int{0, 1}[:len(ts)]
			var k KeyBatch
			for b.Loop() {
				k.Build(batch, cols)
			}
			perRow(b, MaxBatch)
		})
	}
}

func BenchmarkHashKeys(b *testing.B) {
	for name, ts := range benchKeys {
		b.Run(name, func(b *testing.B) {
			batch, cols := benchBatch(ts...), []int{0, 1}[:len(ts)]
			var h []uint64
			for b.Loop() {
				h = HashKeys(batch, cols, h)
			}
			perRow(b, MaxBatch)
		})
	}
}

var benchRow = []Type{Int8, Int4, Text, NumericT, Timestamp, Float8}

func BenchmarkRowImageEncode(b *testing.B) {
	batch := benchBatch(benchRow...)
	var buf []byte
	for b.Loop() {
		buf = buf[:0]
		for i := range batch.N {
			buf = AppendRowImage(buf, batch, i)
		}
	}
	perRow(b, MaxBatch)
	b.ReportMetric(float64(len(buf))/MaxBatch, "bytes/row")
}

func BenchmarkRowImageDecode(b *testing.B) {
	batch := benchBatch(benchRow...)
	rows := make([][]byte, batch.N)
	for i := range rows {
		rows[i] = AppendRowImage(nil, batch, i)
	}
	out := NewBatch(benchRow, MaxBatch)
	for b.Loop() {
		out.Reset()
		for _, r := range rows {
			if err := DecodeRowImage(r, out, 1); err != nil {
				b.Fatal(err)
			}
		}
	}
	perRow(b, MaxBatch)
}

func BenchmarkAppendText(b *testing.B) {
	st := DefaultStyle()
	for _, t := range []Type{Bool, Int4, Int8, Float8, NumericT, Timestamp, TimestampTZ, Date, Text} {
		b.Run(t.String(), func(b *testing.B) {
			b.ReportAllocs()
			v := benchBatch(t).Cols[0]
			var buf []byte
			for b.Loop() {
				buf = buf[:0]
				for i := range v.N {
					buf = AppendText(buf, v, i, st)
				}
			}
			perRow(b, MaxBatch)
		})
	}
}

func BenchmarkConsolidate(b *testing.B) {
	batch := benchBatch(benchRow...)
	for b.Loop() {
		Consolidate(batch)
	}
	perRow(b, MaxBatch)
}

func BenchmarkDecAdd(b *testing.B) {
	v := benchBatch(NumericT).Cols[0].Decs()
	for b.Loop() {
		sum := Dec{}
		for _, d := range v {
			sum, _ = AddDec(sum, d)
		}
	}
	perRow(b, MaxBatch)
}
