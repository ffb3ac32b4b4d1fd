package plan

import (
	"encoding/json"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/types/pgerr"
)

// Decode reads what [Encode] wrote. A version that is not known, or bytes that are no plan,
// are XX001.
func Decode(data []byte) (Node, error) {
	var p storedPlan
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, damaged("it is not valid JSON")
	}
	if p.Version != encodingVersion {
		return nil, pgerr.New(pgerr.DataCorrupted, "plan encoding version %d is not known", p.Version)
	}
	if len(p.Nodes) == 0 {
		return nil, damaged("it has no nodes")
	}
	nodes := make([]Node, len(p.Nodes))
	for i := range p.Nodes {
		s := &p.Nodes[i]
		in := make([]Node, len(s.In))
		for k, at := range s.In {
			if at < 0 || at >= i {
				return nil, damaged("a node is read before it is made")
			}
			in[k] = nodes[at]
		}
		n, err := loadNode(s, in)
		if err != nil {
			return nil, err
		}
		nodes[i] = n
	}
	return nodes[len(nodes)-1], nil
}

func damaged(why string) error {
	return pgerr.New(pgerr.DataCorrupted, "a stored plan is damaged: %s", why)
}

// inputs is how many inputs each node must have; −1: any number.
var inputs = map[string]int{
	"scan": 0, "values": 0, "filter": 1, "project": 1, "join": 2, "aggregate": 1, "aggregate-together": 1, "union": -1, "setop": 2,
	"tablefunc": 1, "singlerow": 1, "sort": 1, "limit": 1, "exchange": 1,
}

// exprCount is how many expressions those nodes have that have a fixed number.
var exprCount = map[string]int{"filter": 1, "join": 1, "limit": 2}

func loadNode(s *storedNode, in []Node) (Node, error) {
	want, ok := inputs[s.Op]
	if !ok {
		return nil, damaged("there is no node \"" + s.Op + "\"")
	}
	if want >= 0 && len(in) != want {
		return nil, damaged(s.Op + " has the wrong number of inputs")
	}
	if n, fixed := exprCount[s.Op]; fixed && len(s.Exprs) != n {
		return nil, damaged(s.Op + " has the wrong number of expressions")
	}
	es, err := loadExprs(s.Exprs)
	if err != nil {
		return nil, err
	}
	out := loadSchema(s.Out)
	switch s.Op {
	case "scan":
		n := &Scan{Relation: s.relationID(), Name: s.Name, Kind: catalog.Kind(s.Kind), Columns: s.Columns, Out: out, Append: s.Append, Eq: es}
		if s.HasKey {
			n.Key = append([]int{}, s.Keys...)
		}
		if len(es) == 0 {
			n.Eq = nil
		}
		return n, nil
	case "values":
		return loadValues(s)
	case "filter":
		return &Filter{Input: in[0], Pred: es[0]}, nil
	case "project":
		return &Project{Input: in[0], Exprs: es, Out: out}, nil
	case "join":
		return &Join{Kind: JoinKind(s.Kind), Left: in[0], Right: in[1], LeftKeys: s.Keys, RightKeys: s.RightKeys, NullSafe: s.NullSafe, Residual: es[0], Out: out}, nil
	case "aggregate", "aggregate-together":
		return loadAggregate(s, in[0])
	case "union":
		return &Union{Ins: in, Out: out}, nil
	case "setop":
		return &SetOp{Except: s.Except, All: s.All, Left: in[0], Right: in[1], Out: out}, nil
	case "tablefunc":
		return loadTableFunc(s, in[0])
	case "singlerow":
		return &SingleRow{Input: in[0], Keys: s.Keys}, nil
	case "sort":
		return &Sort{Input: in[0], Keys: s.Sort}, nil
	case "limit":
		return &Limit{Input: in[0], Keys: s.Keys, Count: es[0], Offset: es[1], WithTies: s.WithTies}, nil
	}
	return &Exchange{Input: in[0], Keys: s.Keys}, nil
}

func loadExprs(raw []json.RawMessage) ([]expr.Expr, error) {
	es := make([]expr.Expr, len(raw))
	for i, r := range raw {
		if len(r) == 0 || string(r) == "null" {
			continue
		}
		e, err := expr.Decode(r)
		if err != nil {
			return nil, err
		}
		es[i] = e
	}
	return es, nil
}

func loadValues(s *storedNode) (Node, error) {
	n := &Values{Rows: make([][]expr.Expr, len(s.Rows)), Out: loadSchema(s.Out)}
	for i, r := range s.Rows {
		row, err := loadExprs(r)
		if err != nil {
			return nil, err
		}
		n.Rows[i] = row
	}
	return n, nil
}

func loadAggregate(s *storedNode, in Node) (Node, error) {
	n := &Aggregate{Input: in, Keys: s.Keys, Global: s.Global, Together: s.Op == "aggregate-together", Out: loadSchema(s.Out)}
	for _, raw := range s.Aggs {
		a, err := expr.DecodeAgg(raw)
		if err != nil {
			return nil, err
		}
		n.Aggs = append(n.Aggs, *a)
	}
	return n, nil
}

func loadTableFunc(s *storedNode, in Node) (Node, error) {
	n := &TableFunc{Input: in, Ordinality: s.Ordinality, Outer: s.Outer, Out: loadSchema(s.Out)}
	for _, f := range s.Funcs {
		fn, ok := expr.FuncBySig(f.Fn)
		if !ok {
			return nil, pgerr.New(pgerr.DataCorrupted, "a stored plan needs function %s, which does not exist", f.Fn)
		}
		args, err := loadExprs(f.Args)
		if err != nil {
			return nil, err
		}
		n.Funcs = append(n.Funcs, SetCall{Fn: fn, Args: args, Cols: loadSchema(f.Cols)})
	}
	return n, nil
}
