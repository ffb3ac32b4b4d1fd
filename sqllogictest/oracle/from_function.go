package oracle

import (
	"fmt"
	"slices"
	"strings"
)

// call is a set-returning function of the FROM clause.
type call struct {
	tag     string
	form    string
	args    []Kind
	columns []Kind
	leaves  bool
	finite  bool // does not end, or fails, over extreme values
}

// callTable has one function a line: tag | form | arguments | columns | flags,
// with the names of types and the flags of the table of scalar functions.
const callTable = `
generate_series | generate_series(1, abs($1) % 5) | int4 | int4 | finite
generate_series | generate_series($1, $1 + 2) | int8 | int8 | leaves finite
generate_series | generate_series(5 - abs($1) % 4, 1, -2) | int8 | int8 | finite
generate_series | generate_series($1, $1 + interval '3 days', interval '1 day') | timestamp | timestamp | leaves finite
generate_series | generate_series($1, $1 + interval '30 hours', interval '12 hours') | timestamptz | timestamptz | leaves finite
generate_series | generate_series(0.5, abs(nullif($1, 'NaN')) % 3, 0.75) | numeric | numeric | leaves finite
generate_series | generate_series('2024-01-30'::date, $1, interval '1 month') | date | timestamptz | leaves finite
generate_subscripts | generate_subscripts($1, 1) | elem[] | int4
generate_subscripts | generate_subscripts($1, 1, true) | elem[] | int4
unnest | unnest($1) | elem[] | elem
unnest of two | unnest($1, $2) | elem[] int4[] | elem int4
unnest of two | unnest($1, $2) | text[] elem[] | text elem
ROWS FROM | ROWS FROM (generate_series(1, 2), unnest($1)) | elem[] | int4 elem
ROWS FROM | ROWS FROM (unnest($1), jsonb_object_keys('{"q": 1, "r": 2}')) | elem[] | elem text
jsonb_array_elements | jsonb_array_elements(CASE WHEN jsonb_typeof($1) = 'array' THEN $1 ELSE '[]'::jsonb END) | jsonb | jsonb
jsonb_array_elements_text | jsonb_array_elements_text(CASE WHEN jsonb_typeof($1) = 'array' THEN $1 ELSE '[]'::jsonb END) | jsonb | text
jsonb_each | jsonb_each(CASE WHEN jsonb_typeof($1) = 'object' THEN $1 ELSE '{}'::jsonb END) | jsonb | text jsonb
jsonb_each_text | jsonb_each_text(CASE WHEN jsonb_typeof($1) = 'object' THEN $1 ELSE '{}'::jsonb END) | jsonb | text text
jsonb_object_keys | jsonb_object_keys(CASE WHEN jsonb_typeof($1) = 'object' THEN $1 ELSE '{}'::jsonb END) | jsonb | text
json_array_elements_text | json_array_elements_text(CASE WHEN jsonb_typeof($1) = 'array' THEN $1::text::json ELSE '["x", null]'::json END) | jsonb | text
json_array_elements | json_array_elements(CASE WHEN jsonb_typeof($1) = 'array' THEN $1::text::json ELSE '[1.0, {"b": 1,  "a": 2, "a": null}]'::json END) | jsonb | json
json_array_elements | json_array_elements(CASE WHEN json_typeof($1) = 'array' THEN $1 ELSE '[]'::json END) | json | json
json_each | json_each(CASE WHEN jsonb_typeof($1) = 'object' THEN $1::text::json ELSE '{"x": {"b": 1.0}, "x": [2,  3]}'::json END) | jsonb | text json
json_each | json_each(CASE WHEN json_typeof($1) = 'object' THEN $1 ELSE '{}'::json END) | json | text json
json_each_text | json_each_text(CASE WHEN jsonb_typeof($1) = 'object' THEN $1::text::json ELSE '{"x": 1}'::json END) | jsonb | text text
json_object_keys | json_object_keys(CASE WHEN jsonb_typeof($1) = 'object' THEN $1::text::json ELSE '{"x": 1}'::json END) | jsonb | text
regexp_matches | regexp_matches($1, '([a-z])(.)?', 'g') | text | text[]
regexp_split_to_table | regexp_split_to_table($1, '[, ]') | text | text
string_to_table | string_to_table($1, ',') | text | text
string_to_table | string_to_table($1, 'b', 'a') | text | text
`

// calls reads the table, one function per type that its variable stands for.
func calls() []*call {
	var out []*call
	for line := range strings.SplitSeq(strings.TrimSpace(callTable), "\n") {
		fields := strings.Split(line+" | ", " | ")
		bases := []Base{""}
		if strings.Contains(fields[2]+fields[3], "elem") {
			bases = allBases()
		}
		for _, b := range bases {
			out = append(out, &call{
				tag: "from " + fields[0], form: fields[1],
				args: kindsNamed(fields[2], b), columns: kindsNamed(fields[3], b),
				leaves: strings.Contains(fields[4], "leaves"), finite: strings.Contains(fields[4], "finite"),
			})
		}
	}
	return out
}

// kindsNamed reads types of the table; elem stands for the base.
func kindsNamed(names string, elem Base) []Kind {
	var out []Kind
	for name := range strings.FieldsSeq(names) {
		bare, array := strings.CutSuffix(name, "[]")
		base := shortNames()[bare]
		if bare == "elem" {
			base = elem
		}
		out = append(out, Kind{Base: base, Array: array})
	}
	return out
}

// call makes a set-returning function.
func (g *generator) call(s scope, lateral []*Expr) (*From, []*Expr) {
	args := scope{atoms: lateral, depth: maxQueryDepth, ctes: s.ctes}
	f := &From{Alias: g.alias("f"), Lateral: lateral != nil && chance(g.r, 50)}
	c := g.someCall(lateral)
	f.Call = &Expr{Form: c.form, Tag: c.tag}
	for _, k := range c.args {
		if c.leaves {
			f.Call.Kids = append(f.Call.Kids, g.atom(args, k))
		} else {
			f.Call.Kids = append(f.Call.Kids, g.expr(args, k, 1))
		}
	}
	columns := c.columns
	if f.Ordinality = chance(g.r, 35); f.Ordinality {
		columns = append(slices.Clone(columns), scalar(Int8))
	}
	for i, k := range columns {
		f.Columns = append(f.Columns, Column{Name: fmt.Sprintf("c%d", i+1), Kind: k})
	}
	if lateral != nil {
		f.Call.Tag += "\nfrom lateral function"
	}
	return f, f.atoms()
}

// someCall picks by tag, preferring functions that a column at hand is an
// argument of.
func (g *generator) someCall(atoms []*Expr) *call {
	tags := make(map[string][]*call)
	var order []string
	for _, c := range g.calls {
		if c.finite && g.extremes {
			continue
		}
		if tags[c.tag] == nil {
			order = append(order, c.tag)
		}
		tags[c.tag] = append(tags[c.tag], c)
	}
	var same []*call
	for range 4 {
		same = tags[pick(g.r, order...)]
		fits := slices.DeleteFunc(slices.Clone(same), func(c *call) bool {
			return !slices.ContainsFunc(c.args, func(k Kind) bool { return hasKind(atoms, k) })
		})
		if len(fits) > 0 {
			return pick(g.r, fits...)
		}
	}
	return pick(g.r, same...)
}
