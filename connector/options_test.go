package connector

import (
	"fmt"
	"testing"
	"time"

	"streamdb/types"
	"streamdb/types/pgerr"
)

func spec() *Spec {
	return &Spec{Name: "demo", Options: []OptionSpec{
		{Name: "path", Required: true, Doc: "where"},
		{Name: "mode", Default: "once", Values: []string{"once", "follow"}},
		{Name: "fields.*.kind"},
		{Name: "password", Secret: true},
		{Name: "rate"},
	}}
}

func TestResolve(t *testing.T) {
	got, err := spec().Resolve(Options{"connector": "demo", "path": "x", "mode": "Follow", "fields.a.b.kind": "k"})
	if want := "map[fields.a.b.kind:k mode:follow path:x]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("got %v, %v, want %s", got, err, want)
	}
	for _, c := range []struct {
		opts       Options
		want, hint string
	}{
		{Options{}, `connector "demo" requires option "path" (SQLSTATE 22023)`, "where"},
		{Options{"path": "x", "pasword": "y"}, `connector "demo" has no option "pasword" (SQLSTATE 42704)`, `Perhaps you meant the option "password".`},
		{Options{"path": "x", "fields..kind": "y"}, `connector "demo" has no option "fields..kind" (SQLSTATE 42704)`, `Perhaps you meant the option "fields.*.kind".`},
		{Options{"path": "x", "zzzzzz": "y"}, `connector "demo" has no option "zzzzzz" (SQLSTATE 42704)`, `Its options are "path", "mode", "fields.*.kind", "password", "rate".`},
		{Options{"path": "x", "mode": "twice"}, `invalid value for option "mode": "twice" (SQLSTATE 22023)`, `Valid values are "once", "follow".`},
	} {
		_, err := spec().Resolve(c.opts)
		if err == nil || err.Error() != c.want || pgerr.From(err).Hint != c.hint {
			t.Errorf("%v: got %v, hint %q", c.opts, err, pgerr.From(err).Hint)
		}
	}
}

func TestRedact(t *testing.T) {
	given := Options{"connector": "demo", "path": "x", "password": "sesame", "pasword": "sesame"}
	if got := fmt.Sprint(spec().Redact(given)); got != "map[connector:demo password:*** pasword:*** path:x]" {
		t.Errorf("got %s", got)
	}
	if given["password"] != "sesame" {
		t.Error("Redact changed its argument")
	}
}

func TestTypedOptions(t *testing.T) {
	o := Options{"n": "12", "low": "-3", "b": "off", "d": "20ms", "f": "1.5", "bad": "x", "nan": "NaN", "inf": "1e999", "minus": "-1"}
	n, err1 := o.Int("n", 0, 0)
	def, err2 := o.Int("absent", 7, 0)
	b, err3 := o.Bool("b", true)
	d, err4 := o.Duration("d", 0, 0)
	f, err5 := o.Float("f", 0)
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if err != nil {
			t.Error(err)
		}
	}
	if n != 12 || def != 7 || b || d != 20*time.Millisecond || f != 1.5 {
		t.Errorf("%v %v %v %v %v", n, def, b, d, f)
	}
	_, err1 = o.Int("low", 0, 0)
	_, err2 = o.Int("bad", 0, 0)
	_, err3 = o.Bool("bad", false)
	_, err4 = o.Duration("d", 0, time.Second)
	_, err5 = o.Float("bad", 0)
	_, err6 := o.Rate("nan", 0)
	_, err7 := o.Rate("minus", 0)
	_, err8 := o.Rate("inf", 0)
	for i, err := range []error{err1, err2, err3, err4, err5, err6, err7, err8} {
		if !pgerr.Is(err, pgerr.InvalidParameterValue) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestOffsets(t *testing.T) {
	if !OffsetAt(256).Reached(OffsetAt(256)) || OffsetAt(255).Reached(OffsetAt(256)) || OffsetAt(1).Reached(nil) {
		t.Error("Reached is wrong")
	}
	if n, ok := OffsetAt(1 << 40).Number(); n != 1<<40 || !ok {
		t.Errorf("%d %v", n, ok)
	}
	if _, ok := (Offset{1}).Number(); ok {
		t.Error("an offset of one byte is no number")
	}
}

func TestPick(t *testing.T) {
	own := types.Schema{{Name: "a", Type: types.VarChar}, {Name: "b", Type: types.Timestamp}}
	got, err := Pick(types.Schema{{Name: "b", Type: types.TimestampTZ}, {Name: "a", Type: types.Text}}, own)
	if err != nil || fmt.Sprint(got) != "[1 0]" {
		t.Errorf("%v %v", got, err)
	}
	if _, err := Pick(types.Schema{{Name: "b", Type: types.Text}}, own); !pgerr.Is(err, pgerr.DatatypeMismatch) {
		t.Errorf("%v", err)
	}
}
