package session

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"streamdb/catalog"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// streamdbTable describes one relation of schema streamdb: its columns, what they mean
// and how its rows are made.
type streamdbTable struct {
	name    string
	doc     string
	columns []streamdbColumn
	rows    func(s *Session, out *rowOut)
}

type streamdbColumn struct {
	name    string
	typ     types.Type
	notNull bool
	doc     string
}

// firstStreamdbID is the id of the first relation of the schema; the others follow in the
// order of the table, to which new ones are only ever appended.
const firstStreamdbID catalog.ID = 15000

// streamdbRelations makes the relations out of their table.
var streamdbRelations = sync.OnceValue(func() []*systemRelation {
	var rs []*systemRelation
	for i, t := range streamdbTables {
		desc := &catalog.Relation{
			ID: firstStreamdbID + catalog.ID(i), Schema: catalog.Streamdb, Name: t.name, Kind: catalog.System,
			Comment: t.doc, ColComment: map[int16]string{},
		}
		for k, c := range t.columns {
			att := int16(k + 1)
			desc.Columns = append(desc.Columns, catalog.Column{Name: c.name, Type: c.typ, NotNull: c.notNull, AttNum: att})
			desc.ColComment[att] = c.doc
		}
		rs = append(rs, &systemRelation{desc, func(s *Session, yield func(types.Row) bool) {
			t.rows(s, &rowOut{columns: t.columns, yield: yield})
		}})
	}
	return rs
})

// StreamdbDoc describes the relations of schema streamdb in Markdown.
func StreamdbDoc() string {
	var b strings.Builder
	for i, t := range streamdbTables {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "## streamdb.%s\n\n%s\n\n| column | type | meaning |\n|---|---|---|\n", t.name, t.doc)
		for _, c := range t.columns {
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.name, c.typ, strings.ReplaceAll(c.doc, "|", `\|`))
		}
	}
	return b.String()
}

// rowOut takes rows as Go values, one for each column. After the reader has had enough,
// rows are dropped.
type rowOut struct {
	columns []streamdbColumn
	yield   func(types.Row) bool
	stopped bool
}

// row writes a row; see [datumOf].
func (o *rowOut) row(values ...any) {
	if o.stopped {
		return
	}
	if len(values) != len(o.columns) {
		panic(fmt.Sprintf("%d values for %d columns", len(values), len(o.columns)))
	}
	r := make(types.Row, len(values))
	for i, v := range values {
		r[i] = datumOf(v)
	}
	o.stopped = !o.yield(r)
}

// datumOf turns a Go value into a value: nil and the zero instant into NULL, a span into
// milliseconds.
func datumOf(v any) types.Datum {
	switch v := v.(type) {
	case nil:
		return types.Null()
	case string:
		return types.NewBytes(v)
	case bool:
		return types.NewBool(v)
	case int:
		return types.NewInt64(int64(v))
	case int64:
		return types.NewInt64(v)
	case uint64:
		return types.NewInt64(int64(v))
	case types.Epoch:
		return types.NewInt64(int64(v))
	case catalog.ID:
		return types.NewInt64(int64(v))
	case time.Duration:
		return types.NewFloat64(float64(v.Microseconds()) / 1000)
	case time.Time:
		if v.IsZero() {
			return types.Null()
		}
		return types.NewInt64(types.TimestampFromTime(v))
	}
	panic(fmt.Sprintf("a system relation with a value of type %T", v))
}

// orNull is s, or NULL when it is empty.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// known is n, or NULL when it is negative: not known.
func known(n int64) any {
	if n < 0 {
		return nil
	}
	return n
}

// reasonText is why something stopped, or NULL.
func reasonText(err error) any {
	if err == nil {
		return nil
	}
	return pgerr.From(err).Message
}
