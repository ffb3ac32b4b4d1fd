package pgcatalog

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"

	"streamdb/catalog"
	"streamdb/types"
)

// Def is one system relation: its description and its rows.
type Def struct {
	Relation *catalog.Relation
	// Rows calls yield for each row, all physical columns included, until it returns false.
	Rows func(in *Input, yield func(types.Row) bool)
}

// shape is a relation with what is needed to build its rows.
type shape struct {
	relation *catalog.Relation
	view     bool           // a view in PostgreSQL
	index    map[string]int // column positions
	blank    types.Row      // a row before anything is known
}

//go:embed seed/relations.txt
var relationsText string

var shapes = sync.OnceValue(func() map[catalog.ID]*shape {
	m := map[catalog.ID]*shape{}
	for _, s := range parseRelations(relationsText) {
		m[s.relation.ID] = s
	}
	return m
})

var defs = sync.OnceValue(func() []*Def {
	fill := fillers()
	var ds []*Def
	for _, s := range parseRelations(relationsText) {
		f := fill[s.relation.Schema+"."+s.relation.Name]
		ds = append(ds, &Def{Relation: s.relation, Rows: func(in *Input, yield func(types.Row) bool) {
			if f != nil {
				f(in, &writer{shape: s, yield: yield})
			}
		}})
	}
	return ds
})

// Defs lists the relations of pg_catalog and information_schema.
func Defs() []*Def { return defs() }

// Relations lists the descriptions in [Defs], for [catalog.New].
func Relations() []*catalog.Relation {
	rs := make([]*catalog.Relation, len(defs()))
	for i, d := range defs() {
		rs[i] = d.Relation
	}
	return rs
}

// parseRelations reads relations: a line "schema.name oid kind" with kind r for table or v
// for view, then indented lines of "column type" between commas, ! marking NOT NULL.
func parseRelations(text string) []*shape {
	var ss []*shape
	var s *shape
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		cols, indented := strings.CutPrefix(line, "  ")
		if !indented {
			s = newShape(line)
			ss = append(ss, s)
			continue
		}
		for _, col := range strings.Split(strings.TrimSuffix(cols, ","), ", ") {
			name, typ, _ := strings.Cut(col, " ")
			typ, notNull := strings.CutSuffix(typ, "!")
			s.add(name, seedType(typ), notNull, int16(len(s.relation.Columns)+1))
		}
	}
	for _, s := range ss {
		s.addSystemColumns()
	}
	return ss
}

func newShape(line string) *shape {
	f := strings.Fields(line)
	schema, name, _ := strings.Cut(f[0], ".")
	id := mustUint(f[1])
	return &shape{
		relation: &catalog.Relation{ID: catalog.ID(id), Schema: schema, Name: name, Kind: catalog.System},
		view:     f[2] == "v",
		index:    map[string]int{},
	}
}

func (s *shape) add(name string, t types.Type, notNull bool, attnum int16) {
	s.index[name] = len(s.relation.Columns)
	s.relation.Columns = append(s.relation.Columns, catalog.Column{Name: name, Type: t, NotNull: notNull, AttNum: attnum})
	blank := types.Null()
	if notNull {
		blank = zeroOf(t)
	}
	s.blank = append(s.blank, blank)
}

// addSystemColumns adds the hidden columns that clients ask of tables.
func (s *shape) addSystemColumns() {
	if s.view {
		return
	}
	s.add("ctid", types.TID, false, -1)
	s.add("xmin", types.XID, true, -2)
	s.add("tableoid", types.Oid, true, -6)
	s.blank[s.index["tableoid"]] = types.NewInt64(int64(s.relation.ID))
}

// seedType reads a type name with an optional length: varchar(3), timestamptz(2).
func seedType(s string) types.Type {
	name, mod, has := strings.Cut(strings.TrimSuffix(s, ")"), "(")
	t, ok := types.TypeByName(name)
	if !ok {
		panic("pgcatalog: no type " + s)
	}
	if has {
		t.Mod = int32(mustUint(mod))
		if t.OID == types.VarChar.OID {
			t.Mod += 4
		}
	}
	return t
}

func mustUint(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		panic("pgcatalog: " + err.Error())
	}
	return n
}

// zeroOf is what a NOT NULL column holds when nothing else is said.
func zeroOf(t types.Type) types.Datum {
	switch t.OID {
	case types.Int2Vector.OID:
		return vector[int16](types.Int2)
	case types.OidVector.OID:
		return vector[uint32](types.Oid)
	}
	return types.Datum{Kind: t.Kind()}
}
