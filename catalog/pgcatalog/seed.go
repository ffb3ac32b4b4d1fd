package pgcatalog

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"

	"streamdb/types"
)

//go:embed seed/pg_type.txt
var typeText string

//go:embed seed/pg_proc.txt
var procText string

//go:embed seed/pg_cast.txt
var castText string

//go:embed seed/pg_opclass.txt
var opclassText string

//go:embed seed/pg_opfamily.txt
var opfamilyText string

//go:embed seed/zones.txt
var zoneText string

// seedTypeRow is a row of pg_type, the parts that types.Info lacks.
type seedTypeRow struct {
	oid       types.OID
	name      string
	length    int16
	byVal     bool
	typtype   string
	category  string
	preferred bool
	delim     string
	elem      types.OID
	array     types.OID
	procs     [8]types.OID // subscript, input, output, receive, send, modin, modout, analyze
	align     string
	storage   string
	collation types.OID
}

var seedTypes = sync.OnceValue(func() []*seedTypeRow {
	var rows []*seedTypeRow
	for f := range seedLines(typeText) {
		t := &seedTypeRow{
			oid: seedOID(f[0]), name: f[1], length: int16(seedInt(f[2])), byVal: f[3] == "t", typtype: f[4], category: f[5],
			preferred: f[6] == "t", delim: f[7], elem: seedOID(f[8]), array: seedOID(f[9]),
			align: f[18], storage: f[19], collation: seedOID(f[20]),
		}
		for i := range t.procs {
			t.procs[i] = seedOID(f[10+i])
		}
		rows = append(rows, t)
	}
	return rows
})

var seedTypeByOID = sync.OnceValue(func() map[types.OID]*seedTypeRow {
	m := map[types.OID]*seedTypeRow{}
	for _, t := range seedTypes() {
		m[t.oid] = t
	}
	return m
})

// typeRow is a type's row, or that of an unknown type.
func typeRow(t types.Type) *seedTypeRow {
	if row, ok := seedTypeByOID()[t.OID]; ok {
		return row
	}
	return &seedTypeRow{length: -1, align: "i", storage: "x"}
}

// seedLines splits each line into its fields.
func seedLines(text string) func(yield func([]string) bool) {
	return func(yield func([]string) bool) {
		for line := range strings.Lines(text) {
			if !yield(strings.Split(strings.TrimSuffix(line, "\n"), " ")) {
				return
			}
		}
	}
}

func seedOID(s string) types.OID { return types.OID(mustUint(s)) }

func seedInt(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic("pgcatalog: " + err.Error())
	}
	return n
}
