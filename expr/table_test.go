package expr

import "testing"

func TestTableIsSound(t *testing.T) {
	seen := map[uint32]string{}
	for _, f := range All() {
		if g, ok := FuncBySig(f.Sig()); !ok || g != f {
			t.Errorf("%s is not found by its signature", f.Sig())
		}
		if (f.Kernel == nil) != f.Set || (f.Rows == nil) == f.Set {
			t.Errorf("%s needs exactly one body", f.Sig())
		}
		if seen[f.OID] != "" {
			t.Errorf("%s and %s share oid %d", f.Sig(), seen[f.OID], f.OID)
		}
		seen[f.OID] = f.Sig()
	}
	for _, a := range Aggs() {
		if g, ok := AggBySig(a.Sig()); !ok || g != a {
			t.Errorf("%s is not found by its signature", a.Sig())
		}
		if a.NewLinear == nil && a.Collect == nil {
			t.Errorf("%s has no body", a.Sig())
		}
	}
	t.Logf("%d functions, %d aggregates", len(All()), len(Aggs()))
}
