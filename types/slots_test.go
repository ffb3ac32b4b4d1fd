package types

import "testing"

// TestAllocRun takes runs of many lengths: their records are zeroed, lie next to each other
// and are nobody else's.
func TestAllocRun(t *testing.T) {
	s := NewSlots(3)
	next := uint32(0)
	for want := 1; want < 3<<slotShift; want = want*3/2 + 1 {
		for left := want; left > 0; {
			first, words := s.AllocRun(left)
			n := len(words) / s.Stride
			if first != next || n < 1 || n > left || len(words)%s.Stride != 0 {
				t.Fatalf("asked for %d from %d: got %d words from %d", left, next, len(words), first)
			}
			for i, w := range words {
				if id := first + uint32(i/s.Stride); w != 0 || s.Word(id, i%s.Stride) != &words[i] {
					t.Fatalf("word %d of record %d is not its own, or not zero", i%s.Stride, id)
				}
				words[i] = uint64(first)*3 + uint64(i) + 1
			}
			left -= n
			next += uint32(n)
		}
	}
	for id := range next {
		for w, x := range s.Rec(id) {
			if x != uint64(id)*3+uint64(w)+1 {
				t.Fatalf("word %d of record %d: %d", w, id, x)
			}
		}
	}
	if s.Cap() != next {
		t.Errorf("%d records, want %d", s.Cap(), next)
	}
}
