package expr

import (
	"slices"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// Row makes a record of its fields.
type Row struct {
	Fields []Expr
	Names  []string // of the fields
}

// Type is record.
func (e *Row) Type() types.Type { return types.Record }

// Children is the fields.
func (e *Row) Children() []Expr { return e.Fields }

// WithChildren replaces the fields.
func (e *Row) WithChildren(kids []Expr) Expr {
	c := *e
	c.Fields = kids
	return &c
}

// String prints ROW(…).
func (e *Row) String() string { return "ROW(" + joinExprs(e.Fields, ", ") + ")" }

// maxRecordDepth is how deeply records may nest: every level doubles the quotes in the text
// of those within.
const maxRecordDepth = 16

// recordDepth is how many records lie in one another in a field.
func recordDepth(f types.Field) int {
	if f.Type.OID != types.Record.OID || f.Value.IsNull() {
		return 0
	}
	depth := 0
	for _, inner := range types.Fields(f.Value.S) {
		depth = max(depth, recordDepth(inner))
	}
	return depth + 1
}

func compileRow(e *Row) (node, error) {
	args, err := compileAll(e.Fields)
	if err != nil {
		return nil, err
	}
	fields := make([]types.Field, len(args))
	for i, f := range e.Fields {
		fields[i] = types.Field{Name: e.Names[i], Type: f.Type().Base()}
	}
	n := kernelNode(perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		for i := range fields {
			fields[i].Value = a.datum(i)
			if recordDepth(fields[i]) >= maxRecordDepth {
				return types.Datum{}, pgerr.New(pgerr.ProgramLimitExceeded, "records nest deeper than %d levels", maxRecordDepth)
			}
		}
		return types.NewRecord(fields), nil
	}), types.Record, args...)
	n.strict = false
	return n, nil
}

// compileRecordIsNull is IS [NOT] NULL of records: all fields are NULL, or none is.
func compileRecordIsNull(e *IsNull) (node, error) {
	arg, err := compile(e.Arg)
	if err != nil {
		return nil, err
	}
	n := kernelNode(perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		if a.null(0) {
			return boolean(!e.Negate), nil
		}
		return boolean(!slices.ContainsFunc(types.Fields(a.str(0)), func(f types.Field) bool { return f.Value.IsNull() == e.Negate })), nil
	}), types.Bool, arg)
	n.strict = false
	return n, nil
}

// recordFuncs lists the comparisons of records.
func recordFuncs() []*Func {
	var fs []*Func
	for _, c := range comparisons {
		fs = append(fs, fn(c.op+"(record,record) bool", compareRecords(c.op)))
	}
	return fs
}

func compareRecords(op string) Kernel {
	lt, eq, gt := accepts(op)
	return perRow(func(_ *Ctx, a *rowArgs) (types.Datum, error) {
		x, y := types.Fields(a.str(0)), types.Fields(a.str(1))
		for i := range min(len(x), len(y)) {
			if x[i].Type.OID != y[i].Type.OID {
				return types.Datum{}, pgerr.New(pgerr.DatatypeMismatch, "cannot compare dissimilar column types %s and %s at record column %d",
					x[i].Type, y[i].Type, i+1)
			}
		}
		if len(x) != len(y) {
			return types.Datum{}, pgerr.New(pgerr.DatatypeMismatch, "cannot compare record types with different numbers of columns")
		}
		c := types.Compare(types.Record, a.datum(0), a.datum(1))
		return boolean(c < 0 && lt != 0 || c == 0 && eq != 0 || c > 0 && gt != 0), nil
	})
}
