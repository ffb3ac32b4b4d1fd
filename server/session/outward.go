package session

import (
	"context"

	"streamdb/planner"
	"streamdb/types"
	"streamdb/wire"
)

// send is how rows of cols go to the client.
func (s *Session) send(w wire.ResultWriter, cols []wire.Column, style *types.Style) func(*types.Batch) error {
	return func(b *types.Batch) error { return w.Rows(s.outward(b, cols), style) }
}

// outward turns what only a session can print into text: names of reg types, but for
// columns that are sent in binary.
func (s *Session) outward(b *types.Batch, cols []wire.Column) *types.Batch {
	var out *types.Batch
	for i, v := range b.Cols {
		if !isReg(v.Type) || i < len(cols) && cols[i].Format != 0 {
			continue
		}
		if out == nil {
			out = &types.Batch{N: b.N, Cols: append([]*types.Vec(nil), b.Cols...), W: b.W, Sel: b.Sel}
		}
		out.Cols[i] = s.regNames(v)
	}
	if out == nil {
		return b
	}
	return out
}

func isReg(t types.Type) bool {
	if t.IsArray() {
		t = t.ElemType()
	}
	switch t.OID {
	case types.RegClass.OID, types.RegType.OID, types.RegProc.OID, types.RegProcedure.OID, types.RegOperator.OID, types.RegNS.OID, types.RegRole.OID:
		return true
	}
	return false
}

func (s *Session) regNames(v *types.Vec) *types.Vec {
	if v.Type.IsArray() {
		return s.regArrays(v)
	}
	out := types.NewVec(types.Text, v.N)
	for i := range v.N {
		if v.IsNull(i) {
			out.AppendNull()
			continue
		}
		out.AppendStr(s.regName(v.Type, v.Int64s()[i]))
	}
	return out
}

func (s *Session) regArrays(v *types.Vec) *types.Vec {
	arr, _ := types.Text.ArrayType()
	out := types.NewVec(arr, v.N)
	for i := range v.N {
		if v.IsNull(i) {
			out.AppendNull()
			continue
		}
		view, b := types.ViewArray(v.Str(i)), types.NewArrayBuilder(types.Text)
		for k := range view.Len() {
			d := view.At(k)
			if !d.IsNull() {
				d = types.NewBytes(s.regName(v.Type.ElemType(), d.I))
			}
			b.Append(d)
		}
		out.AppendDatum(b.Build())
	}
	return out
}

// regName is the text of a reg value: a name, or the number if nothing has it.
func (s *Session) regName(t types.Type, oid int64) string {
	name, ok := s.RegName(t, oid)
	switch {
	case ok:
		return name
	case oid == 0 && t != types.RegOperator:
		return "-"
	}
	return tagf("%d", oid)
}

// readConstant runs a query that reads nothing.
func (s *Session) readConstant(p *planner.Query, out func(*types.Batch) error) error {
	return s.read(context.Background(), p.Root, out)
}
