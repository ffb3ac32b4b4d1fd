package connector

import (
	"context"
	"log/slog"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// Env is what a connector may touch of the server.
type Env struct {
	FileRoot string       // files are read and written only below it; "": no files at all
	Log      *slog.Logger // nil: silent
}

// Logger is e.Log or a silent one.
func (e Env) Logger() *slog.Logger {
	if e.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return e.Log
}

// Config is what one source or sink is made from.
type Config struct {
	Env     Env
	Name    string       // of the database object, for messages
	ID      uint64       // of the database object; names what is left upstream or on disk
	Options Options      // resolved by [Spec.Resolve]
	Schema  types.Schema // a source's declared columns (nil: the connector's own); a sink's input
	Key     []int        // positions of the key of the table that is filled; empty: no key
}

// Found is what a connector learned of its input.
type Found struct {
	Schema types.Schema
	Key    []int // positions of the key columns; empty: no key
	// Options were chosen by the connector (the name of a replication slot). They are to be
	// kept with the object and given to NewSource beside those of the statement.
	Options Options
}

// Spec describes one connector, of a source or of a sink; the other's funcs are nil.
type Spec struct {
	Name    string // WITH (connector = '…')
	Doc     string // one line
	Options []OptionSpec

	// Discover finds or checks the columns: with cfg.Schema nil it returns the connector's
	// own, else cfg.Schema after checking that the connector can fill it. It may ask
	// upstream, and is called at CREATE only.
	Discover func(ctx context.Context, cfg Config) (Found, error)
	// NewSource makes the source. cfg.Schema is what Discover returned. It reaches
	// nothing upstream, so that a server starts while upstream is down.
	NewSource func(cfg Config) (Source, error)
	// NewSink makes the sink of rows of cfg.Schema.
	NewSink func(cfg Config) (Sink, error)
	// ForTable adds to a shared source's options what names one upstream table, for
	// CREATE TABLE … FROM source TABLE 'schema.name'. nil: the source is not shared.
	ForTable func(shared Options, table string) (Options, error)
	// TableOnly: the source delivers changes and needs a table to keep the rows.
	TableOnly bool
}

// Table is the connectors there are. One name may stand in both lists: reading files takes
// other options than writing them.
type Table struct{ Sources, Sinks []*Spec }

// Source finds the connector that reads, by name.
func (t Table) Source(name string) (*Spec, error) { return lookup(t.Sources, t.Sinks, "source", name) }

// Sink finds the connector that writes, by name.
func (t Table) Sink(name string) (*Spec, error) { return lookup(t.Sinks, t.Sources, "sink", name) }

func lookup(specs, others []*Spec, role, name string) (*Spec, error) {
	var names []string
	for _, s := range specs {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	for _, s := range others {
		if s.Name == name {
			return nil, pgerr.New(pgerr.WrongObjectType, "connector \"%s\" cannot be a %s", name, role).
				WithHint("Connectors for a %s are %s.", role, list(names))
		}
	}
	return nil, pgerr.New(pgerr.UndefinedObject, "connector \"%s\" does not exist", name).
		WithHint("Connectors for a %s are %s.", role, list(names))
}

// OpenSource makes a source after resolving cfg.Options.
func (s *Spec) OpenSource(cfg Config) (Source, error) {
	opts, err := s.Resolve(cfg.Options)
	if err != nil {
		return nil, err
	}
	cfg.Options = opts
	return s.NewSource(cfg)
}

// OpenSink makes a sink after resolving cfg.Options.
func (s *Spec) OpenSink(cfg Config) (Sink, error) {
	opts, err := s.Resolve(cfg.Options)
	if err != nil {
		return nil, err
	}
	cfg.Options = opts
	return s.NewSink(cfg)
}

// Describe resolves cfg.Options and runs Discover.
func (s *Spec) Describe(ctx context.Context, cfg Config) (Found, error) {
	opts, err := s.Resolve(cfg.Options)
	if err != nil {
		return Found{}, err
	}
	cfg.Options = opts
	return s.Discover(ctx, cfg)
}
