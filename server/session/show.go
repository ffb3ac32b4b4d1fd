package session

import (
	"context"
	"slices"

	"streamdb/server/settings"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

// listing is the result of a SHOW: its columns are known before it runs.
type listing struct {
	cols []wire.Column
	tag  string
	name int // the column that LIKE is about
	rows func(add func(values ...any)) error
}

// list makes a listing of text columns.
func list(rows func(add func(values ...any)) error, names ...string) *listing {
	l := &listing{tag: "SHOW", rows: rows}
	for _, n := range names {
		l.cols = append(l.cols, wire.Column{Name: n, Type: types.Text})
	}
	return l
}

// typed gives a column another type than text.
func (l *listing) typed(column int, t types.Type) *listing {
	l.cols[column].Type = t
	return l
}

// buildShow compiles SHOW and DESCRIBE; false for any other statement.
func (s *Session) buildShow(c *compiled) (bool, error) {
	l, err := s.listing(c)
	if l == nil || err != nil {
		return false, err
	}
	c.cols = l.cols
	c.run = func(ctx context.Context, x *execution) error {
		x.tag = l.tag
		return l.send(ctx, x.rows)
	}
	return true, nil
}

func (s *Session) listing(c *compiled) (*listing, error) {
	switch st := c.stmt.(type) {
	case *sql.Show:
		return s.showSetting(st)
	case *sql.ShowObjects:
		return s.showObjects(st, c.text)
	case *sql.ShowCreate:
		return s.showCreate(st, c.text)
	case *sql.Describe:
		return s.describe(st, c.text)
	}
	return nil, nil
}

// send hands out the rows in batches.
func (l *listing) send(ctx context.Context, out func(*types.Batch) error) error {
	ts := make([]types.Type, len(l.cols))
	for i, c := range l.cols {
		ts[i] = c.Type
	}
	var batches []*types.Batch
	err := l.rows(func(values ...any) {
		n := len(batches)
		if n == 0 || batches[n-1].N == types.MaxBatch {
			batches = append(batches, types.NewBatch(ts, 0))
			n++
		}
		row := make(types.Row, len(values))
		for i, v := range values {
			row[i] = datumOf(v)
		}
		batches[n-1].AppendRow(row, 1)
	})
	for _, b := range batches {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		err = out(b)
	}
	return err
}

// showSetting is SHOW name and SHOW ALL. The column is named as the setting is spelled.
func (s *Session) showSetting(st *sql.Show) (*listing, error) {
	if st.Name == "all" {
		return list(func(add func(...any)) error {
			for _, d := range settings.All() {
				add(d.Name, s.set.Value(d.Name), d.Doc)
			}
			return nil
		}, "name", "setting", "description"), nil
	}
	name := st.Name
	if d, ok := settings.Find(name); ok {
		name = d.Name
	}
	if _, err := s.settingValue(name); err != nil {
		return nil, err
	}
	return list(func(add func(...any)) error {
		v, err := s.settingValue(name)
		if err == nil {
			add(v)
		}
		return err
	}, name), nil
}

func (s *Session) settingValue(name string) (string, error) {
	v, ok := s.set.Get(name)
	if !ok {
		return "", pgerr.New(pgerr.UndefinedObject, "unrecognized configuration parameter \"%s\"", name)
	}
	return v, nil
}

// like keeps the rows whose name matches a LIKE pattern.
func (l *listing) like(pattern string) (*listing, error) {
	if err := checkLike(pattern); err != nil {
		return nil, err
	}
	rows := l.rows
	l.rows = func(add func(...any)) error {
		return rows(func(values ...any) {
			if name, ok := values[l.name].(string); ok && likeMatches([]rune(pattern), []rune(name)) {
				add(values...)
			}
		})
	}
	return l, nil
}

func checkLike(pattern string) error {
	p := []rune(pattern)
	for i := 0; i < len(p); i++ {
		if p[i] != '\\' {
			continue
		}
		if i++; i == len(p) {
			return pgerr.New(pgerr.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
		}
	}
	return nil
}

// likeMatches is s LIKE p. Of several % only the last can need another try.
func likeMatches(p, s []rune) bool {
	i, k := 0, 0
	star, from := -1, 0
	for k < len(s) {
		switch {
		case i < len(p) && p[i] == '%':
			star, from = i, k
			i++
		case i < len(p) && p[i] == '_':
			i, k = i+1, k+1
		case i+1 < len(p) && p[i] == '\\' && p[i+1] == s[k]:
			i, k = i+2, k+1
		case i < len(p) && p[i] != '\\' && p[i] == s[k]:
			i, k = i+1, k+1
		case star >= 0:
			from++
			i, k = star+1, from
		default:
			return false
		}
	}
	return !slices.ContainsFunc(p[i:], func(r rune) bool { return r != '%' })
}
