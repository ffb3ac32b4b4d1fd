package sql

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v5"
)

var objectKinds = map[pg_query.ObjectType]ObjectKind{
	pg_query.ObjectType_OBJECT_TABLE:         KindTable,
	pg_query.ObjectType_OBJECT_VIEW:          KindView,
	pg_query.ObjectType_OBJECT_MATVIEW:       KindMaterializedView,
	pg_query.ObjectType_OBJECT_SCHEMA:        KindSchema,
	pg_query.ObjectType_OBJECT_INDEX:         KindIndex,
	pg_query.ObjectType_OBJECT_COLUMN:        KindColumn,
	pg_query.ObjectType_OBJECT_DATABASE:      KindDatabase,
	pg_query.ObjectType_OBJECT_TABCONSTRAINT: KindConstraint,
}

// alteration converts DROP, ALTER and COMMENT ON; nil for anything else.
func (c *converter) alteration(n *pg_query.Node) Statement {
	switch v := n.Node.(type) {
	case *pg_query.Node_DropStmt:
		return c.drop(v.DropStmt)
	case *pg_query.Node_AlterTableStmt:
		return c.alterTable(v.AlterTableStmt)
	case *pg_query.Node_RenameStmt:
		return c.rename(v.RenameStmt)
	case *pg_query.Node_AlterObjectSchemaStmt:
		s := v.AlterObjectSchemaStmt
		kind, ok := objectKinds[s.ObjectType]
		if !ok || s.Relation == nil {
			return nil
		}
		return &SetSchema{Kind: kind, Name: c.rangeVarName(s.Relation), NewSchema: s.Newschema, IfExists: s.MissingOk}
	case *pg_query.Node_CommentStmt:
		return c.comment(v.CommentStmt)
	}
	return nil
}

func (c *converter) drop(s *pg_query.DropStmt) Statement {
	kind, ok := objectKinds[s.RemoveType]
	if !ok {
		return nil
	}
	out := &Drop{Kind: kind, IfExists: s.MissingOk, Cascade: s.Behavior == pg_query.DropBehavior_DROP_CASCADE, Concurrently: s.Concurrent}
	starts := c.nameStarts(len(s.Objects))
	for i, n := range s.Objects {
		parts := objectName(n)
		out.Names = append(out.Names, c.qualified(parts, starts[i]))
	}
	return out
}

// nameStarts finds where the n comma-separated names at the end of a DROP begin.
func (c *converter) nameStarts(n int) []Pos {
	starts := make([]Pos, n)
	last := len(c.tokens) - 1
	if w := c.tokens[last].word; w == "cascade" || w == "restrict" {
		last--
	}
	for i := last; i > 0 && n > 0; i-- {
		prev := &c.tokens[i-1]
		if c.tokens[i].is(",") || c.tokens[i].is(".") || prev.is(".") {
			continue
		}
		n--
		starts[n] = Pos(c.tokens[i].start)
	}
	return starts
}

// objectName reads the name in a DROP, COMMENT ON or RENAME.
func objectName(n *pg_query.Node) []string {
	switch v := n.GetNode().(type) {
	case *pg_query.Node_List:
		return names(v.List.Items)
	case *pg_query.Node_String_:
		return []string{v.String_.Sval}
	}
	return []string{""}
}

func (c *converter) comment(s *pg_query.CommentStmt) Statement {
	kind, ok := objectKinds[s.Objtype]
	if !ok || kind == KindConstraint {
		return nil
	}
	out := &Comment{Kind: kind}
	// PostgreSQL takes an empty comment for none, and so does its tree.
	if s.Comment != "" {
		out.Text = &s.Comment
	}
	parts := objectName(s.Object)
	if kind == KindColumn && len(parts) > 1 {
		out.Column = parts[len(parts)-1]
		parts = parts[:len(parts)-1]
	}
	pos := NoPos
	for i := range c.tokens {
		if c.tokens[i].word == "on" {
			skip := 1 + len(strings.Fields(string(kind)))
			pos = Pos(c.tokens[min(i+skip, len(c.tokens)-1)].start)
			break
		}
	}
	out.Name = c.qualified(parts, pos)
	return out
}

func (c *converter) rename(s *pg_query.RenameStmt) Statement {
	kind, ok := objectKinds[s.RenameType]
	if !ok {
		return nil
	}
	out := &Rename{Kind: kind, NewName: s.Newname, IfExists: s.MissingOk}
	switch kind {
	case KindColumn, KindConstraint:
		out.Part, out.OldPart, out.Kind = kind, s.Subname, KindTable
		if k, ok := objectKinds[s.RelationType]; ok {
			out.Kind = k
		}
	case KindSchema, KindDatabase:
		out.Name = QualifiedName{Pos: Pos(c.tokens[min(2, len(c.tokens)-1)].start), Name: s.Subname}
		return out
	}
	if s.Relation == nil {
		return nil
	}
	out.Name = c.rangeVarName(s.Relation)
	return out
}

func (c *converter) alterTable(s *pg_query.AlterTableStmt) Statement {
	kind, ok := objectKinds[s.Objtype]
	if !ok {
		return nil
	}
	out := &AlterTable{Kind: kind, Table: c.tableName(s.Relation), IfExists: s.MissingOk}
	for _, n := range s.Cmds {
		out.Commands = append(out.Commands, c.alterCommand(n.GetAlterTableCmd()))
	}
	return out
}

func (c *converter) alterCommand(a *pg_query.AlterTableCmd) AlterCommand {
	cascade := a.Behavior == pg_query.DropBehavior_DROP_CASCADE
	switch a.Subtype {
	case pg_query.AlterTableType_AT_AddColumn:
		return &AddColumn{IfNotExists: a.MissingOk, Column: c.columnDef(a.Def.GetColumnDef())}
	case pg_query.AlterTableType_AT_DropColumn:
		return &DropColumn{Name: a.Name, IfExists: a.MissingOk, Cascade: cascade}
	case pg_query.AlterTableType_AT_ColumnDefault:
		if a.Def == nil {
			return &AlterColumn{Name: a.Name, Action: DropDefault}
		}
		return &AlterColumn{Name: a.Name, Action: SetDefault, Default: c.expr(a.Def)}
	case pg_query.AlterTableType_AT_SetNotNull:
		return &AlterColumn{Name: a.Name, Action: SetNotNull}
	case pg_query.AlterTableType_AT_DropNotNull:
		return &AlterColumn{Name: a.Name, Action: DropNotNull}
	case pg_query.AlterTableType_AT_AlterColumnType:
		d := a.Def.GetColumnDef()
		return &AlterColumn{Name: a.Name, Action: SetType, Type: c.typeName(d.GetTypeName()), Collation: names(d.GetCollClause().GetCollname()), Using: c.expr(d.GetRawDefault())}
	case pg_query.AlterTableType_AT_AddConstraint:
		list := c.addConstraint(nil, a.Def.GetConstraint())
		if len(list) == 1 {
			return &AddConstraint{Constraint: list[0]}
		}
	case pg_query.AlterTableType_AT_DropConstraint:
		return &DropConstraint{Name: a.Name, IfExists: a.MissingOk, Cascade: cascade}
	}
	return &UnsupportedAlter{What: "ALTER TABLE … " + alterWords(a.Subtype.String())}
}

// alterWords spells PostgreSQL's name of a command, such as AT_ChangeOwner, in words.
func alterWords(name string) string {
	name = strings.TrimPrefix(name, "AT_")
	var b strings.Builder
	for i, r := range name {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}
