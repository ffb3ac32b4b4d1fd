package pgcatalog

import (
	_ "embed"
	"time"

	"streamdb/types"
)

// zoneRows is pg_timezone_names at the asking instant.
func zoneRows(in *Input, w *writer) {
	w.columns("name abbrev utc_offset is_dst")
	at := types.TimeFromTimestamp(in.Now)
	for f := range seedLines(zoneText) {
		l, _, ok := types.LoadZone(f[0])
		if !ok {
			continue
		}
		t := at.In(l)
		abbrev, offset := t.Zone()
		w.row(f[0], abbrev, seconds(offset), t.IsDST())
	}
}

//go:embed seed/abbrevs.txt
var abbrevText string

// abbrevRows is pg_timezone_abbrevs: PostgreSQL's default set.
func abbrevRows(_ *Input, w *writer) {
	w.columns("abbrev utc_offset is_dst")
	for f := range seedLines(abbrevText) {
		w.row(f[0], seconds(seedInt(f[1])), f[2] == "t")
	}
}

// seconds is an interval.
func seconds(n int) types.Datum {
	return types.NewInterval(types.Interval{Micros: int64(n) * int64(time.Second/time.Microsecond)})
}
