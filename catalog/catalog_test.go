package catalog

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"streamdb/types"
	"streamdb/types/pgerr"
)

var searchPath = []string{"public"}

// sample is a relation with two columns, named schema.name, that depends on others.
func sample(s *Snapshot, kind Kind, full string, on ...string) *Relation {
	schema, name, _ := strings.Cut(full, ".")
	if name == "" {
		schema, name = Public, full
	}
	r := &Relation{Schema: schema, Name: name, Kind: kind, Columns: []Column{
		{Name: "id", Type: types.Int4, NotNull: true, AttNum: 1}, {Name: "a", Type: types.Text, AttNum: 2},
	}}
	for _, o := range on {
		schema, name, _ := strings.Cut(o, ".")
		if name == "" {
			schema, name = Public, o
		}
		d, _ := s.Lookup(nil, schema, name)
		r.DependsOn = append(r.DependsOn, d.ID)
	}
	return r
}

func system() []*Relation {
	return []*Relation{{ID: 1259, Schema: PgCatalog, Name: "pg_class", Kind: System, Columns: []Column{{Name: "oid", Type: types.Oid, AttNum: 1}}}}
}

// script runs DDL in a shorthand and prints what changed or why it could not.
type script struct{ s *Snapshot }

func (c *script) run(line string) string {
	words := strings.Fields(line)
	var change Change
	switch words[0] {
	case "schema":
		change = &CreateSchema{Name: words[1]}
	case "drop-schema":
		change = &DropSchema{Name: words[1]}
	case "rename-schema":
		change = &RenameSchema{Name: words[1], To: words[2]}
	case "drop", "cascade", "drop-schemas":
		return c.drop(words[0], words[1:])
	case "comment":
		change = &Comment{ID: c.id(words[1]), Text: strings.Join(words[2:], " ")}
	case "rename":
		r, _ := c.s.ByID(c.id(words[1]))
		to := *r
		to.Name = words[2]
		change = &ReplaceRelation{Relation: &to}
	case "depend":
		r := sample(c.s, View, words[1], words[2:]...)
		r.ID = c.id(words[1])
		change = &ReplaceRelation{Relation: r}
	case "keyed":
		r := sample(c.s, Table, words[1])
		r.Uniques = []Unique{{Name: c.s.ConstraintName(Public, r.Name, "", "pkey", nil), Columns: []int{0}, Primary: true}}
		r.Checks = []Check{{Name: "positive", Expr: "id > 0"}}
		change = &CreateRelation{Relation: r}
	default:
		kinds := map[string]Kind{"table": Table, "view": View, "mview": MaterializedView, "source": Source, "sink": Sink}
		change = &CreateRelation{Relation: sample(c.s, kinds[words[0]], words[1], words[2:]...)}
	}
	return c.apply(change)
}

func (c *script) id(name string) ID {
	id, _ := c.s.LookupID(searchPath, "", name)
	return id
}

func (c *script) apply(change Change) string {
	next, err := c.s.Apply(change)
	if err != nil {
		return show(err)
	}
	c.s = next
	return ""
}

func (c *script) drop(how string, names []string) string {
	var ids []ID
	var out []ID
	var err error
	if how == "drop-schemas" {
		out, err = c.s.DropSchemaClosure(names, false, searchPath)
	} else {
		for _, n := range names {
			ids = append(ids, c.id(n))
		}
		out, err = c.s.DropClosure(ids, how == "cascade", searchPath)
	}
	if err != nil {
		return show(err)
	}
	notice := ""
	if n := c.s.CascadeNotice(out, ids, searchPath); n != nil {
		notice = show(n)
	}
	return notice + c.apply(&DropRelations{IDs: out})
}

func show(err error) string {
	var e *pgerr.Error
	errors.As(err, &e)
	out := e.Code + " " + e.Message + "\n"
	for _, extra := range []string{e.Detail, e.Hint} {
		if extra != "" {
			out += "  " + strings.ReplaceAll(extra, "\n", "\n  ") + "\n"
		}
	}
	return out
}

func (c *script) list() string {
	var b strings.Builder
	fmt.Fprintf(&b, "version %d, next id %d\n", c.s.Version(), c.s.NextID())
	for _, s := range c.s.Schemas() {
		fmt.Fprintf(&b, "schema %s %d\n", s.Name, s.ID)
	}
	for _, r := range c.s.UserRelations() {
		fmt.Fprintf(&b, "%d %s %s", r.ID, r.Kind, r.QualifiedName())
		for _, u := range r.Uniques {
			fmt.Fprintf(&b, " [%s %d]", u.Name, u.ID)
		}
		for _, u := range r.Checks {
			fmt.Fprintf(&b, " [%s %d]", u.Name, u.ID)
		}
		if len(r.DependsOn) > 0 {
			fmt.Fprintf(&b, " on %d", r.DependsOn)
		}
		if users := c.s.Dependents(r.ID); users != nil {
			fmt.Fprintf(&b, " used by %d", users)
		}
		if r.Comment != "" {
			fmt.Fprintf(&b, " -- %s", r.Comment)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestDDL(t *testing.T) {
	datadriven.Walk(t, "testdata/ddl", func(t *testing.T, path string) {
		c := &script{s: New(system())}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "list" {
				return c.list()
			}
			var out strings.Builder
			for _, line := range strings.Split(d.Input, "\n") {
				out.WriteString(c.run(line))
			}
			if out.Len() == 0 {
				return "ok\n"
			}
			return out.String()
		})
	})
}

// TestOldSnapshots checks that a snapshot does not see later changes.
func TestOldSnapshots(t *testing.T) {
	c := &script{s: New(system())}
	c.run("keyed t")
	before := c.list()
	old := c.s
	c.run("view v t")
	c.run("comment t later")
	c.run("cascade t")
	c.s = old
	if after := c.list(); after != before {
		t.Errorf("the old snapshot changed:\n%s\nwas:\n%s", after, before)
	}
}

func TestUpdate(t *testing.T) {
	c := NewCatalog(New(system()))
	create := func(s *Snapshot) (Change, error) {
		return &CreateRelation{Relation: sample(s, Table, "t")}, nil
	}
	lost := errors.New("disk full")
	if _, err := c.Update(create, func(*Snapshot, Change) error { return lost }); !errors.Is(err, lost) {
		t.Fatal(err)
	}
	if c.Current().Version() != 0 {
		t.Fatal("a change that was not committed is visible")
	}
	next, err := c.Update(create, nil)
	if err != nil || c.Current() != next {
		t.Fatal(err)
	}
	if _, err := c.Update(create, nil); !pgerr.Is(err, pgerr.DuplicateTable) {
		t.Fatal(err)
	}
}

func TestCheckReplaceView(t *testing.T) {
	s := New(system())
	view := func(cols ...Column) *Relation {
		r := sample(s, View, "v")
		r.Columns = cols
		return r
	}
	old := view(Column{Name: "id", Type: types.Int4, AttNum: 1})
	for want, next := range map[string]*Relation{
		"":                              view(Column{Name: "id", Type: types.Int4, AttNum: 1}, Column{Name: "b", Type: types.Text, AttNum: 2}),
		"cannot drop columns from view": view(),
		`cannot change name of view column "id" to "x"`:                      view(Column{Name: "x", Type: types.Int4, AttNum: 1}),
		`cannot change data type of view column "id" from integer to bigint`: view(Column{Name: "id", Type: types.Int8, AttNum: 1}),
	} {
		got := ""
		if err := CheckReplaceView(old, next); err != nil {
			got = pgerr.From(err).Message
		}
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if e := pgerr.From(CheckReplaceView(sample(s, Table, "t"), old)); e.Message != `"t" is not a view` {
		t.Error(e)
	}
	if e := pgerr.From(WrongKind(sample(s, Table, "t"), View)); e.Message != `"t" is not a view` || e.Hint != "Use DROP TABLE to remove a table." {
		t.Error(e)
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"t": "t", "T": `"T"`, "a b": `"a b"`, `q"q`: `"q""q"`, "select": `"select"`, "boolean": `"boolean"`, "xmltable": `"xmltable"`,
		"bit": `"bit"`, "name": "name", "1a": `"1a"`, "": `""`, "ü": `"ü"`, "a$": `"a$"`,
	} {
		if got := QuoteIdent(in); got != want {
			t.Errorf("QuoteIdent(%q) = %s, want %s", in, got, want)
		}
		if parts, ok := SplitName("S . " + want); in != "" && (!ok || len(parts) != 2 || parts[0] != "s" || parts[1] != in) {
			t.Errorf("SplitName(%s) = %q, %v", want, parts, ok)
		}
	}
	for _, bad := range []string{"", ".", "a.", ".a", `"a`, `a"b"`, "a b"} {
		if parts, ok := SplitName(bad); ok {
			t.Errorf("SplitName(%q) = %q", bad, parts)
		}
	}
	long := strings.Repeat("a", 60)
	if got := New(nil).ConstraintName(Public, long, "bcd", "key", nil); len(got) != 63 || !strings.HasSuffix(got, "a_bcd_key") {
		t.Error(got)
	}
	if got := New(nil).ConstraintName(Public, "t", "", "pkey", []string{"t_pkey", "t_pkey1"}); got != "t_pkey2" {
		t.Error(got)
	}
}
