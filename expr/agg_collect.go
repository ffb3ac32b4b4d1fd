package expr

import (
	"strings"

	"streamdb/types"
	"streamdb/types/pgerr"
)

type rowsOf = func(yield func(r types.Row, count int64) bool)

// collectArray is array_agg.
func collectArray(_ *Ctx, call *AggCall, rows rowsOf) (types.Datum, error) {
	b := types.NewArrayBuilder(call.T.ElemType())
	rows(func(r types.Row, n int64) bool {
		for range n {
			b.Append(r[0])
		}
		return true
	})
	if b.Len() == 0 {
		return types.Datum{}, nil
	}
	return b.Build(), nil
}

// collectArrays is array_agg over arrays: one more dimension.
func collectArrays(_ *Ctx, call *AggCall, rows rowsOf) (types.Datum, error) {
	b := types.NewArrayBuilder(call.T.ElemType())
	var dims [][2]int
	outer := 0
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
func collectString(_ *Ctx, _ *AggCall, rows rowsOf) (types.Datum, error) {
	var b strings.Builder
	seen := false
	rows(func(r types.Row, n int64) bool {
		if r[0].IsNull() {
			return true
		}
		for range n {
			if seen {
				b.WriteString(r[1].S)
			}
			seen = true
			b.WriteString(r[0].S)
		}
		return true
	})
	if !seen {
		return types.Datum{}, nil
	}
	return str(b.String()), nil
}

// collectJSON is jsonb_agg, with sep ", "; and json_agg.
func collectJSON(binary bool) func(*Ctx, *AggCall, rowsOf) (types.Datum, error) {
	return func(c *Ctx, call *AggCall, rows rowsOf) (types.Datum, error) {
		t := call.Args[0].Type()
		out := []byte{'['}
		var err error
		seen := false
		rows(func(r types.Row, n int64) bool {
			for range n {
				if seen {
					out = append(out, ", "...)
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
		var err error
		seen := false
		rows(func(r types.Row, n int64) bool {
			if r[0].IsNull() {
				err = pgerr.New(pgerr.InvalidParameterValue, "field name must not be null")
				return false
			}
			for range n {
				if seen {
					out = append(out, ", "...)
				}
				seen = true
				out = types.AppendJSONString(out, c.text(kt, r[0]))
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
