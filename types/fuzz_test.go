package types

import "testing"

func FuzzDecodeRowImage(f *testing.F) {
	b := NewBatch(propTypes, 1)
	b.AppendRow(make(Row, len(propTypes)), 1)
	f.Add(AppendRowImage(nil, b, 0))
	f.Add([]byte{0, 0, 0, 1, 1, 0, 1, 0, 0, 0})
	f.Fuzz(func(t *testing.T, src []byte) {
		b := NewBatch(propTypes, 1)
		if DecodeRowImage(src, b, 1) != nil {
			if b.N != 0 || b.Cols[0].N != 0 {
				t.Fatal("a refused row left traces")
			}
			return
		}
		st := DefaultStyle()
		for _, v := range b.Cols {
			if !v.IsNull(0) {
				AppendText(nil, v, 0, st)
				AppendKey(nil, v, 0)
				AppendOrderKey(nil, v, 0, false, false)
			}
		}
		if string(AppendRowImage(nil, b, 0)) != string(src) {
			t.Fatal("another image of the same row")
		}
	})
}

func FuzzParseText(f *testing.F) {
	for i, s := range []string{"1.5e3", "2024-01-02 03:04:05+02", "1 mon -2 days", "P1Y2M", `{"a":[1]}`, "{{1,2},{3,4}}", `\x01`, "Jan 2 2024"} {
		f.Add(i, s)
	}
	f.Fuzz(func(t *testing.T, i int, s string) {
		if len(s) > 200 {
			return
		}
		ts := append([]Type{TimestampTZ, JSON, OidVector, VarChar, Name, {1185, -1}}, propTypes...)
		typ := ts[uint(i)%uint(len(ts))]
		st := DefaultStyle()
		d, err := ParseText(typ, s, st)
		if err != nil {
			return
		}
		out := string(d.AppendText(nil, typ, st))
		if again, err := ParseText(typ, out, st); err != nil || again != d {
			t.Fatalf("%s %q prints %q, which reads %v, %v", typ, s, out, again, err)
		}
	})
}

func FuzzParseBinary(f *testing.F) {
	f.Add(6, []byte{0, 1, 0, 0, 0, 0, 0, 2, 0, 7})
	f.Add(16, []byte{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, i int, b []byte) {
		typ := propTypes[uint(i)%uint(len(propTypes))]
		if d, err := ParseBinary(typ, b); err == nil {
			d.AppendText(nil, typ, DefaultStyle())
			AppendOrderKeyDatum(nil, typ, d, false, false)
		}
	})
}
