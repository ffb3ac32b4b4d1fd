package exec

import "unsafe"

// dirtyList is a list of records in chunks: in one piece it would be copied, by the megabyte,
// as it grows.
type dirtyList struct {
	chunks [][]dirtyRecord // all but the first one of 1<<dirtyChunkBits records
	n      int
}

const (
	dirtyChunkBits = 12
	dirtyChunkMask = 1<<dirtyChunkBits - 1
)

// at is the i-th record.
func (l *dirtyList) at(i int) *dirtyRecord { return &l.chunks[i>>dirtyChunkBits][i&dirtyChunkMask] }

func (l *dirtyList) add(r dirtyRecord) {
	c := l.n >> dirtyChunkBits
	if c == len(l.chunks) {
		size := 0 // most lists are short
		if c > 0 {
			size = 1 << dirtyChunkBits
		}
		l.chunks = append(l.chunks, make([]dirtyRecord, 0, size))
	}
	l.chunks[c] = append(l.chunks[c], r)
	l.n++
}

// emptied is the list without its records, with its memory.
func (l dirtyList) emptied() dirtyList {
	for i := range l.chunks {
		l.chunks[i] = l.chunks[i][:0]
	}
	l.n = 0
	return l
}

func (l *dirtyList) memSize() int {
	n := 0
	for _, c := range l.chunks {
		n += cap(c) * int(unsafe.Sizeof(dirtyRecord{}))
	}
	return n
}
