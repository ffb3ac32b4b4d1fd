package file

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"

	"streamdb/connector"
	"streamdb/types/pgerr"
)

// place is how far one file was read, and what stands before that place.
type place struct {
	bytes, lines int64
	tail         int // bytes of the last record that sum is of
	sum          uint32
}

// maxTail bounds the tail of a place.
const maxTail = 64

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// withTails marks an offset whose places have tails; the ones before had none.
const withTails = 1 << 63

// places is how far each file was read; files not begun are not in it.
type places map[string]place

// encode is the offset of p, canonical: equal places give equal bytes.
func (p places) encode() connector.Offset {
	var total int64
	for _, f := range p {
		total += f.bytes
	}
	out := binary.BigEndian.AppendUint64(nil, withTails|uint64(total))
	for _, name := range slices.Sorted(maps.Keys(p)) {
		out = binary.AppendUvarint(out, uint64(len(name)))
		out = append(out, name...)
		out = binary.AppendUvarint(out, uint64(p[name].bytes))
		out = binary.AppendUvarint(out, uint64(p[name].lines))
		out = binary.AppendUvarint(out, uint64(p[name].tail))
		out = binary.AppendUvarint(out, uint64(p[name].sum))
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
	numbers := make([]uint64, 2, 4)
	if binary.BigEndian.Uint64(o)&withTails != 0 {
		numbers = numbers[:4]
	}
	for rest := []byte(o[8:]); len(rest) > 0; {
		n, k := binary.Uvarint(rest)
		if k <= 0 || n > uint64(len(rest)-k) {
			return nil, badOffset(o)
		}
		name := string(rest[k : k+int(n)])
		rest = rest[k+int(n):]
		for i := range numbers {
			v, k := binary.Uvarint(rest)
			if k <= 0 {
				return nil, badOffset(o)
			}
			numbers[i], rest = v, rest[k:]
		}
		at := place{bytes: int64(numbers[0]), lines: int64(numbers[1])}
		if len(numbers) == 4 {
			at.tail, at.sum = int(numbers[2]), uint32(numbers[3])
		}
		if at.tail > maxTail || int64(at.tail) > at.bytes {
			return nil, badOffset(o)
		}
		p[name] = at
	}
	return p, nil
}

func badOffset(o connector.Offset) error {
	return pgerr.New(pgerr.DataCorrupted, "source offset %x is not a place in files", []byte(o))
}

// Place is how far each file was read, for people.
func (s *source) Place(o connector.Offset) string {
	p, err := decodePlaces(o)
	if err != nil {
		return err.Error()
	}
	var files []string
	for _, name := range slices.Sorted(maps.Keys(p)) {
		files = append(files, fmt.Sprintf("%s: %d bytes", name, p[name].bytes))
	}
	const most = 10
	if more := len(files) - most; more > 0 {
		files = append([]string{fmt.Sprintf("%d files before", more)}, files[more:]...)
	}
	return strings.Join(files, ", ")
}
