package oracle

import (
	_ "embed" // for the tables of functions and casts
	"fmt"
	"slices"
	"strings"
)

// function is an operator or function the generator may use.
type function struct {
	tag     string
	result  Kind
	form    string
	args    []Kind
	leaves  bool // arguments are columns or constants, so that results stay small
	inexact bool // depends on the C mathematics library
	risky   bool // may raise an error
	finite  bool // may raise an error over extreme values
}

// functionTable has one function a line: tag | result | form | arguments |
// flags. Result and arguments are type names or the variables num, int, flt,
// any and elem, which stand for one type of a set at a time.
//
//go:embed functions.txt
var functionTable string

// castTable lists the casts the generator uses: source, targets. A target
// with ! may raise an error, one with ? over extreme values.
//
//go:embed casts.txt
var castTable string

// shortNames are the table's names of types.
func shortNames() map[string]Base {
	names := map[string]Base{"row": Record, "json": JSON, "bool": Bool, "int2": Int2, "int4": Int4, "int8": Int8, "float4": Float4, "float8": Float8}
	for _, b := range allBases() {
		if !strings.ContainsAny(string(b), " ") {
			names[string(b)] = b
		}
	}
	return names
}

// variables are the sets of types a variable of the table stands for.
func variables() map[string][]Base {
	return map[string][]Base{
		"num":  {Int2, Int4, Int8, Float4, Float8, Numeric},
		"int":  {Int2, Int4, Int8},
		"flt":  {Float4, Float8},
		"any":  allBases(),
		"most": slices.DeleteFunc(allBases(), func(b Base) bool { return b == Varchar }),
		"elem": allBases(),
	}
}

// functions reads the tables.
func functions() ([]*function, error) {
	var out []*function
	for line := range strings.SplitSeq(strings.TrimSpace(functionTable), "\n") {
		// " | " separates, so that forms may use the operators | and ||.
		fields := strings.Split(strings.ReplaceAll(line, "($1 | $2)", "($1 \x00 $2)"), " | ")
		if len(fields) < 4 {
			return nil, fmt.Errorf("function table: %q", line)
		}
		for i := range fields {
			fields[i] = strings.TrimSpace(strings.ReplaceAll(fields[i], "\x00", "|"))
		}
		expanded, err := expand(fields)
		if err != nil {
			return nil, fmt.Errorf("function table: %q: %w", line, err)
		}
		out = append(out, expanded...)
	}
	casts, err := casts()
	return append(out, casts...), err
}

// expand makes one function per type its variable stands for.
func expand(fields []string) ([]*function, error) {
	signature := fields[1] + " " + fields[3]
	for name, set := range variables() {
		if !strings.Contains(" "+strings.ReplaceAll(signature, "[]", "")+" ", " "+name+" ") {
			continue
		}
		var out []*function
		for _, b := range set {
			f, err := newFunction(fields, name, b)
			if err != nil {
				return nil, err
			}
			out = append(out, f)
		}
		return out, nil
	}
	f, err := newFunction(fields, "", "")
	return []*function{f}, err
}

func newFunction(fields []string, variable string, stands Base) (*function, error) {
	kind := func(name string) (Kind, error) {
		bare, array := strings.CutSuffix(name, "[]")
		base, ok := shortNames()[bare]
		if bare == variable {
			base, ok = stands, true
		}
		if !ok {
			return Kind{}, fmt.Errorf("no type %q", name)
		}
		return Kind{Base: base, Array: array}, nil
	}
	f := &function{tag: fields[0], form: fields[2]}
	var err error
	if f.result, err = kind(fields[1]); err != nil {
		return nil, err
	}
	for name := range strings.FieldsSeq(fields[3]) {
		k, err := kind(name)
		if err != nil {
			return nil, err
		}
		f.args = append(f.args, k)
	}
	if len(fields) > 4 {
		f.leaves = strings.Contains(fields[4], "leaves")
		f.inexact = strings.Contains(fields[4], "inexact")
		f.risky = strings.Contains(fields[4], "risky")
		f.finite = strings.Contains(fields[4], "finite")
	}
	return f, nil
}

func casts() ([]*function, error) {
	var out []*function
	names := shortNames()
	for line := range strings.SplitSeq(strings.TrimSpace(castTable), "\n") {
		source, targets, _ := strings.Cut(line, ":")
		from, ok := names[source]
		if !ok {
			return nil, fmt.Errorf("cast table: no type %q", source)
		}
		for target := range strings.FieldsSeq(targets) {
			target, risky := strings.CutSuffix(target, "!")
			target, finite := strings.CutSuffix(target, "?")
			to, ok := names[target]
			if !ok {
				return nil, fmt.Errorf("cast table: no type %q", target)
			}
			out = append(out, &function{
				tag:    fmt.Sprintf("cast %s to %s", source, target),
				result: scalar(to),
				form:   "CAST($1 AS " + scalar(to).castName() + ")",
				args:   []Kind{scalar(from)},
				risky:  risky,
				finite: finite,
			})
		}
	}
	return out, nil
}
