package expr

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"streamdb/types"
)

// bidBatch has the columns of a bid: price, channel, url, date_time (some 10,000 bids a
// second) and extra.
func bidBatch() *types.Batch {
	r := rand.New(rand.NewPCG(1, 1))
	b := types.NewBatch([]types.Type{types.Int8, types.VarChar, types.VarChar, types.Timestamp, types.VarChar}, benchRows)
	hot := []string{"Google", "Facebook", "Baidu", "Apple"}
	word := func(n int) string {
		w := make([]byte, n)
		for i := range w {
			w[i] = byte('a' + r.IntN(26))
		}
		return string(w)
	}
	for i := range benchRows {
		channel := hot[r.IntN(4)]
		url := "https://www.nexmark.com/" + word(5) + "/" + word(5) + "/" + word(5) + "/item.htm?query=1"
		if i%2 == 0 {
			channel = fmt.Sprintf("channel-%d", r.IntN(10000))
			url += fmt.Sprintf("&channel_id=%d", r.Uint32())
		}
		b.AppendRow(types.Row{
			types.NewInt64(r.Int64N(100_000_000)), str(channel), str(url), types.NewInt64(700_000_000_000_000 + int64(i)*100), str(word(60)),
		}, 1)
	}
	return b
}

// BenchmarkBid evaluates the expressions of the Nexmark queries.
func BenchmarkBid(b *testing.B) {
	batch := bidBatch()
	cols := map[string]*Col{}
	for i, n := range []string{"price", "channel", "url", "date_time", "extra"} {
		cols[n] = &Col{Index: i, T: batch.Cols[i].Type}
	}
	c := testCtx(b, "")
	bind := func(src string) Expr {
		e, err := parseSQL(c, src, cols)
		if err != nil {
			b.Fatal(err)
		}
		return c.Fold(e)
	}
	run := func(name string, e Expr) {
		b.Run(name, func(b *testing.B) {
			p, err := Compile(e)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				p.Eval(c, batch)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
		})
	}
	for _, src := range []string{
		"to_char(date_time, 'YYYY-MM-DD')", "to_char(date_time, 'HH24:MI')", "to_char(date_time, 'Day, DD Month YYYY')",
		"split_part(url, '/', 4)", "split_part(url, '/', 6)", "lower(channel)", "0.908 * price", "price * 0.908",
		"0.908 * price > 1000000 and 0.908 * price < 50000000", "price >= 10000 and price < 1000000",
		"extract('hour', date_time)", "extract('hour', date_time) >= 8", "replace(extra, 'c', '')",
		"length(extra) - length(replace(extra, 'c', ''))", "url ~~ '%item%'", "url ~ 'channel_id=[0-9]+'",
		"regexp_match(url, '(&|^)channel_id=([^&]*)')", "(regexp_match(url, '(&|^)channel_id=([^&]*)'))[2]",
		"(regexp_match(url, '(&|^)channel_id=([^&]*)'))[2] is not null", "regexp_replace(url, '[aeiou]', 'x')",
		"substring(url, 9, 11)", "channel || '-' || price",
	} {
		run(src, bind(src))
	}
	run("q14 CASE", &Case{T: types.Text, Whens: []When{
		{bind("extract('hour', date_time) >= 8 and extract('hour', date_time) <= 18"), bind("'dayTime'")},
		{bind("extract('hour', date_time) <= 6 or extract('hour', date_time) >= 20"), bind("'nightTime'")},
	}, Else: bind("'otherTime'")})
	eq, err := EqualityOp(types.Text)
	if err != nil {
		b.Fatal(err)
	}
	run("q21 IN", &In{Eq: eq, Arg: bind("lower(channel)"), List: []Expr{bind("'apple'"), bind("'google'"), bind("'facebook'"), bind("'baidu'")}})
	run("q21 CASE", &Case{T: types.Text, Whens: []When{
		{bind("lower(channel) = 'apple'"), bind("'0'")}, {bind("lower(channel) = 'google'"), bind("'1'")},
		{bind("lower(channel) = 'facebook'"), bind("'2'")}, {bind("lower(channel) = 'baidu'"), bind("'3'")},
	}, Else: bind("(regexp_match(url, '(&|^)channel_id=([^&]*)'))[2]")})
}
