package exec

import (
	"streamdb/planner/plan"
	"streamdb/state"
)

// stateTables is the operators with state of one plan, at all workers. Their tables are
// numbered by the order of the plan's nodes, inputs first, exchanges left out: the same
// for any number of workers.
type stateTables struct {
	ops   [][]*opNode // in order; each at every worker
	count int
}

// newStateTables numbers the tables of a plan from base on; graphs are those of each
// worker.
func newStateTables(root plan.Node, graphs [][]*graph, base state.TableID) *stateTables {
	at := map[plan.Node][]*opNode{}
	for _, worker := range graphs {
		for _, g := range worker {
			for _, o := range g.order {
				if _, ok := o.op.(Stateful); ok {
					at[o.plan] = append(at[o.plan], o)
				}
			}
		}
	}
	t := &stateTables{}
	seen := map[plan.Node]bool{}
	var visit func(n plan.Node)
	visit = func(n plan.Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		for _, in := range n.Inputs() {
			visit(in)
		}
		ops := at[n]
		if ops == nil {
			return
		}
		for _, o := range ops {
			o.table = base + state.TableID(t.count)
		}
		t.ops = append(t.ops, ops)
		t.count += len(ops[0].op.(Stateful).StateTables())
	}
	visit(root)
	return t
}

// load fills the operators: each record goes to the worker that owns its virtual node.
func (t *stateTables) load(scan func(id state.TableID, f func(key, val []byte) error) error) error {
	for _, ops := range t.ops {
		first := ops[0]
		for i := range first.op.(Stateful).StateTables() {
			err := scan(first.table+state.TableID(i), func(k, v []byte) error {
				if len(k) == 0 {
					return errStateValue
				}
				return ops[vnodeOwner(int(k[0]), len(ops))].op.(Stateful).Load(i, k, v)
			})
			if err != nil {
				return err
			}
		}
		for _, o := range ops {
			if err := o.op.(Stateful).Loaded(); err != nil {
				return err
			}
		}
	}
	return nil
}
