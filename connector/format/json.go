package format

import (
	"unicode/utf8"

	"streamdb/types"
	"streamdb/types/pgerr"
)

// maxJSONDepth bounds nesting, so that no input exhausts the stack.
const maxJSONDepth = 1000

// JSON decodes one JSON object per row. Keys come in any order, exactly as the columns are
// called; unknown keys are skipped, missing ones and null are NULL, of equal keys the last
// counts. A value of any JSON type is read by the column's input function, as
// json_populate_record does; objects and arrays become text, json or SQL arrays.
type JSON struct {
	schema types.Schema
	demand required
	style  *types.Style
	ways   []fast
	keys   []string // each column's key as it is usually written: "name":
	index  map[string]int
	seen   []bool

	in      []byte
	pos     int
	scratch []byte
}

// NewJSON makes a decoder for rows of the given schema.
func NewJSON(schema types.Schema, style *types.Style) *JSON {
	j := &JSON{schema: schema, demand: requiredOf(schema), style: style, ways: fastWays(schema), index: make(map[string]int), seen: make([]bool, len(schema))}
	for i, c := range schema {
		j.index[c.Name] = i
		key := ""
		if plainPrefix([]byte(c.Name)) == len(c.Name) {
			key = `"` + c.Name + `":`
		}
		j.keys = append(j.keys, key)
	}
	return j
}

// Append appends the row of one object to a dense batch without weights. On error the
// batch is as before.
func (j *JSON) Append(b *types.Batch, object []byte) error {
	if !utf8.Valid(object) {
		return checkText(object)
	}
	j.in, j.pos = object, 0
	if err := j.object(b); err != nil {
		truncate(b)
		return err
	}
	for i, seen := range j.seen {
		if !seen {
			b.Cols[i].AppendNull()
		}
	}
	return j.demand.finish(b, j.schema)
}

// object reads the whole input as one object into the columns.
func (j *JSON) object(b *types.Batch) error {
	clear(j.seen)
	j.space()
	if !j.take('{') {
		return j.bad("A row must be a JSON object.")
	}
	for next := 0; ; {
		j.space()
		if j.take('}') && next == 0 {
			break
		}
		col, err := j.key(next)
		if err != nil {
			return err
		}
		if col < 0 {
			err = j.skip(1)
		} else {
			err = j.column(b, col)
			next = col
		}
		if err != nil {
			return err
		}
		next++
		j.space()
		if j.take(',') {
			continue
		}
		if !j.take('}') {
			return j.bad(`Expected "," or "}".`)
		}
		break
	}
	j.space()
	if j.pos < len(j.in) {
		return j.bad("Expected end of input.")
	}
	return nil
}

// key reads a key and its colon and finds the column; −1 is none. The column behind the
// last one is tried first: objects of one origin have one order.
func (j *JSON) key(next int) (int, error) {
	if next < len(j.keys) {
		if k := j.keys[next]; k != "" && len(j.in)-j.pos > len(k) && string(j.in[j.pos:j.pos+len(k)]) == k {
			j.pos += len(k)
			j.space()
			return next, nil
		}
	}
	if !j.take('"') {
		return 0, j.bad("Expected string.")
	}
	name, err := j.str()
	if err != nil {
		return 0, err
	}
	col, found := j.index[string(name)]
	if !found {
		col = -1
	}
	j.space()
	if !j.take(':') {
		return 0, j.bad(`Expected ":".`)
	}
	j.space()
	return col, nil
}

// column reads a value into a column.
func (j *JSON) column(b *types.Batch, col int) error {
	v := b.Cols[col]
	if j.seen[col] {
		v.Resize(b.N)
	}
	j.seen[col] = true
	start := j.pos
	if j.pos < len(j.in) {
		switch c := j.in[j.pos]; {
		case j.ways[col] == fastNone && isJSON(v.Type) || c == '{' || c == '[':
			return j.composite(v, col)
		case c == '"':
			j.pos++
			s, err := j.str()
			if err != nil {
				return err
			}
			return j.set(v, col, s)
		case c == '-' || c >= '0' && c <= '9':
			if err := j.number(); err != nil {
				return err
			}
			return j.set(v, col, j.in[start:j.pos])
		case c == 'n':
			v.AppendNull()
			return j.word("null")
		}
	}
	if err := j.skip(1); err != nil {
		return err
	}
	return j.set(v, col, j.in[start:j.pos])
}

func isJSON(t types.Type) bool { return t.OID == types.JSON.OID || t.OID == types.JSONB.OID }

// composite reads a value whose JSON text counts, or an array.
func (j *JSON) composite(v *types.Vec, col int) error {
	start := j.pos
	if err := j.skip(1); err != nil {
		return err
	}
	raw := j.in[start:j.pos]
	if v.Type.IsArray() && raw[0] == '[' {
		literal, err := j.arrayLiteral(raw)
		if err != nil {
			return err
		}
		raw = literal
	} else if isJSON(v.Type) && string(raw) == "null" {
		v.AppendNull()
		return nil
	}
	return j.set(v, col, raw)
}

func (j *JSON) set(v *types.Vec, col int, text []byte) error {
	if err := appendText(v, j.ways[col], text, j.style); err != nil {
		return inColumn(err, j.schema[col].Name, text)
	}
	return nil
}

func (j *JSON) space() {
	if j.pos < len(j.in) && j.in[j.pos] > ' ' {
		return
	}
	for j.pos < len(j.in) {
		switch j.in[j.pos] {
		case ' ', '\t', '\n', '\r':
			j.pos++
		default:
			return
		}
	}
}

func (j *JSON) take(c byte) bool {
	if j.pos < len(j.in) && j.in[j.pos] == c {
		j.pos++
		return true
	}
	return false
}

func (j *JSON) bad(detail string) error {
	e := pgerr.New(pgerr.InvalidTextRepresentation, "invalid input syntax for type json").WithDetail("%s", detail)
	if j.pos >= len(j.in) {
		return e.WithDetail("The input string ended unexpectedly.")
	}
	return e
}
