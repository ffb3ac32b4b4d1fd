package state

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestDeltaSorted compares the order of a Delta's records with that of its keys, many of which
// begin alike, end early or are there more than once.
func TestDeltaSorted(t *testing.T) {
	pieces := []string{"\x00", "a", "the first sixteen bytes of many", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "z"}
	rapid.Check(t, func(t *rapid.T) {
		d, last := NewDelta(1), map[string]string{}
		for n := range rapid.IntRange(0, 150).Draw(t, "records") {
			key := "\x01"
			for range rapid.IntRange(0, 4).Draw(t, "pieces") {
				key += rapid.SampledFrom(pieces).Draw(t, "piece")
			}
			val := string(rune(n))
			d.Put([]byte(key), []byte(val), Hash{})
			last[key] = val
		}
		var want, got []string
		for _, key := range slices.Sorted(maps.Keys(last)) {
			want = append(want, key, last[key])
		}
		for _, r := range d.sorted() {
			rec := d.record(r)
			got = append(got, string(rec.key), string(rec.val))
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}
