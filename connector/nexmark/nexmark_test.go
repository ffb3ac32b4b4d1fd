package nexmark

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"streamdb/connector"
	"streamdb/connector/connectortest"
	"streamdb/types"
)

func open(t testing.TB, opts connector.Options, cols types.Schema) *source {
	t.Helper()
	s, err := Spec().OpenSource(connector.Config{Options: opts, Schema: cols})
	if err != nil {
		t.Fatal(err)
	}
	return s.(*source)
}

// rows reads a bounded source whole.
func rows(t testing.TB, s connector.Source) (out []types.Row) {
	t.Helper()
	r, err := s.Open(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for {
		c, err := r.Next(context.Background(), connector.Limit{})
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Batch.N {
			out = append(out, c.Batch.RowDatums(i))
		}
	}
}

func TestContract(t *testing.T) {
	for table, lines := range map[string]int{"": 1037, "person": 21, "auction": 63, "bid": 953} {
		t.Run("table="+table, func(t *testing.T) {
			opts := connector.Options{"nexmark.event.num": "1037", "nexmark.seed": "7"}
			if table != "" {
				opts["nexmark.table.type"] = table
			}
			connectortest.Source(t, connectortest.SourceCase{
				Open:  func(t *testing.T) connector.Source { return open(t, opts, nil) },
				Lines: lines, Ends: true,
			})
		})
	}
	t.Run("endless", func(t *testing.T) {
		connectortest.Source(t, connectortest.SourceCase{
			Open:  func(t *testing.T) connector.Source { return open(t, connector.Options{}, nil) },
			Lines: 5000,
		})
	})
}

// TestTablesAgree checks that the single tables are the combined one taken apart.
func TestTablesAgree(t *testing.T) {
	all := open(t, connector.Options{"nexmark.event.num": "5000"}, nil)
	whole, next := rows(t, all), [3]int{}
	var single [3][]types.Row
	for k, name := range kindNames {
		single[k] = rows(t, open(t, connector.Options{"nexmark.event.num": "5000", "nexmark.table.type": name}, nil))
	}
	for _, row := range whole {
		k := kind(row[0].Int())
		want := single[k][next[k]]
		next[k]++
		for i, c := range tables[k] {
			name := kindNames[k] + "_" + c.name
			if c.name == "date_time" || c.name == "extra" {
				name = c.name
			}
			if got := row[all.schema.Index(name)]; got != want[i] {
				t.Fatalf("%s %d, %s: combined %v, alone %v", kindNames[k], next[k], c.name, got, want[i])
			}
		}
		for i, c := range combinedTable() {
			if c.kind != combined && c.kind != k && !row[i].IsNull() {
				t.Fatalf("a %s has %s", kindNames[k], c.name)
			}
		}
	}
	if got := fmt.Sprint(next); got != "[100 300 4600]" {
		t.Errorf("mix %v", got)
	}
}

func TestSplitsAndPruningAgree(t *testing.T) {
	s := open(t, connector.Options{"nexmark.event.num": "4321", "nexmark.table.type": "bid", "nexmark.split.num": "3"}, nil)
	count := map[string]int{}
	for _, r := range rows(t, s) {
		count[fmt.Sprint(r[3:])]++
	}
	for _, part := range s.Splits() {
		for _, r := range rows(t, part.(connector.Pruner).Prune([]int{3, 4, 5, 6})) {
			count[fmt.Sprint(r)]--
		}
	}
	for k, n := range count {
		if n != 0 {
			t.Fatalf("%s: %+d", k, n)
		}
	}
}

// TestModel checks the figures that the queries live from.
func TestModel(t *testing.T) {
	opts := func(table string) connector.Options {
		return connector.Options{"nexmark.event.num": "500000", "nexmark.table.type": table}
	}
	bids := rows(t, open(t, opts("bid"), nil))
	hotAuctions, known, size, filtered := 0, 0, 0, 0
	for i, b := range bids {
		n := uint64(i/46*50 + 4 + i%46)
		if (b[0].Int()-firstAuctionID)%hotGroup == 0 {
			hotAuctions++
		}
		if b[1].Int() <= personID(n) {
			known++
		}
		if b[0].Int()%123 == 0 {
			filtered++
		}
		size += 32 + len(b[3].S) + len(b[4].S) + len(b[6].S)
		if p := b[2].Int(); p < 100 || p > 100_000_000 {
			t.Fatalf("price %d", p)
		}
	}
	between(t, "hot auctions", float64(hotAuctions)/float64(len(bids)), 0.5, 0.52)
	between(t, "bidders that exist", float64(known)/float64(len(bids)), 0.95, 1)
	between(t, "auctions of q2", float64(filtered)/float64(len(bids)), 0.005, 0.012)
	between(t, "bytes", float64(size)/float64(len(bids)), 150, 180)
	for _, a := range rows(t, open(t, opts("auction"), nil)) {
		if a[6].Int() <= a[5].Int() || a[6].Int() > a[5].Int()+2*166_700+1 {
			t.Fatalf("auction from %d to %d", a[5].Int(), a[6].Int())
		}
		if c := a[8].Int(); c < 10 || c > 14 {
			t.Fatalf("category %d", c)
		}
	}
}

func between(t *testing.T, what string, x, low, high float64) {
	t.Helper()
	if x < low || x > high {
		t.Errorf("%s: %v, want %v to %v", what, x, low, high)
	}
}

// TestSiteNeverChanges pins the generator: results recorded with one version must hold
// with the next.
func TestSiteNeverChanges(t *testing.T) {
	want := []string{
		"person ca385bb0c1f5a674", "auction b634897eae73fb76", "bid 4662dacf956ca01f",
	}
	var got []string
	for _, table := range kindNames {
		all := rows(t, open(t, connector.Options{"nexmark.event.num": "100000", "nexmark.seed": "42", "nexmark.table.type": table}, nil))
		h := newStream(0, 0)
		for _, r := range all {
			for _, d := range r {
				h = stream(mix(uint64(h) + uint64(d.I)))
				for _, c := range []byte(d.S) {
					h = stream(mix(uint64(h) + uint64(c)))
				}
			}
		}
		got = append(got, fmt.Sprintf("%s %x", table, uint64(h)))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q", got)
	}
}

func TestPace(t *testing.T) {
	s := open(t, connector.Options{"nexmark.events.per.second": "10000"}, nil)
	r, err := s.Open(t.Context(), connector.OffsetAt(1_000_000))
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Next(t.Context(), connector.Limit{})
	if err != nil || c.Batch.N > 1000 {
		t.Fatalf("%d rows at once, %v", c.Batch.N, err)
	}
	// A reader behind the first has its events at once.
	late, err := s.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := late.Next(t.Context(), connector.Limit{}); err != nil || c.Batch.N != types.MaxBatch {
		t.Fatalf("late reader: %d rows, %v", c.Batch.N, err)
	}
	if d := s.Due(1_010_000).Sub(s.Due(1_000_000)).Seconds(); d != 1 {
		t.Errorf("10000 events take %v s", d)
	}
}

func TestDeclaredColumns(t *testing.T) {
	cols := types.Schema{{Name: "price", Type: types.Int8}, {Name: "channel", Type: types.Text}}
	s := open(t, connector.Options{"nexmark.event.num": "60", "nexmark.table.type": "Bid"}, cols)
	if got := rows(t, s); len(got) != 52 || len(got[0]) != 2 {
		t.Errorf("%v", got)
	}
	for want, col := range map[string]types.Column{
		`the source has no column "prise"`:                                                  {Name: "prise", Type: types.Int8},
		`column "price" of the source is of type bigint, not integer`:                       {Name: "price", Type: types.Int4},
		`column "date_time" of the source is of type timestamp without time zone, not date`: {Name: "date_time", Type: types.Date},
	} {
		_, err := Spec().OpenSource(connector.Config{Options: connector.Options{"nexmark.table.type": "bid"}, Schema: types.Schema{col}})
		if err == nil || err.Error()[:len(want)] != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	for _, table := range []string{"bid", "auction", "person", "no extra", "combined"} {
		b.Run(table, func(b *testing.B) {
			opts := connector.Options{"nexmark.table.type": table}
			switch table {
			case "no extra":
				opts["nexmark.table.type"] = "bid"
			case "combined":
				delete(opts, "nexmark.table.type")
			}
			var s connector.Source = open(b, opts, nil)
			if table == "no extra" {
				s = s.(connector.Pruner).Prune([]int{0, 1, 2, 3, 4, 5})
			}
			r, err := s.Open(b.Context(), nil)
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for b.Loop() {
				c, err := r.Next(b.Context(), connector.Limit{})
				if err != nil {
					b.Fatal(err)
				}
				n += c.Batch.N
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}
