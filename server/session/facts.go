package session

import (
	"slices"
	"strings"

	"streamdb/catalog"
	"streamdb/catalog/pgcatalog"
	"streamdb/expr"
	"streamdb/server/engine"
	"streamdb/server/settings"
	"streamdb/types"
	"streamdb/types/pgerr"
)

var _ expr.Session = (*Session)(nil)

// Fact answers a function of the session; see [expr.Session].
func (s *Session) Fact(fn string, args types.Row) (types.Datum, error) {
	f := facts[fn]
	if f == nil {
		return types.Null(), pgerr.Internal("no answer for function %s", fn)
	}
	return f(s, args)
}

// SearchPath is the schemas of search_path that exist.
func (s *Session) SearchPath(implicit bool) []string {
	snap := s.e.Catalog()
	path := s.path()
	if implicit {
		path = catalog.ImplicitPath(path)
	}
	return slices.DeleteFunc(slices.Clone(path), func(name string) bool {
		_, ok := snap.Schema(name)
		return !ok
	})
}

// Setting is the value of a setting as SHOW prints it.
func (s *Session) Setting(name string) (value string, ok bool) { return s.set.Get(name) }

// SetSetting changes a setting; local: until the end of the transaction.
func (s *Session) SetSetting(name, value string, local bool) error {
	if done, err := s.setOwn(name, value, false); done || err != nil {
		return err
	}
	return s.set.Set(name, value, local)
}

// ResetSetting gives a setting its value of the session's start back.
func (s *Session) ResetSetting(name string, local bool) error { return s.set.Reset(name, local) }

// Waiting notes what the session waits for.
func (s *Session) Waiting(kind, event string) (done func()) {
	s.waits(engine.Wait{Type: kind, Event: event})
	return func() { s.waits(engine.Wait{}) }
}

// LookupReg finds the object that a regclass literal or the like names.
func (s *Session) LookupReg(t types.Type, name string) (oid int64, found bool, err error) {
	return pgcatalog.LookupReg(s.input(), s.path(), t, name)
}

// RegName is the name of the object a regclass or the like stands for.
func (s *Session) RegName(t types.Type, oid int64) (name string, found bool) {
	return pgcatalog.RegName(s.input(), s.path(), t, oid)
}

// input is what pg_catalog shows: the newest catalog and the facts of this session.
func (s *Session) input() *pgcatalog.Input {
	return &pgcatalog.Input{
		Snapshot: s.e.Catalog(),
		Database: Database,
		User:     s.user,
		Now:      microsOrNone(s.now),
		Settings: func() []pgcatalog.SettingRow { return settingRows(s.set) },
		Sessions: s.activities,
		Prepared: s.preparedRows,
		Rows:     s.relationRows,
	}
}

// relationRows is the number of rows a relation holds; sources and sinks hold none.
func (s *Session) relationRows(id catalog.ID) (rows int64, ok bool) {
	if c := contentsOf(s.e.Relation(id)); c != nil {
		return c.Rows(), true
	}
	return 0, false
}

// preparedRows is the named prepared statements by name.
func (s *Session) preparedRows() []pgcatalog.PreparedRow {
	var rows []pgcatalog.PreparedRow
	for name, p := range s.stmts {
		if name == "" {
			continue
		}
		row := pgcatalog.PreparedRow{Name: name, Statement: s.shown(p.sql), Time: microsOrNone(p.from), FromSQL: p.own}
		if p.c != nil {
			for _, t := range p.c.params {
				row.Params = append(row.Params, t.OID)
			}
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b pgcatalog.PreparedRow) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

// settingRows is pg_settings.
func settingRows(set *settings.Set) []pgcatalog.SettingRow {
	var rows []pgcatalog.SettingRow
	for _, d := range settings.All() {
		row := pgcatalog.SettingRow{
			Name: d.Name, Setting: d.InUnit(set.Value(d.Name)), Unit: d.Unit(), Category: "Session", Short: d.Doc, Context: d.Scope.String(),
			VarType: d.Kind(), Source: "default", Boot: d.InUnit(d.Default), Reset: d.InUnit(set.Start(d.Name)), Enum: d.Values(),
		}
		row.Min, row.Max = d.Range()
		switch {
		case row.Setting == row.Boot:
		case d.Scope == settings.AtStart:
			row.Source = "command line"
		case row.Setting == row.Reset:
			row.Source = "client"
		default:
			row.Source = "session"
		}
		rows = append(rows, row)
	}
	return rows
}
