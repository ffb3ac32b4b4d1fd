package nexmark

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"streamdb/server/servertest"
)

func TestMain(m *testing.M) {
	code := m.Run()
	servertest.RemoveBinary()
	os.Exit(code)
}

func TestQueries(t *testing.T) {
	names := Names()
	want := []string{"q0", "q1", "q2", "q3", "q4", "q7", "q8", "q14", "q15", "q16", "q17", "q20", "q21", "q22"}
	if !slices.Equal(names, want) {
		t.Errorf("got queries %v, want %v", names, want)
	}
	for _, name := range names {
		q, err := load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"person", "auction", "bid"} {
			reads := strings.Contains(q.text, "FROM "+table) || strings.Contains(q.text, "JOIN "+table) || strings.Contains(q.text, "("+table+",")
			if reads != slices.Contains(q.reads, table) {
				t.Errorf("%s says it reads %v, but %s: %v", name, q.reads, table, reads)
			}
		}
	}
	for _, name := range []string{"q5", "source", "x"} {
		if _, err := load(name); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestRun runs every query on a real server, into sinks and into views.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a server")
	}
	s := servertest.Start(t)
	const events = 5000
	for _, cfg := range []Config{{}, {View: true, Combined: true}} {
		var out bytes.Buffer
		cfg.Server, cfg.Events, cfg.Out = Server{s.DSN(), s.PID()}, events, &out
		cfg.Timeout = 30 * time.Second
		results, err := Run(context.Background(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if len(results) != len(Names()) || strings.Count(out.String(), "\n") != len(results)+1 {
			t.Errorf("%d results, table:\n%s", len(results), out.String())
		}
		for _, r := range results {
			if r.RowsIn == 0 || r.Wall == 0 || r.PeakRSS == 0 {
				t.Errorf("implausible: %+v", r)
			}
			if bids := int64(events / 50 * 46); r.Query == "q0" && !cfg.Combined && r.RowsIn != bids {
				t.Errorf("q0 read %d rows, want %d", r.RowsIn, bids)
			}
		}
	}
}

// TestSeries runs a query several times on two servers and asks for the medians.
func TestSeries(t *testing.T) {
	if testing.Short() {
		t.Skip("starts two servers")
	}
	s, bare := servertest.Start(t), servertest.Start(t, "--checkpoint-interval=-1s")
	var out bytes.Buffer
	results, err := Run(context.Background(), Config{
		Server: Server{s.DSN(), s.PID()}, Bare: &Server{bare.DSN(), bare.PID()},
		Queries: []string{"q0"}, Events: 300_000, Runs: 3, Out: &out, Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 3 || !strings.Contains(out.String(), "q0    median of 3:") || !strings.Contains(out.String(), "tax") {
		t.Errorf("%d results:\n%s", len(results), out.String())
	}
	for _, r := range results {
		if r.Checkpoints.Count == 0 {
			t.Errorf("no checkpoint: %+v", r)
		}
	}
}

func TestUsage(t *testing.T) {
	u, err := usageOf(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for start := u.cpu; u.cpu == start; {
		if u, err = usageOf(os.Getpid()); err != nil {
			t.Fatal(err)
		}
	}
	if u.peak < 1<<20 {
		t.Errorf("peak of %d bytes", u.peak)
	}
}
