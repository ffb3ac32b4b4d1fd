package expr

import (
	"strings"

	"streamdb/types"
)

// castFuncs lists the conversions that can be called by the name of their target, such as
// int4(numeric) or date(timestamp).
func castFuncs() []*Func {
	var fs []*Func
	for _, line := range strings.Split(strings.TrimSpace(castRows), "\n") {
		source, targets, _ := strings.Cut(line, ": ")
		from := typeNamed(source)
		for _, target := range strings.Split(targets, ", ") {
			name, _, _ := strings.Cut(target, " ")
			if strings.HasPrefix(name, "*") || strings.HasPrefix(name, "reg") || source == "json" || name == "json" {
				continue
			}
			to := typeNamed(name)
			f := fn(name+"("+source+") "+name, nil)
			f.Special = func(args []Expr) Kernel {
				if _, ok := args[0].(*Const); ok {
					return nil
				}
				return castKernel(from, to, CastExplicit)
			}
			f.Kernel = func(c *Ctx, args []*types.Vec, sel []int32, n int, out *Out) {
				castKernel(from, to, CastExplicit)(c, args, sel, n, out)
			}
			f.Vol, f.Safe = castVolatility(from, to), castIsSafe(from, to)
			fs = append(fs, f)
		}
	}
	return fs
}

// ResolveCastCall reports whether name(arg) is a conversion to the type called name: it is
// when no overload takes exactly arg's type and the conversion needs no function. It comes
// before [ResolveFunc], as in PostgreSQL.
func ResolveCastCall(name string, arg Arg) (types.Type, bool) {
	to, ok := types.TypeByName(name)
	if !ok || to.Info().Pseudo {
		return to, false
	}
	for _, f := range functions().byName[name] {
		if exactMatch(f.Args, []Arg{arg}) {
			return to, false
		}
	}
	from := arg.T
	switch {
	case arg.oid() == types.Unknown.OID, binaryCoercible(from, to):
		return to, true
	}
	_, hasFunc := castMatrix[castPair{from.OID, to.OID}]
	return to, !hasFunc && canCoerce(from, to, CastExplicit)
}
