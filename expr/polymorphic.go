package expr

import (
	"streamdb/types"
	"streamdb/types/pgerr"
)

// canCoerceAll reports whether args can implicitly become the declared types.
func canCoerceAll(args []Arg, want []types.Type) bool {
	generic := false
	for i, t := range want {
		switch {
		case t.OID == types.Any.OID:
		case isPolymorphic(t):
			generic = true
		case args[i].oid() == types.Unknown.OID:
		case !canCoerce(args[i].T, t, CastImplicit):
			return false
		}
	}
	if !generic {
		return true
	}
	_, ok := genericTypes(args, want)
	return ok
}

func isPolymorphic(t types.Type) bool {
	switch t.OID {
	case types.AnyElement.OID, types.AnyArray.OID, anyNonArray.OID, anyCompat.OID, anyCompatArr.OID:
		return true
	}
	return false
}

// bound is what the polymorphic types of a signature stand for; zero where not determined.
type bound struct{ elem, array, compat types.Type }

// genericTypes determines them, or reports that the arguments do not agree.
func genericTypes(args []Arg, want []types.Type) (b bound, ok bool) {
	var compat []types.Type
	for i, w := range want {
		if args[i].oid() == types.Unknown.OID {
			continue
		}
		t := args[i].T.Base()
		switch w.OID {
		case types.AnyElement.OID, anyNonArray.OID:
			if (b.elem.OID != 0 && b.elem != t) || (w.OID == anyNonArray.OID && t.IsArray()) {
				return b, false
			}
			b.elem = t
		case types.AnyArray.OID:
			if !isArrayLike(t) || (b.array.OID != 0 && b.array != t) {
				return b, false
			}
			b.array = t
		case anyCompat.OID:
			compat = append(compat, t)
		case anyCompatArr.OID:
			if !isArrayLike(t) {
				return b, false
			}
			compat = append(compat, t.ElemType())
		}
	}
	if b.array.OID != 0 {
		e := b.array.ElemType()
		if b.elem.OID != 0 && b.elem != e {
			return b, false
		}
		b.elem = e
	}
	if len(compat) > 0 {
		t, err := CommonType("", compat)
		if err != nil {
			return b, false
		}
		b.compat = t.Base()
		for _, c := range compat {
			if !canCoerce(c, b.compat, CastImplicit) {
				return b, false
			}
		}
	}
	return b, true
}

// isArrayLike includes int2vector and oidvector.
func isArrayLike(t types.Type) bool { return t.Info().Elem != 0 }

// bindPolymorphic replaces the polymorphic types of a signature by those of the call.
func bindPolymorphic(want []types.Type, ret types.Type, args []Arg) ([]types.Type, types.Type, error) {
	b, _ := genericTypes(args, want)
	ts := make([]types.Type, len(want))
	for i, w := range want {
		t, err := b.resolve(w)
		if err != nil {
			return nil, ret, err
		}
		if w.OID == types.Any.OID {
			t = args[i].T.Base()
			if args[i].IsUnknownLiteral {
				t = types.Unknown
			}
		}
		ts[i] = t
	}
	ret, err := b.resolve(ret)
	return ts, ret, err
}

// resolve is what t stands for.
func (b bound) resolve(t types.Type) (types.Type, error) {
	var elem types.Type
	switch t.OID {
	case types.AnyElement.OID, types.AnyArray.OID, anyNonArray.OID:
		elem = b.elem
		if elem.OID == 0 && t.OID == anyNonArray.OID {
			elem = types.Text
		}
	case anyCompat.OID, anyCompatArr.OID:
		elem = b.compat
		if elem.OID == 0 {
			elem = types.Text
		}
	default:
		return t, nil
	}
	if elem.OID == 0 {
		return t, pgerr.New(pgerr.DatatypeMismatch, "could not determine polymorphic type because input has type unknown")
	}
	if t.OID != types.AnyArray.OID && t.OID != anyCompatArr.OID {
		return elem, nil
	}
	if t.OID == types.AnyArray.OID && b.array.OID != 0 {
		return b.array, nil
	}
	arr, ok := elem.ArrayType()
	if !ok {
		return t, pgerr.New(pgerr.UndefinedObject, "could not find array type for data type %s", elem)
	}
	return arr, nil
}

// CommonType is the one type that all of ts (an unknown literal is types.Unknown) can be
// brought to, by the rules of UNION, CASE and the like; context names the construct in the
// error. The modifier is kept where all agree.
func CommonType(context string, ts []types.Type) (types.Type, error) {
	best := ts[0]
	same := true
	for _, t := range ts[1:] {
		same = same && t == best
	}
	if same && best.OID != types.Unknown.OID {
		return best, nil
	}
	best = best.Base()
	for _, t := range ts[1:] {
		t = t.Base()
		switch {
		case t.OID == types.Unknown.OID || t == best:
		case best.OID == types.Unknown.OID:
			best = t
		case t.Info().Category != best.Info().Category:
			return best, pgerr.New(pgerr.DatatypeMismatch, "%s types %s and %s cannot be matched", context, best, t)
		case !best.Info().Preferred && canCoerce(best, t, CastImplicit) && !canCoerce(t, best, CastImplicit):
			best = t
		}
	}
	if best.OID == types.Unknown.OID {
		return types.Text, nil
	}
	return commonMod(best, ts), nil
}

// commonMod gives t the modifier all inputs of its type share, if all are of its type.
func commonMod(t types.Type, ts []types.Type) types.Type {
	mod, seen := int32(-1), false
	for _, x := range ts {
		switch {
		case x.OID == types.Unknown.OID:
			return t
		case x.OID != t.OID || (seen && x.Mod != mod):
			return t
		}
		mod, seen = x.Mod, true
	}
	t.Mod = mod
	return t
}
