package types

import (
	"cmp"
	"encoding/binary"
	"strings"
)

// A record value (KindBytes) is self-describing: a uvarint number of fields, and for each
// a uvarint type OID, the name (uvarint length, bytes) and the image of its value.

// Field is one field of a record.
type Field struct {
	Name  string
	Type  Type
	Value Datum
}

// NewRecord makes a record value.
func NewRecord(fields []Field) Datum {
	b := binary.AppendUvarint(nil, uint64(len(fields)))
	for _, f := range fields {
		b = binary.AppendUvarint(b, uint64(f.Type.OID))
		b = AppendImageDatum(appendLenBytes(b, f.Name), f.Value)
	}
	return NewBytes(string(b))
}

// Fields opens a record datum's bytes. Damaged bytes give no more fields.
func Fields(s string) []Field {
	b := []byte(s)
	n, k := binary.Uvarint(b)
	if k <= 0 || n > uint64(len(b)) {
		return nil
	}
	b = b[k:]
	fields := make([]Field, 0, n)
	for range n {
		oid, k := binary.Uvarint(b)
		if k <= 0 {
			return fields
		}
		name, rest, err := readLenBytes(b[k:])
		if err != nil {
			return fields
		}
		f := Field{Name: string(name), Type: Type{OID(oid), -1}}
		if f.Value, b, err = DecodeImageDatum(rest, f.Type); err != nil {
			return fields
		}
		fields = append(fields, f)
	}
	return fields
}

// compareRecords is the order of records, field by field; NULL is greatest.
func compareRecords(x, y string) int {
	a, b := Fields(x), Fields(y)
	for i := range min(len(a), len(b)) {
		p, q := a[i], b[i]
		c := 0
		switch {
		case p.Value.IsNull() || q.Value.IsNull():
			c = cmp.Compare(isNull(p.Value), isNull(q.Value))
		case p.Type.OID != q.Type.OID:
			c = cmp.Compare(p.Type.OID, q.Type.OID)
		default:
			c = Compare(p.Type, p.Value, q.Value)
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func isNull(d Datum) int {
	if d.IsNull() {
		return 1
	}
	return 0
}

// appendRecordOrder appends the memcomparable form: each field's order key, NULLs last,
// after the type of a value, closed by 0.
func appendRecordOrder(dst []byte, s string) []byte {
	for _, f := range Fields(s) {
		if f.Value.IsNull() {
			dst = append(dst, 2)
			continue
		}
		dst = binary.BigEndian.AppendUint32(append(dst, 1), uint32(f.Type.OID))
		dst = appendOrder(dst, f.Type, f.Value)
	}
	return append(dst, 0)
}

// appendRecordText appends (a,"b c",) as record_out does.
func appendRecordText(dst []byte, s string, st *Style) []byte {
	dst = append(dst, '(')
	for i, f := range Fields(s) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if !f.Value.IsNull() {
			dst = appendFieldText(dst, string(f.Value.AppendText(nil, f.Type, st)))
		}
	}
	return append(dst, ')')
}

func appendFieldText(dst []byte, text string) []byte {
	if text != "" && !strings.ContainsAny(text, "\"\\(), \t\n\r\v\f") {
		return append(dst, text...)
	}
	dst = append(dst, '"')
	for i := range len(text) {
		if c := text[i]; c == '"' || c == '\\' {
			dst = append(dst, c)
		}
		dst = append(dst, text[i])
	}
	return append(dst, '"')
}

func appendRecordBinary(dst []byte, s string) []byte {
	be := binary.BigEndian
	fields := Fields(s)
	dst = be.AppendUint32(dst, uint32(len(fields)))
	for _, f := range fields {
		dst = be.AppendUint32(dst, uint32(f.Type.OID))
		if f.Value.IsNull() {
			dst = be.AppendUint32(dst, 1<<32-1)
			continue
		}
		at := len(dst)
		dst = f.Value.AppendBinary(append(dst, 0, 0, 0, 0), f.Type)
		be.PutUint32(dst[at:], uint32(len(dst)-at-4))
	}
	return dst
}
