package plan

import (
	"encoding/json"

	"streamdb/catalog"
	"streamdb/expr"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// encodingVersion is the version of a plan's stored form. It goes up when a node's meaning
// or fields change so that an old reader would go wrong; unknown versions are refused.
const encodingVersion = 1

// storedPlan is a plan as the catalog keeps it: its nodes, each after its inputs, the root
// last. A node read twice is stored once.
type storedPlan struct {
	Version int          `json:"version"`
	Nodes   []storedNode `json:"nodes"`
}

// storedNode is a node of any kind; which fields are used depends on Op.
type storedNode struct {
	Op         string              `json:"op"`
	In         []int               `json:"in,omitempty"` // positions in storedPlan.Nodes
	Out        []storedColumn      `json:"out,omitempty"`
	Relation   uint32              `json:"relation,omitempty"`
	Name       string              `json:"name,omitempty"`
	Kind       uint8               `json:"kind,omitempty"`
	Columns    []int               `json:"columns,omitempty"`
	Append     bool                `json:"append,omitempty"`
	HasKey     bool                `json:"hasKey,omitempty"`
	Keys       []int               `json:"keys,omitempty"`
	RightKeys  []int               `json:"rightKeys,omitempty"`
	NullSafe   []bool              `json:"nullSafe,omitempty"`
	Exprs      []json.RawMessage   `json:"exprs,omitempty"` // null for an absent one
	Rows       [][]json.RawMessage `json:"rows,omitempty"`
	Aggs       []json.RawMessage   `json:"aggs,omitempty"`
	Funcs      []storedFunc        `json:"funcs,omitempty"`
	Sort       []SortKey           `json:"sort,omitempty"`
	Global     bool                `json:"global,omitempty"`
	Except     bool                `json:"except,omitempty"`
	All        bool                `json:"all,omitempty"`
	Ordinality bool                `json:"ordinality,omitempty"`
	Outer      bool                `json:"outer,omitempty"`
	WithTies   bool                `json:"withTies,omitempty"`
}

type storedColumn struct {
	Name    string    `json:"n"`
	OID     types.OID `json:"t"`
	Mod     int32     `json:"m"`
	NotNull bool      `json:"nn,omitempty"`
}

type storedFunc struct {
	Fn   string            `json:"fn"` // signature
	Args []json.RawMessage `json:"args,omitempty"`
	Cols []storedColumn    `json:"cols"`
}

// Encode writes a plan in its stored form.
func Encode(root Node) ([]byte, error) {
	e := &encoder{at: map[Node]int{}}
	if _, err := e.node(root); err != nil {
		return nil, err
	}
	return json.Marshal(storedPlan{Version: encodingVersion, Nodes: e.nodes})
}

type encoder struct {
	nodes []storedNode
	at    map[Node]int
}

func (e *encoder) node(n Node) (int, error) {
	if i, ok := e.at[n]; ok {
		return i, nil
	}
	var in []int
	for _, c := range n.Inputs() {
		i, err := e.node(c)
		if err != nil {
			return 0, err
		}
		in = append(in, i)
	}
	s, err := storeNode(n)
	if err != nil {
		return 0, err
	}
	s.In = in
	e.nodes = append(e.nodes, s)
	e.at[n] = len(e.nodes) - 1
	return len(e.nodes) - 1, nil
}

// storeNode stores a node without its inputs.
func storeNode(n Node) (s storedNode, err error) {
	switch n := n.(type) {
	case *Scan:
		s = storedNode{Op: "scan", Relation: uint32(n.Relation), Name: n.Name, Kind: uint8(n.Kind), Columns: n.Columns, Append: n.Append, HasKey: n.Key != nil, Keys: n.Key}
		s.Exprs, err = storeExprs(n.Eq)
	case *Values:
		s = storedNode{Op: "values", Rows: make([][]json.RawMessage, len(n.Rows))}
		for i, r := range n.Rows {
			if s.Rows[i], err = storeExprs(r); err != nil {
				return s, err
			}
		}
	case *Filter:
		s.Op = "filter"
		s.Exprs, err = storeExprs([]expr.Expr{n.Pred})
	case *Project:
		s.Op = "project"
		s.Exprs, err = storeExprs(n.Exprs)
	case *Join:
		s = storedNode{Op: "join", Kind: uint8(n.Kind), Keys: n.LeftKeys, RightKeys: n.RightKeys, NullSafe: n.NullSafe}
		s.Exprs, err = storeExprs([]expr.Expr{n.Residual})
	case *Aggregate:
		s = storedNode{Op: "aggregate", Keys: n.Keys, Global: n.Global}
		if n.Together {
			s.Op = "aggregate-together" // another state: an old reader must not take it for the other
		}
		s.Aggs, err = storeAggs(n.Aggs)
	case *Union:
		s.Op = "union"
	case *SetOp:
		s = storedNode{Op: "setop", Except: n.Except, All: n.All}
	case *TableFunc:
		s = storedNode{Op: "tablefunc", Ordinality: n.Ordinality, Outer: n.Outer}
		s.Funcs, err = storeFuncs(n.Funcs)
	case *SingleRow:
		s = storedNode{Op: "singlerow", Keys: n.Keys}
	case *Sort:
		s = storedNode{Op: "sort", Sort: n.Keys}
	case *Limit:
		s = storedNode{Op: "limit", Keys: n.Keys, WithTies: n.WithTies}
		s.Exprs, err = storeExprs([]expr.Expr{n.Count, n.Offset})
	case *Exchange:
		s = storedNode{Op: "exchange", Keys: n.Keys}
	default:
		return s, pgerr.Internal("plan node %T cannot be stored", n)
	}
	if ownSchema(n) {
		s.Out = storeSchema(n.Schema())
	}
	return s, err
}

// ownSchema reports whether a node's schema is not simply its input's.
func ownSchema(n Node) bool {
	switch n.(type) {
	case *Filter, *SingleRow, *Sort, *Limit, *Exchange:
		return false
	}
	return true
}

func storeSchema(s types.Schema) []storedColumn {
	out := make([]storedColumn, len(s))
	for i, c := range s {
		out[i] = storedColumn{Name: c.Name, OID: c.Type.OID, Mod: c.Type.Mod, NotNull: c.NotNull}
	}
	return out
}

func loadSchema(s []storedColumn) types.Schema {
	out := make(types.Schema, len(s))
	for i, c := range s {
		out[i] = types.Column{Name: c.Name, Type: types.Type{OID: c.OID, Mod: c.Mod}, NotNull: c.NotNull}
	}
	return out
}

func storeExprs(es []expr.Expr) ([]json.RawMessage, error) {
	out := make([]json.RawMessage, len(es))
	for i, e := range es {
		if e == nil {
			out[i] = json.RawMessage("null")
			continue
		}
		raw, err := expr.Encode(e)
		if err != nil {
			return nil, err
		}
		out[i] = raw
	}
	return out, nil
}

func storeAggs(as []expr.AggCall) ([]json.RawMessage, error) {
	out := make([]json.RawMessage, len(as))
	for i := range as {
		raw, err := expr.EncodeAgg(&as[i])
		if err != nil {
			return nil, err
		}
		out[i] = raw
	}
	return out, nil
}

func storeFuncs(fs []SetCall) ([]storedFunc, error) {
	out := make([]storedFunc, len(fs))
	for i, f := range fs {
		args, err := storeExprs(f.Args)
		if err != nil {
			return nil, err
		}
		out[i] = storedFunc{Fn: f.Fn.Sig(), Args: args, Cols: storeSchema(f.Cols)}
	}
	return out, nil
}

// relationID is the scan's relation.
func (s *storedNode) relationID() catalog.ID { return catalog.ID(s.Relation) }
