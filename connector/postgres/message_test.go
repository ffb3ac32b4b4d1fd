package postgres

import (
	"encoding/binary"
	"testing"

	"streamdb/types/pgerr"
)

func cells(kinds string) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(kinds)))
	for _, k := range []byte(kinds) {
		b = append(b, k)
		if k == 't' {
			b = append(b, 0, 0, 0, 1, 'x')
		}
	}
	return b
}

func FuzzDecode(f *testing.F) {
	id := []byte{0, 0, 0, 7}
	insert := append(append([]byte{'I'}, id...), append([]byte{'N'}, cells("tnu")...)...)
	update := append(append([]byte{'U'}, id...), append([]byte{'K'}, cells("t")...)...)
	update = append(append(update, 'N'), cells("tt")...)
	f.Add(insert)
	f.Add(update)
	f.Add(append(append([]byte{'R'}, id...), "public\x00t\x00d\x00\x01\x01id\x00\x00\x00\x00\x17\xff\xff\xff\xff"...))
	f.Add([]byte("T\x00\x00\x00\x01\x00\x00\x00\x00\x07"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decode(data)
		if err != nil && !pgerr.Is(err, pgerr.ProtocolViolation) {
			t.Fatalf("%v", err)
		}
		if c, ok := m.(changeMessage); ok && len(c.new)+len(c.old) > 2*len(data) {
			t.Fatalf("%d cells of %d bytes", len(c.new)+len(c.old), len(data))
		}
	})
}

func TestDecodeCutShort(t *testing.T) {
	whole := append([]byte("U\x00\x00\x00\x07K"), cells("t")...)
	whole = append(append(whole, 'N'), cells("tun")...)
	if _, err := decode(whole); err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		if _, err := decode(whole[:n]); !pgerr.Is(err, pgerr.ProtocolViolation) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}
