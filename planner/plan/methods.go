package plan

import "streamdb/types"

func (n *Scan) Schema() types.Schema      { return n.Out }
func (n *Values) Schema() types.Schema    { return n.Out }
func (n *Filter) Schema() types.Schema    { return n.Input.Schema() }
func (n *Project) Schema() types.Schema   { return n.Out }
func (n *Join) Schema() types.Schema      { return n.Out }
func (n *Aggregate) Schema() types.Schema { return n.Out }
func (n *Union) Schema() types.Schema     { return n.Out }
func (n *SetOp) Schema() types.Schema     { return n.Out }
func (n *TableFunc) Schema() types.Schema { return n.Out }
func (n *SingleRow) Schema() types.Schema { return n.Input.Schema() }
func (n *Sort) Schema() types.Schema      { return n.Input.Schema() }
func (n *Limit) Schema() types.Schema     { return n.Input.Schema() }
func (n *Exchange) Schema() types.Schema  { return n.Input.Schema() }

func (n *Scan) Inputs() []Node      { return nil }
func (n *Values) Inputs() []Node    { return nil }
func (n *Filter) Inputs() []Node    { return []Node{n.Input} }
func (n *Project) Inputs() []Node   { return []Node{n.Input} }
func (n *Join) Inputs() []Node      { return []Node{n.Left, n.Right} }
func (n *Aggregate) Inputs() []Node { return []Node{n.Input} }
func (n *Union) Inputs() []Node     { return n.Ins }
func (n *SetOp) Inputs() []Node     { return []Node{n.Left, n.Right} }
func (n *TableFunc) Inputs() []Node { return []Node{n.Input} }
func (n *SingleRow) Inputs() []Node { return []Node{n.Input} }
func (n *Sort) Inputs() []Node      { return []Node{n.Input} }
func (n *Limit) Inputs() []Node     { return []Node{n.Input} }
func (n *Exchange) Inputs() []Node  { return []Node{n.Input} }

func (n *Scan) WithInputs([]Node) Node         { return n }
func (n *Values) WithInputs([]Node) Node       { return n }
func (n *Filter) WithInputs(in []Node) Node    { c := *n; c.Input = in[0]; return &c }
func (n *Project) WithInputs(in []Node) Node   { c := *n; c.Input = in[0]; return &c }
func (n *Join) WithInputs(in []Node) Node      { c := *n; c.Left, c.Right = in[0], in[1]; return &c }
func (n *Aggregate) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }
func (n *Union) WithInputs(in []Node) Node     { c := *n; c.Ins = in; return &c }
func (n *SetOp) WithInputs(in []Node) Node     { c := *n; c.Left, c.Right = in[0], in[1]; return &c }
func (n *TableFunc) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }
func (n *SingleRow) WithInputs(in []Node) Node { c := *n; c.Input = in[0]; return &c }
func (n *Sort) WithInputs(in []Node) Node      { c := *n; c.Input = in[0]; return &c }
func (n *Limit) WithInputs(in []Node) Node     { c := *n; c.Input = in[0]; return &c }
func (n *Exchange) WithInputs(in []Node) Node  { c := *n; c.Input = in[0]; return &c }
