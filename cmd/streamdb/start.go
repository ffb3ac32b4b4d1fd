package main

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"streamdb/connector/all"
	"streamdb/server"
)

func startCommand() *cobra.Command {
	var cfg server.Config
	var memory, lag, config, profile string
	var fsync, verbose bool
	cmd := &cobra.Command{
		Use:   "start",
		Short: "start the server",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if config != "" {
				if err := readConfig(cmd.Flags(), config); err != nil {
					return err
				}
			}
			var err error
			if cfg.MemoryLimit, err = parseMemoryLimit(memory); err != nil {
				return err
			}
			if cfg.MaxViewLag, err = parseBytes(lag); err != nil {
				return err
			}
			cfg.NoFsync, cfg.Connectors = !fsync, all.Table()
			level := slog.LevelWarn
			if verbose {
				level = slog.LevelInfo
			}
			cfg.Log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
			stop, err := startProfile(profile)
			if err != nil {
				return err
			}
			defer stop()
			return runServer(cfg)
		},
	}
	f := cmd.Flags()
	f.StringVar(&cfg.DataDir, "data-dir", "streamdb-data", "the database's directory, made if absent")
	f.StringVar(&cfg.Listen, "listen", "127.0.0.1:4566", "address to listen on")
	f.BoolVar(&cfg.Insecure, "insecure", false, "allow an address that is not loopback (there are no passwords)")
	f.StringVar(&memory, "memory-limit", "auto", "bytes the engine may use, such as 2GiB; auto: three fifths of the machine's or its control group's; 0: no limit")
	f.StringVar(&lag, "max-view-lag", "4GiB", "bytes of changes a relation keeps for its slowest view, on disk if need be, before it is slowed")
	f.StringVar(&cfg.FileRoot, "file-root", "", "directory below which file sources and sinks may work")
	f.IntVar(&cfg.Workers, "workers", 1, "workers per view")
	f.DurationVar(&cfg.EpochInterval, "epoch-interval", 10*time.Millisecond, "time between epochs while there is input")
	f.DurationVar(&cfg.CheckpointInterval, "checkpoint-interval", time.Second, "time between checkpoints while something changes; negative: on demand")
	f.BoolVar(&fsync, "fsync", true, "make commits durable before acknowledging them (off is for measuring)")
	f.Uint64Var(&cfg.RecoverTo, "recover-to", 0, "accept the loss of everything after this epoch, as a refusal to start names it")
	f.BoolVar(&verbose, "verbose", false, "log more")
	f.StringVar(&config, "config", "", "file with `flag = value` lines")
	f.StringVar(&profile, "cpu-profile", "", "write a CPU profile to this file")
	return cmd
}

// startProfile writes a CPU profile to path until the returned func is called.
func startProfile(path string) (stop func(), err error) {
	if path == "" {
		return func() {}, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}

// switches are PostgreSQL's words for true and false.
var switches = map[string]string{"on": "true", "off": "false", "yes": "true", "no": "false"}

// readConfig sets the flags that the command line left alone from a file of
// `name = value` lines; of several for one name the last counts.
func readConfig(flags *pflag.FlagSet, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	given := map[string]bool{} // on the command line
	flags.Visit(func(f *pflag.Flag) { given[f.Name] = true })
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		line := strings.TrimSpace(sc.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name = strings.ReplaceAll(strings.TrimSpace(name), "_", "-")
		flag := flags.Lookup(name)
		if !ok || flag == nil || name == "config" || name == "help" {
			return fmt.Errorf("%s, line %d: unknown setting %q", path, n, name)
		}
		if given[name] {
			continue
		}
		value = strings.Trim(strings.TrimSpace(value), `"'`)
		if on, ok := switches[value]; ok && flag.Value.Type() == "bool" {
			value = on
		}
		if err := flags.Set(name, value); err != nil {
			return fmt.Errorf("%s, line %d: %w", path, n, err)
		}
	}
	return sc.Err()
}

// byteUnits are the units of sizes.
var byteUnits = []struct {
	unit string
	size float64
}{
	{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"kB", 1 << 10}, {"B", 1},
}

func parseBytes(s string) (int64, error) {
	size := 1.0
	text := strings.TrimSpace(s)
	for _, u := range byteUnits {
		if num, ok := strings.CutSuffix(text, u.unit); ok {
			text, size = strings.TrimSpace(num), u.size
			break
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f < 0 {
		return 0, fmt.Errorf("invalid size %q: write it like 2GiB", s)
	}
	return int64(f * size), nil
}

// shutdownTime is what ending may take, a moment to leave the process excepted.
const shutdownTime = 3500 * time.Millisecond

// runServer runs until a signal to end comes; a second one ends it at once.
func runServer(cfg server.Config) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	s, err := server.Start(cfg)
	if err != nil {
		return err
	}
	fmt.Printf("streamdb is ready: psql -h %s -d dev -U root\n", psqlAddr(s.Addr().AddrPort()))
	<-ctx.Done()
	stop()
	end, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	return s.Shutdown(end)
}

// psqlAddr is an address as psql's options; one that stands for all is reached on loopback.
func psqlAddr(addr netip.AddrPort) string {
	host := addr.Addr().Unmap()
	if host.IsUnspecified() {
		host = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	return fmt.Sprintf("%s -p %d", host, addr.Port())
}
