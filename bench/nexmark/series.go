package nexmark

import (
	"context"
	"fmt"
	"slices"
)

// runSeries runs a query as often as asked, in turns with the server without checkpoints,
// and writes a line for each run and one for the medians.
func runSeries(ctx context.Context, cfg *Config, name string) ([]Result, error) {
	var results, bare []Result
	for range max(cfg.Runs, 1) {
		r, err := runQuery(ctx, cfg, name)
		if err != nil {
			return results, err
		}
		results = append(results, r)
		fmt.Fprintln(cfg.Out, r)
		if cfg.Bare == nil {
			continue
		}
		on := *cfg
		on.Server = *cfg.Bare
		if r, err = runQuery(ctx, &on, name); err != nil {
			return results, err
		}
		bare = append(bare, r)
		fmt.Fprintf(cfg.Out, "%v, none asked for\n", r)
	}
	if len(results) == 1 && bare == nil {
		return results, nil
	}
	m := medianCPU(results)
	fmt.Fprintf(cfg.Out, "%-5s median of %d: %.0f events/cpu-s", name, len(results), m)
	if bare != nil {
		b := medianCPU(bare)
		fmt.Fprintf(cfg.Out, ", without checkpoints %.0f: their tax is %.0f %% of the CPU time", b, 100*(1-m/b))
	}
	fmt.Fprintln(cfg.Out)
	return results, nil
}

// medianCPU is the median of the events per second of CPU time.
func medianCPU(rs []Result) float64 {
	var all []float64
	for _, r := range rs {
		all = append(all, float64(r.Events)/max(r.CPU.Seconds(), 1e-2)) // ticks are that long
	}
	slices.Sort(all)
	return all[len(all)/2]
}
