package postgres

import (
	"context"
	"slices"

	"streamdb/types/pgerr"
)

// check makes sure that the upstream table is the one that we began to read, and still has
// our columns and key.
func (s *source) check(ctx context.Context, c *conn) error {
	up, err := c.describe(ctx, s.link)
	if err != nil {
		return err
	}
	key, err := up.match(s.schema)
	if err != nil {
		return err
	}
	if !slices.Equal(slices.Sorted(slices.Values(key)), slices.Sorted(slices.Values(s.key))) {
		return s.altered(identityChanged)
	}
	if name := up.nullable(s.schema); name != "" {
		return s.altered("column \"" + name + "\" may be NULL")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = up
	}
	if what := s.known.changed(up); what != "" {
		return s.altered(what)
	}
	return nil
}

const identityChanged = "its replica identity changed"

// altered is the error of an upstream table that is not what it was.
func (s *source) altered(what string) *pgerr.Error {
	return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "upstream table \"%s\" was altered: %s", s.link.name(), what).
		WithHint("Drop the table here and create it anew; if only columns were added, the next start of the server leaves them out.")
}

// changed says what is different in now; "" for nothing.
func (t *table) changed(now *table) string {
	if now.oid != t.oid {
		return "another one has its name"
	}
	for _, c := range now.columns {
		k := slices.IndexFunc(t.columns, func(was column) bool { return was.name == c.name })
		switch {
		case k < 0:
			return "column \"" + c.name + "\" was added"
		case t.columns[k].typ != c.typ || t.columns[k].oid != c.oid:
			return "column \"" + c.name + "\" has another type"
		}
	}
	return ""
}

// isOurs reports whether a description in the stream is of our table, whatever its name, or
// of one that has its name.
func (s *source) isOurs(m *relationMessage) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return m.id == s.known.oid || m.schema == s.link.schema && m.name == s.link.table
}

// differs says what of the description in the stream is not as the table was; "" for nothing.
func (s *source) differs(m *relationMessage) string {
	s.mu.Lock()
	known := s.known
	s.mu.Unlock()
	if m.id != known.oid {
		return "another one has its name"
	}
	if m.schema != s.link.schema || m.name != s.link.table {
		return "it was renamed to \"" + m.schema + "." + m.name + "\""
	}
	for _, want := range s.schema {
		if !slices.ContainsFunc(m.columns, func(c relationColumn) bool { return c.name == want.Name }) {
			return "column \"" + want.Name + "\" is gone"
		}
	}
	var key []string
	for _, c := range m.columns {
		k := slices.IndexFunc(known.columns, func(was column) bool { return was.name == c.name })
		if k < 0 {
			return "column \"" + c.name + "\" was added"
		}
		if was := known.columns[k]; was.oid != c.oid || was.mod != c.mod {
			return "column \"" + c.name + "\" has another type"
		}
		if c.key {
			key = append(key, c.name)
		}
	}
	switch m.identity {
	case 'f': // every column counts as key
	case 'n':
		return identityChanged
	default:
		var ours []string
		for _, i := range s.key {
			ours = append(ours, s.schema[i].Name)
		}
		if !slices.Equal(slices.Sorted(slices.Values(key)), slices.Sorted(slices.Values(ours))) {
			return identityChanged
		}
	}
	return ""
}
