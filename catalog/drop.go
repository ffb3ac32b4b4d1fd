package catalog

import (
	"fmt"
	"slices"
	"strings"

	"streamdb/types/pgerr"
)

// dropped is one object on the way out and the object it was reached through.
type dropped struct {
	id       ID
	relation *Relation
	via      string // how the object it depends on is described; "" for those asked for
}

// dropWalk collects what a DROP takes with it: dependents before what they depend on, the
// newest first, as PostgreSQL visits them.
type dropWalk struct {
	s    *Snapshot
	path []string
	seen map[ID]bool
	out  []dropped
}

func (w *dropWalk) visit(id ID, via string) {
	if w.seen[id] {
		return
	}
	w.seen[id] = true
	r := w.s.byID[id]
	w.visitAll(w.s.Dependents(id), w.s.Describe(w.path, r))
	w.out = append(w.out, dropped{id: id, relation: r, via: via})
}

func (w *dropWalk) visitAll(ids []ID, via string) {
	for _, id := range slices.Backward(ids) {
		w.visit(id, via)
	}
}

// DropClosure lists what dropping the relations takes with it, the relations included:
// dependents before what they depend on. Without cascade, objects that depend on them
// without being among them are error 2BP01. The search path decides how messages spell
// names.
func (s *Snapshot) DropClosure(ids []ID, cascade bool, searchPath []string) ([]ID, error) {
	w := &dropWalk{s: s, path: searchPath, seen: map[ID]bool{}}
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		r, ok := s.byID[id]
		if !ok {
			return nil, pgerr.Internal("relation %d does not exist", id)
		}
		if r.Kind == System {
			return nil, pgerr.New(pgerr.InsufficientPrivilege, "permission denied: \"%s\" is a system catalog", r.Name)
		}
		names = append(names, s.Describe(searchPath, r))
		w.visit(id, "")
	}
	asked := func(d dropped) bool { return slices.Contains(ids, d.id) }
	return w.result(names, cascade, asked)
}

// DropSchemaClosure lists the relations that dropping the schemas takes with it, like
// [Snapshot.DropClosure]. The schemas themselves are dropped after them.
func (s *Snapshot) DropSchemaClosure(schemas []string, cascade bool, searchPath []string) ([]ID, error) {
	w := &dropWalk{s: s, path: searchPath, seen: map[ID]bool{}}
	names := make([]string, 0, len(schemas))
	for _, name := range schemas {
		if err := s.checkDropSchema(name); err != nil {
			return nil, err
		}
		var ids []ID
		for _, r := range s.Relations(name) {
			ids = append(ids, r.ID)
		}
		slices.Sort(ids)
		names = append(names, "schema "+QuoteIdent(name))
		w.visitAll(ids, names[len(names)-1])
	}
	return w.result(names, cascade, func(dropped) bool { return false })
}

// result judges the collected objects; asked tells those that were named by the user.
func (w *dropWalk) result(names []string, cascade bool, asked func(dropped) bool) ([]ID, error) {
	ids := make([]ID, 0, len(w.out))
	var blockers []string
	for _, d := range slices.Backward(w.out) {
		if !asked(d) {
			blockers = append(blockers, w.s.Describe(w.path, d.relation)+" depends on "+d.via)
		}
	}
	for _, d := range w.out {
		ids = append(ids, d.id)
	}
	if cascade || len(blockers) == 0 {
		return ids, nil
	}
	message := "cannot drop desired object(s) because other objects depend on them"
	if len(names) == 1 {
		message = "cannot drop " + names[0] + " because other objects depend on it"
	}
	return nil, pgerr.New(pgerr.DependentObjectsStillExist, "%s", message).
		WithDetail("%s", strings.Join(capped(blockers), "\n")).
		WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
}

// maxReported is how many objects a DROP names to the client.
const maxReported = 100

func capped(lines []string) []string {
	if len(lines) <= maxReported {
		return lines
	}
	return append(slices.Clone(lines[:maxReported]), fmt.Sprintf("and %d other %s (see server log for list)", len(lines)-maxReported, plural(len(lines)-maxReported)))
}

// CascadeNotice is the NOTICE of a DROP … CASCADE that takes more than was asked for: its
// closure and what was asked for. It is nil when there is nothing to say.
func (s *Snapshot) CascadeNotice(closure, asked []ID, searchPath []string) *pgerr.Error {
	var lines []string
	for _, id := range slices.Backward(closure) {
		if !slices.Contains(asked, id) {
			lines = append(lines, "drop cascades to "+s.Describe(searchPath, s.byID[id]))
		}
	}
	switch len(lines) {
	case 0:
		return nil
	case 1:
		return pgerr.New(pgerr.SuccessfulCompletion, "%s", lines[0])
	}
	return pgerr.New(pgerr.SuccessfulCompletion, "drop cascades to %d other %s", len(lines), plural(len(lines))).
		WithDetail("%s", strings.Join(capped(lines), "\n"))
}

func plural(n int) string {
	if n == 1 {
		return "object"
	}
	return "objects"
}
