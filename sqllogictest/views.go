package sqllogictest

import (
	"context"
	"fmt"
	"strings"
)

// viewSet knows which query records are read through a view, and which of
// these views exist. The zero value is that of Adhoc: no views.
type viewSet struct {
	syntax ViewSyntax
	early  bool                 // create as soon as possible, not at the record
	plans  map[int]*plannedView // by record
}

type plannedView struct {
	name     string
	record   *Record
	earliest int // the record from which on it may be created
	alive    bool
}

// newViewSet reads the file ahead: it learns which queries become views, and
// from which record on each may exist.
func newViewSet(syntax ViewSyntax, records []Record, early bool) viewSet {
	v := viewSet{syntax: syntax, early: early, plans: make(map[int]*plannedView)}
	open := make(map[string]bool) // connections inside a transaction block
	lastSetting := 0
	for i := range records {
		r := &records[i]
		switch r.Kind {
		case Statement:
			facts := statementFactsOf(r.SQL)
			if facts.begins || facts.ends {
				open[r.Connection] = facts.begins
			}
			if facts.setting {
				lastSetting = i
			}
		case Query:
			hash := len(r.Want) == 1 && hashed.MatchString(r.Want[0])
			if r.WantError != nil || r.AdhocOnly || open[r.Connection] || hash && r.Sort == NoSort || !fitForView(r.SQL) {
				continue
			}
			v.plans[i] = &plannedView{name: fmt.Sprintf("slt_v%d", i), record: r, earliest: lastSetting}
		case Restart, Halt, HashThreshold:
		}
	}
	return v
}

// wants tells whether a record is read through a view.
func (v *viewSet) wants(i int) bool { return v.plans[i] != nil }

func (v *viewSet) create(ctx context.Context, s *session, p *plannedView) error {
	c, err := s.viewConn(ctx)
	if err != nil {
		return err
	}
	columns := make([]string, len(p.record.Types))
	for i := range columns {
		columns[i] = fmt.Sprintf("c%d", i+1)
	}
	query := strings.TrimRight(p.record.SQL, "; \n\t")
	_, err = c.Exec(ctx, v.syntax.Create(p.name, columns, query))
	p.alive = err == nil
	return err
}

// createEarly tries to create every view that a later record reads. Failing
// is normal: what the query needs may not exist yet.
func (v *viewSet) createEarly(ctx context.Context, s *session, now int) error {
	if !v.early || s.inTransaction() {
		return nil
	}
	for _, i := range sortedKeys(v.plans) {
		p := v.plans[i]
		if p.alive || i <= now || now < p.earliest {
			continue
		}
		if err := v.create(ctx, s, p); err != nil && SQLState(err) == "" {
			return err
		}
	}
	return nil
}

// ready returns the name of the record's view, creating it now if it does not
// exist. If that fails the record has failed, and the name is "".
func (v *viewSet) ready(ctx context.Context, s *session, i int, r *Record) (string, error) {
	p := v.plans[i]
	if p.alive {
		return p.name, nil
	}
	err := v.create(ctx, s, p)
	switch SQLState(err) {
	case "":
		return p.name, err
	case "0A000":
		s.report.Refused++
		s.fail(r, "refused as a view: %v", err)
	default:
		s.fail(r, "creating the view: %v", err)
	}
	return "", nil
}

// drop drops the record's view, if there is one.
func (v *viewSet) drop(ctx context.Context, s *session, i int) error {
	p := v.plans[i]
	if p == nil || !p.alive {
		return nil
	}
	c, err := s.viewConn(ctx)
	if err != nil {
		return err
	}
	if c.InTransaction() {
		return nil // dropped with the next DROP or ALTER, or with the server
	}
	if _, err := c.Exec(ctx, v.syntax.Drop(p.name)); err != nil {
		return fmt.Errorf("dropping %s: %w", p.name, err)
	}
	p.alive = false
	return nil
}

func (v *viewSet) dropAll(ctx context.Context, s *session) error {
	for _, i := range sortedKeys(v.plans) {
		if err := v.drop(ctx, s, i); err != nil {
			return err
		}
	}
	return nil
}
