package expr

import (
	"slices"

	"streamdb/types"
)

// parameter is a parameter of a function that calls may name.
type parameter struct {
	name string
	// fallback is what a call may leave out, nil if it must not.
	fallback *Const
}

// parameters lists the functions whose parameters have names, after pg_proc.proargnames.
// Overloads share the names of their first parameters.
func parameters(fn string) []parameter {
	switch fn {
	case "make_interval":
		ps := named("years", "months", "weeks", "days", "hours", "mins", "secs")
		for i := range ps {
			ps[i].fallback = &Const{D: types.NewInt32(0), T: types.Int4}
		}
		ps[6].fallback = &Const{D: types.NewFloat64(0), T: types.Float8}
		return ps
	case "make_date":
		return named("year", "month", "day")
	case "make_time":
		return named("hour", "min", "sec")
	case "make_timestamp", "make_timestamptz":
		return named("year", "month", "mday", "hour", "min", "sec", "timezone")
	case "jsonb_set", "jsonb_insert":
		return named("jsonb_in", "path", "replacement", map[string]string{"jsonb_set": "create_if_missing", "jsonb_insert": "insert_after"}[fn])
	case "json_array_elements", "json_array_elements_text", "json_each", "json_each_text",
		"jsonb_array_elements", "jsonb_array_elements_text", "jsonb_each", "jsonb_each_text":
		return named("from_json")
	}
	return nil
}

func named(names ...string) []parameter {
	ps := make([]parameter, len(names))
	for i, n := range names {
		ps[i].name = n
	}
	return ps
}

// PlaceArgs puts the arguments of a call in the order of the function's parameters: names
// has the name of each argument, "" for those given by position. What is left out and has
// a default gets it. ok is false if the function has no such parameter, or has it twice or
// not at all.
func PlaceArgs(fn string, args []Expr, names []string) (placed []Expr, ok bool) {
	ps := parameters(fn)
	if ps == nil || len(args) > len(ps) {
		return args, !slices.ContainsFunc(names, func(n string) bool { return n != "" })
	}
	placed = make([]Expr, len(ps))
	last := -1
	for i, a := range args {
		at := i
		if names[i] != "" {
			at = slices.IndexFunc(ps, func(p parameter) bool { return p.name == names[i] })
		}
		if at < 0 || placed[at] != nil {
			return nil, false
		}
		placed[at], last = a, max(last, at)
	}
	for i, p := range ps {
		switch {
		case placed[i] == nil && p.fallback != nil:
			placed[i], last = p.fallback, max(last, i)
		case placed[i] == nil && i < last:
			return nil, false
		}
	}
	return placed[:last+1], true
}
