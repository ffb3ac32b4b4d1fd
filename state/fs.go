package state

import (
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"syscall"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// FS is the file system everything durable goes through, so that tests can put a
// crashable or failing one underneath. A nil FS in options means the operating system's.
type FS = vfs.FS

// CrashFS is an in-memory file system that knows what was synced, for tests.
type CrashFS struct {
	*vfs.MemFS
	// Some methods of MemFS take a read lock twice, which deadlocks if CrashClone asks for
	// the write lock in between: they and CrashClone exclude each other.
	nested sync.Mutex
}

// NewCrashFS returns an empty crashable file system.
func NewCrashFS() *CrashFS { return &CrashFS{MemFS: vfs.NewCrashableMem()} }

// Link implements FS.
func (c *CrashFS) Link(oldname, newname string) error {
	c.nested.Lock()
	defer c.nested.Unlock()
	return c.MemFS.Link(oldname, newname)
}

// Lock implements FS.
func (c *CrashFS) Lock(name string) (io.Closer, error) {
	c.nested.Lock()
	defer c.nested.Unlock()
	return c.MemFS.Lock(name)
}

// ReuseForWrite implements FS.
func (c *CrashFS) ReuseForWrite(oldname, newname string, w vfs.DiskWriteCategory) (vfs.File, error) {
	c.nested.Lock()
	defer c.nested.Unlock()
	return c.MemFS.ReuseForWrite(oldname, newname, w)
}

// CrashClone returns what a power cut at this moment could leave of fs: all that was
// synced, and each unsynced block and directory entry with the given probability. rng may
// be nil for 0 percent.
func CrashClone(fs *CrashFS, unsyncedPercent int, rng *rand.Rand) *CrashFS {
	fs.nested.Lock()
	defer fs.nested.Unlock()
	return &CrashFS{MemFS: fs.MemFS.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: unsyncedPercent, RNG: rng})}
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
