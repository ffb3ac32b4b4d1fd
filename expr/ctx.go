package expr

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Ctx is what an evaluation may know beside its rows, and where it notes rows that fail.
// One goroutine uses a Ctx at a time.
type Ctx struct {
	Style     *types.Style // never nil
	Now       int64        // the statement's instant, µs since 2000-01-01 UTC
	Session   Session      // nil in views, where functions of the session are refused
	Interrupt func() error // nil or asked now and then by long loops: non-nil stops them
	Errs      []RowError   // the rows that failed, at most one error each; see [Ctx.Reset]
	failed    []uint64     // bit per row in Errs; stale while Errs is empty
}

// RowError is the first error of one physical row of the batch evaluated.
type RowError struct {
	Row int32
	Err *pgerr.Error
}

// Session is what system functions ask of the session. It is implemented by the server.
type Session interface {
	// Fact is a fact such as current_user, session_user, current_database, version,
	// pg_backend_pid; a function of [SessionFuncs] with its arguments.
	Fact(fn string, args types.Row) (types.Datum, error)
	// SearchPath is the effective search path; implicit adds pg_catalog where it is searched
	// without being named.
	SearchPath(implicit bool) []string
	// Setting is the value of a setting as SHOW prints it.
	Setting(name string) (value string, ok bool)
	// SetSetting changes a setting; local: until the end of the transaction.
	SetSetting(name, value string, local bool) error
	// ResetSetting gives a setting its value of the session's start back.
	ResetSetting(name string, local bool) error
	// Waiting notes in pg_stat_activity what the session waits for, as wait_event_type and
	// wait_event; what it returns ends the wait.
	Waiting(kind, event string) (done func())
	// LookupReg resolves a name written in a regclass, regproc, regnamespace or regrole
	// literal; found is false when there is no such object.
	LookupReg(t types.Type, name string) (oid int64, found bool, err error)
	// RegName is the reverse: the object's name, quoted and qualified as the search path
	// demands.
	RegName(t types.Type, oid int64) (name string, found bool)
}

// NewCtx returns a context for evaluation without a session at instant now.
func NewCtx(style *types.Style, now int64) *Ctx { return &Ctx{Style: style, Now: now} }

// Reset forgets the noted errors. Operators call it before each batch.
func (c *Ctx) Reset() { c.Errs = c.Errs[:0] }

// Fail notes that physical row failed with err; only the first error of a row is kept.
func (c *Ctx) Fail(row int, err error) {
	if len(c.Errs) == 0 {
		clear(c.failed)
	}
	if w := row>>6 + 1; w > len(c.failed) {
		c.failed = append(c.failed, make([]uint64, w-len(c.failed))...)
	}
	if c.failed[row>>6]>>(row&63)&1 != 0 {
		return
	}
	c.failed[row>>6] |= 1 << (row & 63)
	c.Errs = append(c.Errs, RowError{Row: int32(row), Err: pgerr.From(err)})
}

// Failed reports whether row has failed since the last Reset.
func (c *Ctx) Failed(row int) bool {
	return len(c.Errs) > 0 && row>>6 < len(c.failed) && c.failed[row>>6]>>(row&63)&1 != 0
}

// DropFailed appends to dst the rows of sel (nil: 0 … n−1) that have no error.
func (c *Ctx) DropFailed(sel []int32, n int, dst []int32) []int32 {
	for i := range eachRow(sel, n) {
		if !c.Failed(i) {
			dst = append(dst, int32(i))
		}
	}
	return dst
}

// interrupted asks Interrupt.
func (c *Ctx) interrupted() error {
	if c.Interrupt == nil {
		return nil
	}
	return c.Interrupt()
}

// slowRows is [eachRow] for a loop that may take long: when it is to end, the row it has
// come to fails and the rest are left out.
func (c *Ctx) slowRows(sel []int32, n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		done := 0
		for i := range eachRow(sel, n) {
			if done++; done%pollRows == 0 {
				if err := c.interrupted(); err != nil {
					c.Fail(i, err)
					return
				}
			}
			if !yield(i) {
				return
			}
		}
	}
}

// eachRow ranges over the rows of sel, or 0 … n−1 if it is nil.
func eachRow(sel []int32, n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		if sel == nil {
			for i := range n {
				if !yield(i) {
					return
				}
			}
			return
		}
		for _, i := range sel {
			if !yield(int(i)) {
				return
			}
		}
	}
}

// everyRow is the numbers 0, 1, 2 … of rows, in order.
var everyRow = func() (rows [types.MaxBatch]int32) {
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}()

// listed is the rows of sel, or 0 … n−1 if it is nil: [eachRow] for hot loops, in which a
// call per row would show.
func listed(sel []int32, n int) []int32 {
	if sel != nil {
		return sel
	}
	if n <= len(everyRow) {
		return everyRow[:n]
	}
	rows := make([]int32, n)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}
