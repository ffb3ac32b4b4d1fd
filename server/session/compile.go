package session

import (
	"context"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/planner"
	"streamdb/planner/plan"
	"streamdb/server/engine"
	"streamdb/sql"
	"streamdb/types"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

// compiled is a statement ready to run: its parameters and columns are known.
type compiled struct {
	stmt   sql.Statement
	text   string // the whole text it came from, for error positions
	oids   []types.OID
	params []types.Type
	cols   []wire.Column // nil: it gives no rows
	run    func(ctx context.Context, x *execution) error

	noParams bool // parameters are an error

	catalog  uint64 // versions it was compiled against
	settings int
}

// execution is one run of a compiled statement.
type execution struct {
	s      *Session
	c      *compiled
	params []expr.Expr                // constants
	rows   func(b *types.Batch) error // takes result rows
	tag    string
	w      wire.ResultWriter // for COPY
	sent   bool              // the statement has completed the result itself
	// returned is the rows that RETURNING is computed from.
	returned []types.Row
}

// compile makes a statement ready to run.
func (s *Session) compile(stmt sql.Statement, text string, oids []types.OID) (*compiled, error) {
	c := &compiled{stmt: stmt, text: text, oids: oids, catalog: s.e.Catalog().Version(), settings: s.set.Version()}
	err := s.build(c)
	return c, err
}

// compileSimple makes a statement of the simple protocol ready to run: it has no parameters.
func (s *Session) compileSimple(stmt sql.Statement, text string) (*compiled, error) {
	c := &compiled{stmt: stmt, text: text, noParams: true, catalog: s.e.Catalog().Version(), settings: s.set.Version()}
	err := s.build(c)
	return c, err
}

// paramOIDs is the types of the parameters.
func (c *compiled) paramOIDs() []types.OID {
	oids := make([]types.OID, len(c.params))
	for i, t := range c.params {
		oids[i] = t.OID
	}
	return oids
}

// refresh recompiles a prepared statement if need be. One that fails stays as it was: what
// it lacks may come back.
func (s *Session) refresh(p *prepared) error {
	c, err := s.fresh(p.c)
	if err == nil {
		p.c = c
	}
	return err
}

// fresh recompiles a statement if what it depends on has changed since. The columns of a
// prepared statement must not; its parameters keep the types that the client was told.
func (s *Session) fresh(c *compiled) (*compiled, error) {
	if c.catalog == s.e.Catalog().Version() && c.settings == s.set.Version() {
		return c, nil
	}
	n, err := s.compile(c.stmt, c.text, append(c.paramOIDs(), c.oids[min(len(c.params), len(c.oids)):]...))
	if err != nil {
		return nil, err
	}
	if !sameColumns(c.cols, n.cols) {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "cached plan must not change result type")
	}
	return n, nil
}

func sameColumns(a, b []wire.Column) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Type != b[i].Type || a[i].Name != b[i].Name {
			return false
		}
	}
	return true
}

func (s *Session) build(c *compiled) error {
	env := s.env(c.text, c.oids)
	env.NoParams = c.noParams
	switch st := c.stmt.(type) {
	case *sql.Query:
		return s.buildQuery(c, st, env)
	case *sql.Insert:
		return s.buildInsert(c, st, env)
	case *sql.Update:
		return s.buildUpdate(c, st, env)
	case *sql.Delete:
		return s.buildDelete(c, st, env)
	case *sql.Explain:
		return s.buildExplain(c, st, env)
	case *sql.Copy:
		return s.buildCopy(c, st, env)
	case *sql.Execute:
		return s.buildExecute(c, st)
	}
	if ok, err := s.buildShow(c); ok || err != nil {
		return err
	}
	if ok, err := s.buildControl(c); ok || err != nil {
		return err
	}
	return s.buildDDL(c)
}

// wireColumns describes result columns.
func wireColumns(cols []planner.OutColumn) []wire.Column {
	out := make([]wire.Column, len(cols))
	for i, c := range cols {
		out[i] = wire.Column{Name: c.Name, Type: outputType(c.Type), TableOID: uint32(c.TableOID), AttNum: c.AttNum}
	}
	return out
}

// outputType is the type of a column as clients see it: a literal of unknown type is text.
func outputType(t types.Type) types.Type {
	if t.OID == types.Unknown.OID {
		return types.Text
	}
	return t
}

func (s *Session) buildQuery(c *compiled, st *sql.Query, env *planner.Env) error {
	q, err := planner.PlanQuery(st, env)
	if err != nil {
		return err
	}
	c.params, c.cols = q.Params, wireColumns(q.Columns)
	c.run = func(ctx context.Context, x *execution) error {
		n := int64(0)
		err := s.read(ctx, plan.BindParams(q.Root, x.params), func(b *types.Batch) error {
			n += rowCount(b)
			return x.rows(b)
		})
		x.tag = tagf("SELECT %d", n)
		return err
	}
	return nil
}

// rowCount is the number of rows of a result batch, repetitions counted.
func rowCount(b *types.Batch) int64 {
	if b.W == nil {
		return int64(b.Len())
	}
	var n int64
	for k := range b.Len() {
		n += b.W[b.Row(k)]
	}
	return n
}

// read runs a plan in the session's transaction.
func (s *Session) read(ctx context.Context, root plan.Node, out func(*types.Batch) error) error {
	txn := s.current()
	rd, err := txn.Reading(ctx)
	if err != nil {
		return err
	}
	rd.System = s.system
	rd.Stopped = s.set.On("read_stopped_views")
	rd.Warn = func(name string) {
		s.notice(wire.SeverityWarning, pgerr.New(pgerr.Warning, "materialized view \"%s\" has stopped: it is read as it stood", name))
	}
	if s.durableReads(txn) {
		pin, err := s.e.PinDurable(ctx)
		if err != nil {
			return cancelled(ctx, err)
		}
		defer s.e.Unpin(pin)
		rd.At = pin.At
	}
	c := s.ctx(interruptOf(ctx))
	at, err := s.e.Read(ctx, root, c, rd, out)
	if at > s.floor && readsData(root) {
		s.floor = at
	}
	return cancelled(ctx, err)
}

// durableReads reports whether reads see durable epochs only; a block keeps its own epoch.
func (s *Session) durableReads(txn *engine.Txn) bool {
	on := s.set.Value("visibility") == "durable"
	if on != s.durable {
		s.durable = on
		if on {
			s.e.UseDurable()
		} else {
			s.e.ReleaseDurable()
		}
	}
	return on && !s.block && !txn.Writes()
}

func readsData(root plan.Node) bool {
	found := false
	plan.Walk(root, func(n plan.Node) bool {
		if sc, ok := n.(*plan.Scan); ok && sc.Kind != catalog.System {
			found = true
		}
		return !found
	})
	return found
}

func (s *Session) buildExplain(c *compiled, st *sql.Explain, env *planner.Env) error {
	c.cols = []wire.Column{{Name: "QUERY PLAN", Type: types.Text}}
	text, err := s.explain(c, st, env)
	if err != nil {
		return err
	}
	c.run = func(_ context.Context, x *execution) error {
		x.tag = "EXPLAIN"
		return x.rows(textColumn(text))
	}
	return nil
}
