package settings

import (
	"math"
	"strconv"
	"strings"

	"streamdb/types/pgerr"
)

// unitOf is a unit and how many of the smallest one it is.
type unitOf struct {
	name string
	size float64
}

// timeUnits are the units of durations, in ms; sizeUnits those of sizes, in bytes. A unit
// stands before those that end like it.
var (
	timeUnits = []unitOf{{"us", 0.001}, {"ms", 1}, {"min", 60000}, {"s", 1000}, {"h", 3600000}, {"d", 86400000}}
	sizeUnits = []unitOf{{"kB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {"TB", 1 << 40}, {"B", 1}}
)

// Kind is the type that pg_settings gives a setting: bool, integer, real, enum or string.
func (d *Def) Kind() string {
	switch {
	case d.values != nil:
		return "enum"
	case d.Default == "on" || d.Default == "off":
		return "bool"
	case d.high == 1:
		return "real"
	case d.high > 0:
		return "integer"
	}
	return "string"
}

// Unit is what a bare number counts in, "" for no unit.
func (d *Def) Unit() string { return d.unit }

// Values are what an enumerated setting may be, nil for others.
func (d *Def) Values() []string { return d.values }

// Range is the bounds of a number as text, "" for what has none.
func (d *Def) Range() (low, high string) {
	if d.high == 0 {
		return "", ""
	}
	return strconv.FormatInt(d.low, 10), strconv.FormatInt(d.high, 10)
}

// InUnit is a value as pg_settings shows it: a duration or size as a number of its unit.
func (d *Def) InUnit(v string) string {
	switch d.unit {
	case "":
		return v
	case "ms":
		ms, _ := Millis(v)
		return strconv.FormatInt(ms, 10)
	}
	n, _ := quantity(v, sizeUnits, d.unitBytes())
	return strconv.FormatInt(int64(n), 10)
}

// unitBytes is the unit of a size in bytes.
func (d *Def) unitBytes() float64 {
	switch d.unit {
	case "kB":
		return 1 << 10
	case "8kB":
		return 8 << 10
	}
	return 1
}

// quantity reads a number with a unit; a bare number counts in base. The result does too.
func quantity(v string, units []unitOf, base float64) (float64, error) {
	v = strings.TrimSpace(v)
	factor := base
	for _, u := range units {
		if num, ok := strings.CutSuffix(v, u.name); ok {
			v, factor = strings.TrimSpace(num), u.size
			break
		}
	}
	f, err := strconv.ParseFloat(v, 64)
	return math.Round(f * factor / base), err
}

// Millis reads a duration setting; a bare number is in ms.
func Millis(v string) (int64, error) {
	f, err := quantity(v, timeUnits, 1)
	return int64(f), err
}

func whole(d *Def, v string) (string, error) {
	n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
	if err != nil {
		return "", invalid(d, v)
	}
	return strconv.FormatInt(n, 10), d.within(float64(n))
}

func fraction(d *Def, v string) (string, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	if err != nil {
		return "", invalid(d, v)
	}
	return strconv.FormatFloat(f, 'g', -1, 64), d.within(f)
}

// cost is a number of at least 0.
func cost(d *Def, v string) (string, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
	switch {
	case err != nil || math.IsNaN(f):
		return "", invalid(d, v)
	case f < 0:
		return "", pgerr.New(pgerr.InvalidParameterValue, "%v is outside the valid range for parameter \"%s\" (0 .. 1.79769e+308)", f, d.Name)
	}
	return strconv.FormatFloat(f, 'g', -1, 64), nil
}

// within checks a number in the setting's unit.
func (d *Def) within(n float64) error {
	if n >= float64(d.low) && n <= float64(d.high) {
		return nil
	}
	space := ""
	if d.unit != "" {
		space = " "
	}
	return pgerr.New(pgerr.InvalidParameterValue, "%v%s%s is outside the valid range for parameter \"%s\" (%d .. %d)",
		strconv.FormatFloat(n, 'f', -1, 64), space, d.unit, d.Name, d.low, d.high)
}

func duration(d *Def, v string) (string, error) {
	n, err := quantity(v, timeUnits, 1)
	if err != nil {
		return "", invalidQuantity(d, v, `Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".`)
	}
	return inLargest(n, "ms", []unitOf{{"d", 86400000}, {"h", 3600000}, {"min", 60000}, {"s", 1000}}), d.within(n)
}

func size(d *Def, v string) (string, error) {
	n, err := quantity(v, sizeUnits, d.unitBytes())
	if err != nil {
		return "", invalidQuantity(d, v, `Valid units for this parameter are "B", "kB", "MB", "GB", and "TB".`)
	}
	return inLargest(n*d.unitBytes(), "B", []unitOf{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"kB", 1 << 10}}), d.within(n)
}

// invalidQuantity hints at the units if a number stands before something else.
func invalidQuantity(d *Def, v, hint string) error {
	v = strings.TrimSpace(v)
	num := strings.TrimSpace(strings.TrimRight(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	if _, err := strconv.ParseFloat(num, 64); err != nil {
		return invalid(d, v)
	}
	return invalid(d, v).WithHint("%s", hint)
}

// inLargest writes n, a number of unit, in the largest of larger units that keeps it whole.
func inLargest(n float64, unit string, larger []unitOf) string {
	for _, u := range larger {
		if n > 0 && math.Mod(n, u.size) == 0 {
			return strconv.FormatFloat(n/u.size, 'f', -1, 64) + u.name
		}
	}
	if n <= 0 {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return strconv.FormatFloat(n, 'f', -1, 64) + unit
}
