package state

import (
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"streamdb/types/pgerr"
)

// storeFS is the file system as Pebble sees it, better in three ways.
//
// It waits out a full disk: Pebble answers ENOSPC in its log or manifest by ending the
// process; behind storeFS its writes stall until space returns, while reads go on.
// (Commit refuses beforehand, by checkSpace; this is for the race.)
//
// It syncs the directory before a marker file appears. Pebble names its current MANIFEST
// by such a file, and syncs the two directory entries together, so that a file system
// which writes entries in any order could keep the marker and lose the MANIFEST.
//
// A failed fsync, or a write that failed for another reason than space, ends the process
// where it happens, with the name of the file (S4); Pebble would panic in places.
type storeFS struct {
	vfs.FS
	fatal    func(error)
	interval time.Duration
	onFull   func(name string) // told once per wait
}

func (p *storeFS) OpenDir(name string) (vfs.File, error) {
	f, err := p.FS.OpenDir(name)
	if err != nil {
		return nil, err
	}
	return &storeFile{File: f, fs: p, name: name}, nil
}

// mustWork passes on success and a full disk; any other outcome is the end.
func (p *storeFS) mustWork(verb, name string, err error) error {
	if err != nil && (verb == "fsync" || !isDiskFull(err)) {
		p.fatal(pgerr.New(pgerr.IOError, "could not %s \"%s\": %v", verb, name, err))
	}
	return err
}

// retry calls op until it fails with something other than a full disk, or not at all.
func (p *storeFS) retry(name string, op func() error) error {
	err := op()
	for told := false; isDiskFull(err); err = op() {
		if !told {
			p.onFull(name)
			told = true
		}
		time.Sleep(p.interval)
	}
	return err
}

func (p *storeFS) retryFile(name string, op func() (vfs.File, error)) (vfs.File, error) {
	var f vfs.File
	err := p.retry(name, func() (err error) {
		f, err = op()
		return err
	})
	if err != nil {
		return nil, err
	}
	return &storeFile{File: f, fs: p, name: name}, nil
}

func (p *storeFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasPrefix(p.FS.PathBase(name), "marker.") {
		if err := syncDir(p.FS, p.FS.PathDir(name)); err != nil {
			return nil, p.mustWork("fsync", name, err)
		}
	}
	return p.retryFile(name, func() (vfs.File, error) { return p.FS.Create(name, c) })
}

func (p *storeFS) OpenReadWrite(name string, c vfs.DiskWriteCategory, opts ...vfs.OpenOption) (vfs.File, error) {
	return p.retryFile(name, func() (vfs.File, error) { return p.FS.OpenReadWrite(name, c, opts...) })
}

func (p *storeFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	return p.retryFile(newname, func() (vfs.File, error) { return p.FS.ReuseForWrite(oldname, newname, c) })
}

func (p *storeFS) Link(oldname, newname string) error {
	return p.retry(newname, func() error { return p.FS.Link(oldname, newname) })
}

func (p *storeFS) Rename(oldname, newname string) error {
	return p.retry(newname, func() error { return p.FS.Rename(oldname, newname) })
}

// storeFile goes on where a write stopped short.
type storeFile struct {
	vfs.File
	fs   *storeFS
	name string
}

func (f *storeFile) Write(b []byte) (int, error) {
	done := 0
	err := f.fs.retry(f.name, func() error {
		n, err := f.File.Write(b[done:])
		done += n
		return f.fs.mustWork("write", f.name, err)
	})
	return done, err
}

func (f *storeFile) WriteAt(b []byte, off int64) (int, error) {
	done := 0
	err := f.fs.retry(f.name, func() error {
		n, err := f.File.WriteAt(b[done:], off+int64(done))
		done += n
		return f.fs.mustWork("write", f.name, err)
	})
	return done, err
}

func (f *storeFile) Sync() error { return f.fs.mustWork("fsync", f.name, f.File.Sync()) }

func (f *storeFile) SyncData() error { return f.fs.mustWork("fsync", f.name, f.File.SyncData()) }

func (f *storeFile) SyncTo(length int64) (bool, error) {
	full, err := f.File.SyncTo(length)
	return full, f.fs.mustWork("fsync", f.name, err)
}

// Preallocate is only a wish.
func (f *storeFile) Preallocate(off, length int64) error {
	if err := f.File.Preallocate(off, length); err != nil && !isDiskFull(err) {
		return err
	}
	return nil
}
