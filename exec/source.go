package exec

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"streamdb/connector"
	"streamdb/state"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Source is a relation that stores no rows: a shared reader of an external source fills
// its changelog. It knows the offset at which each epoch ended, so that its rows at an
// epoch are a bounded replay from the start.
//
// The reader runs while somebody wants it ([Source.Use]); until then, epochs end at the
// start offset and the source is not read at all.
type Source struct {
	name   string
	src    connector.Source
	log    *Changelog
	epochs *Epochs
	Errors *ErrorSet

	mu       sync.Mutex
	marks    []mark // by epoch; the first is at or before since
	offset   connector.Offset
	saved    state.Hash // of the saved offset record
	barriers []Barrier  // to be placed in-band by the runner
	users    int
	want     []int // the columns that users read, ascending; the others are left out
	held     bool  // nothing is read until Go
	stop     context.CancelFunc
	stopped  chan struct{}
	failure  error

	poke   chan struct{}
	rows   atomic.Int64
	paused atomic.Bool
	end    atomic.Bool // the reader has come to the end of the input
	Base   state.TableID
	// MaxAhead bounds the bytes that have been read and that no view has taken yet: beyond
	// it the source waits. Views that are later than the first one are waited for only when
	// the changelog is full.
	MaxAhead int64
}

type mark struct {
	epoch  types.Epoch
	offset connector.Offset
}

// NewSource returns a source that stands at offset, the end of epoch last.
func NewSource(name string, src connector.Source, last types.Epoch, offset connector.Offset, ep *Epochs) *Source {
	return &Source{
		name: name, src: src, log: NewChangelog(last), epochs: ep, Errors: NewErrorLog(KeptErrors),
		offset: offset, marks: []mark{{last, offset}}, poke: make(chan struct{}, 1), MaxAhead: DefaultMaxLag / 2,
	}
}

// Changelog is the rows read by the shared reader.
func (s *Source) Changelog() *Changelog { return s.log }

// Connector is the external source.
func (s *Source) Connector() connector.Source { return s.src }

// Rows is the number of rows read by the shared reader.
func (s *Source) Rows() int64 { return s.rows.Load() }

// State is the shared reader's offset and why it stopped, nil while it has not.
func (s *Source) State() (offset connector.Offset, running bool, failure error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.offset, s.users > 0 && s.failure == nil, s.failure
}

// CloseEpoch ends the epoch: at once if nothing is being read, else in-band.
func (s *Source) CloseEpoch(br Barrier) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stop == nil {
		s.place(br)
		return
	}
	s.barriers = append(s.barriers, br)
	select {
	case s.poke <- struct{}{}:
	default:
	}
}

// place notes the offset of an epoch's end and closes it; s.mu is held.
func (s *Source) place(br Barrier) {
	s.marks = append(s.marks, mark{br.Epoch, s.offset})
	since, _, _ := s.log.Bounds()
	for len(s.marks) > 1 && s.marks[1].epoch <= since {
		s.marks = s.marks[1:]
	}
	s.Errors.End(br.Epoch)
	if br.Save != nil && br.Save.Wants(s.name) {
		br.Save.Save(s.name, s.save())
	}
	s.log.Close(br)
}

// offsetKey is the key of the source's one record.
var offsetKey = []byte{0, 'o'}

func (s *Source) save() []*state.Delta {
	d := state.NewDelta(s.Base)
	d.Put(offsetKey, s.offset, s.saved)
	s.saved = state.HashKV(offsetKey, s.offset)
	return []*state.Delta{d, s.Errors.Save(s.Base + errorTable)}
}

// Load fills the source from its state tables, before it runs.
func (s *Source) Load(scan func(id state.TableID, f func(key, val []byte) error) error) error {
	err := scan(s.Base, func(k, v []byte) error {
		s.offset = append(connector.Offset(nil), v...)
		if len(v) == 0 {
			s.offset = nil
		}
		s.saved = state.HashKV(k, v)
		s.marks[0].offset = s.offset
		return nil
	})
	if err != nil {
		return err
	}
	return scan(s.Base+errorTable, s.Errors.Load)
}

// OffsetAt is the offset at the end of epoch e.
func (s *Source) OffsetAt(e types.Epoch) connector.Offset {
	s.mu.Lock()
	defer s.mu.Unlock()
	var o connector.Offset
	for _, m := range s.marks {
		if m.epoch > e {
			break
		}
		o = m.offset
	}
	return o
}

// Finite reports whether the source has an end.
func (s *Source) Finite() bool {
	f, ok := s.src.(connector.Finite)
	return ok && f.Finite()
}

// AtEnd reports whether the reader, if it runs, has come to the end of the input.
func (s *Source) AtEnd() bool {
	_, running, _ := s.State()
	return !running || s.end.Load()
}

// Whole replays a source that has an end from its start to that end. It is for a source
// that nobody reads, whose epochs all end at its start.
func (s *Source) Whole(ctx context.Context, yield func(*types.Batch) error) error {
	return s.replay(ctx, nil, yield)
}

// Snapshot replays the source from its start to the end of epoch e.
func (s *Source) Snapshot(ctx context.Context, e types.Epoch, yield func(*types.Batch) error) error {
	until := s.OffsetAt(e)
	if until == nil {
		return nil
	}
	return s.replay(ctx, until, yield)
}

// replay reads from the start to until, or to the end of the input.
func (s *Source) replay(ctx context.Context, until connector.Offset, yield func(*types.Batch) error) error {
	r, err := s.src.Open(ctx, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	for at := connector.Offset(nil); !at.Reached(until); {
		c, err := r.Next(ctx, connector.Limit{Until: until})
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if c.Batch != nil && c.Batch.Len() > 0 {
			if err := yield(c.Batch); err != nil {
				return err
			}
		}
		at = c.After
	}
	return nil
}

// Use has the shared reader read these columns from now on, and starts it with its first
// user. It reports whether columns came in that were left out of the open epoch so far: the
// user must begin with the next epoch.
func (s *Source) Use(cols []int) (grown bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(cols) == 0 {
		cols = []int{0} // a batch without columns has no rows to count
	}
	grown = !containsAll(s.want, cols)
	if grown && s.stop != nil {
		s.stopLocked()
	} else {
		grown = false
	}
	s.want = unionOf(s.want, cols)
	s.users++
	s.startLocked()
	return grown
}

// Hold keeps the reader from starting until Go is called, when all users are known.
func (s *Source) Hold() { s.held = true }

// Go ends Hold.
func (s *Source) Go() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = false
	s.startLocked()
}

func (s *Source) startLocked() {
	if s.users == 0 || s.stop != nil || s.failure != nil || s.held {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop, s.stopped = cancel, make(chan struct{})
	s.end.Store(false)
	go s.run(ctx, s.offset, s.want)
}

// stopLocked ends the reader and waits for it; s.mu is given up meanwhile.
func (s *Source) stopLocked() {
	s.stop()
	done := s.stopped
	s.mu.Unlock()
	<-done
	s.mu.Lock()
}

// Release stops the shared reader with its last user.
func (s *Source) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users > 0 {
		return
	}
	s.want = nil
	if s.stop != nil {
		s.stopLocked()
	}
}

func containsAll(set, xs []int) bool {
	return !slices.ContainsFunc(xs, func(x int) bool { return !slices.Contains(set, x) })
}

func unionOf(a, b []int) []int {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))
}

// pruned is the external source with only the columns wanted, if it can leave the others
// out; cols then says where the reader's columns belong.
func (s *Source) pruned(want []int) (src connector.Source, cols []int) {
	p, ok := s.src.(connector.Pruner)
	if !ok || len(want) == len(s.src.Schema()) {
		return s.src, nil
	}
	return p.Prune(want), want
}

// run reads until ctx is done.
func (s *Source) run(ctx context.Context, from connector.Offset, want []int) {
	defer s.ended()
	src, cols := s.pruned(want)
	r, err := src.Open(ctx, from)
	if err != nil {
		s.fail(err)
		return
	}
	lend := &lender{types: src.Schema().Types()}
	readErr := make(chan error, 1)
	go func() {
		defer r.Close()
		readErr <- s.pump(ctx, r, lend, cols)
	}()
	for {
		select {
		case <-s.poke: // the reader may be waiting
			s.placeBarriers()
		case err := <-readErr:
			if ctx.Err() == nil && !errors.Is(err, io.EOF) {
				s.fail(err)
			}
			s.end.Store(errors.Is(err, io.EOF))
			s.idle(ctx)
			return
		}
	}
}

// pumped is a chunk, and the batch that was lent for it.
type pumped struct {
	connector.Chunk
	loan *loan
}

// pump takes chunk after chunk from the reader.
func (s *Source) pump(ctx context.Context, r connector.Reader, lend *lender, cols []int) error {
	var half []pumped
	for ctx.Err() == nil {
		x := lend.take()
		c, err := r.Next(ctx, connector.Limit{Into: x.b})
		if err != nil {
			return err
		}
		s.take(ctx, pumped{c, x}, cols, &half)
	}
	return ctx.Err()
}

// take puts a chunk into the open epoch, and waits while all readers are far behind, or one
// too far. The chunks of an upstream transaction are kept in half until it is whole: the
// offset stands before it as long, and a reader that is stopped meanwhile reads it again.
func (s *Source) take(ctx context.Context, c pumped, cols []int, half *[]pumped) {
	switch b := c.Batch; {
	case b != nil && b == c.loan.b && b.N >= lendFrom && b.Sel == nil:
		c.Batch = s.spread(b, cols)
	case b != nil && b.Len() > 0:
		c.Batch = s.spread(b.Compact(), cols)
		c.loan.giveBack()
		c.loan = nil
	default:
		c.Batch = nil
		c.loan.giveBack()
		c.loan = nil
	}
	*half = append(*half, c)
	if c.InTxn {
		return
	}
	s.put(*half, c.After)
	clear(*half)
	*half = (*half)[:0]
	s.epochs.Dirty()
	s.placeBarriers()
	if s.log.ahead() > s.MaxAhead || s.log.full() || s.Held() {
		s.waitForRoom(ctx)
	}
}

// put appends chunks to the open epoch, which ends at after if it does now.
func (s *Source) put(chunks []pumped, after connector.Offset) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range chunks {
		for _, bad := range c.Bad {
			s.Errors.Add(bad.Err, 1, bad.Offset+": "+string(bad.Payload))
		}
		if c.Batch != nil {
			s.log.append(c.Batch, c.loan)
			s.rows.Add(int64(c.Batch.Len()))
		}
	}
	s.offset = after
}

// spread puts the columns that were read at their positions; the others are missing.
func (s *Source) spread(b *types.Batch, cols []int) *types.Batch {
	if cols == nil {
		return b
	}
	wide := make([]*types.Vec, len(s.src.Schema()))
	for i, c := range cols {
		wide[c] = b.Cols[i]
	}
	return &types.Batch{N: b.N, Cols: wide, W: b.W}
}

// Pause makes the shared reader wait, or go on; barriers are placed either way.
func (s *Source) Pause(on bool) { s.paused.Store(on) }

// Held reports whether the reader waits for something else than the views that read it.
func (s *Source) Held() bool { return s.paused.Load() || s.epochs.held.Load() }

// waitForRoom waits until the readers have got on.
func (s *Source) waitForRoom(ctx context.Context) {
	far := func() bool { return s.log.ahead() > s.MaxAhead/2 || s.log.full() || s.Held() }
	s.epochs.awaitRoom(s.log, far, ctx.Done())
}

// placeBarriers ends the epochs asked for.
func (s *Source) placeBarriers() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, br := range s.barriers {
		s.place(br)
	}
	s.barriers = s.barriers[:0]
}

// idle goes on ending epochs after the end of the input.
func (s *Source) idle(ctx context.Context) {
	s.placeBarriers()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.poke:
			s.placeBarriers()
		}
	}
}

func (s *Source) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = pgerr.From(err)
}

// ended leaves the source to [Source.CloseEpoch] again.
func (s *Source) ended() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop = nil
	for _, br := range s.barriers {
		s.place(br)
	}
	s.barriers = nil
	close(s.stopped)
}
