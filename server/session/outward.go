package session

import (
	"context"

	"streamdb/planner"
	"streamdb/types"
)

// outward turns what only a session can print into text: names of reg types.
func (s *Session) outward(b *types.Batch) *types.Batch {
	var out *types.Batch
	for i, v := range b.Cols {
		if !isReg(v.Type) {
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
	switch t.OID {
	case types.RegClass.OID, types.RegType.OID, types.RegProc.OID, types.RegNS.OID, types.RegRole.OID:
		return true
	}
	return false
}

func (s *Session) regNames(v *types.Vec) *types.Vec {
	out := types.NewVec(types.Text, v.N)
	for i := range v.N {
		if v.IsNull(i) {
			out.AppendNull()
			continue
		}
		oid := v.Int64s()[i]
		name, ok := s.RegName(v.Type, oid)
		switch {
		case ok:
		case oid == 0:
			name = "-"
		default:
			name = tagf("%d", oid)
		}
		out.AppendStr(name)
	}
	return out
}

// readConstant runs a query that reads nothing.
func (s *Session) readConstant(p *planner.Query, out func(*types.Batch) error) error {
	return s.read(context.Background(), p.Root, out)
}
