package settings

import (
	"maps"
	"slices"
	"strings"

	"streamdb/types/pgerr"
)

// Set is one session's settings. A change inside a transaction is undone if it rolls back;
// a local one at its end either way.
type Set struct {
	start   map[string]string // as the session began: what RESET goes back to
	now     map[string]string // by lower-case name; absent: the default
	local   map[string]string // SET LOCAL, over now
	before  map[string]string // now at the begin of the transaction, nil outside
	told    map[string]string // reported values the client has been told
	saves   []saved           // at the savepoints of the transaction
	custom  map[string]bool   // custom settings that have been set once
	version int               // counts changes
}

// saved is the state at a savepoint.
type saved struct {
	name       string
	now, local map[string]string
}

// NewSet returns the defaults.
func NewSet() *Set {
	return &Set{start: map[string]string{}, now: map[string]string{}, local: map[string]string{}, told: map[string]string{}, custom: map[string]bool{}}
}

// Started makes the present values those that RESET goes back to.
func (s *Set) Started() { s.start = maps.Clone(s.now) }

// Version changes whenever a value does.
func (s *Set) Version() int { return s.version }

// Get is the value of a setting as SHOW prints it. The modes of a transaction are by default
// what default_transaction_… says; a custom setting that is not set any more is empty.
func (s *Set) Get(name string) (string, bool) {
	l := strings.ToLower(name)
	if v, ok := s.local[l]; ok {
		return v, true
	}
	if v, ok := s.now[l]; ok {
		return v, true
	}
	if d, ok := Find("default_" + l); ok && strings.HasPrefix(l, "transaction_") {
		return s.Get(d.Name)
	}
	if d, ok := Find(l); ok {
		return d.Default, true
	}
	return "", s.custom[l]
}

// Start is the value that RESET goes back to.
func (s *Set) Start(name string) string {
	if v, ok := s.start[strings.ToLower(name)]; ok {
		return v
	}
	if d, ok := Find(name); ok {
		return d.Default
	}
	return ""
}

// Value is [Set.Get] of a setting that exists.
func (s *Set) Value(name string) string {
	v, _ := s.Get(name)
	return v
}

// On reports whether a boolean setting is on.
func (s *Set) On(name string) bool { return s.Value(name) == "on" }

// Set changes a setting; local: until the end of the transaction.
func (s *Set) Set(name, value string, local bool) error {
	v, err := s.check(name, value)
	if err != nil {
		return err
	}
	s.put(name, v, local)
	return nil
}

// check canonicalises a value. A name with a dot is a custom one and takes anything.
func (s *Set) check(name, value string) (string, error) {
	d, ok := Find(name)
	switch {
	case !ok && strings.Contains(name, "."):
		return value, checkCustom(name)
	case !ok:
		return "", unknown(name)
	case d.Scope != PerSession:
		return "", d.fixed()
	case d.Name == "DateStyle":
		return dateStyleOver(d, value, s.Value(d.Name))
	}
	return d.Parse(value)
}

// checkCustom fails for a custom setting's name of which a part is no identifier.
func checkCustom(name string) error {
	for part := range strings.SplitSeq(name, ".") {
		for i, r := range part {
			if r != '_' && r < 0x80 && !(r|0x20 >= 'a' && r|0x20 <= 'z') && (i == 0 || r != '$' && (r < '0' || r > '9')) {
				part = ""
			}
		}
		if part == "" {
			return pgerr.New(pgerr.InvalidName, "invalid configuration parameter name \"%s\"", name).
				WithDetail("Custom parameter names must be two or more simple identifiers separated by dots.")
		}
	}
	return nil
}

// fixed says that no session can change d.
func (d *Def) fixed() error {
	if d.Scope == AtStart {
		return pgerr.New(pgerr.CantChangeRuntimeParam, "parameter \"%s\" cannot be changed without restarting the server", d.Name)
	}
	return pgerr.New(pgerr.CantChangeRuntimeParam, "parameter \"%s\" cannot be changed", d.Name)
}

func (s *Set) put(name, v string, local bool) {
	l := strings.ToLower(name)
	s.version++
	if _, ok := Find(l); !ok {
		s.custom[l] = true
	}
	if local {
		s.local[l] = v
		return
	}
	delete(s.local, l)
	s.now[l] = v
}

// Fix sets a setting that clients cannot change.
func (s *Set) Fix(name, value string) { s.put(name, value, false) }

// Reset puts a setting back to what it was when the session began.
func (s *Set) Reset(name string, local bool) error {
	d, ok := Find(name)
	if !ok && !strings.Contains(name, ".") {
		return unknown(name)
	}
	if ok && d.Scope != PerSession {
		return d.fixed()
	}
	l := strings.ToLower(name)
	v, had := s.start[l]
	s.version++
	switch {
	case local && had:
		s.local[l] = v
	case local && ok:
		s.local[l] = d.Default
	case had:
		s.now[l] = v
		delete(s.local, l)
	default:
		delete(s.now, l)
		delete(s.local, l)
	}
	return nil
}

// ResetAll puts everything back to what it was when the session began.
func (s *Set) ResetAll() {
	s.version++
	s.now = maps.Clone(s.start)
	clear(s.local)
}

// Begin starts a transaction.
func (s *Set) Begin() {
	if s.before == nil {
		s.before = maps.Clone(s.now)
	}
}

// End ends it.
func (s *Set) End(committed bool) {
	if s.before == nil {
		return
	}
	if !committed {
		s.now = s.before
		s.version++
	}
	if len(s.local) > 0 {
		clear(s.local)
		s.version++
	}
	s.before, s.saves = nil, nil
}

// Savepoint notes the present values.
func (s *Set) Savepoint(name string) {
	s.saves = append(s.saves, saved{name, maps.Clone(s.now), maps.Clone(s.local)})
}

// Savepoints counts those of the transaction.
func (s *Set) Savepoints() int { return len(s.saves) }

// RollbackTo takes back the changes since a savepoint, which stays.
func (s *Set) RollbackTo(name string) {
	if i := s.savepoint(name); i >= 0 {
		s.now, s.local = maps.Clone(s.saves[i].now), maps.Clone(s.saves[i].local)
		s.saves = s.saves[:i+1]
		s.version++
	}
}

// Release forgets a savepoint and those after it.
func (s *Set) Release(name string) {
	if i := s.savepoint(name); i >= 0 {
		s.saves = s.saves[:i]
	}
}

// savepoint is the place of the latest savepoint of a name; −1 if there is none.
func (s *Set) savepoint(name string) int {
	for i, save := range slices.Backward(s.saves) {
		if save.name == name {
			return i
		}
	}
	return -1
}

// Changes lists the reported settings whose value the client has not been told.
func (s *Set) Changes() [][2]string {
	var out [][2]string
	for _, d := range table {
		if !d.Report {
			continue
		}
		v := s.Value(d.Name)
		if told, ok := s.told[d.Name]; !ok || told != v {
			s.told[d.Name] = v
			out = append(out, [2]string{d.Name, v})
		}
	}
	return out
}
