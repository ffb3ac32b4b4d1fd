package session

import (
	"strings"

	"streamdb/catalog"
	"streamdb/planner"
	"streamdb/planner/plan"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// explain is the text of EXPLAIN: the plan of a query or DML statement, or the one that
// would keep a view or sink up to date.
func (s *Session) explain(c *compiled, st *sql.Explain, env *planner.Env) (string, error) {
	if err := checkExplain(st.Options, env.Text); err != nil {
		return "", err
	}
	return s.explainStatement(c, st.Stmt, env)
}

// explainStatement is the text of the plan of stmt, whose parameters become those of c.
func (s *Session) explainStatement(c *compiled, stmt sql.Statement, env *planner.Env) (string, error) {
	switch st := stmt.(type) {
	case *sql.Query:
		q, err := planner.PlanQuery(st, env)
		if err != nil {
			return "", err
		}
		c.params = q.Params
		return planText(q.Root), nil
	case *sql.Insert:
		p, err := planner.PlanInsert(st, env)
		if err != nil {
			return "", err
		}
		c.params = p.Rows.Params
		return under("Insert "+p.Table.QualifiedName()+conflictText(p), p.Rows.Root), nil
	case *sql.Update:
		p, err := planner.PlanUpdate(st, env)
		if err != nil {
			return "", err
		}
		c.params = p.Rows.Params
		return under("Update "+p.Table.QualifiedName(), p.Rows.Root), nil
	case *sql.Delete:
		p, err := planner.PlanDelete(st, env)
		if err != nil {
			return "", err
		}
		c.params = p.Rows.Params
		return under("Delete "+p.Table.QualifiedName(), p.Rows.Root), nil
	case *sql.CreateMaterializedView:
		return explainView("Materialized view "+st.Name.String(), st.Query, st.Columns, env)
	case *sql.CreateSink:
		return explainSink(st, env)
	case *sql.Execute:
		p, err := s.statement(st.Name)
		if err != nil || p.c == nil {
			return "", err
		}
		return s.explainStatement(&compiled{}, p.c.stmt, s.env(p.c.text, p.c.oids))
	}
	return "", pgerr.Unsupported("EXPLAIN of this statement",
		"It takes queries, INSERT, UPDATE, DELETE, EXECUTE, CREATE MATERIALIZED VIEW and CREATE SINK.")
}

// planText prints a plan without passwords in literals.
func planText(root plan.Node) string { return catalog.RedactSQL(plan.Format(root), nil) }

// under prints a plan below a line of its own.
func under(head string, root plan.Node) string {
	var b strings.Builder
	b.WriteString(head + "\n")
	for line := range strings.Lines(planText(root)) {
		b.WriteString("  " + line)
	}
	return b.String()
}

// conflictText is what an INSERT does with rows whose key is taken.
func conflictText(p *planner.Insert) string {
	if p.OnConflict == nil {
		return ""
	}
	text := ": on conflict"
	if len(p.OnConflict.Target) > 0 {
		text += " (" + columnNames(p.Table, p.OnConflict.Target) + ")"
	}
	if p.OnConflict.Set == nil {
		return text + " do nothing"
	}
	return text + " do update"
}

// explainView prints the plan that keeps a query up to date.
func explainView(head string, q *sql.Query, names []string, env *planner.Env) (string, error) {
	v, err := planner.InferView(q, names, env)
	if err != nil {
		return "", err
	}
	props := ""
	if v.AppendOnly {
		props += " [append-only]"
	}
	if v.Key != nil {
		key := make([]string, len(v.Key))
		for i, p := range v.Key {
			key[i] = catalog.QuoteIdent(v.Schema[p].Name)
		}
		props += " [key: " + strings.Join(key, ", ") + "]"
	}
	if props != "" {
		head += " " + props
	}
	return under(head, v.Root), nil
}

func explainSink(st *sql.CreateSink, env *planner.Env) (string, error) {
	q, _, err := sinkQuery(st)
	if err != nil {
		return "", err
	}
	own := *env
	if st.Query == nil {
		own.Text = "" // the query is not part of it
	}
	return explainView("Sink "+st.Name.String(), q, nil, &own)
}

// checkExplain refuses what EXPLAIN cannot do.
func checkExplain(opts []sql.Option, text string) error {
	needAnalyze := ""
	for _, o := range opts {
		switch o.Name {
		case "verbose", "costs", "settings", "buffers", "summary":
			if _, err := optionOn(o); err != nil {
				return err
			}
		case "timing", "wal":
			if on, err := optionOn(o); err != nil {
				return err
			} else if on {
				needAnalyze = strings.ToUpper(o.Name)
			}
		case "analyze":
			if on, err := optionOn(o); err != nil {
				return err
			} else if on {
				return at(pgerr.Unsupported("EXPLAIN ANALYZE", "Plain EXPLAIN shows the plan; streamdb.views shows what a view has done."), text, o.Pos)
			}
		case "format":
			if err := checkFormat(o, text); err != nil {
				return err
			}
		default:
			return at(pgerr.New(pgerr.SyntaxError, "unrecognized EXPLAIN option \"%s\"", o.Name), text, o.Pos)
		}
	}
	if needAnalyze != "" {
		return pgerr.New(pgerr.InvalidParameterValue, "EXPLAIN option %s requires ANALYZE", needAnalyze)
	}
	return nil
}

func optionOn(o sql.Option) (bool, error) {
	if o.Value == nil {
		return true, nil
	}
	switch strings.ToLower(o.Value.Text) {
	case "true", "on", "1":
		return true, nil
	case "false", "off", "0":
		return false, nil
	}
	return false, pgerr.New(pgerr.SyntaxError, "%s requires a Boolean value", o.Name)
}

func checkFormat(o sql.Option, text string) error {
	switch f := o.Text(); f {
	case "text":
		return nil
	case "json", "xml", "yaml":
		return at(pgerr.Unsupported("EXPLAIN (FORMAT "+strings.ToUpper(f)+")", "The format is text."), text, o.Pos)
	default:
		return at(pgerr.New(pgerr.InvalidParameterValue, "unrecognized value for EXPLAIN option \"%s\": \"%s\"", o.Name, f), text, o.Pos)
	}
}

// textColumn is one column of text, a row for each line.
func textColumn(text string) *types.Batch {
	b := types.NewBatch([]types.Type{types.Text}, 0)
	for line := range strings.Lines(text) {
		b.AppendRow(types.Row{types.NewBytes(strings.TrimSuffix(line, "\n"))}, 1)
	}
	return b
}
