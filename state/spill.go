package state

import (
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/zeebo/xxh3"
)

// Spill is the folder of what is in files only because memory is scarce: records that this
// process writes once, reads back in order, and removes. Nothing is ever synced, and
// whatever a crash leaves is removed by the next Open.
type Spill struct {
	fs      FS
	dir     string
	reserve uint64
	next    atomic.Uint64
	bytes   atomic.Int64
	files   atomic.Int64
}

// Spill is the folder of the data directory for what does not fit into memory.
func (s *Store) Spill() *Spill { return s.spill }

// openSpill empties the folder.
func (s *Store) openSpill() error {
	fs := s.opts.FS
	dir := fs.PathJoin(s.dir, spillDir)
	if err := emptyDir(fs, dir); err != nil {
		return err
	}
	s.spill = &Spill{fs: fs, dir: dir, reserve: s.opts.reserve(s.dir)}
	return nil
}

// emptyDir removes the files of a folder.
func emptyDir(fs FS, dir string) error {
	names, err := fs.List(dir)
	if err != nil {
		return ioError("read", dir, err)
	}
	for _, name := range names {
		path := fs.PathJoin(dir, name)
		if err := fs.Remove(path); err != nil {
			return ioError("remove", path, err)
		}
	}
	return nil
}

// Bytes is the size of all files.
func (s *Spill) Bytes() int64 { return s.bytes.Load() }

// Files is their number.
func (s *Spill) Files() int64 { return s.files.Load() }

// A record of a spill file, padded to a multiple of 8:
//
//	32 B +  | sum 8 | size 8 | tag 8 | seq 8 | payload |
//
// sum is the hash of the payload plus that of the header behind it.
const spillHeader = 32

// SpillRecord is the header of a record: Tag and Seq are the writer's to choose.
type SpillRecord struct {
	Tag, Seq uint64
	Size     int   // bytes of the payload
	Next     int64 // where the next record begins
	off      int64
	sum      uint64
}

// SpillWriter writes one file.
type SpillWriter struct {
	s    *Spill
	path string
	f    vfs.File
	buf  []byte
	off  int64 // of the end of buf
	err  error
}

// spillBuffer is how much is gathered before it is written.
const spillBuffer = 1 << 20

// Create begins a file of about size bytes. Without space for it the error is 53100.
func (s *Spill) Create(size int64) (*SpillWriter, error) {
	if err := checkSpace(s.fs, s.dir, s.reserve, uint64(size)); err != nil {
		return nil, err
	}
	path := s.fs.PathJoin(s.dir, fmt.Sprintf("%d.spill", s.next.Add(1)))
	f, err := s.fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, ioError("create", path, err)
	}
	return &SpillWriter{s: s, path: path, f: f}, nil
}

// Add appends a record and returns where it begins; fill appends the payload to dst, whose
// length is a multiple of 8. An error is that of Finish.
func (w *SpillWriter) Add(tag, seq uint64, fill func(dst []byte) []byte) (off int64) {
	off = w.off
	from := len(w.buf)
	w.buf = append(w.buf, make([]byte, spillHeader)...)
	if fill != nil {
		w.buf = fill(w.buf)
	}
	rec := w.buf[from:]
	le := binary.LittleEndian
	le.PutUint64(rec[8:], uint64(len(rec)-spillHeader))
	le.PutUint64(rec[16:], tag)
	le.PutUint64(rec[24:], seq)
	le.PutUint64(rec, spillSum(rec[:spillHeader], rec[spillHeader:]))
	for len(w.buf)%8 != 0 {
		w.buf = append(w.buf, 0)
	}
	w.off += int64(len(w.buf) - from)
	if len(w.buf) >= spillBuffer {
		w.flush()
	}
	return off
}

// Size is the bytes added so far.
func (w *SpillWriter) Size() int64 { return w.off }

func spillSum(header, payload []byte) uint64 {
	return xxh3.Hash(payload) + xxh3.Hash(header[8:])
}

func (w *SpillWriter) flush() {
	if w.err == nil {
		if _, err := w.f.Write(w.buf); err != nil {
			w.err = ioError("write", w.path, err)
		}
	}
	w.buf = w.buf[:0]
}

// Finish ends the file; if that fails nothing is left of it.
func (w *SpillWriter) Finish() (*SpillFile, error) {
	w.flush()
	if err := w.f.Close(); err != nil && w.err == nil {
		w.err = ioError("close", w.path, err)
	}
	if w.err != nil {
		_ = w.s.fs.Remove(w.path) // the next Open does it at the latest
		return nil, w.err
	}
	w.s.bytes.Add(w.off)
	w.s.files.Add(1)
	return &SpillFile{s: w.s, path: w.path, Size: w.off}, nil
}

// SpillFile is a finished file.
type SpillFile struct {
	s    *Spill
	path string
	Size int64 // bytes
	once sync.Once
}

// Remove deletes the file. Who has it open may read on.
func (f *SpillFile) Remove() {
	f.once.Do(func() {
		_ = f.s.fs.Remove(f.path) // the next Open does it at the latest
		f.s.bytes.Add(-f.Size)
		f.s.files.Add(-1)
	})
}

// Open opens the file for reading.
func (f *SpillFile) Open() (*SpillReader, error) {
	v, err := f.s.fs.Open(f.path)
	if err != nil {
		return nil, ioError("open", f.path, err)
	}
	return &SpillReader{file: f, f: v}, nil
}

// SpillReader reads one file, for one goroutine.
type SpillReader struct {
	file *SpillFile
	f    vfs.File
	head [spillHeader]byte
}

// Header reads the header of the record at off.
func (r *SpillReader) Header(off int64) (SpillRecord, error) {
	if _, err := r.f.ReadAt(r.head[:], off); err != nil {
		return SpillRecord{}, r.broken(err)
	}
	le := binary.LittleEndian
	rec := SpillRecord{
		Tag: le.Uint64(r.head[16:]), Seq: le.Uint64(r.head[24:]), off: off, sum: le.Uint64(r.head[:]),
	}
	size := le.Uint64(r.head[8:])
	if size > uint64(r.file.Size-off-spillHeader) {
		return SpillRecord{}, r.broken(nil)
	}
	rec.Size = int(size)
	rec.Next = off + spillHeader + (int64(size)+7)&^7
	return rec, nil
}

// Payload reads the payload of the record whose header was read last, into memory of its
// own that begins at a multiple of 8.
func (r *SpillReader) Payload(rec SpillRecord) ([]byte, error) {
	words := make([]uint64, (rec.Size+7)/8)
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), rec.Size)
	if rec.Size > 0 {
		if _, err := r.f.ReadAt(b, rec.off+spillHeader); err != nil {
			return nil, r.broken(err)
		}
	}
	if spillSum(r.head[:], b) != rec.sum {
		return nil, r.broken(nil)
	}
	return b, nil
}

func (r *SpillReader) broken(err error) error {
	if err != nil {
		return damaged("file \"%s\" cannot be read: %v", r.file.path, err)
	}
	return damaged("file \"%s\" is damaged", r.file.path)
}

// Close gives the file back.
func (r *SpillReader) Close() { _ = r.f.Close() }
