package postgres

import (
	"testing"

	"streamdb/connector"
)

// BenchmarkStream reads inserts that upstream has already written; upstream decodes them at
// the same time.
func BenchmarkStream(b *testing.B) {
	u := newUpstream(b)
	u.exec("CREATE TABLE t (id int PRIMARY KEY, v text, n numeric, ts timestamptz)")
	s := u.create(u.options("t"))
	r := u.open(s, nil)
	r.snapshot()
	const rows = 200_000
	n := 0
	for b.Loop() {
		b.StopTimer()
		u.exec("TRUNCATE t")
		u.exec("INSERT INTO t SELECT i, 'row ' || i, i / 4.0, now() FROM generate_series(1, 200000) i")
		b.StartTimer()
		for seen := 0; seen < rows; {
			c, err := r.r.Next(b.Context(), connector.Limit{})
			if err != nil {
				b.Fatal(err)
			}
			seen += c.Rows()
		}
		n += rows
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
}
