package session

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"streamdb/connector/all"
	"streamdb/server/engine"
	"streamdb/state"
	"streamdb/types/pgerr"
	"streamdb/wire"
)

const (
	fuzzPatience = time.Second     // a statement is cancelled after it
	fuzzGrace    = 5 * time.Second // and must end within it
	fuzzRounds   = 200             // statements until a file's tables are made anew
)

// FuzzStatements runs statements of the text tests, mutated, over the tables of the file
// they came from. Nothing may panic, end with an internal error, or go on after it has been
// cancelled. mix 0 runs the text as it is; another value mutates it by pieces of the others.
func FuzzStatements(f *testing.F) {
	corpus := loadCorpus(f)
	every := len(corpus.queries) / 100
	if v := flag.Lookup("test.fuzz"); v != nil && v.Value.String() != "" {
		every = 5
	}
	for i := 0; i < len(corpus.queries); i += every {
		q := corpus.queries[i]
		f.Add(uint8(q.file), q.text, uint64(i))
	}
	db := newFuzzDatabase(f, corpus)
	f.Fuzz(func(t *testing.T, file uint8, text string, mix uint64) {
		if mix != 0 {
			text = corpus.mutate(text, rand.New(rand.NewPCG(mix, uint64(file))))
		}
		db.run(t, int(file)%len(corpus.setup), text)
	})
}

// fuzzDatabase is an engine with a schema for each file of the corpus, made when needed.
type fuzzDatabase struct {
	srv    *Server
	corpus *corpus
	uses   map[int]int // by file: statements since its schema was made
}

func newFuzzDatabase(f *testing.F, c *corpus) *fuzzDatabase {
	e, err := engine.Open(engine.Config{
		Dir: "db", Open: state.OpenOptions{FS: state.NewCrashFS(), NoFsync: true, DiskReserve: -1},
		System: SystemRelations(), CheckpointInterval: -1, EpochInterval: time.Millisecond,
		Connectors: all.Table(), MemoryLimit: 2 << 30,
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = e.Close(context.Background()) })
	return &fuzzDatabase{srv: &Server{Engine: e}, corpus: c, uses: map[int]int{}}
}

// session is a new session that sees a file's tables.
func (db *fuzzDatabase) session(t *testing.T, file int) *Session {
	ws, err := db.srv.NewSession(context.Background(), wire.Startup{User: "root", Database: Database, PID: 7})
	if err != nil {
		t.Fatal(err)
	}
	s := ws.(*Session)
	schema := fmt.Sprintf("f%d", file)
	if n := db.uses[file]; n%fuzzRounds == 0 {
		ask(t, s, "DROP SCHEMA IF EXISTS "+schema+" CASCADE")
		ask(t, s, "CREATE SCHEMA "+schema)
		ask(t, s, "SET search_path = "+schema)
		for _, text := range db.corpus.setup[file] {
			ask(t, s, text)
		}
	}
	db.uses[file]++
	ask(t, s, "SET search_path = "+schema)
	return s
}

// run runs one text through the simple protocol and, if it is one statement, the extended.
func (db *fuzzDatabase) run(t *testing.T, file int, text string) {
	s := db.session(t, file)
	done := make(chan struct{})
	note := os.Getenv("FUZZ_NOTE") // a file that keeps the text if the process dies
	if note != "" {
		_ = os.WriteFile(note, []byte(fmt.Sprintf("%d\n%s\n", file, text)), 0o600)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	go func() {
		defer close(done)
		defer s.Close()
		for _, do := range []func() error{
			func() error { return s.SimpleQuery(ctx, text, &transcript{}) },
			func() error { return extended(ctx, s, text) },
		} {
			if err := do(); err != nil {
				s.Failed()
				if e := pgerr.From(err); e.Code == pgerr.InternalError {
					t.Errorf("%s\n%s", e.Message, text)
				}
			}
		}
	}()
	select {
	case <-done:
		return
	case <-time.After(fuzzPatience):
		cancel(pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request"))
	}
	select {
	case <-done:
	case <-time.After(fuzzGrace):
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		t.Fatalf("not ended %v after the cancel:\n%s\n%s", fuzzGrace, text, stacks)
	}
}

// extended prepares a statement, describes it, and runs it with every parameter NULL.
func extended(ctx context.Context, s *Session, text string) error {
	if err := s.Parse(ctx, "", text, nil); err != nil {
		return err
	}
	oids, cols, err := s.DescribeStatement(ctx, "")
	if err != nil {
		return err
	}
	if err := s.Bind(ctx, "", "", make([]wire.Param, len(oids)), []int16{1}); err != nil {
		return err
	}
	w := &described{cols: cols}
	for range 3 {
		if err := s.Execute(ctx, "", 7, w); err != nil {
			return err
		}
		if !w.suspended {
			break
		}
	}
	return s.Sync(ctx)
}

// described checks that a result has the columns that its statement was said to have.
type described struct {
	transcript
	cols      []wire.Column
	suspended bool
}

func (w *described) Columns(cols []wire.Column) error {
	if !sameColumns(cols, w.cols) {
		return pgerr.Internal("columns %v were described as %v", cols, w.cols)
	}
	return nil
}

func (w *described) Suspended() error { w.suspended = true; return nil }

func (w *described) Complete(string) error { w.suspended = false; return nil }

// mutate changes a statement at some places, mostly keeping its form.
func (c *corpus) mutate(text string, r *rand.Rand) string {
	toks := tokens(text)
	for range 1 + r.IntN(3) {
		toks = c.change(toks, r)
	}
	text = strings.Join(toks, " ")
	if !strings.HasPrefix(text, "SELECT") {
		return text
	}
	switch r.IntN(12) {
	case 0:
		return "CREATE MATERIALIZED VIEW fuzz_v AS " + text + "; SELECT * FROM fuzz_v; DROP MATERIALIZED VIEW IF EXISTS fuzz_v"
	case 1:
		return "SELECT count(*) FROM (" + text + ") AS fuzz_s"
	}
	return text
}

func (c *corpus) change(toks []string, r *rand.Rand) []string {
	if len(toks) == 0 || len(toks) > 2000 {
		return toks
	}
	at := r.IntN(len(toks))
	switch r.IntN(16) {
	case 0: // something less
		return splice(toks, at, min(len(toks), at+1+r.IntN(4)), nil)
	case 1: // something twice
		to := min(len(toks), at+1+r.IntN(6))
		return splice(toks, to, to, append([]string{}, toks[at:to]...))
	case 2: // a piece of another statement
		other := tokens(c.queries[r.IntN(len(c.queries))].text)
		from := r.IntN(len(other))
		return splice(toks, at, min(len(toks), at+r.IntN(3)), other[from:min(len(other), from+1+r.IntN(10))])
	case 3, 4, 5, 6: // a value for a value
		if k, ok := find(toks, at, isValue); ok {
			return splice(toks, k, k+1, c.values[r.IntN(len(c.values))])
		}
	case 7: // a group of the statement itself, elsewhere
		if from, to, ok := group(toks, at); ok {
			own := append([]string{}, toks[from:to]...)
			if from, to, ok = group(toks, r.IntN(len(toks))); ok {
				return splice(toks, from, to, own)
			}
		}
	case 8, 9: // a group for a group
		if from, to, ok := group(toks, at); ok {
			pool := c.groups[isQuery(toks[from:to])]
			return splice(toks, from, to, pool[r.IntN(len(pool))])
		}
	case 10, 11: // a function around a group or value
		call := c.calls[r.IntN(len(c.calls))]
		if from, to, ok := group(toks, at); ok {
			return splice(toks, from, to, append([]string{call}, toks[from:to]...))
		}
		if k, ok := find(toks, at, isValue); ok {
			return splice(toks, k, k+1, []string{call, "(", toks[k], ")"})
		}
	case 12: // a word of the statement for another
		if k, ok := find(toks, at, isName); ok {
			if l, ok := find(toks, r.IntN(len(toks)), isName); ok {
				return splice(toks, k, k+1, []string{toks[l]})
			}
		}
	}
	if kindOfToken(toks[at]) != keyToken || r.IntN(4) == 0 { // seldom: most are wrong elsewhere
		toks[at] = c.like(toks, at, r)
	}
	return toks
}

// find is the first token from at on that a test takes.
func find(toks []string, at int, test func(string) bool) (int, bool) {
	for k := range toks {
		if k = (at + k) % len(toks); test(toks[k]) {
			return k, true
		}
	}
	return 0, false
}

// splice replaces toks[from:to].
func splice(toks []string, from, to int, by []string) []string {
	out := append([]string{}, toks[:from]...)
	return append(append(out, by...), toks[to:]...)
}

// like is another token of the kind of the one at a place.
func (c *corpus) like(toks []string, at int, r *rand.Rand) string {
	pool := c.byKind[kindOfToken(toks[at])]
	if at+1 < len(toks) && toks[at+1] == "(" && isName(toks[at]) {
		pool = c.calls
	}
	if len(pool) == 0 {
		return toks[at]
	}
	return pool[r.IntN(len(pool))]
}

// group finds the parentheses that begin at or after at.
func group(toks []string, at int) (from, to int, ok bool) {
	for ; at < len(toks) && toks[at] != "("; at++ {
	}
	depth := 0
	for i := at; i < len(toks); i++ {
		switch toks[i] {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return at, i + 1, true
			}
		}
	}
	return 0, 0, false
}
