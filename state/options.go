package state

import (
	"fmt"
	"os"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"streamdb/types"
)

// ExitStorageFailure is the exit code of a process whose disk has failed it.
const ExitStorageFailure = 70

// OpenOptions says how to open a data directory. The zero value is right for a server.
type OpenOptions struct {
	FS    FS                               // nil: the operating system's
	Fatal func(error)                      // a disk that cannot be trusted; must not return. nil: one line on stderr, exit code 70
	Logf  func(format string, args ...any) // rare notices for the operator; nil: none

	// RecoverTo accepts the loss of everything after this epoch when the directory turns
	// out damaged: it must be the epoch the store does hold, as the refusal names it.
	RecoverTo types.Epoch

	NoFsync      bool  // acknowledge before the disk has it
	SegmentBytes int64 // size at which the commit log starts a new file; 0: 64 MiB
	DiskReserve  int64 // free bytes below which writes are refused; 0: 5 %, at most 256 MiB; negative: none

	CacheBytes    int64 // Pebble's block cache; 0: 16 MiB
	MemTableBytes int   // 0: 16 MiB

	PlainRows   int   // a table's delta of fewer changes goes in as plain rows; 0: 4096
	BlockBytes  int   // 0: 64 KiB
	BatchBytes  int   // a checkpoint's blocks go to Pebble in batches of this size; 0: 32 MiB
	FoldRuns    int   // fold a table at this many unfolded sorted runs; 0: 16; negative: only by Fold
	FoldBytes   int64 // or at this many bytes of them; 0: 64 MiB
	FoldSSTSize int64 // size of the files a fold makes; 0: 32 MiB

	retryEvery time.Duration // how often a write of Pebble's is tried again on a full disk
}

func (o OpenOptions) withDefaults() OpenOptions {
	setDefault(&o.SegmentBytes, 64<<20)
	setDefault(&o.CacheBytes, 16<<20)
	setDefault(&o.MemTableBytes, 16<<20)
	setDefault(&o.PlainRows, 4096)
	setDefault(&o.BlockBytes, 64<<10)
	setDefault(&o.BatchBytes, 32<<20)
	setDefault(&o.FoldRuns, 16)
	setDefault(&o.FoldBytes, 64<<20)
	setDefault(&o.FoldSSTSize, 32<<20)
	setDefault(&o.retryEvery, 100*time.Millisecond)
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Fatal == nil {
		o.Fatal = exitOnFailure
	}
	if o.Logf == nil {
		o.Logf = func(string, ...any) {}
	}
	return o
}

func setDefault[T ~int | ~int64](v *T, to T) {
	if *v == 0 {
		*v = to
	}
}

func exitOnFailure(err error) {
	fmt.Fprintf(os.Stderr, "streamdb: fatal: %v\n", err)
	os.Exit(ExitStorageFailure)
}

func (o OpenOptions) reserve(dir string) uint64 {
	switch {
	case o.DiskReserve < 0:
		return 0
	case o.DiskReserve == 0:
		return reserveFor(o.FS, dir)
	}
	return uint64(o.DiskReserve)
}

// pebbleOptions is how streamdb runs Pebble: few big values and bulk loads, hardly a
// point read, little memory when idle.
func (s *Store) pebbleOptions(readOnly bool) *pebble.Options {
	o := &pebble.Options{
		FormatMajorVersion:          pebble.FormatNewest, // the default lets most log damage pass
		CacheSize:                   s.opts.CacheBytes,
		MemTableSize:                uint64(s.opts.MemTableBytes),
		MemTableStopWritesThreshold: 4,
		L0CompactionThreshold:       4,
		L0StopWritesThreshold:       64,
		LBaseMaxBytes:               64 << 20,
		MaxManifestFileSize:         8 << 20,
		MaxOpenFiles:                512,
		BytesPerSync:                1 << 20,
		CompactionConcurrencyRange:  func() (int, int) { return 1, 2 },
		ReadOnly:                    readOnly,
		ErrorIfNotExists:            readOnly,
		Logger:                      pebbleLogger{s},
		FS:                          s.opts.FS,
		EventListener: &pebble.EventListener{
			DataCorruption: func(info pebble.DataCorruptionInfo) {
				s.reportDamage(damaged("file \"%s\" is damaged: %v", info.Path, info.Details))
			},
			BackgroundError: func(err error) { s.backgroundError(err) },
		},
	}
	if !readOnly {
		o.FS = &storeFS{FS: s.opts.FS, fatal: s.opts.Fatal, interval: s.opts.retryEvery, onFull: func(name string) {
			s.opts.Logf("no space left to write %q: waiting", name)
		}}
	}
	for i := range o.Levels {
		o.Levels[i].BlockSize = 32 << 10
	}
	return o
}

// pebbleLogger is Pebble's log: silent but for what ends the process.
type pebbleLogger struct{ s *Store }

func (pebbleLogger) Infof(string, ...any) {}

func (l pebbleLogger) Errorf(format string, args ...any) {
	l.s.opts.Logf("%s", firstLine(fmt.Sprintf(format, args...)))
}

// Fatalf must not return: Pebble's state is undefined behind it.
func (l pebbleLogger) Fatalf(format string, args ...any) {
	l.s.opts.Fatal(storeError(l.s.kv, fmt.Errorf(format, args...)))
	panic("state: OpenOptions.Fatal has returned")
}
