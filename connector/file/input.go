package file

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"os"

	"streamdb/connector/format"
	"streamdb/types/pgerr"
)

const (
	bufferSize = 256 << 10
	// maxRecord bounds one record, so that a file without line ends does not eat the memory.
	maxRecord = 64 << 20
)

// input is one open file and the part of it in memory.
type input struct {
	name   string
	file   *os.File
	buf    []byte
	base   int64  // place in the file of buf[0]
	raw    []byte // the last record with its line end
	lines  int64  // of it
	tail   []byte // the end of the last record that was taken
	header []int  // csv with a header: the field of each column
	fields int    // in the header
	out    [][]byte
}

// openInput opens a file to be read from place at on.
func openInput(s *source, name string, at place) (*input, error) {
	f, err := openNow(s.root, name)
	if err != nil {
		return nil, fileError("could not open file \""+name+"\"", err)
	}
	in := &input{name: name, file: f, base: at.bytes}
	if err = in.notCompressed(); err == nil {
		err = in.unchanged(at)
	}
	if err == nil && s.header {
		err = in.readHeader(s)
	}
	if err != nil {
		f.Close() //nolint:errcheck // the first error counts
		return nil, err
	}
	return in, nil
}

// byteOrderMark may stand before the first record, as some programs write it.
var byteOrderMark = []byte("\ufeff")

// notCompressed refuses what would be one undecodable row after another.
func (in *input) notCompressed() error {
	var magic [4]byte
	if _, err := in.file.ReadAt(magic[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return fileError("could not read file \""+in.name+"\"", err)
	}
	for how, begins := range map[string]string{"gzip": "\x1f\x8b", "zstd": "\x28\xb5\x2f\xfd"} {
		if bytes.HasPrefix(magic[:], []byte(begins)) {
			return pgerr.Unsupported("file \""+in.name+"\", which is compressed with "+how+",", "Decompress it first.")
		}
	}
	return nil
}

// unchanged checks that the file still reaches to at, and that what stands before it is
// what was read.
func (in *input) unchanged(at place) error {
	info, err := in.file.Stat()
	if err != nil {
		return fileError("could not read file \""+in.name+"\"", err)
	}
	if info.Size() < at.bytes {
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "file \"%s\" of the source was truncated", in.name).
			WithDetail("It has %d bytes, and %d were read.", info.Size(), at.bytes).
			WithHint("Write new rows to a new file, or drop and create the source anew.")
	}
	tail := make([]byte, at.tail)
	if _, err := in.file.ReadAt(tail, at.bytes-int64(at.tail)); err != nil && !errors.Is(err, io.EOF) {
		return fileError("could not read file \""+in.name+"\"", err)
	}
	if at.tail > 0 && crc32.Checksum(tail, castagnoli) != at.sum {
		return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "file \"%s\" of the source was rewritten", in.name).
			WithDetail("What was read of it is not there any more.").
			WithHint("Write new rows to a new file, or drop and create the source anew.")
	}
	return nil
}

// readHeader finds the columns in the first record. A file still empty has none yet.
func (in *input) readHeader(s *source) error {
	csv := format.NewCSV(*s.csv)
	start := &input{name: in.name, file: in.file}
	record, size, err := start.record(csv.RecordEnd, 0, -1, !s.follow)
	if err != nil {
		return err
	}
	in.header = []int{}
	if size == 0 {
		return nil
	}
	names, err := csv.Split(record)
	if err != nil {
		return err
	}
	in.fields = len(names)
	for _, col := range s.schema {
		k := -1
		for i, n := range names {
			if string(n) == col.Name {
				k = i
			}
		}
		if k < 0 {
			return pgerr.New(pgerr.UndefinedColumn, "the header of file \"%s\" has no column \"%s\"", in.name, col.Name)
		}
		in.header = append(in.header, k)
	}
	return nil
}

// arrange puts the fields of a record into the columns' order.
func (in *input) arrange(fields [][]byte) ([][]byte, error) {
	if len(fields) != in.fields {
		return nil, pgerr.New(pgerr.BadCopyFileFormat, "the record has %d fields, the header %d", len(fields), in.fields)
	}
	in.out = in.out[:0]
	for _, k := range in.header {
		in.out = append(in.out, fields[k])
	}
	return in.out, nil
}

// record returns the record at place at and its size with its line end, size 0 if it is not
// whole yet. end bounds the file (−1: as far as it goes); with whole, what stands before
// the end is a record even without a line end.
func (in *input) record(recordEnd func([]byte) int, at, end int64, whole bool) (record []byte, size int, err error) {
	for {
		have := in.buf[at-in.base:]
		if end >= 0 && int64(len(have)) > end-at {
			have = have[:end-at]
		}
		n := recordEnd(have)
		if n == 0 {
			if end >= 0 && int64(len(have)) == end-at {
				n = len(have)
			} else if more, err := in.fill(at); err != nil {
				return nil, 0, err
			} else if more {
				continue
			} else if whole {
				n = len(have)
			}
		}
		record = have[:n]
		in.raw = record
		if at == 0 {
			record = bytes.TrimPrefix(record, byteOrderMark)
		}
		in.lines = int64(bytes.Count(record, []byte{'\n'}))
		return trimEnd(record), n, nil
	}
}

// fill reads more into the buffer, dropping what is before at; false at the end of file.
func (in *input) fill(at int64) (bool, error) {
	keep := copy(in.buf, in.buf[at-in.base:])
	in.buf, in.base = in.buf[:keep], at
	if keep > maxRecord {
		return false, pgerr.New(pgerr.ProgramLimitExceeded, "a record of file \"%s\" is longer than %d bytes", in.name, maxRecord)
	}
	if cap(in.buf)-keep < bufferSize/2 {
		in.buf = append(make([]byte, 0, 2*cap(in.buf)+bufferSize), in.buf...)
	}
	n, err := in.file.ReadAt(in.buf[keep:cap(in.buf)], in.base+int64(keep))
	in.buf = in.buf[:keep+n]
	if err != nil && !errors.Is(err, io.EOF) {
		return false, fileError("could not read file \""+in.name+"\"", err)
	}
	return n > 0, nil
}

// keepTail notes the end of the last record, which the next one may overwrite.
func (in *input) keepTail() {
	in.tail = append(in.tail[:0], in.raw[max(0, len(in.raw)-maxTail):]...)
}

// lineEnd is the index behind the first line of buf, 0 if it has no end.
func lineEnd(buf []byte) int { return bytes.IndexByte(buf, '\n') + 1 }

// trimEnd cuts a line end off.
func trimEnd(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'})
}
