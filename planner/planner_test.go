package planner

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"streamdb/expr"
	"streamdb/planner/plan"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
)

func testEnv(c *testCatalog, text string) *Env {
	return &Env{Resolver: c, Text: text, Ctx: &expr.Ctx{Style: types.DefaultStyle()}}
}

// TestPlans runs testdata. The commands are
//
//	catalog            CREATE TABLE and CREATE VIEW statements; starts an empty catalog
//	plan [view] [raw]  the plan of a statement; view: as of a materialized view; raw: before rewrites
//	types              result columns and parameter types
//	error [view]       the error planning gives, with the place it points to
//	infer              what a materialized view's relation would be
func TestPlans(t *testing.T) {
	for _, dir := range []string{"testdata/plans", "testdata/rules"} {
		walkPlans(t, dir)
	}
}

func walkPlans(t *testing.T, dir string) {
	datadriven.Walk(t, dir, func(t *testing.T, path string) {
		c := newTestCatalog()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if d.Cmd == "catalog" {
				c = newTestCatalog()
				if err := c.exec(d.Input); err != nil {
					t.Fatal(err)
				}
				return ""
			}
			return runCommand(c, d)
		})
	})
}

func runCommand(c *testCatalog, d *datadriven.TestData) string {
	env := testEnv(c, d.Input)
	env.View = d.HasArg("view")
	env.NoRewrite = d.HasArg("raw")
	stmts, err := sql.Parse(d.Input)
	if err != nil {
		return showError(d.Input, err)
	}
	var out strings.Builder
	for _, s := range stmts {
		if err := show(&out, d.Cmd, s, env); err != nil {
			if d.Cmd != "error" {
				out.WriteString("unexpected ")
			}
			out.WriteString(showError(d.Input, err))
		} else if d.Cmd == "error" {
			out.WriteString("no error\n")
		}
	}
	return out.String()
}

func show(out *strings.Builder, cmd string, s sql.Statement, env *Env) error {
	switch s := s.(type) {
	case *sql.Query:
		if cmd == "infer" {
			return showView(out, s, env)
		}
		q, err := PlanQuery(s, env)
		if err != nil {
			return err
		}
		showQuery(out, cmd, q)
		if err := checkPlan(q.Root); err != nil {
			return err
		}
		return checkEncoding(q.Root)
	case *sql.Insert:
		p, err := PlanInsert(s, env)
		if err != nil {
			return err
		}
		showQuery(out, cmd, p.Rows)
		showChecks(out, p.Checks)
		if p.OnConflict != nil {
			fmt.Fprintf(out, "on conflict %v set %v where %v\n", p.OnConflict.Target, p.OnConflict.Set, p.OnConflict.Where)
		}
		showReturning(out, p.Returning)
	case *sql.Update:
		p, err := PlanUpdate(s, env)
		if err != nil {
			return err
		}
		showQuery(out, cmd, p.Rows)
		showChecks(out, p.Checks)
		showReturning(out, p.Returning)
	case *sql.Delete:
		p, err := PlanDelete(s, env)
		if err != nil {
			return err
		}
		showQuery(out, cmd, p.Rows)
		showReturning(out, p.Returning)
	}
	return nil
}

func showQuery(out *strings.Builder, cmd string, q *Query) {
	switch cmd {
	case "plan":
		out.WriteString(plan.Format(q.Root))
	case "types":
		for _, c := range q.Columns {
			fmt.Fprintf(out, "%s %s", c.Name, c.Type)
			if c.TableOID != 0 {
				fmt.Fprintf(out, " (%d.%d)", c.TableOID, c.AttNum)
			}
			out.WriteByte('\n')
		}
		for i, p := range q.Params {
			fmt.Fprintf(out, "$%d %s\n", i+1, p)
		}
	}
}

func showView(out *strings.Builder, q *sql.Query, env *Env) error {
	v, err := InferView(q, nil, env)
	if err != nil {
		return err
	}
	for _, c := range v.Schema {
		fmt.Fprintf(out, "%s %s", c.Name, c.Type)
		if c.NotNull {
			out.WriteString(" not null")
		}
		out.WriteByte('\n')
	}
	fmt.Fprintf(out, "key %v append-only %v depends on %v\n", v.Key, v.AppendOnly, v.DependsOn)
	return nil
}

func showChecks(out *strings.Builder, checks []Check) {
	for _, c := range checks {
		fmt.Fprintf(out, "check %s: %v\n", c.Name, c.Expr)
	}
}

func showReturning(out *strings.Builder, r *Returning) {
	if r == nil {
		return
	}
	for i, e := range r.Exprs {
		fmt.Fprintf(out, "returning %s: %v\n", r.Columns[i].Name, e)
	}
}

func showError(text string, err error) string {
	var e *pgerr.Error
	if !errors.As(err, &e) {
		return "not a pgerr: " + err.Error() + "\n"
	}
	s := e.Code + ": " + e.Message + "\n"
	if e.Detail != "" {
		s += "DETAIL: " + e.Detail + "\n"
	}
	if e.Hint != "" {
		s += "HINT: " + e.Hint + "\n"
	}
	if e.Position > 0 {
		at := strings.ReplaceAll(string([]rune(text)[e.Position-1:]), "\n", " ")
		if len(at) > 20 {
			at = at[:20]
		}
		s += "AT: " + at + "\n"
	}
	return s
}

// checkEncoding verifies that a plan survives being stored.
func checkEncoding(root plan.Node) error {
	data, err := plan.Encode(root)
	if err != nil {
		return err
	}
	back, err := plan.Decode(data)
	if err != nil {
		return err
	}
	if a, b := plan.Format(root), plan.Format(back); a != b {
		return fmt.Errorf("stored:\n%s\nloaded:\n%s", a, b)
	}
	before, err := plan.Fingerprint(root)
	if err != nil {
		return err
	}
	after, err := plan.Fingerprint(back)
	if err != nil {
		return err
	}
	if before != after {
		return fmt.Errorf("the fingerprint changes on the way to disk and back")
	}
	return nil
}

// checkPlan verifies that every expression of a plan is over columns its input has.
func checkPlan(root plan.Node) error {
	var err error
	plan.Walk(root, func(n plan.Node) bool {
		width := 0
		for _, in := range n.Inputs() {
			width += len(in.Schema())
		}
		for _, e := range plan.Exprs(n) {
			expr.Walk(e, func(x expr.Expr) bool {
				if c, ok := x.(*expr.Col); ok && (c.Index < 0 || c.Index >= width) {
					err = fmt.Errorf("%T: column %d of %d in %s", n, c.Index, width, e)
				}
				if _, ok := x.(*subquery); ok {
					err = fmt.Errorf("%T: a subquery is left", n)
				}
				return true
			})
		}
		return true
	})
	return err
}
