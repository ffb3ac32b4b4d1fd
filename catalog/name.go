package catalog

import "strconv"

// maxName is the longest identifier in bytes.
const maxName = 63

// QualifiedName is schema.name, each quoted where needed.
func (r *Relation) QualifiedName() string { return QuoteIdent(r.Schema) + "." + QuoteIdent(r.Name) }

// NameInPath is the relation's name as SQL would write it under a search path: qualified
// only when the bare name means something else.
func (s *Snapshot) NameInPath(searchPath []string, r *Relation) string {
	if s.IsVisible(searchPath, r.ID) {
		return QuoteIdent(r.Name)
	}
	return r.QualifiedName()
}

// IsVisible reports whether the bare name of a relation or index means it.
func (s *Snapshot) IsVisible(searchPath []string, id ID) bool {
	name := ""
	if r, ok := s.byID[id]; ok {
		name = r.Name
	} else if _, u, ok := s.IndexByID(id); ok {
		name = u.Name
	}
	found, ok := s.LookupID(searchPath, "", name)
	return ok && found == id
}

// Describe is how error messages name a relation: view v, materialized view s.m.
func (s *Snapshot) Describe(searchPath []string, r *Relation) string {
	return r.Kind.String() + " " + s.NameInPath(searchPath, r)
}

// ConstraintName makes the name PostgreSQL gives to an unnamed constraint or index: parts
// joined by underscores, cut to length, numbered until it is neither a relation's name in
// the schema nor among taken. label is pkey, key or check.
func (s *Snapshot) ConstraintName(schema, table, columns, label string, taken []string) string {
	for i := 0; ; i++ {
		l := label
		if i > 0 {
			l += strconv.Itoa(i)
		}
		name := joinName(table, columns, l)
		_, used := s.names[qualified{schema, name}]
		for _, t := range taken {
			used = used || t == name
		}
		if !used {
			return name
		}
	}
}

// joinName joins a name's parts, cutting the longer of the first two until it fits.
func joinName(a, b, label string) string {
	room := maxName - len(label) - 1
	if b != "" {
		room--
	}
	for len(a)+len(b) > room {
		if len(a) > len(b) {
			a = cutLast(a)
		} else {
			b = cutLast(b)
		}
	}
	if b != "" {
		a += "_" + b
	}
	return a + "_" + label
}

// cutLast drops the last character.
func cutLast(s string) string {
	n := len(s) - 1
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
