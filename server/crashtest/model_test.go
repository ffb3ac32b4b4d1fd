package crashtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// model is the database as it must be after some statements: two tables, and which of the
// derived relations exist.
type model struct {
	k       map[int]kRow
	n       map[nRow]int
	op      int // the last transaction, as the table says itself
	derived map[string]bool
}

// kRow is a row of the keyed table but for the key; s < 0 is NULL.
type kRow struct{ g, v, s int }

// nRow is a row of the table without a key; v < 0 is NULL.
type nRow struct{ g, v int }

func newModel() *model {
	return &model{k: map[int]kRow{}, n: map[nRow]int{}, derived: map[string]bool{}}
}

func (m *model) clone() *model {
	return &model{k: maps.Clone(m.k), n: maps.Clone(m.n), op: m.op, derived: maps.Clone(m.derived)}
}

// derived relations: how they are made, and what they must hold, given the number of rows
// of the source that are visible.
type derivedRelation struct {
	name, query string
	rows        func(m *model, ticks int) []string
	sink        bool
	needs       string
}

var derivedRelations = []derivedRelation{
	{name: "v_filter", query: `select id, v from k where v > 50`, rows: (*model).filter},
	{name: "v_agg", query: `select g, count(*) c, sum(v) s, min(v) lo, max(v) hi, count(distinct s) d from k group by g`, rows: (*model).aggregate},
	{name: "v_join", query: `select k.id, n.v from k join n on k.g = n.g`, rows: (*model).join},
	{name: "v_left", query: `select k.id, n.v from k left join n on k.g = n.g and n.v < 20`, rows: (*model).leftJoin},
	{name: "v_full", query: `select k.id, n.g, n.v from k full join n on k.v = n.v`, rows: (*model).fullJoin},
	{name: "v_distinct", query: `select g from k union select g from n`, rows: (*model).distinct},
	{name: "v_top", query: `select count(*) gs, sum(c) c, max(hi) hi, sum(d) d from v_agg`, rows: (*model).top, needs: "v_agg"},
	{name: "v_src", query: `select g, count(*) c, max(v) hi from ticks group by g`, rows: (*model).source},
	{name: "v_mix", query: `select t.g, count(*) c, min(k.v) lo from ticks t join k on k.g = t.g group by t.g`, rows: (*model).mixed},
	{name: "out_agg", query: `select * from v_agg`, rows: (*model).aggregate, sink: true, needs: "v_agg"},
	{name: "out_filter", query: `select id, v from k where v > 50`, rows: (*model).filter, sink: true},
	{name: "out_ticks", query: `select n, g, v from ticks`, rows: func(_ *model, n int) []string { return ticksUpTo(uint64(n)) }, sink: true},
}

func line(cols ...any) string {
	s := ""
	for i, c := range cols {
		if i > 0 {
			s += "|"
		}
		s += fmt.Sprint(c)
	}
	return s
}

// opt is a number, or nothing for NULL.
func opt(v int) string {
	if v < 0 {
		return ""
	}
	return strconv.Itoa(v)
}

func (m *model) keyed() (out []string) {
	for id, r := range m.k {
		out = append(out, line(id, r.g, r.v, opt(r.s)))
	}
	return sorted(out)
}

func (m *model) unkeyed() (out []string) {
	for r, n := range m.n {
		for range n {
			out = append(out, line(r.g, opt(r.v)))
		}
	}
	return sorted(out)
}

func sorted(s []string) []string { slices.Sort(s); return s }

func (m *model) filter(int) (out []string) {
	for id, r := range m.k {
		if r.v > 50 {
			out = append(out, line(id, r.v))
		}
	}
	return sorted(out)
}

type group struct {
	c, s, lo, hi int
	distinct     map[int]bool
}

func (m *model) groups() map[int]*group {
	gs := map[int]*group{}
	for _, r := range m.k {
		g := gs[r.g]
		if g == nil {
			g = &group{lo: r.v, hi: r.v, distinct: map[int]bool{}}
			gs[r.g] = g
		}
		g.c, g.s, g.lo, g.hi = g.c+1, g.s+r.v, min(g.lo, r.v), max(g.hi, r.v)
		if r.s >= 0 {
			g.distinct[r.s] = true
		}
	}
	return gs
}

func (m *model) aggregate(int) (out []string) {
	for g, a := range m.groups() {
		out = append(out, line(g, a.c, a.s, a.lo, a.hi, len(a.distinct)))
	}
	return sorted(out)
}

func (m *model) top(int) []string {
	gs := m.groups()
	if len(gs) == 0 {
		return []string{"0|||"}
	}
	rows, hi, d := 0, -1, 0
	for _, a := range gs {
		rows, hi, d = rows+a.c, max(hi, a.hi), d+len(a.distinct)
	}
	return []string{line(len(gs), rows, hi, d)}
}

func (m *model) join(int) (out []string) {
	for id, k := range m.k {
		for n, times := range m.n {
			for range times {
				if k.g == n.g {
					out = append(out, line(id, opt(n.v)))
				}
			}
		}
	}
	return sorted(out)
}

func (m *model) leftJoin(int) (out []string) {
	for id, k := range m.k {
		found := false
		for n, times := range m.n {
			for range times {
				if k.g == n.g && n.v >= 0 && n.v < 20 {
					out, found = append(out, line(id, n.v)), true
				}
			}
		}
		if !found {
			out = append(out, line(id, ""))
		}
	}
	return sorted(out)
}

func (m *model) fullJoin(int) (out []string) {
	values := map[int]bool{}
	for id, k := range m.k {
		values[k.v] = true
		found := false
		for n, times := range m.n {
			for range times {
				if k.v == n.v {
					out, found = append(out, line(id, n.g, n.v)), true
				}
			}
		}
		if !found {
			out = append(out, line(id, "", ""))
		}
	}
	for n, times := range m.n {
		for range times {
			if !values[n.v] {
				out = append(out, line("", n.g, opt(n.v)))
			}
		}
	}
	return sorted(out)
}

func (m *model) distinct(int) (out []string) {
	gs := map[int]bool{}
	for _, r := range m.k {
		gs[r.g] = true
	}
	for r := range m.n {
		gs[r.g] = true
	}
	for _, g := range slices.SortedFunc(maps.Keys(gs), cmp.Compare[int]) {
		out = append(out, line(g))
	}
	return sorted(out)
}

func (m *model) source(ticks int) (out []string) {
	c, hi := map[int]int{}, map[int]int{}
	for i := range ticks {
		g, v := tick(uint64(i))
		c[g]++
		hi[g] = max(hi[g], v)
	}
	for g := range c {
		out = append(out, line(g, c[g], hi[g]))
	}
	return sorted(out)
}

func (m *model) mixed(ticks int) (out []string) {
	c := map[int]int{}
	for i := range ticks {
		g, _ := tick(uint64(i))
		c[g]++
	}
	for g, a := range m.groups() {
		if c[g] > 0 {
			out = append(out, line(g, c[g]*a.c, a.lo))
		}
	}
	return sorted(out)
}
