package plan

import "slices"

// joinProps derives what a join keeps of its sides' properties.
func joinProps(n *Join, l, r *Props) *Props {
	width := len(l.NotNull)
	p := &Props{AppendOnly: joinAppendOnly(n.Kind, l, r), fixed: l.fixed && r.fixed}
	p.NotNull = joinNotNull(n, l, r)
	if n.Kind == Semi || n.Kind == Anti {
		p.Keys = l.Keys
	} else {
		joinKeys(p, n, l, r, width)
	}
	switch {
	case len(n.LeftKeys) == 0:
		p.Single = true
	case n.Kind != Full:
		p.Hash = n.LeftKeys
	}
	return p
}

// joinAppendOnly: a row of an outer join is withdrawn when its first match comes, and of an
// anti join likewise.
func joinAppendOnly(k JoinKind, l, r *Props) bool {
	switch k {
	case Inner, Semi:
		return l.AppendOnly && r.AppendOnly
	case Left, Anti:
		return l.AppendOnly && r.fixed
	case Full:
		return l.fixed && r.fixed
	}
	return false
}

func joinNotNull(n *Join, l, r *Props) []bool {
	left, right := slices.Clone(l.NotNull), slices.Clone(r.NotNull)
	switch n.Kind {
	case Left, Anti:
		clear(right)
	case Full:
		clear(left)
		clear(right)
	case Inner, Semi:
		for i := range n.LeftKeys {
			if !n.NullSafe[i] {
				left[n.LeftKeys[i]], right[n.RightKeys[i]] = true, true
			}
		}
	}
	if n.Kind == Semi || n.Kind == Anti {
		return left
	}
	return append(left, right...)
}

// joinKeys: a side's keys hold on while the other side has one match at most; a key of each
// together is one, but for a full join of keys that may both be NULL: a row of one side alone
// then equals one of the other side alone.
func joinKeys(p *Props, n *Join, l, r *Props, width int) {
	if n.Kind != Full && r.Unique(n.RightKeys) {
		for _, k := range l.Keys {
			p.addKey(k)
		}
	}
	if n.Kind == Inner && l.Unique(n.LeftKeys) {
		for _, k := range r.Keys {
			p.addKey(shift(k, width))
		}
	}
	for _, lk := range l.Keys {
		for _, rk := range r.Keys {
			if n.Kind == Full && !l.someNotNull(lk) && !r.someNotNull(rk) {
				continue
			}
			p.addKey(append(slices.Clone(lk), shift(rk, width)...))
		}
	}
}

// someNotNull reports whether a column of a key is never NULL.
func (p *Props) someNotNull(key []int) bool {
	return slices.ContainsFunc(key, func(c int) bool { return p.NotNull[c] })
}

func shift(cols []int, by int) []int {
	out := make([]int, len(cols))
	for i, c := range cols {
		out[i] = c + by
	}
	return out
}
