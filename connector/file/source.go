package file

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"streamdb/connector"
	"streamdb/connector/format"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// source is the rows of the files that match a pattern.
type source struct {
	root    *os.Root
	pattern string
	schema  types.Schema
	csv     *format.CopyOptions // nil: JSON lines
	header  bool
	follow  bool
	poll    time.Duration
}

var (
	_ connector.Source = (*source)(nil)
	_ connector.Placed = (*source)(nil)
)

// SourceSpec is the file connector as a source.
func SourceSpec() *connector.Spec {
	return &connector.Spec{
		Name: "file",
		Doc:  "rows of files, CSV or JSON lines",
		Options: []connector.OptionSpec{
			{Name: "path", Required: true, Doc: "pattern of the files below the file root, such as logs/*.json"},
			{Name: "format", Required: true, Values: []string{"csv", "json"}, Doc: "csv, or json for one JSON object per line"},
			{Name: "mode", Default: "once", Values: []string{"once", "follow"}, Doc: "read to the end, or go on as the files grow"},
			{Name: "poll.interval", Default: "100ms", Doc: "how often follow mode looks for more"},
			{Name: "csv.header", Default: "false", Doc: "the first line of each file names the columns"},
			{Name: "csv.delimiter", Default: ",", Doc: "character between fields"},
			{Name: "csv.quote", Default: `"`, Doc: "character around fields"},
			{Name: "csv.null", Doc: "text that stands for NULL when not quoted; default: empty"},
		},
		Discover: func(_ context.Context, cfg connector.Config) (connector.Found, error) {
			s, err := newSource(cfg)
			if err != nil {
				return connector.Found{}, err
			}
			_, err = s.files() // a file that is named must be there, unless it may come
			return connector.Found{Schema: s.schema}, errors.Join(err, s.Close())
		},
		NewSource: func(cfg connector.Config) (connector.Source, error) { return newSource(cfg) },
	}
}

func newSource(cfg connector.Config) (*source, error) {
	if len(cfg.Schema) == 0 {
		return nil, connector.RequireColumns("file")
	}
	o := cfg.Options
	s := &source{schema: cfg.Schema, follow: o["mode"] == "follow"}
	var err error
	if s.poll, err = o.Duration("poll.interval", 100*time.Millisecond, time.Millisecond); err != nil {
		return nil, err
	}
	if o["format"] == "csv" {
		err = s.setCSV(o)
	} else {
		err = noCSV(o)
	}
	if err != nil {
		return nil, err
	}
	if s.root, err = openRoot(cfg.Env); err != nil {
		return nil, err
	}
	if s.pattern, err = local(cfg.Env, o["path"]); err == nil {
		if _, bad := glob(s.root, s.pattern); bad != nil {
			err = connector.BadValue("path", o["path"], "It must be a pattern such as logs/*.json: "+bad.Error()+".")
		}
	}
	if err != nil {
		s.root.Close() //nolint:errcheck // the first error counts
		return nil, err
	}
	return s, nil
}

// noCSV refuses options of csv for files that are not.
func noCSV(o connector.Options) error {
	for _, spec := range SourceSpec().Options {
		if v, ok := o[spec.Name]; ok && strings.HasPrefix(spec.Name, "csv.") && v != spec.Default {
			return connector.BadValue(spec.Name, v, "It is for format = 'csv' only.")
		}
	}
	return nil
}

func (s *source) setCSV(o connector.Options) (err error) {
	csv := format.DefaultCopy(format.CopyCSV)
	if s.header, err = o.Bool("csv.header", false); err != nil {
		return err
	}
	if csv.Delimiter, err = oneByte(o, "csv.delimiter"); err != nil {
		return err
	}
	if csv.Quote, err = oneByte(o, "csv.quote"); err != nil {
		return err
	}
	csv.Escape, csv.Null = csv.Quote, o["csv.null"]
	s.csv = &csv
	return csv.Check()
}

func oneByte(o connector.Options, name string) (byte, error) {
	v := o[name]
	if v == `\t` {
		v = "\t"
	}
	if len(v) != 1 {
		return 0, connector.BadValue(name, o[name], "It must be a single one-byte character.")
	}
	return v[0], nil
}

// Schema is the declared columns.
func (s *source) Schema() types.Schema { return s.schema }

// AppendOnly is true: files grow.
func (s *source) AppendOnly() bool { return true }

// Open starts a reader.
func (s *source) Open(_ context.Context, from connector.Offset) (connector.Reader, error) {
	at, err := decodePlaces(from)
	if err != nil {
		return nil, err
	}
	return newReader(s, at), nil
}

// Close closes the root.
func (s *source) Close() error { return s.root.Close() }

// files lists the regular files that match, by name.
func (s *source) files() ([]string, error) {
	if !strings.ContainsAny(s.pattern, `*?[\`) {
		info, err := s.root.Stat(s.pattern)
		if s.follow && errors.Is(err, fs.ErrNotExist) {
			return nil, nil // it may come
		}
		if err != nil {
			return nil, fileError("could not open file \""+s.pattern+"\"", err)
		}
		if !info.Mode().IsRegular() {
			return nil, pgerr.New(pgerr.WrongObjectType, "\"%s\" is not a regular file", s.pattern).
				WithHint("Name the files, or a pattern such as %s.", path.Join(s.pattern, "*.csv"))
		}
	}
	names, err := glob(s.root, s.pattern)
	if err != nil {
		return nil, fileError("could not list files", err)
	}
	names = slices.DeleteFunc(names, func(n string) bool {
		info, err := s.root.Stat(n)
		return err == nil && !info.Mode().IsRegular()
	})
	slices.Sort(names)
	return names, nil
}

// Finite reports whether files are read once and not followed.
func (s *source) Finite() bool { return !s.follow }
