package state

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/zeebo/xxh3"

	"streamdb/types/pgerr"
)

const (
	segmentHeaderSize = 64
	segmentSuffix     = ".log"
)

var segmentMagic = [8]byte{'s', 'd', 'b', 'l', 'o', 'g', 0, 1}

// segment is one file of the commit log. A segment is never shortened: where its
// records end is said by the next one's header, and what lies behind is a cut tail.
type segment struct {
	name    string // path
	first   LogPos // position of its first record
	prevEnd LogPos // where the segment before it ends (at most first)
	prevSum uint64 // sum of the last record before
}

func segmentName(first LogPos) string { return fmt.Sprintf("%016x%s", uint64(first), segmentSuffix) }

func parseSegmentName(name string) (LogPos, bool) {
	digits, ok := strings.CutSuffix(name, segmentSuffix)
	if !ok || len(digits) != 16 {
		return 0, false
	}
	first, err := strconv.ParseUint(digits, 16, 64)
	return LogPos(first), err == nil
}

func (s segment) encodeHeader() []byte {
	b := make([]byte, segmentHeaderSize)
	copy(b, segmentMagic[:])
	binary.LittleEndian.PutUint64(b[8:], uint64(s.first))
	binary.LittleEndian.PutUint64(b[16:], uint64(s.prevEnd))
	binary.LittleEndian.PutUint64(b[24:], s.prevSum)
	binary.LittleEndian.PutUint64(b[56:], xxh3.Hash(b[:56]))
	return b
}

// decodeHeader fills s from b and reports whether b is the header of the segment that
// starts at s.first.
func (s *segment) decodeHeader(b []byte) bool {
	if len(b) != segmentHeaderSize || [8]byte(b[:8]) != segmentMagic {
		return false
	}
	if binary.LittleEndian.Uint64(b[56:]) != xxh3.Hash(b[:56]) {
		return false
	}
	s.prevEnd = LogPos(binary.LittleEndian.Uint64(b[16:]))
	s.prevSum = binary.LittleEndian.Uint64(b[24:])
	return LogPos(binary.LittleEndian.Uint64(b[8:])) == s.first && s.prevEnd <= s.first
}

// createSegment makes a segment with a synced header appear under its name in one step,
// and returns it open for writing behind the header.
func createSegment(fs FS, s segment) (vfs.File, error) {
	tmp := s.name + ".tmp"
	f, err := fs.Create(tmp, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(s.encodeHeader())
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = fs.Rename(tmp, s.name)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	if err := syncDir(fs, fs.PathDir(s.name)); err != nil {
		f.Close()
		// The segment is there, so this is no lack of space that a later attempt cures.
		return nil, pgerr.New(pgerr.IOError, "could not fsync the directory of \"%s\": %v", s.name, err)
	}
	return f, nil
}

// segmentReader yields the records of one segment in order.
type segmentReader struct {
	f    vfs.File
	seg  segment
	size int64
	off  int64  // of the next record in the file
	sum  uint64 // of the record before it
	buf  []byte // read ahead, from off on
}

func openSegment(fs FS, seg segment) (*segmentReader, error) {
	f, err := fs.Open(seg.name, vfs.SequentialReadsOption)
	if err != nil {
		return nil, ioError("open", seg.name, err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, ioError("read", seg.name, err)
	}
	r := &segmentReader{f: f, seg: seg, size: info.Size()}
	head, err := r.fill(segmentHeaderSize)
	if err != nil {
		f.Close()
		return nil, err
	}
	if !r.seg.decodeHeader(head) {
		f.Close()
		return nil, damaged("commit log file \"%s\" is damaged: its header is not valid", seg.name)
	}
	r.advance(segmentHeaderSize)
	r.sum = r.seg.prevSum
	return r, nil
}

func (r *segmentReader) close() error { return r.f.Close() }

// pos is the position of the next record.
func (r *segmentReader) pos() LogPos { return r.seg.first + LogPos(r.off-segmentHeaderSize) }

const readAheadBytes = 256 << 10

// fill returns n bytes from the reader's place on, or fewer at the end of the file.
func (r *segmentReader) fill(n int) ([]byte, error) {
	n = int(min(int64(n), r.size-r.off))
	if len(r.buf) >= n {
		return r.buf[:n], nil
	}
	want := int(min(int64(max(n, readAheadBytes)), r.size-r.off))
	// Records handed out alias the old buffer, so a new one is needed.
	buf := make([]byte, want)
	have := copy(buf, r.buf)
	if _, err := r.f.ReadAt(buf[have:], r.off+int64(have)); err != nil && !errors.Is(err, io.EOF) {
		return nil, ioError("read", r.seg.name, err)
	}
	r.buf = buf
	return buf[:n], nil
}

func (r *segmentReader) advance(n int) { r.off, r.buf = r.off+int64(n), r.buf[n:] }

// next returns the next record; ok is false where no intact, chained record follows.
func (r *segmentReader) next() (rec record, ok bool, err error) {
	head, err := r.fill(recordHeaderSize)
	if err != nil || len(head) < recordHeaderSize {
		return record{}, false, err
	}
	n := int64(binary.LittleEndian.Uint32(head[32:]))
	if n > maxRecordBytes || n > r.size-r.off-recordHeaderSize {
		return record{}, false, nil
	}
	body, err := r.fill(recordHeaderSize + int(n))
	if err != nil {
		return record{}, false, err
	}
	rec, ok = decodeRecord(body, r.pos())
	if !ok || rec.prev != r.sum {
		return record{}, false, nil
	}
	r.advance(len(body))
	r.sum = rec.sum
	return rec, true, nil
}

// tornTail decides about bytes that are no record at the end of the newest segment: nil
// when a crash explains them, an error when a later record proves that they were synced.
func (r *segmentReader) tornTail() error {
	rest, err := r.fill(int(r.size - r.off))
	if err != nil {
		return err
	}
	if provesSynced(rest, r.pos(), r.pos()) {
		return r.damage()
	}
	return nil
}

func (r *segmentReader) damage() error {
	return damaged("commit log file \"%s\" is damaged at offset %d", r.seg.name, r.off).
		WithDetail("The last good position is %d.", r.pos())
}
