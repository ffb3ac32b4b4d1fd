package expr

import (
	"fmt"
	"math"
	"strings"
	"time"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// serverFuncs lists system functions that answer without the session.
func serverFuncs() []*Func {
	nothing := func(*Ctx, types.Row, func(types.Row) bool) error { return nil }
	return []*Func{
		fn("pg_size_pretty(int8) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return str(prettySize(a.int(0))), nil
		})).safe(),
		fn("pg_size_pretty(numeric) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return prettyNumeric(a.numeric(0))
		})),
		fn("getdatabaseencoding() name", instant(func(*Ctx) types.Datum { return str("UTF8") })).stable().safe(),
		fn("oidvectortypes(oidvector) text", perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
			return str(vectorTypes(types.ViewArray(a.str(0)))), nil
		})).stable().safe(),
		fn("pg_sleep(float8) void", perRow(func(c *Ctx, a *rowArgs) (types.Datum, error) {
			return str(""), c.sleep(a.float(0))
		})).volatile(),
		// Nobody can take an advisory lock.
		fn("pg_advisory_unlock_all() void", instant(func(*Ctx) types.Datum { return str("") })).volatile(),
		fn("pg_notify(text,text) void", perRow(func(*Ctx, *rowArgs) (types.Datum, error) {
			return types.Datum{}, pgerr.Unsupported("pg_notify", "Insert into a table that the others read.")
		})).nullable().volatile(),
		// No table has partitions, and there are no extensions.
		srf("pg_partition_ancestors(regclass) setof regclass", nothing).columns("relid regclass").stable(),
		srf("pg_partition_tree(regclass) setof record", nothing).columns("relid regclass,parentrelid regclass,isleaf bool,level int4").stable(),
		fn("pg_partition_root(regclass) regclass", perRow(func(*Ctx, *rowArgs) (types.Datum, error) { return types.Datum{}, nil })).stable().safe(),
		srf("pg_available_extensions() setof record", nothing).columns("name name,default_version text,comment text").stable(),
		srf("pg_options_to_table(_text) setof record", optionRows).columns("option_name text,option_value text").stable(),
		srf("pg_timezone_names() setof record", refusedRows("pg_timezone_names()", "Select from the view pg_timezone_names.")).
			columns("name text,abbrev text,utc_offset interval,is_dst bool").stable(),
		srf("pg_get_keywords() setof record", refusedRows("pg_get_keywords", "")).
			columns("word text,catcode char,barelabel bool,catdesc text,baredesc text").stable(),
		fn("acldefault(char,oid) _aclitem", perRow(func(*Ctx, *rowArgs) (types.Datum, error) {
			return types.Datum{}, pgerr.Unsupported("acldefault", "There is one role and it may do everything.")
		})).stable(),
	}
}

// refusedRows is a set-returning function that clients ask for and that does not exist here.
func refusedRows(name, hint string) RowsFunc {
	return func(*Ctx, types.Row, func(types.Row) bool) error { return pgerr.Unsupported(name, hint) }
}

// sizeUnits are pg_size_pretty's: the next is taken from limit on; bits is log2 of the
// unit's bytes.
var sizeUnits = []struct {
	name  string
	limit int64
	round bool
	bits  int
}{
	{"bytes", 10 * 1024, false, 0},
	{"kB", 20*1024 - 1, true, 10},
	{"MB", 20*1024 - 1, true, 20},
	{"GB", 20*1024 - 1, true, 30},
	{"TB", 20*1024 - 1, true, 40},
	{"PB", math.MaxInt64, true, 50},
}

// prettySize is pg_size_pretty. One bit more than the unit has is kept for rounding.
func prettySize(size int64) string {
	for i, u := range sizeUnits {
		abs := size
		if abs < 0 {
			abs = -abs
		}
		if i == len(sizeUnits)-1 || abs >= 0 && abs < u.limit {
			if u.round && size < 0 {
				size = (size - 1) / 2
			} else if u.round {
				size = (size + 1) / 2
			}
			return fmt.Sprintf("%d %s", size, u.name)
		}
		shift := sizeUnits[i+1].bits - u.bits - 1
		if u.round {
			shift++
		}
		size /= 1 << shift
	}
	return ""
}

// prettyNumeric is pg_size_pretty of a numeric: fractions of bytes show only as bytes.
func prettyNumeric(n types.Numeric) (types.Datum, error) {
	if f := n.Float64Lossy(); math.Abs(f) < float64(sizeUnits[0].limit) {
		return str(n.String() + " bytes"), nil
	}
	whole, err := n.DivTrunc(types.NumericFromInt64(1))
	if err != nil {
		return types.Datum{}, err
	}
	size, err := whole.Int64()
	return str(prettySize(size)), err
}

// vectorTypes names the types of an oidvector.
func vectorTypes(v types.ArrayView) string {
	var names []string
	for k := range v.Len() {
		name := "???"
		if t, ok := types.TypeByOID(types.OID(v.At(k).Int())); ok {
			name = t.String()
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

// optionRows splits texts of the form name=value; without = the value is NULL.
func optionRows(_ *Ctx, args types.Row, emit func(types.Row) bool) error {
	v := types.ViewArray(args[0].S)
	for k := range v.Len() {
		d := v.At(k)
		if d.IsNull() {
			continue
		}
		name, value, ok := strings.Cut(d.Str(), "=")
		row := types.Row{str(name), types.Datum{}}
		if ok {
			row[1] = str(value)
		}
		if !emit(row) {
			return nil
		}
	}
	return nil
}

// sleepStep is how long pg_sleep waits between two looks at Interrupt.
const sleepStep = 10 * time.Millisecond

// sleep waits for some seconds.
func (c *Ctx) sleep(seconds float64) error {
	if c.Session == nil {
		return refuseInView("pg_sleep")
	}
	if !(seconds > 0) {
		return nil
	}
	defer c.Session.Waiting("Timeout", "PgSleep")()
	end := time.Now().Add(time.Duration(min(seconds, 1e9) * float64(time.Second)))
	for left := time.Until(end); left > 0; left = time.Until(end) {
		if err := c.interrupted(); err != nil {
			return err
		}
		time.Sleep(min(left, sleepStep))
	}
	return c.interrupted()
}
