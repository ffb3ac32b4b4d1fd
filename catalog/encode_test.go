package catalog

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"streamdb/types"
	"streamdb/types/pgerr"
)

var writeGolden = flag.Bool("write-golden", false, "write encoding goldens that do not exist yet")

// full is a relation with every field set.
func full() *Relation {
	return &Relation{
		ID: 16390, Schema: "public", Name: "orders <1>", Kind: Table,
		Columns: []Column{
			{Name: "id", Type: types.Int8, NotNull: true, AttNum: 1},
			{Name: "amount", Type: types.NumericType(12, 2), Default: "0", AttNum: 2},
			{Name: "gone", Type: types.Text, AttNum: 3, Dropped: true},
			{Name: "_rowid", Type: types.Int8, AttNum: -10},
		},
		Uniques:    []Unique{{Name: "orders_pkey", Columns: []int{0}, Primary: true}, {Name: "u", Columns: []int{0, 1}}},
		Checks:     []Check{{Name: "orders_amount_check", Expr: "amount >= 0"}},
		AppendOnly: true, SQL: "CREATE TABLE …", Query: "SELECT 1", Options: map[string]string{"b": "2", "a": "1"},
		Secrets: []string{"password"}, Format: "FORMAT PLAIN ENCODE JSON", Connector: "file",
		SearchPath: []string{"public"}, Settings: map[string]string{"TimeZone": "UTC"}, Plan: []byte{0, 1, 0xff}, Key: []int{0},
		Comment: "all", ColComment: map[int16]string{1: "pk"},
	}
}

func sampleChanges() map[string]Change {
	return map[string]Change{
		"create_schema":    &CreateSchema{Name: "s"},
		"rename_schema":    &RenameSchema{Name: "s", To: "t"},
		"drop_schema":      &DropSchema{Name: "s"},
		"create_relation":  &CreateRelation{Relation: full()},
		"replace_relation": &ReplaceRelation{Relation: &Relation{ID: 16384, Schema: "s", Name: "v", Kind: View, DependsOn: []ID{16390}}},
		"drop_relations":   &DropRelations{IDs: []ID{16385, 16384}},
		"comment":          &Comment{ID: 16384, AttNum: 2, Text: "x"},
		"batch":            &Batch{Changes: []Change{&DropRelations{IDs: []ID{16384}}, &DropSchema{Name: "s"}}},
	}
}

// golden compares with a file of the format; a missing one is written only when asked.
func golden(t *testing.T, name string, got []byte) []byte {
	t.Helper()
	path := filepath.Join("testdata", "encoding", "v1", name+".json")
	want, err := os.ReadFile(path)
	if os.IsNotExist(err) && *writeGolden {
		want, err = got, os.WriteFile(path, got, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is now written as\n%s\nwas\n%s", name, got, want)
	}
	return want
}

func TestEncodeChange(t *testing.T) {
	for name, c := range sampleChanges() {
		b, err := EncodeChange(c)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeChange(golden(t, "change_"+name, b))
		if err != nil {
			t.Fatal(name, err)
		}
		if !reflect.DeepEqual(back, c) {
			t.Errorf("%s came back as %#v", name, back)
		}
	}
}

func TestEncodeSnapshot(t *testing.T) {
	c := &script{s: New(system())}
	c.run("schema s")
	if out := c.apply(&CreateRelation{Relation: full()}); out != "" {
		t.Fatal(out)
	}
	c.run("mview s.m pg_catalog.pg_class")
	c.run("comment nothing x")
	c.run("table t")
	c.run("drop t")
	b, err := c.s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Decode(golden(t, "snapshot", b), system())
	if err != nil {
		t.Fatal(err)
	}
	again := &script{s: back}
	if got, want := again.list(), c.list(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if !reflect.DeepEqual(back, c.s) {
		t.Error("the decoded snapshot differs")
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, bad := range []string{
		``, `{}`, `{"format":2}`, `{"format":1,"change":"nope","data":{}}`, `{"format":1,"change":"drop_schema","data":{"x":1}}`,
		`{"format":1,"change":"drop_schema","data":{"name":"s"}} 1`, `{"format":1,"change":"create_relation","data":{}}`,
		`{"format":1,"change":"create_relation","data":{"relation":{"kind":"system relation"}}}`,
		`{"format":1,"change":"batch","data":[null]}`,
		`{"format":1,"change":"replace_relation","data":{"relation":{"kind":"table","uniques":[{"columns":[3]}]}}}`,
	} {
		if c, err := DecodeChange([]byte(bad)); !pgerr.Is(err, pgerr.DataCorrupted) {
			t.Errorf("%s: %v, %v", bad, c, err)
		}
	}
	for _, bad := range []string{
		`{"format":1,"next_id":16385,"relations":[{"id":16384,"kind":"table","schema":"x","name":"t"}]}`,
		`{"format":1,"next_id":16384,"schemas":[{"id":2200,"name":"public"}],"relations":[{"id":16384,"kind":"table","schema":"public","name":"t"}]}`,
		`{"format":1,"next_id":16385,"schemas":[{"id":2200,"name":"public"}],"relations":[{"id":16384,"kind":"view","schema":"public","name":"t","depends_on":[16384]}]}`,
	} {
		if _, err := Decode([]byte(bad), system()); !pgerr.Is(err, pgerr.DataCorrupted) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// FuzzDecode checks that no bytes make a decoder panic, and that what it takes can be
// written and applied.
func FuzzDecode(f *testing.F) {
	for _, c := range sampleChanges() {
		b, _ := EncodeChange(c)
		f.Add(b)
	}
	f.Add([]byte(`{"format":1,"next_id":16385,"schemas":[{"id":2200,"name":"public"}],"relations":[{"id":16384,"kind":"view","schema":"public","name":"t"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := New(system())
		if c, err := DecodeChange(b); err == nil {
			if _, err := EncodeChange(c); err != nil {
				t.Fatal(err)
			}
			_, _ = s.Apply(c)
		}
		if s, err := Decode(b, system()); err == nil {
			if _, err := s.Encode(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
