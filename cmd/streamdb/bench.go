package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"streamdb/bench/latency"
	"streamdb/bench/nexmark"
	"streamdb/bench/share"
)

func benchCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "bench", Short: "run benchmarks against a server of their own"}
	cmd.AddCommand(benchNexmark(), benchInsert(), benchFresh(), benchShare())
	return cmd
}

func benchNexmark() *cobra.Command {
	var cfg nexmark.Config
	var serverArgs []string
	var tax bool
	cmd := &cobra.Command{
		Use:   "nexmark [QUERIES…]",
		Short: "the Nexmark queries into blackhole sinks",
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg.Queries, cfg.Out = args, os.Stdout
			if len(args) == 0 {
				cfg.Queries = nil
			}
			return withServer(cmd.Context(), serverArgs, func(ctx context.Context, dsn string, pid int) error {
				cfg.DSN, cfg.PID = dsn, pid
				if !tax {
					_, err := nexmark.Run(ctx, cfg)
					return err
				}
				bare := append([]string{"--checkpoint-interval=-1s"}, serverArgs...)
				return withServer(ctx, bare, func(ctx context.Context, dsn string, pid int) error {
					cfg.Bare = &nexmark.Server{DSN: dsn, PID: pid}
					_, err := nexmark.Run(ctx, cfg)
					return err
				})
			})
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&cfg.Events, "events", 2_000_000, "events of all kinds")
	f.Float64Var(&cfg.Rate, "rate", 0, "events per second; 0: as fast as they are read")
	f.Int64Var(&cfg.Seed, "seed", 1, "seed of the events")
	f.BoolVar(&cfg.Combined, "combined", false, "all kinds of events from one source")
	f.BoolVar(&cfg.View, "view", false, "into materialized views instead of sinks")
	f.StringArrayVar(&cfg.Options, "option", nil, "more options of the source, as name = 'value'")
	f.DurationVar(&cfg.Timeout, "timeout", 10*time.Minute, "of one query")
	f.IntVar(&cfg.Runs, "runs", 1, "runs of each query; their median is printed")
	f.BoolVar(&tax, "tax", false, "each run also on a server without checkpoints: what they cost")
	f.StringArrayVar(&serverArgs, "server", nil, "arguments of the server, such as --server=--workers=2")
	return cmd
}

func benchInsert() *cobra.Command {
	var n int
	var serverArgs []string
	cmd := &cobra.Command{
		Use:   "insert",
		Short: "from a single-row INSERT until a view shows it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withServer(cmd.Context(), serverArgs, func(ctx context.Context, dsn string, _ int) error {
				visible, acked, err := latency.Insert(ctx, dsn, n)
				fmt.Printf("visible  %v\nacked    %v\n", visible, acked)
				return err
			})
		},
	}
	cmd.Flags().IntVar(&n, "n", 2000, "rows")
	cmd.Flags().StringArrayVar(&serverArgs, "server", nil, "arguments of the server, such as --server=--fsync=false")
	return cmd
}

func benchFresh() *cobra.Command {
	var f freshness
	cmd := &cobra.Command{
		Use:   "fresh QUERIES…",
		Short: "from an event's due time until a view shows it",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, q := range args {
				if err := f.run(cmd.Context(), q); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().Float64Var(&f.rate, "rate", 0, "events per second; 0: half of what the server sustains")
	cmd.Flags().DurationVar(&f.full, "full", 10*time.Second, "how long that is measured, if checkpoints cost nothing")
	cmd.Flags().DurationVar(&f.during, "during", 10*time.Second, "how long to read")
	cmd.Flags().StringArrayVar(&f.server, "server", nil, "arguments of the server")
	return cmd
}

// freshness is what streamdb bench fresh was told.
type freshness struct {
	rate   float64
	full   time.Duration
	during time.Duration
	server []string
}

func (f *freshness) run(ctx context.Context, query string) error {
	text, err := nexmark.SQL(query)
	if err != nil {
		return err
	}
	rate := f.rate
	if rate == 0 {
		err = withServer(ctx, f.server, func(ctx context.Context, dsn string, _ int) error {
			most, err := latency.Sustained(ctx, dsn, text, f.full)
			rate = most / 2
			return err
		})
		if err != nil {
			return err
		}
	}
	return withServer(ctx, f.server, func(ctx context.Context, dsn string, _ int) error {
		s, err := latency.Fresh(ctx, dsn, rate, text, f.during)
		fmt.Printf("%-5s at %.0f events/s  %v\n", query, rate, s)
		return err
	})
}

func benchShare() *cobra.Command {
	var cfg share.Config
	cmd := &cobra.Command{
		Use:   "share [QUERIES…]",
		Short: "the engine beside hand-written loops over the same batches",
		RunE: func(_ *cobra.Command, args []string) error {
			cfg.Queries, cfg.Out = args, os.Stdout
			if len(args) == 0 {
				cfg.Queries = nil
			}
			_, err := share.Run(cfg)
			return err
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&cfg.Events, "events", 2_000_000, "events of all kinds")
	f.Uint64Var(&cfg.PerEpoch, "per-epoch", 100_000, "events between two barriers")
	f.Int64Var(&cfg.Seed, "seed", 1, "seed of the events")
	f.IntVar(&cfg.Rounds, "rounds", 11, "times each side runs")
	return cmd
}

// withServer runs f against a server of its own in a temporary directory.
func withServer(ctx context.Context, args []string, f func(ctx context.Context, dsn string, pid int) error) error {
	dir, err := os.MkdirTemp("", "streamdb-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr := lis.Addr().String()
	lis.Close()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, append([]string{
		"start", "--data-dir", filepath.Join(dir, "data"), "--listen", addr,
	}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // how it ends does not matter: its directory goes
	}()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.Contains(line, "ready") {
		return fmt.Errorf("the server did not start: %s %w", line, err)
	}
	return f(ctx, "postgres://root@"+addr+"/dev?sslmode=disable", cmd.Process.Pid)
}
