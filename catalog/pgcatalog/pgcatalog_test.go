package pgcatalog

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"streamdb/catalog"
	"streamdb/types"
	"streamdb/types/pgerr"
)

var searchPath = []string{"public"}

// substitutes are the types that stand in for PostgreSQL's; see the package comment.
var substitutes = map[string]string{
	"sql_identifier": "name", "character_data": "character varying", "yes_or_no": "character varying(3)",
	"cardinal_number": "integer", "time_stamp": "timestamp(2) with time zone", "inet": "text", "pg_lsn": "text",
	"pg_ndistinct": "text", "pg_dependencies": "text", "pg_mcv_list": "text", "_pg_statistic": "text[]", `"char"`: `"char"`,
}

// TestColumns compares every relation with PostgreSQL 15's.
func TestColumns(t *testing.T) {
	golden, err := os.ReadFile(filepath.Join("testdata", "pg15_columns.txt"))
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*catalog.Relation{}
	for _, r := range Relations() {
		byName[r.Schema+"."+r.Name] = r
	}
	n := 0
	for line := range strings.Lines(string(golden)) {
		f := strings.SplitN(strings.TrimSpace(line), " ", 4)
		n++
		r := byName[f[0]]
		if r == nil || fmt.Sprint(r.ID) != f[1] || string(relKind(r)) != f[2] {
			t.Errorf("%s: no such relation with id %s and kind %s", f[0], f[1], f[2])
			continue
		}
		var want, got []string
		for _, c := range strings.Split(f[3], ", ") {
			want = append(want, expected(c))
		}
		for _, p := range r.Live() {
			c := r.Columns[p]
			got = append(got, fmt.Sprintf("%s %s %v", c.Name, c.Type, c.NotNull))
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s has\n%s\nwant\n%s", f[0], strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	if n != len(byName) {
		t.Errorf("%d relations, want %d", len(byName), n)
	}
}

// expected reads a column of the golden: name, type, ! for NOT NULL.
func expected(col string) string {
	name, typ, _ := strings.Cut(col, " ")
	typ, notNull := strings.CutSuffix(typ, "!")
	shown, ok := substitutes[typ]
	if !ok {
		ty, _ := types.TypeByName(typ)
		shown = ty.String()
	}
	return fmt.Sprintf("%s %s %v", name, shown, notNull)
}

// sampleInput is a small database.
func sampleInput(t testing.TB) *Input {
	s := catalog.New(Relations())
	apply := func(c catalog.Change) {
		next, err := s.Apply(c)
		if err != nil {
			t.Fatal(err)
		}
		s = next
	}
	create := func(r *catalog.Relation) { apply(&catalog.CreateRelation{Relation: r}) }
	apply(&catalog.CreateSchema{Name: "S2"})
	create(&catalog.Relation{
		Schema: "public", Name: "orders", Kind: catalog.Table,
		Columns: []catalog.Column{
			{Name: "id", Type: types.Int4, NotNull: true, AttNum: 1},
			{Name: "Amount", Type: types.NumericType(12, 2), Default: "0", AttNum: 2},
			{Name: "gone", Type: types.Text, AttNum: 3, Dropped: true},
			{Name: "tags", Type: types.Type{OID: 1009, Mod: -1}, AttNum: 4},
			{Name: "v", Type: types.Type{OID: types.VarChar.OID, Mod: 9}, AttNum: 5},
			{Name: "_rowid", Type: types.Int8, AttNum: -10},
		},
		Uniques: []catalog.Unique{
			{Name: "orders_pkey", Columns: []int{0}, Primary: true}, {Name: "orders_v_Amount_key", Columns: []int{4, 1}},
		},
		Checks:  []catalog.Check{{Name: "orders_Amount_check", Expr: `"Amount" >= 0`}},
		Comment: "the orders", ColComment: map[int16]string{1: "pk"},
	})
	orders, _ := s.Lookup(nil, "public", "orders")
	create(&catalog.Relation{
		Schema: "public", Name: "mv", Kind: catalog.MaterializedView, Query: "SELECT id FROM orders; ",
		Columns: []catalog.Column{{Name: "id", Type: types.Int4, AttNum: 1}}, DependsOn: []catalog.ID{orders.ID},
	})
	mv, _ := s.Lookup(nil, "public", "mv")
	create(&catalog.Relation{
		Schema: "S2", Name: "v", Kind: catalog.View, Query: "SELECT * FROM public.mv",
		Columns: []catalog.Column{{Name: "id", Type: types.Int4, AttNum: 1}}, DependsOn: []catalog.ID{mv.ID},
	})
	create(&catalog.Relation{
		Schema: "public", Name: "src", Kind: catalog.Source, Connector: "postgres-cdc", Secrets: []string{"password"},
		Columns: []catalog.Column{{Name: "at", Type: types.TimestampTZ, AttNum: 1}},
		Options: map[string]string{"password": "hunter2", "hostname": "h"},
	})
	create(&catalog.Relation{Schema: "public", Name: "k", Kind: catalog.Sink, Connector: "blackhole"})
	return &Input{
		Snapshot: s, Database: "dev", User: "root", Now: 700000000000000,
		Settings: func() []SettingRow {
			return []SettingRow{{Name: "DateStyle", Setting: "ISO, MDY", Context: "user", VarType: "string", Source: "default", Enum: []string{"a"}, Boot: "ISO, MDY", Reset: "ISO, MDY"}}
		},
		Sessions: func() []Activity {
			return []Activity{{PID: 7, User: "root", Database: "dev", Application: "psql", ClientAddr: "127.0.0.1", ClientPort: 5, BackendStart: 1, State: "active", Query: "SELECT 1", BackendType: "client backend"}}
		},
		Prepared: func() []PreparedRow {
			return []PreparedRow{{Name: "s", Statement: "SELECT $1", Time: 1, Params: []types.OID{23, 25}}}
		},
		Cursors: func() []CursorRow { return []CursorRow{{Name: "c", Statement: "SELECT 1", Time: 1}} },
		Rows:    func(id catalog.ID) (int64, bool) { return 42, id == orders.ID },
	}
}

// TestRows checks that all values have their columns' kinds and NOT NULL columns no NULL.
func TestRows(t *testing.T) {
	in := sampleInput(t)
	for _, d := range Defs() {
		n := 0
		d.Rows(in, func(r types.Row) bool {
			n++
			if len(r) != len(d.Relation.Columns) {
				t.Fatalf("%s: a row of %d values", d.Relation.Name, len(r))
			}
			for i, v := range r {
				c := d.Relation.Columns[i]
				if v.IsNull() && c.NotNull || !v.IsNull() && v.Kind != c.Type.Kind() {
					t.Fatalf("%s.%s: value %v of kind %d", d.Relation.Name, c.Name, v, v.Kind)
				}
				_ = v.AppendText(nil, c.Type, types.DefaultStyle())
			}
			return true
		})
		stopped := 0
		d.Rows(in, func(types.Row) bool { stopped++; return false })
		if stopped != min(n, 1) {
			t.Errorf("%s: %d rows after one was enough", d.Relation.Name, stopped)
		}
	}
}

// TestAllTypesHaveRows checks that pg_type lists every type there is.
func TestAllTypesHaveRows(t *testing.T) {
	for _, i := range types.All() {
		row, ok := seedTypeByOID()[i.OID]
		if !ok || row.name != i.Name || row.array != i.Array || row.preferred != i.Preferred {
			t.Errorf("type %s: %+v", i.Name, row)
		}
		if row.typtype == "b" && (row.length != i.Len || row.category != string(i.Category)) {
			t.Errorf("type %s: %+v", i.Name, row)
		}
		for _, p := range row.procs {
			if _, ok := procByOID()[p]; p != 0 && !ok {
				t.Errorf("type %s: no function %d", i.Name, p)
			}
		}
	}
}

// dump prints the chosen columns of the rows that have, for each filter, a value beginning with it.
func dump(in *Input, d *Def, columns, filters []string) string {
	var out strings.Builder
	d.Rows(in, func(r types.Row) bool {
		var cells []string
		for _, name := range columns {
			i := d.Relation.Types().Index(name)
			if i < 0 {
				cells = append(cells, "no column "+name)
				continue
			}
			text := "NULL"
			if !r[i].IsNull() {
				text = string(r[i].AppendText(nil, d.Relation.Columns[i].Type, types.DefaultStyle()))
			}
			cells = append(cells, text)
		}
		for _, f := range filters {
			if !slices.ContainsFunc(cells, func(cell string) bool { return strings.HasPrefix(cell, f) }) {
				return true
			}
		}
		out.WriteString(strings.Join(cells, "|") + "\n")
		return true
	})
	return out.String()
}

func TestSample(t *testing.T) {
	in := sampleInput(t)
	byName := map[string]*Def{}
	for _, d := range Defs() {
		byName[d.Relation.Schema+"."+d.Relation.Name] = d
	}
	datadriven.Walk(t, "testdata/sample", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var filters []string
			for _, a := range d.CmdArgs {
				if a.Key == "like" {
					filters = a.Vals
				}
			}
			columns := strings.Fields(d.Input)
			def := byName[d.Cmd]
			if def == nil {
				return "no relation " + d.Cmd + "\n"
			}
			return dump(in, def, columns, filters)
		})
	})
}

func TestFormatType(t *testing.T) {
	for _, c := range []struct {
		oid    types.OID
		mod    int32
		hasMod bool
		want   string
	}{
		{1042, -1, true, "bpchar"}, {1042, -1, false, "character"}, {1042, 8, true, "character(4)"}, {1700, 5, true, "numeric(0,1)"},
		{0, -1, true, "-"}, {99999, -1, true, "???"}, {1015, -1, true, "character varying[]"}, {1014, -1, true, "bpchar[]"},
		{1015, 14, true, "character varying(10)[]"}, {18, -1, true, `"char"`}, {22, -1, false, "int2vector"},
		{2278, -1, true, "void"}, {1083, 3, true, "time(3) without time zone"}, {2275, -1, true, "cstring"},
	} {
		if got := FormatType(c.oid, c.mod, c.hasMod); got != c.want {
			t.Errorf("FormatType(%d, %d, %v) = %s, want %s", c.oid, c.mod, c.hasMod, got, c.want)
		}
	}
}

func TestDefinitions(t *testing.T) {
	in := sampleInput(t)
	s := in.Snapshot
	id := func(name string) catalog.ID {
		id, ok := s.LookupID(nil, "public", name)
		if !ok {
			t.Fatal(name)
		}
		return id
	}
	orders, _ := s.ByID(id("orders"))
	show := func(text string, ok bool) string { return fmt.Sprintf("%s %v", text, ok) }
	for _, c := range []struct{ got, want string }{
		{show(ConstraintDef(s, id("orders_pkey"), false)), "PRIMARY KEY (id) true"},
		{show(ConstraintDef(s, id("orders_v_Amount_key"), true)), `UNIQUE (v, "Amount") true`},
		{show(ConstraintDef(s, orders.Checks[0].ID, true)), `CHECK ("Amount" >= 0) true`},
		{show(ConstraintDef(s, orders.Checks[0].ID, false)), `CHECK (("Amount" >= 0)) true`},
		{show(ConstraintDef(s, 1, false)), " false"},
		{show(IndexDef(s, id("orders_v_Amount_key"), 0)), `CREATE UNIQUE INDEX "orders_v_Amount_key" ON public.orders USING btree (v, "Amount") true`},
		{show(IndexDef(s, id("orders_v_Amount_key"), 2)), `"Amount" true`},
		{show(IndexDef(s, id("orders_v_Amount_key"), 3)), " true"},
		{show(IndexDef(s, id("orders"), 0)), " false"},
		{show(ViewDef(s, id("mv"))), "SELECT id FROM orders; true"},
		{show(ViewDef(s, id("orders"))), " false"},
		{show(ObjDescription(s, id("orders"), "pg_class")), "the orders true"},
		{show(ObjDescription(s, id("orders"), "pg_proc")), " false"},
		{show(ObjDescription(s, 2200, "")), "standard public schema true"},
		{show(ColDescription(s, id("orders"), 1)), "pk true"},
		{show(FunctionArguments(750)), "cstring, oid, integer true"},
		{show(FunctionResult(750)), "anyarray true"},
		{show(FunctionResult(1)), " false"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
	view, _ := s.Lookup(nil, "S2", "v")
	for oid, want := range map[catalog.ID][2]bool{orders.ID: {true, true}, view.ID: {false, true}, 1259: {true, true}, 5: {false, false}} {
		if visible, exists := TableIsVisible(s, searchPath, oid); visible != want[0] || exists != want[1] {
			t.Errorf("TableIsVisible(%d) = %v, %v", oid, visible, exists)
		}
	}
}

func TestRegNames(t *testing.T) {
	in := sampleInput(t)
	for _, c := range []struct {
		t          types.Type
		text, want string
	}{
		{types.RegClass, "orders", "orders"}, {types.RegClass, "PUBLIC.Orders", "orders"}, {types.RegClass, `"S2".v`, `"S2".v`},
		{types.RegClass, "pg_class", "pg_class"}, {types.RegClass, "information_schema.tables", "information_schema.tables"},
		{types.RegClass, `"orders_v_Amount_key"`, `"orders_v_Amount_key"`}, {types.RegClass, "dev.public.orders", "orders"},
		{types.RegClass, "nope", "not found"}, {types.RegClass, "nope.t", "3F000"}, {types.RegClass, "", "42602"},
		{types.RegClass, "x.public.orders", "0A000"}, {types.RegClass, "a.b.c.d", "42601"},
		{types.RegType, "pg_catalog.trigger", "trigger"}, {types.RegType, "int4", "integer"}, {types.RegType, "nope", "not found"},
		{types.RegProc, "array_in", "array_in"}, {types.RegProc, "pg_catalog.array_recv", "array_recv"}, {types.RegProc, "nope", "not found"},
		{types.RegProc, "int4", "42725"},
		{types.RegProcedure, "abs(int4)", "abs(integer)"}, {types.RegProcedure, "pg_catalog.lower( TEXT )", "lower(text)"}, {types.RegProcedure, "now()", "now()"},
		{types.RegProcedure, "abs(text)", "not found"}, {types.RegProcedure, "abs", "22P02"}, {types.RegProcedure, "abs(int4", "22P02"}, {types.RegProcedure, "abs(nosuch)", "42704"},
		{types.RegOperator, "+(int4,int4)", "+(integer,integer)"}, {types.RegOperator, "-(none, int4)", "-(NONE,integer)"}, {types.RegOperator, "+(bool,bool)", "not found"},
		{types.RegOperator, "+(int4)", "42P02"}, {types.RegOperator, "+(int4,int4,int4)", "54023"}, {types.RegOperator, "+", "22P02"},
		{types.RegNS, "public", "public"}, {types.RegNS, `"S2"`, `"S2"`}, {types.RegNS, "a.b", "42602"}, {types.RegNS, "s2", "not found"},
		{types.RegRole, "root", "root"}, {types.RegRole, "pg_monitor", "pg_monitor"}, {types.RegRole, "nobody", "not found"},
	} {
		oid, found, err := LookupReg(in, searchPath, c.t, c.text)
		got := "not found"
		if err != nil {
			got = pgerr.From(err).Code
		} else if found {
			got, found = RegName(in, searchPath, c.t, oid)
			if !found {
				got = "no name"
			}
		}
		if got != c.want {
			t.Errorf("%s %q: got %s, want %s", c.t, c.text, got, c.want)
		}
	}
	if _, found := RegName(in, searchPath, types.RegClass, 4711); found {
		t.Error("an unknown relation has a name")
	}
}

func BenchmarkAttributes(b *testing.B) {
	in := sampleInput(b)
	for _, d := range Defs() {
		if d.Relation.Name == "pg_attribute" {
			for b.Loop() {
				d.Rows(in, func(types.Row) bool { return true })
			}
		}
	}
}
