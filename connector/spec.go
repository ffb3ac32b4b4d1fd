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
}

// Found is what a connector learned of its input.
type Found struct {
	Schema types.Schema
	Key    []int // positions of the key columns; empty: no key
}

// Spec describes one connector. Funcs that do not apply are nil.
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
	// NewSink makes the sink.
	NewSink func(cfg Config) (Sink, error)
	// TableOnly: the source delivers changes and needs a table to keep the rows.
	TableOnly bool
}

// Table is a set of connectors by name.
type Table []*Spec

// Lookup finds a connector by name.
func (t Table) Lookup(name string) (*Spec, error) {
	for _, s := range t {
		if s.Name == name {
			return s, nil
		}
	}
	return nil, pgerr.New(pgerr.UndefinedObject, "connector %q does not exist", name).
		WithHint("The connectors are %s.", t.names())
}

func (t Table) names() string {
	names := make([]string, len(t))
	for i, s := range t {
		names[i] = s.Name
	}
	return list(names)
}

// OpenSource makes a source after resolving cfg.Options.
func (s *Spec) OpenSource(cfg Config) (Source, error) {
	if s.NewSource == nil {
		return nil, pgerr.New(pgerr.WrongObjectType, "connector %q is not a source", s.Name)
	}
	opts, err := s.Resolve(cfg.Options)
	if err != nil {
		return nil, err
	}
	cfg.Options = opts
	return s.NewSource(cfg)
}

// OpenSink makes a sink after resolving cfg.Options.
func (s *Spec) OpenSink(cfg Config) (Sink, error) {
	if s.NewSink == nil {
		return nil, pgerr.New(pgerr.WrongObjectType, "connector %q is not a sink", s.Name)
	}
	opts, err := s.Resolve(cfg.Options)
	if err != nil {
		return nil, err
	}
	cfg.Options = opts
	return s.NewSink(cfg)
}

// Describe resolves cfg.Options and runs Discover.
func (s *Spec) Describe(ctx context.Context, cfg Config) (Found, error) {
	if s.Discover == nil {
		return Found{}, pgerr.New(pgerr.WrongObjectType, "connector %q is not a source", s.Name)
	}
	opts, err := s.Resolve(cfg.Options)
	if err != nil {
		return Found{}, err
	}
	cfg.Options = opts
	return s.Discover(ctx, cfg)
}
