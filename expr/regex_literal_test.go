package expr

import (
	"math/rand/v2"
	"slices"
	"testing"

	"streamdb/types"
)

// Looking for a literal first changes no match.
func TestRegexLiteral(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	alphabet := []string{"a", "b", "ab", "&", "id=", "é", "€", "\n", " ", "x", ""}
	pick := func(n int) (s string) {
		for range r.IntN(n) {
			s += alphabet[r.IntN(len(alphabet))]
		}
		return s
	}
	patterns := []string{
		"(&|^)id=([^&]*)", "^id=", "a?id=b*", "[ab]{0,3}id=$", ".id=.", ".*id=", "(a|bb|€)id=(x)?", `\yid=`, "(?n)^id=b", "(?i)aID=b",
		"x+id=", "(^a|b)?id=(a*)(b*)", "a*?id=b+?", "(ab|a)(id=|b)id=", "é?&(id=)*", "id=", "a.b&", "(?:^|&)(?:a|ab)id=(.*)$", "()id=",
	}
	for range 40 {
		patterns = append(patterns, pick(3)+[]string{"(a|^)", "[^a]", "b?", "(ab){0,2}", "(^|€)", ""}[r.IntN(6)]+pick(3)+[]string{"(.)", "$", "*", ""}[r.IntN(4)])
	}
	for _, p := range patterns {
		re, err := compileRegex(p, regexFlags{})
		if err != nil {
			continue // * after nothing
		}
		for range 300 {
			s := pick(12)
			want := re.Regexp.FindStringSubmatchIndex(s)
			if got := re.FindStringSubmatchIndex(s); !slices.Equal(got, want) {
				t.Errorf("%q in %q: %v, want %v (literal %q after at most %d)", p, s, got, want, re.literal, re.before)
			}
			if re.MatchString(s) != (want != nil) {
				t.Errorf("%q in %q: %v", p, s, re.MatchString(s))
			}
		}
	}
	re, _ := compileRegex(patterns[0], regexFlags{})
	if re.literal != "id=" || re.before != 4 && re.before != 1 || re.later == nil {
		t.Errorf("%q after at most %d, %v", re.literal, re.before, re.later)
	}
}

// (regexp_match(…))[n] is the element of the array.
func TestMatchGroup(t *testing.T) {
	c := testCtx(t, "")
	b := bidBatch()
	cols := map[string]*Col{"url": {Index: 2, T: b.Cols[2].Type}, "n": {Index: 0, T: b.Cols[0].Type}}
	for _, pattern := range []string{"(&|^)channel_id=([^&]*)", "channel_id=[0-9]+", "htm(x)?"} {
		for _, n := range []string{"0", "1", "2", "3"} {
			fused, err := parseSQL(c, "(regexp_match(url, '"+pattern+"'))["+n+"]", cols)
			if err != nil {
				t.Fatal(err)
			}
			index := &Case{Whens: []When{{&IsNull{Arg: cols["n"], Negate: true}, fused.(*Subscript).Index}}, T: fused.(*Subscript).Index.Type()}
			plain := &Subscript{Arg: fused.(*Subscript).Arg, Index: index, T: fused.Type()}
			got, want := evalAll(t, c, fused, b), evalAll(t, c, plain, b)
			if !slices.Equal(got, want) {
				t.Errorf("%s: differs from its parts", fused)
			}
		}
	}
}

func evalAll(t *testing.T, c *Ctx, e Expr, b *types.Batch) []types.Datum {
	t.Helper()
	p, err := Compile(e)
	if err != nil {
		t.Fatal(err)
	}
	v := p.Eval(c, b)
	out := make([]types.Datum, b.N)
	for i := range out {
		out[i] = v.Datum(i)
	}
	return out
}
