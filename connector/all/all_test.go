package all

import (
	"strings"
	"testing"

	"streamdb/connector"
)

func TestTable(t *testing.T) {
	table := Table()
	for _, s := range table.Sources {
		if s.Discover == nil || s.NewSource == nil || s.NewSink != nil || s.Doc == "" {
			t.Errorf("source %q is not whole", s.Name)
		}
		checkOptions(t, s)
	}
	for _, s := range table.Sinks {
		if s.NewSink == nil || s.NewSource != nil || s.Doc == "" {
			t.Errorf("sink %q is not whole", s.Name)
		}
		checkOptions(t, s)
	}
	for _, c := range []struct {
		find func(string) (*connector.Spec, error)
		name string
		want string
	}{
		{table.Source, "nexmark", ""},
		{table.Sink, "file", ""},
		{table.Sink, "nexmark", `connector "nexmark" cannot be a sink (SQLSTATE 42809)`},
		{table.Source, "kafka", `connector "kafka" does not exist (SQLSTATE 42704)`},
	} {
		s, err := c.find(c.name)
		if c.want == "" && (err != nil || s.Name != c.name) || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func checkOptions(t *testing.T, s *connector.Spec) {
	for _, o := range s.Options {
		if o.Doc == "" {
			t.Errorf("%s: option %q has no doc", s.Name, o.Name)
		}
		if strings.Contains(o.Name, "password") != o.Secret {
			t.Errorf("%s: is %q a secret?", s.Name, o.Name)
		}
	}
}
