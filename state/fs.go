package state

import (
	"errors"
	"math/rand/v2"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// FS is the file system everything durable goes through, so that tests can put a
// crashable or failing one underneath. A nil FS in options means the operating system's.
type FS = vfs.FS

// CrashFS is an in-memory file system that knows what was synced.
type CrashFS = vfs.MemFS

// NewCrashFS returns an empty crashable file system, for tests.
func NewCrashFS() *CrashFS { return vfs.NewCrashableMem() }

// CrashClone returns what a power cut at this moment could leave of fs: all that was
// synced, and each unsynced block and directory entry with the given probability.
func CrashClone(fs *CrashFS, unsyncedPercent int, rng *rand.Rand) *CrashFS {
	return fs.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: unsyncedPercent, RNG: rng})
}

// isDiskFull tells a lack of space from every other failure.
func isDiskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// syncDir makes the entries of a directory durable.
func syncDir(fs FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// writeFileAtomic makes name hold data, or leaves it as it was: the bytes are synced
// under another name before they take the place of the old ones.
func writeFileAtomic(fs FS, name string, data []byte) error {
	tmp := name + ".tmp"
	f, err := fs.Create(tmp, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := fs.Rename(tmp, name); err != nil {
		return err
	}
	return syncDir(fs, fs.PathDir(name))
}
