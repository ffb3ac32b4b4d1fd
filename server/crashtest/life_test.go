package crashtest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"streamdb/catalog"
	"streamdb/server/engine"
	"streamdb/state"
	"streamdb/types"
)

// life is one database and everything that has been promised so far: the model after each
// statement, and how far statements have been acknowledged.
type life struct {
	rng   *rand.Rand
	ticks *upstream

	mu     sync.Mutex
	states []*model
	acked  int         // index of the last acknowledged state
	epoch  types.Epoch // the newest epoch known to have been used
}

// promise is the part of a life that a crash at some instant must respect.
type promise struct {
	acked, tried int
	epoch        types.Epoch
}

func (l *life) promise() promise {
	l.mu.Lock()
	defer l.mu.Unlock()
	return promise{l.acked, len(l.states) - 1, l.epoch}
}

// step runs statements that lead from the last state to m.
func (l *life) step(db *database, m *model, texts ...string) {
	l.mu.Lock()
	l.states = append(l.states, m)
	l.mu.Unlock()
	for _, text := range texts {
		if err := db.try(text); err != nil {
			db.t.Errorf("%s: %s", text, describe(err))
			return
		}
	}
	last := db.e.Epochs().Last()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked, l.epoch = len(l.states)-1, max(l.epoch, last)
}

func (l *life) last() *model { return l.states[len(l.states)-1] }

// begin makes the tables.
func (l *life) begin(db *database) {
	l.states = []*model{nil}
	m := newModel()
	l.step(db, m,
		`create table op (one int primary key, n int)`,
		`create table k (id int primary key, g int, v int, s int)`,
		`create table n (g int, v int)`,
		`create source ticks with (connector = 'ticks')`,
		`insert into op values (1, 0)`)
}

// move does one random thing.
func (l *life) move(db *database) {
	switch x := l.rng.IntN(100); {
	case x < 60:
		l.write(db)
	case x < 64:
		l.check(db, promise{l.acked, l.acked, l.epoch})
	case x < 74:
		l.ticks.add(1 + l.rng.IntN(4))
	case x < 86:
		if err := db.try(`checkpoint`); err != nil {
			db.t.Error(err)
		}
	default:
		l.define(db)
	}
}

// write is a transaction of one or more changes, always with the number of the transaction.
func (l *life) write(db *database) {
	m := l.last().clone()
	m.op++
	texts := []string{"begin", fmt.Sprintf("update op set n = %d", m.op)}
	for range 1 + l.rng.IntN(3) {
		if l.rng.IntN(6) == 0 {
			texts = append(texts, "savepoint s", l.change(m.clone()), "rollback to s")
		}
		texts = append(texts, l.change(m))
	}
	if l.rng.IntN(10) == 0 {
		if err := db.try(strings.Join(append(texts, "rollback"), "; ")); err != nil {
			db.t.Error(err)
		}
		return
	}
	l.step(db, m, strings.Join(append(texts, "commit"), "; "))
}

// change is one statement, applied to m.
func (l *life) change(m *model) string {
	rng := l.rng
	g, v := rng.IntN(5), rng.IntN(100)
	switch x := rng.IntN(100); {
	case x < 30:
		id, s := rng.IntN(30), rng.IntN(6)-1
		m.k[id] = kRow{g, v, s}
		return fmt.Sprintf("insert into k (id, g, v, s) values (%d, %d, %d, %s) on conflict (id) do update set g = excluded.g, v = excluded.v, s = excluded.s",
			id, g, v, cmpNull(s))
	case x < 45:
		for id, r := range m.k {
			if r.g == g {
				r.v = (r.v + v) % 100
				m.k[id] = r
			}
		}
		return fmt.Sprintf("update k set v = (v + %d) %% 100 where g = %d", v, g)
	case x < 55:
		maps.DeleteFunc(m.k, func(id int, _ kRow) bool { return id%10 == v%10 })
		return fmt.Sprintf("delete from k where id %% 10 = %d", v%10)
	case x < 80:
		if v%9 == 0 {
			v = -1
		}
		m.n[nRow{g, v}]++
		return fmt.Sprintf("insert into n values (%d, %s)", g, cmpNull(v))
	case x < 90:
		maps.DeleteFunc(m.n, func(r nRow, _ int) bool { return r.g == g && r.v < v && r.v >= 0 })
		return fmt.Sprintf("delete from n where g = %d and v < %d", g, v)
	case x < 97:
		up := map[nRow]int{}
		for r, c := range m.n {
			if r.v >= 0 && r.v%4 == v%4 {
				r.g = (r.g + 1) % 5
			}
			up[r] += c
		}
		m.n = up
		return fmt.Sprintf("update n set g = (g + 1) %% 5 where v %% 4 = %d", v%4)
	default:
		m.n = map[nRow]int{}
		return "delete from n"
	}
}

func cmpNull(v int) string {
	if v < 0 {
		return "null"
	}
	return fmt.Sprint(v)
}

// define makes or drops a derived relation.
func (l *life) define(db *database) {
	m := l.last().clone()
	d := derivedRelations[l.rng.IntN(len(derivedRelations))]
	kind := "materialized view"
	if d.sink {
		kind = "sink"
	}
	if m.derived[d.name] {
		delete(m.derived, d.name)
		for _, o := range derivedRelations {
			if o.needs == d.name {
				delete(m.derived, o.name)
			}
		}
		l.step(db, m, "drop "+kind+" "+d.name+" cascade")
		return
	}
	if d.needs != "" && !m.derived[d.needs] {
		return
	}
	m.derived[d.name] = true
	with := ""
	if d.sink {
		with = " with (connector = 'box')"
	}
	l.step(db, m, "create "+kind+" "+d.name+" as "+d.query+with)
}

// check holds what came back against the promise and returns the state it is in.
func (l *life) check(db *database, p promise) (*model, bool) {
	db.t.Helper()
	if got := db.e.Epochs().Last(); got < p.epoch {
		db.t.Errorf("the last epoch is %d, but %d was used", got, p.epoch)
	}
	m := l.which(db, p)
	if m == nil {
		return nil, false
	}
	l.checkViews(db, m)
	return m, !db.t.Failed()
}

// which finds the state that the tables and the catalog are in.
func (l *life) which(db *database, p promise) *model {
	k, n, op, derived := []string{"none"}, []string{"none"}, "none", []string{}
	for _, r := range db.e.Catalog().UserRelations() {
		switch {
		case r.Kind == catalog.MaterializedView || r.Kind == catalog.Sink:
			derived = append(derived, r.Name)
		case r.Name == "k":
			k = db.query(`select id, g, v, s from k`)
		case r.Name == "n":
			n = db.query(`select g, v from n`)
		case r.Name == "op":
			op = strings.Join(db.query(`select n from op`), ",")
		}
	}
	slices.Sort(derived)
	for _, m := range l.states[max(p.acked, 1) : max(p.tried, p.acked, 1)+1] {
		if fmt.Sprint(m.op) == op && slices.Equal(k, m.keyed()) && slices.Equal(n, m.unkeyed()) &&
			slices.Equal(derived, slices.Sorted(maps.Keys(m.derived))) {
			return m
		}
	}
	if p.acked == 0 { // the power went while the tables were made
		return nil
	}
	m := l.states[p.acked]
	db.t.Errorf("no state of %d to %d\ngot  op %s, k %q, n %q, %q\nwant op %d, k %q, n %q, %q",
		p.acked, p.tried, op, k, n, derived, m.op, m.keyed(), m.unkeyed(), slices.Sorted(maps.Keys(m.derived)))
	return nil
}

// checkViews compares every view, and its query asked ad hoc, with the model, all at one
// epoch.
func (l *life) checkViews(db *database, m *model) {
	db.t.Helper()
	for name := range m.derived {
		if r := db.e.Relation(db.relation(name).ID); r != nil {
			eventually(db.t, name+" is filled", func() bool { s, _ := r.Status(); return s != engine.Filling })
		}
	}
	db.run(`begin`)
	defer db.run(`commit`)
	ticks := 0
	if m.derived["v_src"] {
		fmt.Sscan(db.query(`select coalesce(sum(c), 0) from v_src`)[0], &ticks)
		if ticks%ticksPerTxn != 0 {
			db.t.Errorf("%d rows of the source are half a transaction", ticks)
		}
	}
	for _, d := range derivedRelations {
		if !m.derived[d.name] || d.sink || d.name == "v_mix" && !m.derived["v_src"] {
			continue
		}
		want := d.rows(m, ticks)
		if got := db.query(`select * from ` + d.name); !slices.Equal(got, want) {
			db.t.Errorf("%s\ngot  %q\nwant %q", d.name, got, want)
		}
		if got := db.query(d.query); !slices.Equal(got, want) {
			db.t.Errorf("%s\ngot  %q\nwant %q", d.query, got, want)
		}
	}
}

// checkSinks compares what the sinks show after a checkpoint with the model.
func (l *life) checkSinks(db *database, m *model) {
	db.t.Helper()
	rows, _ := l.ticks.state()
	if m.derived["v_src"] {
		eventually(db.t, "the source is read", func() bool {
			return slices.Equal(db.query(`select sum(c) from v_src`), []string{fmt.Sprint(rows)}) || rows == 0
		})
	}
	db.run(`checkpoint`)
	for _, d := range derivedRelations {
		if !m.derived[d.name] || !d.sink || d.name == "out_ticks" && !m.derived["v_src"] {
			continue
		}
		if got, _ := db.box(d.name); !slices.Equal(got, d.rows(m, int(rows))) {
			db.t.Errorf("%s\nshows %q\nwant  %q", d.name, got, d.rows(m, int(rows)))
		}
	}
}

// crashes takes crash clones at random file operations.
type crashes struct {
	mu     sync.Mutex
	fs     *state.CrashFS
	rng    *rand.Rand
	every  int
	l      *life
	clones []crash
	off    bool
}

type crash struct {
	fs *state.CrashFS
	p  promise
}

func (c *crashes) before(string, string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.off || c.rng.IntN(c.every) > 0 {
		return nil
	}
	p := c.l.promise()
	clone := state.CrashClone(c.fs, []int{0, 20, 50, 80, 100}[c.rng.IntN(5)], c.rng)
	p.tried = c.l.promise().tried
	c.clones = append(c.clones, crash{clone, p})
	return nil
}

// TestCrashAnywhere lives random lives with tables, views, a source and sinks, cuts the
// power at random file operations of theirs and of the recovery after, and checks what
// comes back.
func TestCrashAnywhere(t *testing.T) {
	want := knob("STREAMDB_CRASHES", 2000)
	if testing.Short() {
		want = min(want, 150)
	}
	start := time.Now()
	done := 0
	for seed := uint64(1); done < want && !t.Failed(); seed++ {
		done += crashingLife(t, seed)
	}
	t.Logf("%d crashes in %v", done, time.Since(start).Round(time.Millisecond))
}

func crashingLife(t *testing.T, seed uint64) (done int) {
	rng := rand.New(rand.NewPCG(seed, 1))
	l := &life{rng: rng, ticks: newUpstream()}
	fs := state.NewCrashFS()
	cs := &crashes{fs: fs, rng: rand.New(rand.NewPCG(seed, 2)), every: 40, l: l}
	periodic := func(cfg *engine.Config) {
		if seed%2 == 0 {
			cfg.CheckpointInterval = 3 * time.Millisecond
		}
	}
	db := mustOpen(t, state.Intercept(fs, cs.before), l.ticks, periodic)
	l.begin(db)
	for range 60 {
		l.move(db)
	}
	if m, ok := l.check(db, promise{l.acked, l.acked, 0}); ok {
		l.checkSinks(db, m)
	}
	db.close()
	for i, c := range cs.clones {
		again := &crashes{fs: c.fs, rng: cs.rng, every: 80, l: l}
		l.comeBack(t, state.Intercept(c.fs, again.before), c.p, again.end)
		for _, nested := range again.clones {
			l.comeBack(t, nested.fs, c.p, func() {})
		}
		done += 1 + len(again.clones)
		if t.Failed() {
			t.Logf("seed %d, crash %d", seed, i)
			return done
		}
	}
	return done
}

// end takes no more clones.
func (c *crashes) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.off = true
}

// comeBack recovers what a crash has left, tells that it is recovered, and lives on for a
// while.
func (l *life) comeBack(t *testing.T, fs state.FS, p promise, recovered func()) {
	db, err := open(t, fs, l.ticks)
	if err != nil {
		t.Errorf("recovery: %v", err)
		return
	}
	defer db.close()
	m, ok := l.check(db, p)
	recovered()
	if !ok {
		return
	}
	after := &life{rng: l.rng, ticks: l.ticks, states: []*model{nil, m}, acked: 1}
	for range l.rng.IntN(6) {
		after.move(db)
	}
	if m, ok := after.check(db, promise{after.acked, after.acked, 0}); ok {
		after.checkSinks(db, m)
	}
}
