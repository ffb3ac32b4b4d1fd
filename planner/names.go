package planner

import (
	"cmp"
	"slices"

	"streamdb/catalog"
	"streamdb/sql"
)

// Names is where a query names a relation and its columns, noted while it is planned with
// [Env.Names]: with it the query can be made to say the same after the relation has been
// altered. Names inside of the views that it reads are not noted.
type Names struct {
	tables  []tableUse
	columns []columnUse
	stars   []starUse
	joins   []joinUse
	targets []targetUse
	whole   []catalog.ID // relations whose rows are used as values
}

// tableUse is a relation in FROM: by itself, or as the argument of a window function.
type tableUse struct {
	name     *sql.TableName
	argument *sql.ColumnRef
	function *sql.RangeFunction
	relation *catalog.Relation
}

// columnUse is a column by name: a reference, or the field of a record.
type columnUse struct {
	ref   *sql.ColumnRef
	field *sql.FieldSelect
	namedColumn
}

// namedColumn is a column as an entry of FROM shows it.
type namedColumn struct {
	name      string
	qualifier string     // the entry's name, "" for a column of no single entry
	relation  catalog.ID // whose own name for the column this is; 0: an alias, or no relation's
}

// starUse is * or t.* in a select list.
type starUse struct {
	list *sql.Select
	at   int
	cols []namedColumn
}

// joinUse is a NATURAL join, and the columns it is over.
type joinUse struct {
	join   *sql.Join
	using  []string
	tables []catalog.ID
}

// targetUse is an item of a select list without an alias, and its name.
type targetUse struct {
	target *sql.Target
	name   string
}

func (n *Names) table(u tableUse) {
	if n != nil {
		n.tables = append(n.tables, u)
	}
}

func (n *Names) column(sc *scope, u columnUse, t *tableEntry, id int) {
	if n == nil {
		return
	}
	if t != nil {
		u.namedColumn = t.named(nameCol{u.name, id})
	} else {
		u.namedColumn = namedIn(sc, nameCol{u.name, id})
	}
	n.columns = append(n.columns, u)
}

func (n *Names) star(q *selection, at int, cols []nameCol) {
	if n == nil || q.s == nil {
		return
	}
	u := starUse{list: q.s, at: at}
	for _, c := range cols {
		u.cols = append(u.cols, namedIn(q.sc, c))
	}
	n.stars = append(n.stars, u)
}

func (n *Names) natural(j *sql.Join, merged []mergedCol, tables []*tableEntry) {
	if n == nil || !j.Natural {
		return
	}
	u := joinUse{join: j}
	for _, m := range merged {
		u.using = append(u.using, m.name)
	}
	for _, t := range tables {
		if t.relation != nil {
			u.tables = append(u.tables, t.relation.ID)
		}
	}
	n.joins = append(n.joins, u)
}

func (n *Names) target(t *sql.Target, name string) {
	if n != nil && t.Alias == "" {
		n.targets = append(n.targets, targetUse{t, name})
	}
}

func (n *Names) record(t *tableEntry) {
	if n != nil && t.relation != nil {
		n.whole = append(n.whole, t.relation.ID)
	}
}

// named describes a column of t.
func (t *tableEntry) named(c nameCol) namedColumn {
	out := namedColumn{name: c.name, qualifier: t.alias}
	r := cmp.Or(t.relation, t.windowOf)
	if i := slices.Index(t.cols, c); r != nil && i >= t.aliased {
		out.relation = r.ID
	}
	return out
}

// namedIn describes a column that is visible without qualification.
func namedIn(sc *scope, c nameCol) namedColumn {
	for s := sc; s != nil; s = s.parent {
		for _, t := range s.names.tables {
			if slices.Contains(t.cols, c) {
				return t.named(c)
			}
		}
	}
	return namedColumn{name: c.name}
}

// WholeRows reports whether the query uses rows of a relation as values.
func (n *Names) WholeRows(id catalog.ID) bool { return slices.Contains(n.whole, id) }

// Rewriting is how a query follows an altered relation.
type Rewriting struct {
	Old, New *catalog.Relation
	// Name is what New is called in the query.
	Name sql.QualifiedName
	// Alias keeps the old name as an alias.
	Alias bool
	// ColumnAliases keeps the names of the columns, too, as t (a, b).
	ColumnAliases bool
	// SpellOut qualifies every column, and writes out every *.
	SpellOut bool
}

// Rewrite changes the query that n was noted from.
func (n *Names) Rewrite(r Rewriting) {
	for _, u := range n.tables {
		if u.relation.ID == r.Old.ID {
			r.table(u)
		}
	}
	if !r.ColumnAliases {
		n.rename(r)
	}
	if r.Alias { // which has no schema
		for _, u := range n.columns {
			if u.ref != nil && len(u.ref.Names) == 3 && u.relation == r.Old.ID {
				u.ref.Names = u.ref.Names[1:]
			}
		}
	}
	if r.SpellOut {
		n.qualify()
	}
	if !slices.Equal(liveNames(r.Old), liveNames(r.New)) {
		n.spellOut(r)
	}
}

func (r Rewriting) table(u tableUse) {
	keep := r.Alias && r.Old.Name != r.New.Name
	moved := r.Old.Name != r.New.Name || r.Old.Schema != r.New.Schema
	if u.argument != nil {
		if moved {
			u.argument.Names = []string{r.Name.Name}
			if r.Name.Schema != "" {
				u.argument.Names = []string{r.Name.Schema, r.Name.Name}
			}
		}
		if keep && u.function.Alias == nil {
			u.function.Alias = &sql.Alias{Name: r.Old.Name}
		}
		return
	}
	if moved {
		u.name.QualifiedName = r.Name
	}
	if u.name.Alias == nil && (keep || r.ColumnAliases) {
		u.name.Alias = &sql.Alias{Name: r.Old.Name}
	}
	if r.ColumnAliases {
		names := liveNames(r.Old)
		u.name.Alias.Columns = append(slices.Clone(u.name.Alias.Columns), names[len(u.name.Alias.Columns):]...)
	}
}

// rename gives the relation's columns their new names, and what was named after them the
// old ones.
func (n *Names) rename(r Rewriting) {
	for _, u := range n.columns {
		if u.relation != r.Old.ID {
			continue
		}
		if u.field != nil {
			u.field.Field = r.now(u.name)
		} else {
			u.ref.Names[len(u.ref.Names)-1] = r.now(u.name)
		}
	}
	for _, u := range n.targets {
		if sql.OutputName(u.target.Expr) != u.name {
			u.target.Alias = u.name
		}
	}
}

// now is the new name of a column.
func (r Rewriting) now(name string) string {
	if i := slices.Index(liveNames(r.Old), name); i >= 0 {
		return liveNames(r.New)[i]
	}
	return name
}

func (n *Names) qualify() {
	for _, u := range n.columns {
		if u.ref != nil && len(u.ref.Names) == 1 && u.qualifier != "" {
			u.ref.Names = []string{u.qualifier, u.ref.Names[0]}
		}
	}
}

// spellOut writes out what would mean other columns now.
func (n *Names) spellOut(r Rewriting) {
	for _, u := range n.joins {
		if r.SpellOut || slices.Contains(u.tables, r.Old.ID) {
			u.join.Natural, u.join.Using = false, u.using
			if len(u.using) == 0 {
				u.join.On = &sql.Literal{Pos: sql.NoPos, Kind: sql.LiteralBool, Text: "true"}
			}
		}
	}
	for _, u := range slices.Backward(n.stars) { // the last ones first, so that places stay right
		own := func(c namedColumn) bool { return c.relation == r.Old.ID }
		if r.SpellOut || slices.ContainsFunc(u.cols, own) {
			u.list.Targets = slices.Replace(u.list.Targets, u.at, u.at+1, r.columns(u)...)
		}
	}
}

func (r Rewriting) columns(u starUse) []sql.Target {
	several := slices.ContainsFunc(u.cols, func(c namedColumn) bool { return c.qualifier != u.cols[0].qualifier })
	var list []sql.Target
	for _, c := range u.cols {
		name := c.name
		if c.relation == r.Old.ID && !r.ColumnAliases {
			name = r.now(name)
		}
		ref := &sql.ColumnRef{Pos: sql.NoPos, Names: []string{name}}
		if c.qualifier != "" && (several || r.SpellOut) {
			ref.Names = []string{c.qualifier, name}
		}
		t := sql.Target{Pos: sql.NoPos, Expr: ref}
		if name != c.name {
			t.Alias = c.name
		}
		list = append(list, t)
	}
	return list
}

func liveNames(r *catalog.Relation) []string {
	var names []string
	for _, i := range r.Live() {
		names = append(names, r.Columns[i].Name)
	}
	return names
}

// FollowCheck is a CHECK constraint of a table in the words of the table's new descriptor.
func FollowCheck(text string, old, now *catalog.Relation, env *Env) (string, error) {
	e, err := sql.ParseExpr(text)
	if err != nil {
		return "", err
	}
	n := &Names{}
	b := newBinder(&Env{Ctx: env.Ctx, Resolver: env.Resolver})
	b.names = n
	sc, _ := b.rowScope(old, nil, inCheck)
	if _, err := b.scalar(sc, e, inCheck); err != nil {
		return "", err
	}
	n.rename(Rewriting{Old: old, New: now})
	for _, u := range n.columns {
		if u.ref != nil {
			u.ref.Names = u.ref.Names[len(u.ref.Names)-1:]
		}
	}
	return sql.FormatExpr(e), nil
}
