package session

import (
	"slices"
	"strings"

	"streamdb/catalog"
	"streamdb/connector/format"
	"streamdb/sql"
	"streamdb/types/pgerr"
)

// copyOptions reads the WITH clause of COPY; r is nil for a query.
func copyOptions(st *sql.Copy, text string, cols []string, r *catalog.Relation) (format.CopyOptions, error) {
	rd := copyOptionReader{text: text, from: st.From, cols: cols, rel: r, opts: format.DefaultCopy(format.CopyText), given: map[string]bool{}}
	for _, opt := range st.Options {
		if rd.given[opt.Name] {
			return rd.opts, rd.at(opt, pgerr.New(pgerr.SyntaxError, "conflicting or redundant options"))
		}
		rd.given[opt.Name] = true
		if opt.Name == "format" {
			if err := rd.format(opt); err != nil {
				return rd.opts, err
			}
		}
	}
	for _, opt := range st.Options {
		if err := rd.option(opt); err != nil {
			return rd.opts, err
		}
	}
	if !rd.given["escape"] {
		rd.opts.Escape = rd.opts.Quote
	}
	for _, check := range []func() error{rd.csvOnly, rd.direction, rd.opts.Check} {
		if err := check(); err != nil {
			return rd.opts, err
		}
	}
	return rd.opts, rd.forceAll(st.Options)
}

// copyOptionReader collects the options of one COPY.
type copyOptionReader struct {
	text  string // of the statement
	from  bool   // COPY … FROM
	cols  []string
	rel   *catalog.Relation // nil for a query
	opts  format.CopyOptions
	given map[string]bool
}

// at gives an error the option's position. Not all have one in PostgreSQL.
func (rd *copyOptionReader) at(opt sql.Option, err *pgerr.Error) error {
	return err.At(sql.CharPos(rd.text, opt.Pos))
}

func (rd *copyOptionReader) format(opt sql.Option) error {
	switch strings.ToLower(opt.Text()) {
	case "text":
	case "csv":
		rd.opts = format.DefaultCopy(format.CopyCSV)
	case "binary":
		return rd.at(opt, pgerr.Unsupported("COPY in binary format", "Use text or csv."))
	case "":
		return needsValue(opt)
	default:
		return rd.at(opt, pgerr.New(pgerr.InvalidParameterValue, "COPY format \"%s\" not recognized", opt.Text()))
	}
	return nil
}

func needsValue(opt sql.Option) error {
	return pgerr.New(pgerr.SyntaxError, "%s requires a parameter", opt.Name)
}

func (rd *copyOptionReader) option(opt sql.Option) (err error) {
	o := &rd.opts
	switch opt.Name {
	case "format", "freeze":
	case "delimiter":
		o.Delimiter, err = oneByte(opt)
	case "null":
		if opt.Value == nil {
			return needsValue(opt)
		}
		o.Null = opt.Text()
	case "quote":
		o.Quote, err = oneByte(opt)
	case "escape":
		o.Escape, err = oneByte(opt)
	case "header":
		o.Header, err = rd.header(opt)
	case "encoding":
		if e := strings.ToUpper(strings.ReplaceAll(opt.Text(), "-", "")); e != "UTF8" {
			err = rd.at(opt, pgerr.Unsupported("COPY encoding "+opt.Text(), "Use UTF8."))
		}
	case "force_quote", "force_not_null", "force_null":
		if !opt.Star && opt.List == nil || opt.Star && opt.Name != "force_quote" {
			err = rd.at(opt, pgerr.New(pgerr.InvalidParameterValue, "argument to option \"%s\" must be a list of column names", opt.Name))
		}
	default:
		err = rd.at(opt, pgerr.New(pgerr.SyntaxError, "option \"%s\" not recognized", opt.Name))
	}
	return err
}

func (rd *copyOptionReader) header(opt sql.Option) (format.HeaderMode, error) {
	switch strings.ToLower(opt.Text()) {
	case "", "true", "on", "1":
		return format.HeaderSkip, nil
	case "match":
		if !rd.from {
			return 0, pgerr.New(pgerr.FeatureNotSupported, "cannot use \"match\" with HEADER in COPY TO")
		}
		return format.HeaderMatch, nil
	case "false", "off", "0":
		return format.HeaderNone, nil
	}
	return 0, pgerr.New(pgerr.SyntaxError, "header requires a Boolean value or \"match\"")
}

// csvOnly refuses options of the csv format in another.
func (rd *copyOptionReader) csvOnly() error {
	for _, name := range []string{"quote", "escape", "force_quote", "force_not_null", "force_null"} {
		if rd.given[name] && rd.opts.Format != format.CopyCSV {
			return pgerr.New(pgerr.FeatureNotSupported, "COPY %s available only in CSV mode", strings.ReplaceAll(name, "_", " "))
		}
	}
	return nil
}

// direction refuses options of the other direction.
func (rd *copyOptionReader) direction() error {
	if rd.given["force_quote"] && rd.from {
		return pgerr.New(pgerr.FeatureNotSupported, "COPY force quote only available using COPY TO")
	}
	for _, name := range []string{"force_not_null", "force_null"} {
		if rd.given[name] && !rd.from {
			return pgerr.New(pgerr.FeatureNotSupported, "COPY %s only available using COPY FROM", strings.ReplaceAll(name, "_", " "))
		}
	}
	return nil
}

func oneByte(opt sql.Option) (byte, error) {
	if t := opt.Text(); len(t) == 1 {
		return t[0], nil
	}
	return 0, pgerr.New(pgerr.FeatureNotSupported, "COPY %s must be a single one-byte character", opt.Name)
}

// forceAll finds the columns of the force options.
func (rd *copyOptionReader) forceAll(opts []sql.Option) (err error) {
	for _, opt := range opts {
		switch opt.Name {
		case "force_quote":
			rd.opts.ForceQuote, err = rd.forced(opt)
		case "force_not_null":
			rd.opts.ForceNotNull, err = rd.forced(opt)
		case "force_null":
			rd.opts.ForceNull, err = rd.forced(opt)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (rd *copyOptionReader) forced(opt sql.Option) ([]bool, error) {
	flags := make([]bool, len(rd.cols))
	for i := range flags {
		flags[i] = opt.Star
	}
	for _, name := range opt.List {
		i := slices.Index(rd.cols, name)
		if i < 0 {
			return nil, rd.missing(opt, name)
		}
		flags[i] = true
	}
	return flags, nil
}

// missing says that COPY does not have a column.
func (rd *copyOptionReader) missing(opt sql.Option, name string) error {
	if rd.rel == nil {
		return pgerr.New(pgerr.UndefinedColumn, "column \"%s\" does not exist", name)
	}
	if _, err := column(rd.rel, name); err != nil {
		return err
	}
	return pgerr.New(pgerr.InvalidColumnReference, "%s column \"%s\" not referenced by COPY", strings.ToUpper(opt.Name), name)
}
