package format

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// Rows appends rows of text fields to batches.
type Rows struct {
	schema types.Schema
	demand required
	style  *types.Style
	ways   []fast
}

// NewRows makes rows of the given schema; style rules how text is read.
func NewRows(schema types.Schema, style *types.Style) *Rows {
	return &Rows{schema: schema, demand: requiredOf(schema), style: style, ways: fastWays(schema)}
}

// Append appends one row to a dense batch without weights; a nil field is NULL. The error
// names the column in its Where; the batch is then as before.
func (r *Rows) Append(b *types.Batch, fields [][]byte) error {
	if err := countFields(len(fields), r.schema); err != nil {
		return err
	}
	for i, f := range fields {
		if f == nil {
			b.Cols[i].AppendNull()
			continue
		}
		if err := appendText(b.Cols[i], r.ways[i], f, r.style); err != nil {
			truncate(b)
			return inColumn(err, r.schema[i].Name, f)
		}
	}
	return r.demand.finish(b, r.schema)
}

// required is the columns that must not be NULL.
type required []int

func requiredOf(schema types.Schema) (r required) {
	for i, c := range schema {
		if c.NotNull {
			r = append(r, i)
		}
	}
	return r
}

// finish ends a row, which is taken back if it has a NULL where none may be.
func (r required) finish(b *types.Batch, schema types.Schema) error {
	for _, i := range r {
		if b.Cols[i].IsNull(b.N) {
			truncate(b)
			return pgerr.New(pgerr.NotNullViolation, "null value in column \"%s\" violates not-null constraint", schema[i].Name)
		}
	}
	b.N++
	return nil
}

func countFields(n int, schema types.Schema) error {
	if n > len(schema) {
		return pgerr.New(pgerr.BadCopyFileFormat, "extra data after last expected column")
	}
	if n < len(schema) {
		return pgerr.New(pgerr.BadCopyFileFormat, "missing data for column \"%s\"", schema[n].Name)
	}
	return nil
}

// truncate takes back the columns of a row that was not finished.
func truncate(b *types.Batch) {
	for _, c := range b.Cols {
		if c.N > b.N {
			c.Resize(b.N)
		}
	}
}

// inColumn says in an error's context which value it is about.
func inColumn(err error, column string, value []byte) error {
	e := *pgerr.From(err)
	const most = 100
	if len(value) > most {
		value = append(value[:most:most], "..."...)
	}
	if e.Where == "" {
		e.Where = "column " + column + ": \"" + string(value) + "\""
	}
	return &e
}
