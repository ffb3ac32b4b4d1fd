package settings

import (
	"testing"

	"streamdb/types/pgerr"
)

// TestDefaults: a default is a value that its setting takes, in canonical form.
func TestDefaults(t *testing.T) {
	for _, d := range All() {
		if d.Doc == "" || d.parse == nil {
			t.Errorf("%s has no meaning or no rule", d.Name)
		}
		if v, err := d.Parse(d.Default); err != nil || v != d.Default {
			t.Errorf("%s: default %q is read as %q, %v", d.Name, d.Default, v, err)
		}
		if found, ok := Find(d.Name); !ok || found != d {
			t.Errorf("%s is not found by its name", d.Name)
		}
	}
}

// TestValues are values as PostgreSQL 15 takes, shows and refuses them.
func TestValues(t *testing.T) {
	for _, c := range []struct{ name, value, shown, inUnit, fails string }{
		{"statement_timeout", "1500", "1500ms", "1500", ""},
		{"statement_timeout", "60 s", "1min", "60000", ""},
		{"statement_timeout", "1.5s", "1500ms", "1500", ""},
		{"statement_timeout", "2d", "2d", "172800000", ""},
		{"statement_timeout", "0", "0", "0", ""},
		{"statement_timeout", "-1", "", "", `-1 ms is outside the valid range for parameter "statement_timeout" (0 .. 2147483647)`},
		{"statement_timeout", "1 week", "", "", `invalid value for parameter "statement_timeout": "1 week"`},
		{"work_mem", "4096", "4MB", "4096", ""},
		{"work_mem", "1GB", "1GB", "1048576", ""},
		{"work_mem", "1500kB", "1500kB", "1500", ""},
		{"work_mem", "1kB", "", "", `1 kB is outside the valid range for parameter "work_mem" (64 .. 2147483647)`},
		{"work_mem", "much", "", "", `invalid value for parameter "work_mem": "much"`},
		{"effective_cache_size", "1GB", "1GB", "131072", ""},
		{"extra_float_digits", "3", "3", "3", ""},
		{"extra_float_digits", "4", "", "", `4 is outside the valid range for parameter "extra_float_digits" (-15 .. 3)`},
		{"IntervalStyle", "ISO_8601", "iso_8601", "iso_8601", ""},
		{"IntervalStyle", "x", "", "", `invalid value for parameter "IntervalStyle": "x"`},
		{"row_security", "maybe", "", "", `parameter "row_security" requires a Boolean value`},
		{"cursor_tuple_fraction", "0.5", "0.5", "0.5", ""},
		{"search_path", "a, b", "a, b", "a, b", ""},
		{"DateStyle", "german", "German, DMY", "German, DMY", ""},
	} {
		d, _ := Find(c.name)
		v, err := d.Parse(c.value)
		if c.fails != "" {
			if err == nil || pgerr.From(err).Message != c.fails {
				t.Errorf("%s = %s: %q, %v; want %s", c.name, c.value, v, err, c.fails)
			}
			continue
		}
		if err != nil || v != c.shown || d.InUnit(v) != c.inUnit {
			t.Errorf("%s = %s: %q, in its unit %q, %v; want %q, %q", c.name, c.value, v, d.InUnit(v), err, c.shown, c.inUnit)
		}
	}
}

// TestKinds is what pg_settings says of the form of a value.
func TestKinds(t *testing.T) {
	for name, want := range map[string]string{
		"TimeZone": "string", "statement_timeout": "integer ms 0 2147483647", "IntervalStyle": "enum", "row_security": "bool",
		"work_mem": "integer kB 64 2147483647", "effective_cache_size": "integer 8kB 1 2147483647",
		"extra_float_digits": "integer  -15 3", "cursor_tuple_fraction": "real  0 1", "default_transaction_isolation": "enum",
	} {
		d, _ := Find(name)
		got := d.Kind()
		if low, high := d.Range(); high != "" {
			got += " " + d.Unit() + " " + low + " " + high
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
