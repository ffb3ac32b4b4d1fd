package file

import (
	"encoding/binary"
	"maps"
	"slices"

	"streamdb/connector"
	"streamdb/types/pgerr"
)

// place is how far one file was read.
type place struct{ bytes, lines int64 }

// places is how far each file was read; files not begun are not in it.
type places map[string]place

// encode is the offset of p, canonical: equal places give equal bytes.
func (p places) encode() connector.Offset {
	var total int64
	for _, f := range p {
		total += f.bytes
	}
	out := binary.BigEndian.AppendUint64(nil, uint64(total))
	for _, name := range slices.Sorted(maps.Keys(p)) {
		out = binary.AppendUvarint(out, uint64(len(name)))
		out = append(out, name...)
		out = binary.AppendUvarint(out, uint64(p[name].bytes))
		out = binary.AppendUvarint(out, uint64(p[name].lines))
	}
	return out
}

// decodePlaces reads an offset; nil is the start.
func decodePlaces(o connector.Offset) (places, error) {
	p := places{}
	if len(o) == 0 {
		return p, nil
	}
	if len(o) < 8 {
		return nil, badOffset(o)
	}
	for rest := []byte(o[8:]); len(rest) > 0; {
		n, k := binary.Uvarint(rest)
		if k <= 0 || n > uint64(len(rest)-k) {
			return nil, badOffset(o)
		}
		name := string(rest[k : k+int(n)])
		rest = rest[k+int(n):]
		bytes, k := binary.Uvarint(rest)
		if k <= 0 {
			return nil, badOffset(o)
		}
		lines, m := binary.Uvarint(rest[k:])
		if m <= 0 {
			return nil, badOffset(o)
		}
		rest = rest[k+m:]
		p[name] = place{int64(bytes), int64(lines)}
	}
	return p, nil
}

func badOffset(o connector.Offset) error {
	return pgerr.New(pgerr.DataCorrupted, "source offset %x is not a place in files", []byte(o))
}
