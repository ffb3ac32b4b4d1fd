package expr

import (
	"strings"

	"streamdb/types"
	"streamdb/types/pgerr"
)

type rowsOf = func(yield func(r types.Row, count int64) bool)

// The most that PostgreSQL collects.
const (
	maxTextBytes     = 1<<30 - 1
	maxArrayElements = 134217727
)

// growth watches a value that is collected from rows: a product of tables can give more of
// them than there is memory for, or patience.
type growth struct {
	c     *Ctx
	steps int
	err   error
}

// text reports whether a text of size bytes may grow by more; err says why not.
func (g *growth) text(size, more int) bool {
	if size+more > maxTextBytes {
		g.err = pgerr.New(pgerr.ProgramLimitExceeded, "out of memory").
			WithDetail("Cannot enlarge string buffer containing %d bytes by %d more bytes.", size, more)
		return false
	}
	return g.step()
}

// array reports whether an array of n elements may get one more.
func (g *growth) array(n int) bool {
	if n >= maxArrayElements {
		g.err = pgerr.New(pgerr.ProgramLimitExceeded, "array size exceeds the maximum allowed (%d)", maxArrayElements)
		return false
	}
	return g.step()
}

func (g *growth) step() bool {
	if g.steps++; g.steps%pollEvery == 0 {
		g.err = g.c.interrupted()
	}
	return g.err == nil
}

// collectArray is array_agg.
func collectArray(c *Ctx, call *AggCall, rows rowsOf) (types.Datum, error) {
	b, g := types.NewArrayBuilder(call.T.ElemType()), growth{c: c}
	rows(func(r types.Row, n int64) bool {
		for range n {
			if !g.array(b.Len()) {
				return false
			}
			b.Append(r[0])
		}
		return true
	})
	if g.err != nil || b.Len() == 0 {
		return types.Datum{}, g.err
	}
	return b.Build(), nil
}

// collectArrays is array_agg over arrays: one more dimension.
func collectArrays(c *Ctx, call *AggCall, rows rowsOf) (types.Datum, error) {
	b := types.NewArrayBuilder(call.T.ElemType())
	var dims [][2]int
	outer := 0
	g := growth{c: c}
	var err error
	rows(func(r types.Row, n int64) bool {
		var shape [][2]int
		if r[0].IsNull() {
			err = pgerr.New(pgerr.NullValueNotAllowed, "cannot accumulate null arrays")
			return false
		}
		view := types.ViewArray(r[0].S)
		for d := range view.NDim() {
			length, lower := view.Dim(d)
			shape = append(shape, [2]int{length, lower})
		}
		switch {
		case len(shape) == 0:
			err = pgerr.New(pgerr.ArraySubscriptError, "cannot accumulate empty arrays")
		case dims != nil && !sameShape(dims, shape):
			err = pgerr.New(pgerr.ArraySubscriptError, "cannot accumulate arrays of different dimensionality")
		}
		dims = shape
		for range n {
			outer++
			for i := range view.Len() {
				if !g.array(b.Len()) {
					err = g.err
					return false
				}
				b.Append(view.At(i))
			}
		}
		return err == nil
	})
	if err != nil || outer == 0 {
		return types.Datum{}, err
	}
	return b.BuildDims(append([][2]int{{outer, 1}}, dims...)), nil
}

// collectString is string_agg: the delimiter before a value is that value's own.
func collectString(c *Ctx, _ *AggCall, rows rowsOf) (types.Datum, error) {
	var b strings.Builder
	seen, g := false, growth{c: c}
	rows(func(r types.Row, n int64) bool {
		if r[0].IsNull() {
			return true
		}
		for range n {
			if !g.text(b.Len(), len(r[1].S)+len(r[0].S)) {
				return false
			}
			if seen {
				b.WriteString(r[1].S)
			}
			seen = true
			b.WriteString(r[0].S)
		}
		return true
	})
	if g.err != nil || !seen {
		return types.Datum{}, g.err
	}
	return str(b.String()), nil
}

// collectJSON is jsonb_agg, with sep ", "; and json_agg.
func collectJSON(binary bool) func(*Ctx, *AggCall, rowsOf) (types.Datum, error) {
	return func(c *Ctx, call *AggCall, rows rowsOf) (types.Datum, error) {
		t := call.Args[0].Type()
		structured := !binary && (t.OID == types.Record.OID || isArrayLike(t))
		out := []byte{'['}
		g := growth{c: c}
		var err error
		seen := false
		rows(func(r types.Row, n int64) bool {
			for range n {
				if !g.text(len(out), len(r[0].S)) {
					err = g.err
					return false
				}
				if seen {
					out = append(out, ", "...)
					if structured && !r[0].IsNull() {
						out = append(out, "\n "...)
					}
				}
				seen = true
				if out, err = c.appendJSON(out, t, r[0], binary); err != nil {
					return false
				}
			}
			return true
		})
		if err != nil || !seen {
			return types.Datum{}, err
		}
		return str(string(append(out, ']'))), nil
	}
}

// collectObject is jsonb_object_agg and json_object_agg.
func collectObject(binary bool) func(*Ctx, *AggCall, rowsOf) (types.Datum, error) {
	return func(c *Ctx, call *AggCall, rows rowsOf) (types.Datum, error) {
		kt, vt := call.Args[0].Type(), call.Args[1].Type()
		out := []byte("{ ")
		g := growth{c: c}
		var err error
		seen := false
		rows(func(r types.Row, n int64) bool {
			if r[0].IsNull() {
				err = pgerr.New(pgerr.InvalidParameterValue, "field name must not be null")
				return false
			}
			for range n {
				if !g.text(len(out), len(r[0].S)+len(r[1].S)) {
					err = g.err
					return false
				}
				if seen {
					out = append(out, ", "...)
				}
				seen = true
				if out, err = c.appendJSONKey(out, kt, r[0]); err != nil {
					return false
				}
				out = append(out, " : "...)
				if out, err = c.appendJSON(out, vt, r[1], binary); err != nil {
					return false
				}
			}
			return true
		})
		if err != nil || !seen {
			return types.Datum{}, err
		}
		s := string(append(out, " }"...))
		if binary {
			s, err = types.ParseJSONB(s)
		}
		return str(s), err
	}
}
