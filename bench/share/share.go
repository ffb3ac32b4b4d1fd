package share

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"slices"
	"syscall"
	"time"

	"streamdb/bench/handwritten"
	"streamdb/planner/plan"
)

// Config says what to compare.
type Config struct {
	Queries  []string // of Names; nil: all
	Events   uint64   // of all kinds
	PerEpoch uint64   // events between two barriers
	Seed     int64    // of the events
	Rounds   int      // of both sides in turn
	Out      io.Writer
}

// Result is the comparison of one query. Figures are medians of the rounds.
type Result struct {
	Query        string
	Loop, Engine float64 // CPU-nanoseconds per event, garbage collection included
	Share        float64 // of the loop's speed, of each round
	Low, High    float64 // the quartiles of it
	Bar          float64 // the share asked for
	Rows         int64   // of changes, from either side
}

// String is r as a line of the table.
func (r Result) String() string {
	met := "met"
	if r.Share < r.Bar {
		met = "NOT MET"
	}
	return fmt.Sprintf("%-5s %12.2f %14.2f %7.1f %% (%.1f–%.1f) %5.0f %%  %s",
		r.Query, r.Loop, r.Engine, 100*r.Share, 100*r.Low, 100*r.High, 100*r.Bar, met)
}

const header = "query loop ns/event engine ns/event  share (quartiles)    bar"

// candidate is a query that both sides can run.
type candidate struct {
	name string
	loop func([]handwritten.Epoch, bool) handwritten.Result
	bar  float64
	// often is how many runs make one measurement: the cheap queries take but a few ms.
	often int
}

var candidates = [...]candidate{
	{"q1", handwritten.Q1, 0.40, 20},
	{"q2", handwritten.Q2, 0.40, 20},
	{"q4", handwritten.Q4, 0.25, 1},
	{"q17", handwritten.Q17, 0.25, 2},
}

// Names lists the queries that can be compared.
func Names() []string {
	var names []string
	for _, c := range candidates {
		names = append(names, c.name)
	}
	return names
}

// Run compares the queries one after another and writes a line for each. Both sides must
// emit the same number of changes.
func Run(cfg Config) ([]Result, error) {
	epochs, err := handwritten.Generate(cfg.Seed, cfg.Events, cfg.PerEpoch)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(cfg.Out, header)
	var results []Result
	for _, c := range candidates {
		if cfg.Queries != nil && !slices.Contains(cfg.Queries, c.name) {
			continue
		}
		r, err := c.compare(&cfg, epochs)
		if err != nil {
			return results, fmt.Errorf("%s: %w", c.name, err)
		}
		results = append(results, r)
		fmt.Fprintln(cfg.Out, r)
	}
	return results, nil
}

// round is one measurement of both sides.
type round struct{ loop, engine time.Duration }

func (r round) share() float64 { return float64(r.loop) / float64(r.engine) }

func (c *candidate) compare(cfg *Config, epochs []handwritten.Epoch) (Result, error) {
	root, err := planOf(c.name)
	if err != nil {
		return Result{}, err
	}
	want := c.loop(epochs, false).Rows
	var rounds []round
	for i := range cfg.Rounds + 1 {
		var r round
		r.loop = measure(func() {
			for range c.often {
				c.loop(epochs, false)
			}
		})
		var got int64
		if r.engine, got, err = c.runEngine(root, epochs); err != nil {
			return Result{}, err
		}
		if got != want*int64(c.often) {
			return Result{}, fmt.Errorf("the engine emits %d changes in %d runs, the loop %d in one", got, c.often, want)
		}
		if i > 0 { // the first one warms up
			rounds = append(rounds, r)
		}
	}
	events := float64(cfg.Events) * float64(c.often)
	loop, _, _ := spread(rounds, func(r round) float64 { return float64(r.loop) / events })
	engine, _, _ := spread(rounds, func(r round) float64 { return float64(r.engine) / events })
	share, low, high := spread(rounds, round.share)
	return Result{Query: c.name, Loop: loop, Engine: engine, Share: share, Low: low, High: high, Bar: c.bar, Rows: want}, nil
}

// runEngine runs the query as often as the loop and returns the CPU time of it, without that
// of making the dataflows.
func (c *candidate) runEngine(root plan.Node, epochs []handwritten.Epoch) (spent time.Duration, rows int64, err error) {
	flows := make([]*engine, c.often)
	for i := range flows {
		if flows[i], err = newEngine(root, epochs); err != nil {
			return 0, 0, err
		}
	}
	spent = measure(func() {
		for _, f := range flows {
			var n int64
			if n, err = f.run(); err != nil {
				return
			}
			rows += n
		}
	})
	return spent, rows, err
}

// measure is the CPU time this process spends while f runs. It begins with no garbage, so
// that each side pays for its own.
func measure(f func()) time.Duration {
	runtime.GC()
	start := cpuTime()
	f()
	return cpuTime() - start
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// spread is the median and the quartiles of a figure of the rounds.
func spread(rounds []round, figure func(round) float64) (median, low, high float64) {
	var fs []float64
	for _, r := range rounds {
		fs = append(fs, figure(r))
	}
	slices.SortFunc(fs, cmp.Compare[float64])
	return fs[len(fs)/2], fs[len(fs)/4], fs[3*len(fs)/4]
}
