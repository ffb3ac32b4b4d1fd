package expr

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"streamdb/types"
)

// TestAggregates compares with PostgreSQL 15: a line is the aggregate's name, the type of
// its argument and the array of its values.
func TestAggregates(t *testing.T) {
	datadriven.RunTest(t, "testdata/aggregates.txt", func(t *testing.T, d *datadriven.TestData) string {
		var out strings.Builder
		for _, line := range strings.Split(d.Input, "\n") {
			f := strings.SplitN(line, " ", 3)
			fmt.Fprintln(&out, aggregateText(t, testCtx(t, ""), f[0], f[1], f[2]))
		}
		return out.String()
	})
}

func aggregateText(t *testing.T, c *Ctx, name, typeName, array string) string {
	t.Helper()
	ty := typeNamed(typeName)
	args := []Arg{{T: ty}}
	if strings.HasPrefix(name, "string_agg") {
		args = append(args, Arg{T: ty})
	}
	a, ts, ret, err := ResolveAgg(name, args)
	if err != nil {
		return errorText(err)
	}
	at, _ := ty.ArrayType()
	d, err := c.parse(at, array)
	if err != nil {
		t.Fatal(err)
	}
	v, err := EvalConst(c, must(c.CoerceTo(&Const{D: d, T: at}, arrayOver(ts[0]), CastImplicit)))
	if err != nil {
		t.Fatal(err)
	}
	call := &AggCall{Fn: a, T: ret}
	for i, x := range ts {
		call.Args = append(call.Args, &Col{Index: i, T: x})
	}
	res, err := aggregate(t, c, call, types.ViewArray(v.S).Elems(), ts[0])
	if err != nil {
		return errorText(err)
	}
	if res.IsNull() {
		return ret.String() + ": NULL"
	}
	return ret.String() + ": " + c.text(ret, res)
}

func arrayOver(t types.Type) types.Type { a, _ := t.ArrayType(); return a }

func aggregate(t *testing.T, c *Ctx, call *AggCall, vals []types.Datum, ty types.Type) (types.Datum, error) {
	t.Helper()
	if call.Fn.NewLinear != nil {
		lin := call.Fn.NewLinear(call)
		st := &linearState{t: t, c: c, lin: lin, s: types.NewSlots(lin.Words() + 1), arg: ty, ret: call.T}
		id := st.s.Alloc()
		rows := make([]weighted, len(vals))
		for i, d := range vals {
			rows[i] = weighted{d, 1}
		}
		st.add(id, rows)
		d, msg := st.result(id)
		if msg != "" {
			return d, c.Errs[0].Err
		}
		return d, nil
	}
	if call.Fn.SkipNulls {
		vals = slices.DeleteFunc(vals, types.Datum.IsNull)
	}
	if call.Fn.First {
		slices.SortStableFunc(vals, func(a, b types.Datum) int {
			if call.Fn.Desc {
				a, b = b, a
			}
			return types.Compare(ty, a, b)
		})
	}
	return call.Fn.Collect(c, call, func(yield func(r types.Row, count int64) bool) {
		for _, d := range vals {
			if !yield(types.Row{d, str(",")}, 1) {
				return
			}
		}
	})
}

// TestSets compares set-returning functions with PostgreSQL 15: one line of output per
// call, rows in parentheses.
func TestSets(t *testing.T) {
	datadriven.RunTest(t, "testdata/sets.txt", func(t *testing.T, d *datadriven.TestData) string {
		zone := ""
		d.MaybeScanArgs(t, "tz", &zone)
		var out strings.Builder
		for _, line := range strings.Split(d.Input, "\n") {
			fmt.Fprintln(&out, setText(testCtx(t, zone), line))
		}
		return out.String()
	})
}

func setText(c *Ctx, src string) string {
	e, err := parseSQL(c, src, nil)
	if err != nil {
		return errorText(err)
	}
	call := e.(*Call)
	row := make(types.Row, len(call.Args))
	for i, a := range call.Args {
		if row[i], err = EvalConst(c, a); err != nil {
			return errorText(err)
		}
		if row[i].IsNull() && !call.Fn.NotStrict {
			return ""
		}
	}
	ts := []types.Type{call.T}
	if len(call.Fn.Cols) > 1 {
		ts = types.Schema(call.Fn.Cols).Types()
	}
	var rows []string
	err = call.Fn.Rows(c, row, func(r types.Row) bool {
		var vals []string
		for i, d := range r {
			if d.IsNull() {
				vals = append(vals, "NULL")
			} else {
				vals = append(vals, c.text(ts[i], d))
			}
		}
		rows = append(rows, "("+strings.Join(vals, "|")+")")
		return true
	})
	if err != nil {
		return errorText(err)
	}
	return strings.Join(rows, " ")
}
