package arrange

import "streamdb/types/pgerr"

// Ref names bytes in an Arena: 35 bits of position, 28 bits of length; the top bit is
// free for the owner. The zero Ref is the empty string.
type Ref uint64

const (
	refLenBits = 28
	refLenMask = 1<<refLenBits - 1
	chunkBits  = 20

	// MaxBytes is the longest value an Arena takes.
	MaxBytes = refLenMask
	maxPos   = 1 << (63 - refLenBits)
)

// Arena is append-only storage of byte strings. Freed bytes are only counted; the owner
// compacts by copying the live ones into a fresh Arena when [Arena.Wasteful] says so.
type Arena struct {
	chunks [][]byte
	live   int
	dead   int
}

// Add stores a copy of b. It panics with 54000 when b is longer than MaxBytes or the arena
// is full: a Ref could not name it, and to go on would be to corrupt another value.
func (a *Arena) Add(b []byte) Ref {
	if len(b) == 0 {
		return 0
	}
	last := len(a.chunks) - 1
	if last < 0 || len(a.chunks[last])+len(b) > 1<<chunkBits {
		a.chunks = append(a.chunks, nil)
		last++
	}
	pos := last<<chunkBits | len(a.chunks[last])
	if len(b) > MaxBytes || pos >= maxPos {
		panic(pgerr.New(pgerr.ProgramLimitExceeded, "row or key of %d bytes does not fit the state", len(b)))
	}
	a.chunks[last] = append(a.chunks[last], b...)
	a.live += len(b)
	return Ref(pos)<<refLenBits | Ref(len(b))
}

// Bytes is the string r names; it must not be changed.
func (a *Arena) Bytes(r Ref) []byte {
	n := int(r & refLenMask)
	if n == 0 {
		return nil
	}
	pos := int(r >> refLenBits)
	c := a.chunks[pos>>chunkBits]
	i := pos & (1<<chunkBits - 1)
	return c[i : i+n : i+n]
}

// Free gives r's bytes up.
func (a *Arena) Free(r Ref) {
	n := int(r & refLenMask)
	a.live -= n
	a.dead += n
}

// Wasteful reports whether more than half of a sizeable arena is dead.
func (a *Arena) Wasteful() bool { return a.dead > 1<<16 && a.dead > a.live }

// MemSize is the bytes the chunks take.
func (a *Arena) MemSize() int {
	n := 0
	for _, c := range a.chunks {
		n += cap(c)
	}
	return n
}
