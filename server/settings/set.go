package settings

import (
	"maps"
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
	version int               // counts changes
}

// NewSet returns the defaults.
func NewSet() *Set {
	return &Set{start: map[string]string{}, now: map[string]string{}, local: map[string]string{}, told: map[string]string{}}
}

// Started makes the present values those that RESET goes back to.
func (s *Set) Started() { s.start = maps.Clone(s.now) }

// Version changes whenever a value does.
func (s *Set) Version() int { return s.version }

// Get is the value of a setting as SHOW prints it.
func (s *Set) Get(name string) (string, bool) {
	l := strings.ToLower(name)
	if v, ok := s.local[l]; ok {
		return v, true
	}
	if v, ok := s.now[l]; ok {
		return v, true
	}
	if d, ok := Find(l); ok {
		return d.Default, true
	}
	return "", false
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
		return value, nil
	case !ok:
		return "", unknown(name)
	case d.Scope != PerSession:
		return "", d.fixed()
	case d.Name == "DateStyle":
		return dateStyleOver(d, value, s.Value(d.Name))
	}
	return d.Parse(value)
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
	s.before = nil
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
