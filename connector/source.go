package connector

import (
	"context"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// Source is one replayable input. Its methods may be called from several goroutines.
type Source interface {
	// Schema is the columns of the rows its readers deliver.
	Schema() types.Schema
	// AppendOnly reports whether readers only ever deliver new rows (Chunk.Batch), never
	// changes of earlier ones.
	AppendOnly() bool
	// Open starts a reader at from, an offset some reader of this source has reported; nil
	// is the start. It does not wait for data.
	Open(ctx context.Context, from Offset) (Reader, error)
	// Close releases what the source holds; its readers must be closed before.
	Close() error
}

// Reader reads one source from one place on. It belongs to one goroutine.
type Reader interface {
	// Next returns what comes next, within limit. It waits until there is something to
	// return, ctx is done (its error is then ctx's cause), or a bounded source is at its
	// end (io.EOF, again on every further call). At or beyond limit.Until it returns an
	// empty chunk at once. Any other error is final: the reader must be closed.
	//
	// The chunk's batch belongs to the reader and is overwritten by the next call, unless it
	// is limit.Into.
	Next(ctx context.Context, limit Limit) (Chunk, error)
	Close() error
}

// Limit bounds one call of Next.
type Limit struct {
	MaxRows int    // most rows to return; 0: the reader's own choice, about types.MaxBatch
	Until   Offset // stop here exactly; nil: go on

	// Into, if not nil, is an empty batch of the schema's columns that the reader may fill in
	// place of its own. If it returns it, it is the caller's, else the caller may give it again;
	// the reader keeps no reference to it.
	Into *types.Batch
}

// Rows is the number of rows one call may return.
func (l Limit) Rows() int {
	if l.MaxRows <= 0 {
		return types.MaxBatch
	}
	return min(l.MaxRows, types.MaxBatch)
}

// OwnBatch is the batch of a reader for the calls that lend it none.
type OwnBatch struct{ batch *types.Batch }

// For is the empty batch that a call with the given limit is to fill: the one lent, or the
// reader's own, made of columns of the given types when it is first needed.
func (o *OwnBatch) For(l Limit, columns []types.Type) *types.Batch {
	if l.Into != nil {
		return l.Into
	}
	if o.batch == nil {
		o.batch = types.NewBatch(columns, types.MaxBatch)
	}
	o.batch.Reset()
	return o.batch
}

// Chunk is what one call of Next delivers. A chunk may be empty but for After: the place
// moved on without rows.
type Chunk struct {
	Batch   *types.Batch // new rows, all of weight +1; nil: none
	Changes []Change     // changes of a table, in order, after Batch; only if !AppendOnly
	Bad     []BadRow     // rows that could not be decoded, left out of Batch and Changes
	After   Offset       // the place behind this chunk: a reader opened there goes on after it

	// InTxn: the upstream transaction goes on in the next chunk. After still stands before
	// that transaction, and no epoch may be closed here.
	InTxn bool
	// SnapshotStart: a (new) snapshot begins with this chunk; whatever this source has
	// delivered before is void and is replaced by it.
	SnapshotStart bool
	// SnapshotDone: the snapshot is whole with this chunk; until then its rows must not
	// become visible.
	SnapshotDone bool
}

// Rows is the number of rows and changes in c.
func (c *Chunk) Rows() int {
	n := len(c.Changes)
	if c.Batch != nil {
		n += c.Batch.Len()
	}
	return n
}

// Op is the kind of a change.
type Op uint8

// The kinds of change.
const (
	OpInsert   Op = iota // New
	OpUpdate             // New; Old if the key changed or upstream sends whole old rows
	OpDelete             // Old
	OpTruncate           // neither: all rows go
)

// String is the kind's SQL word.
func (o Op) String() string {
	return [...]string{"insert", "update", "delete", "truncate"}[o]
}

// Change is one change of an upstream table.
type Change struct {
	Op  Op
	Old types.Row // the row before, full width; if OldKeyOnly only its key columns are set
	New types.Row // the row after, full width
	// OldKeyOnly: the columns of Old outside the key are unknown (NULL there).
	OldKeyOnly bool
	// Unchanged lists the columns of New that upstream did not send because they kept the
	// value they have under the row's old key (TOAST); they are NULL in New.
	Unchanged []int
}

// ErrPartOfRow is the error of a bad row that is the sent part of an update, while the rest
// of the row is not here.
var ErrPartOfRow = pgerr.New(pgerr.DataException, "the row was left out before, and only a part of it was sent now")

// BadRow is one piece of input that could not become a row.
type BadRow struct {
	Payload []byte // as it was read
	Offset  string // where it stood, for people: "orders.csv, line 7"
	Err     *pgerr.Error
}

// Releaser is a source that keeps upstream history until it is told that it may go.
type Releaser interface {
	// Release says that everything up to o is durable here and will never be asked again.
	Release(ctx context.Context, o Offset) error
}

// Dropper is a source that left something behind upstream (a replication slot).
type Dropper interface {
	// Drop removes it. The source is dropped here either way; the error is to be told.
	Drop(ctx context.Context) error
}

// Beginner is a source that makes something upstream before it gives its first row, so that
// reading it may turn out to be impossible.
type Beginner interface {
	// Begun waits until the first reader of a new source has begun, and returns why it could
	// not, though that reader may go on trying.
	Begun(ctx context.Context) error
}

// Pruner is a source that can leave out columns its reader does not want.
type Pruner interface {
	// Prune returns a source of the given columns of Schema, in that order, with the same
	// offsets and, in those columns, the same rows.
	Prune(cols []int) Source
}

// Splitter is a source that can be read as several independent ones side by side.
type Splitter interface {
	// Splits returns sources that together hold exactly the rows of this one. Each has
	// offsets of its own.
	Splits() []Source
}

// Finite is a source that may have an end.
type Finite interface {
	// Finite reports whether the source has an end that readers come to.
	Finite() bool
}

// Observed is a source that can say how it is doing.
type Observed interface {
	Stats() Stats
}

// Placed is a source whose offsets are written otherwise for people than as their bytes.
type Placed interface {
	Place(o Offset) string
}

// Stats is what a source says about itself in streamdb.sources. Numbers not known are −1.
type Stats struct {
	State       string // "idle", "snapshot", "streaming", "reconnecting", "stopped"
	Upstream    string // newest place upstream, for people
	Released    string // place up to which upstream may forget, for people
	LagBytes    int64  // from Released to Upstream: what upstream has to keep for us
	Reconnects  int64
	LastError   string
	SnapshotRow int64 // rows of the snapshot read so far
}
