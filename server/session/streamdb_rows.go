package session

import (
	"cmp"
	"encoding/hex"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"streamdb/catalog"
	"streamdb/connector"
	"streamdb/exec"
	"streamdb/planner/plan"
	"streamdb/server/engine"
	"streamdb/types"
)

// eachRunning calls f for every running relation with its description.
func (s *Session) eachRunning(f func(desc *catalog.Relation, r *engine.Relation)) {
	for _, desc := range s.e.Catalog().UserRelations() {
		if r := s.e.Relation(desc.ID); r != nil {
			f(desc, r)
		}
	}
}

// lag is how many closed epochs lie behind epoch e.
func (s *Session) lag(e types.Epoch) int64 { return max(0, int64(s.e.Epochs().Last())-int64(e)) }

// lagBytes is the changes a view or sink has yet to read; NULL once it has stopped.
func lagBytes(r *engine.Relation) any {
	if st, _ := r.Status(); st == engine.Stopped {
		return nil
	}
	return r.Flow.Lag()
}

// progress is how far a view or sink is, and the changes it has read: nothing, if it could not
// be started.
func (s *Session) progress(r *engine.Relation) (at types.Epoch, lag, rowsIn int64) {
	if r.Flow == nil {
		return 0, s.lag(0), 0
	}
	at = r.Flow.Epoch()
	return at, s.lag(at), r.Flow.RowsIn()
}

func viewRows(s *Session, out *rowOut) {
	s.eachRunning(func(desc *catalog.Relation, r *engine.Relation) {
		if desc.Kind != catalog.MaterializedView {
			return
		}
		status, reason := r.Status()
		at, lag, rowsIn := s.progress(r)
		rows := int64(0)
		if r.Stored != nil {
			rows = r.Stored.Contents.Rows()
		}
		out.row(desc.ID, desc.Schema, desc.Name, string(status), reasonText(reason), at, lag, lagBytes(r),
			rows, sizesOf(r).total(), rowsIn, r.Errors.Total(), desc.AppendOnly,
			orNull(columnNames(desc, desc.Key)), catalog.RedactSQL(desc.Query, desc.Secrets), storedPlan(desc))
	})
}

// columnNames lists columns by name.
func columnNames(desc *catalog.Relation, positions []int) string {
	names := make([]string, len(positions))
	for i, p := range positions {
		names[i] = catalog.QuoteIdent(desc.Columns[p].Name)
	}
	return strings.Join(names, ", ")
}

// storedPlan is the plan a view runs, NULL if it cannot be read.
func storedPlan(desc *catalog.Relation) any {
	root, err := plan.Decode(desc.Plan)
	if err != nil {
		return nil
	}
	return strings.TrimSuffix(planText(root), "\n")
}

func sourceRows(s *Session, out *rowOut) {
	s.eachRunning(func(desc *catalog.Relation, r *engine.Relation) {
		var src connector.Source
		var at connector.Offset
		var failure error
		var rows int64
		status := "running"
		switch {
		case r.Source != nil:
			var running bool
			if at, running, failure = r.Source.State(); !running {
				status = "idle"
			}
			if running && r.Source.Held() {
				status = "held"
			}
			src, rows = r.Source.Connector(), r.Source.Rows()
		case r.Feed != nil:
			at, failure = r.Feed.State()
			src, rows = r.Feed.Connector(), r.Feed.Rows()
		case desc.Connector != "" && (desc.Kind == catalog.Source || desc.Kind == catalog.Table):
			_, failure = r.Status() // it could not be started
		default:
			return
		}
		st := connector.Stats{LagBytes: -1, Reconnects: -1, SnapshotRow: -1}
		if o, ok := src.(connector.Observed); ok {
			st = o.Stats()
		}
		switch {
		case failure != nil:
			status = "stopped"
		case status == "running" && st.State != "":
			status = st.State
		}
		out.row(desc.ID, desc.Schema, desc.Name, desc.Kind.String(), desc.Connector, status, reasonText(failure),
			placeText(src, at), rows, r.Errors.Total(), completed(r), orNull(st.Upstream), orNull(st.Released),
			known(st.LagBytes), known(st.SnapshotRow), known(st.Reconnects), orNull(st.LastError))
	})
}

// completed is the newest epoch of a relation that can be read.
func completed(r *engine.Relation) types.Epoch {
	if l := changelogOf(r); l != nil {
		if _, upper, _ := l.Bounds(); upper > 0 {
			return upper - 1
		}
	}
	return 0
}

// placeText is how far a source has been read, for people.
func placeText(src connector.Source, at connector.Offset) any {
	if p, ok := src.(connector.Placed); ok && at != nil {
		return p.Place(at)
	}
	return offsetText(at)
}

// offsetText is an offset for people: its number, its text, or its bytes in hex.
func offsetText(o connector.Offset) any {
	if o == nil {
		return nil
	}
	if n, ok := o.Number(); ok {
		return strconv.FormatUint(n, 10)
	}
	if utf8.Valid(o) && !strings.ContainsFunc(string(o), func(r rune) bool { return !unicode.IsPrint(r) }) {
		return string(o)
	}
	return `\x` + hex.EncodeToString(o)
}

func sinkRows(s *Session, out *rowOut) {
	s.eachRunning(func(desc *catalog.Relation, r *engine.Relation) {
		if desc.Kind != catalog.Sink {
			return
		}
		status, reason := r.Status()
		at, lag, rowsIn := s.progress(r)
		out.row(desc.ID, desc.Schema, desc.Name, desc.Connector, string(status), reasonText(reason), at, lag, lagBytes(r),
			rowsIn, r.Errors.Total(), sizesOf(r).total(), desc.Redacted())
	})
}

func tableRows(s *Session, out *rowOut) {
	s.eachRunning(func(desc *catalog.Relation, r *engine.Relation) {
		if r.Table == nil {
			return
		}
		var failure error
		if r.Feed != nil {
			_, failure = r.Feed.State()
		}
		out.row(desc.ID, desc.Schema, desc.Name, r.Table.Contents.Rows(), sizesOf(r).total(), orNull(desc.Connector),
			reasonText(failure), completed(r), r.Errors.Total())
	})
}

func jobRows(s *Session, out *rowOut) {
	snap := s.e.Catalog()
	for _, j := range s.e.Jobs() {
		out.row(j.ID, j.Relation, j.Name, jobStatement(snap, j), j.Started, time.Since(j.Started), j.Rows())
	}
}

// jobStatement is the statement a job came from, without secrets.
func jobStatement(snap *catalog.Snapshot, j *engine.Job) string {
	var secrets []string
	if desc, ok := snap.ByID(j.Relation); ok {
		secrets = desc.Secrets
	}
	return catalog.RedactSQL(j.SQL, secrets)
}

func errorRows(s *Session, out *rowOut) {
	s.eachRunning(func(desc *catalog.Relation, r *engine.Relation) {
		es := r.Errors.Entries()
		slices.SortFunc(es, func(a, b exec.ErrorEntry) int {
			return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), strings.Compare(a.Message, b.Message), strings.Compare(a.Row, b.Row), strings.Compare(a.Code, b.Code))
		})
		for _, e := range es {
			if e.Counted {
				out.row(desc.Schema+"."+desc.Name, nil, e.Code, "more than are kept", nil, e.Weight)
				continue
			}
			out.row(desc.Schema+"."+desc.Name, e.Epoch, e.Code, e.Message, orNull(strings.ToValidUTF8(e.Row, "\uFFFD")), e.Weight)
		}
	})
}

func memoryRows(s *Session, out *rowOut) {
	var sum int64
	s.eachRunning(func(desc *catalog.Relation, r *engine.Relation) {
		z := sizesOf(r)
		sum += z.total()
		for _, p := range []struct {
			part  string
			bytes int64
		}{{"rows", z.rows}, {"indexes", z.indexes}, {"operators", z.operators}, {"errors", z.errors}, {"changes", z.changes}, {"spilled", z.spilled}} {
			if p.bytes > 0 {
				out.row(desc.Schema+"."+desc.Name, p.part, p.bytes)
			}
		}
	})
	st := s.e.StoreStats()
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	out.row(nil, "relations", sum)
	out.row(nil, "store", st.MemTable+st.BlockCache)
	out.row(nil, "heap", samples[0].Value.Uint64())
	out.row(nil, "process", samples[1].Value.Uint64()-samples[2].Value.Uint64())
	if limit := s.e.MemoryLimit(); limit > 0 {
		out.row(nil, "limit", limit)
	} else {
		out.row(nil, "limit", nil)
	}
}

func checkpointRows(s *Session, out *rowOut) {
	for _, c := range s.e.Checkpoints() {
		out.row(c.ID, c.Epoch, c.Kind, c.Status, c.Started, c.Align, c.Sync, c.Async, c.Held, c.Bytes, c.Rows, orNull(c.Slowest), orNull(c.Error))
	}
}

func storeRows(s *Session, out *rowOut) {
	st := s.e.StoreStats()
	out.row(s.e.Epochs().Last(), st.Epoch, st.Tables, st.StoreBytes, st.LogBytes, st.SSTs, st.MemTable, st.BlockCache,
		st.Runs, st.Blocks, st.BlockBytes, st.Folds, st.LogFsyncs.Count, st.LogFsyncs.Avg, st.LogFsyncs.P99, st.StoreWAL)
}
