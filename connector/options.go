package connector

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"streamdb/types/pgerr"
)

// ConnectorOption is the option that names the connector; every connector accepts it.
const ConnectorOption = "connector"

// Options is what a WITH clause says: option name to value.
type Options map[string]string

// OptionSpec is one option a connector knows.
type OptionSpec struct {
	Name     string // "*" in it stands for a column name: fields.*.kind
	Required bool
	Default  string   // when not given; "" may mean "none"
	Values   []string // the values it may have; nil: any
	Doc      string   // one line
	Secret   bool     // never shown
}

// redacted stands for a secret wherever options are shown.
const redacted = "***"

// match reports whether name is this option.
func (o *OptionSpec) match(name string) bool {
	prefix, suffix, wild := strings.Cut(o.Name, "*")
	if !wild {
		return name == o.Name
	}
	return len(name) > len(prefix)+len(suffix) && strings.HasPrefix(name, prefix) && strings.HasSuffix(name, suffix)
}

func (s *Spec) option(name string) *OptionSpec {
	for i := range s.Options {
		if s.Options[i].match(name) {
			return &s.Options[i]
		}
	}
	return nil
}

// Resolve checks given against the options s knows and returns it with defaults filled in.
// The errors are 42704 for an unknown option and 22023 for a missing or impossible value.
func (s *Spec) Resolve(given Options) (Options, error) {
	out := Options{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if name == ConnectorOption {
			continue
		}
		o := s.option(name)
		if o == nil {
			return nil, s.unknown(name)
		}
		value := given[name]
		if o.Values != nil {
			value = strings.ToLower(value)
			if !slices.Contains(o.Values, value) {
				return nil, badValue(name, given[name]).WithHint("Valid values are %s.", list(o.Values))
			}
		}
		out[name] = value
	}
	for i := range s.Options {
		o := &s.Options[i]
		if _, ok := out[o.Name]; ok || strings.Contains(o.Name, "*") {
			continue
		}
		if o.Required {
			return nil, pgerr.New(pgerr.InvalidParameterValue, "connector \"%s\" requires option \"%s\"", s.Name, o.Name).
				WithHint("%s", o.Doc)
		}
		if o.Default != "" {
			out[o.Name] = o.Default
		}
	}
	return out, nil
}

func (s *Spec) unknown(name string) error {
	known := make([]string, len(s.Options))
	for i, o := range s.Options {
		known[i] = o.Name
	}
	if near := nearest(name, known); near != "" {
		return pgerr.New(pgerr.UndefinedObject, "connector \"%s\" has no option \"%s\"", s.Name, name).
			WithHint("Perhaps you meant the option \"%s\".", near)
	}
	e := pgerr.New(pgerr.UndefinedObject, "connector \"%s\" has no option \"%s\"", s.Name, name)
	if len(known) == 0 {
		return e.WithHint("It has no options.")
	}
	return e.WithHint("Its options are %s.", list(known))
}

// Redact returns opts fit to be shown: secrets become ***, and so does what s does not know.
func (s *Spec) Redact(opts Options) Options {
	out := maps.Clone(opts)
	for name := range out {
		if o := s.option(name); name != ConnectorOption && (o == nil || o.Secret) {
			out[name] = redacted
		}
	}
	return out
}

// Has reports whether the option has a value.
func (o Options) Has(name string) bool { return o[name] != "" }

// Int is the option as a whole number of at least low; def when it has no value.
func (o Options) Int(name string, def, low int64) (int64, error) {
	s, ok := o[name]
	if !ok {
		return def, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, badValue(name, s).WithHint("It must be an integer.")
	}
	if n < low {
		return 0, badValue(name, s).WithHint("It must be at least %d.", low)
	}
	return n, nil
}

// Float is the option as a number; def when it has no value.
func (o Options) Float(name string, def float64) (float64, error) {
	s, ok := o[name]
	if !ok {
		return def, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, badValue(name, s).WithHint("It must be a number.")
	}
	return f, nil
}

// Rate is the option as a number of events per second, 0 for no limit; def when it has no
// value.
func (o Options) Rate(name string, def float64) (float64, error) {
	f, err := o.Float(name, def)
	if err == nil && !(f >= 0 && f <= math.MaxFloat64) {
		return 0, badValue(name, o[name]).WithHint("It must be a number of at least 0; 0 is no limit.")
	}
	return f, err
}

// Bool is the option as a boolean; def when it has no value.
func (o Options) Bool(name string, def bool) (bool, error) {
	switch s := strings.ToLower(o[name]); s {
	case "":
		return def, nil
	case "true", "on", "t", "1", "yes":
		return true, nil
	case "false", "off", "f", "0", "no":
		return false, nil
	}
	return false, badValue(name, o[name]).WithHint("It must be true or false.")
}

// Duration is the option as a span of at least low, such as 10ms or 2s; def when it has
// no value.
func (o Options) Duration(name string, def, low time.Duration) (time.Duration, error) {
	s, ok := o[name]
	if !ok {
		return def, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < low {
		return 0, badValue(name, s).WithHint("It must be a span such as 10ms or 2s, at least %v.", low)
	}
	return d, nil
}

func badValue(name, value string) *pgerr.Error {
	return pgerr.New(pgerr.InvalidParameterValue, "invalid value for option \"%s\": \"%s\"", name, value)
}

// BadValue is the 22023 error for an option's value, with a hint what it must be.
func BadValue(name, value, hint string) error { return badValue(name, value).WithHint("%s", hint) }

func list(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = strconv.Quote(n)
	}
	return strings.Join(quoted, ", ")
}

// nearest is the known name within a few typing mistakes of name, or "".
func nearest(name string, known []string) string {
	best, dist := "", len(name)/3+1
	for _, k := range known {
		if d := editDistance(name, k); d < dist {
			best, dist = k, d
		}
	}
	return best
}

func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diag := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diag
			if a[i] != b[j] {
				cost++
			}
			diag = row[j+1]
			row[j+1] = min(cost, row[j]+1, diag+1)
		}
	}
	return row[len(b)]
}
