package exec

import (
	"sync"

	"streamdb/state"
)

// saveSlice is how many records are written between two steps of a task.
const saveSlice = 2048

// saving is what one task has still to write of a checkpoint.
type saving struct {
	tables []StateTable // the first is under way
	deltas []*state.Delta
	into   *Handover
}

// freeze says what the graph's operators are to save, as they are now.
func (g *graph) freeze(into *Handover) *saving {
	s := &saving{into: into}
	for _, o := range g.order {
		op, ok := o.op.(Stateful)
		if !ok {
			continue
		}
		for i, t := range op.StateTables() {
			d := state.NewDelta(o.table + state.TableID(i))
			t.Freeze(d)
			s.tables, s.deltas = append(s.tables, t), append(s.deltas, d)
		}
	}
	return s
}

// step writes n records or few more. When none is left it hands over and reports false.
func (s *saving) step(n int) (left bool) {
	for len(s.tables) > 0 {
		if s.tables[0].Save(n) {
			return true
		}
		s.tables = s.tables[1:]
	}
	s.into.Add(s.deltas)
	return false
}

// Handover gathers what the parts of one participant save of a checkpoint, which may take
// them different times, and hands it over as one.
type Handover struct {
	to          Saver
	participant string

	mu     sync.Mutex
	parts  int // that have not added theirs
	deltas []*state.Delta
}

// NewHandover returns a Handover of so many parts.
func NewHandover(to Saver, participant string, parts int) *Handover {
	return &Handover{to: to, participant: participant, parts: parts}
}

// Add takes one part's deltas; the last one's hands all over.
func (h *Handover) Add(deltas []*state.Delta) {
	h.mu.Lock()
	h.deltas = append(h.deltas, deltas...)
	h.parts--
	last := h.parts == 0
	h.mu.Unlock()
	if last {
		h.to.Save(h.participant, h.deltas)
	}
}
