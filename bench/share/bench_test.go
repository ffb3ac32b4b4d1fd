package share

import (
	"testing"

	"streamdb/bench/handwritten"
)

// BenchmarkEngine runs the engine's side alone, for profiles.
func BenchmarkEngine(b *testing.B) {
	const events = 2_000_000
	epochs, err := handwritten.Generate(1, events, 100_000)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range candidates {
		b.Run(c.name, func(b *testing.B) {
			root, err := planOf(c.name)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			start, n := cpuTime(), 0
			for b.Loop() {
				if _, _, err := c.runEngine(root, epochs); err != nil {
					b.Fatal(err)
				}
				n += c.often * events
			}
			b.ReportMetric(float64((cpuTime()-start).Nanoseconds())/float64(n), "cpu-ns/event")
			b.ReportMetric(0, "ns/op")
		})
	}
}
