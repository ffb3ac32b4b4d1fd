package file

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"slices"
	"time"

	"streamdb/connector"
	"streamdb/connector/format"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// reader reads the files one after another, in name order, as far as there is anything.
type reader struct {
	src   *source
	at    places
	names []string // files found at the last look
	next  int      // the one to try
	open  *input   // of names[next], nil if not open

	json  *format.JSON
	csv   *format.CSV
	rows  *format.Rows
	types []types.Type
	own   connector.OwnBatch
	batch *types.Batch // of the call under way
}

func newReader(s *source, at places) *reader {
	r := &reader{src: s, at: at, types: s.schema.Types()}
	if s.csv == nil {
		r.json = format.NewJSON(s.schema, types.DefaultStyle())
	} else {
		r.csv, r.rows = format.NewCSV(*s.csv), format.NewRows(s.schema, types.DefaultStyle())
	}
	return r
}

// Close closes the open file.
func (r *reader) Close() error { return r.leave() }

// leave closes the open file, if any.
func (r *reader) leave() error {
	if r.open == nil {
		return nil
	}
	err := r.open.file.Close()
	r.open = nil
	return err
}

// Next returns rows of the first file that has more of them.
func (r *reader) Next(ctx context.Context, limit connector.Limit) (connector.Chunk, error) {
	stop, err := decodePlaces(limit.Until)
	if err != nil {
		return connector.Chunk{}, err
	}
	r.batch = r.own.For(limit, r.types)
	defer func() { r.batch = nil }()
	bounded := limit.Until != nil
	c := connector.Chunk{After: r.at.encode()}
	if c.After.Reached(limit.Until) {
		return c, nil
	}
	for {
		if err := context.Cause(ctx); err != nil {
			return connector.Chunk{}, err
		}
		if r.names == nil {
			if err := r.look(); err != nil {
				return connector.Chunk{}, err
			}
		}
		for r.next < len(r.names) {
			end := int64(-1)
			if bounded {
				end = stop[r.names[r.next]].bytes
			}
			if err := r.read(&c, end, limit.Rows()); err != nil {
				return connector.Chunk{}, err
			}
			if c.Rows() > 0 || len(c.Bad) > 0 {
				c.After = r.at.encode()
				return c, nil
			}
			if err := r.leave(); err != nil {
				return connector.Chunk{}, fileError("could not close file", err)
			}
			r.next++
		}
		if done, err := r.exhausted(ctx, &c, limit.Until); done || err != nil {
			return c, err
		}
	}
}

// exhausted deals with having found no rows in any file: done with a chunk that only moves
// the place (blank lines, a header), or at the end, or after a wait not done.
func (r *reader) exhausted(ctx context.Context, c *connector.Chunk, until connector.Offset) (done bool, err error) {
	r.names, r.next = nil, 0
	before := c.After
	c.After = r.at.encode()
	switch {
	case c.After.Compare(before) != 0:
		return true, nil
	case until != nil:
		return false, pgerr.New(pgerr.ObjectNotInPrerequisiteState, "the files of the source no longer reach the place where another reader stood")
	case !r.src.follow:
		return false, io.EOF
	}
	t := time.NewTimer(r.src.poll)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false, context.Cause(ctx)
	case <-t.C:
		return false, nil
	}
}

// look lists the files anew. None that was read may be gone.
func (r *reader) look() error {
	names, err := r.src.files()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(r.at)) {
		if _, found := slices.BinarySearch(names, name); !found {
			return pgerr.New(pgerr.UndefinedFile, "file \"%s\" of the source is gone", name).
				WithDetail("%d bytes of it were read.", r.at[name].bytes).
				WithHint("Put it back and restart the server, or drop and create the source anew.")
		}
	}
	r.names = append([]string{}, names...)
	return nil
}

// read appends rows of the current file up to byte end (−1: as far as it goes).
func (r *reader) read(c *connector.Chunk, end int64, most int) error {
	name := r.names[r.next]
	at := r.at[name]
	if end >= 0 && at.bytes >= end {
		return nil
	}
	if r.open == nil {
		in, err := openInput(r.src, name, at)
		if err != nil {
			return err
		}
		r.open = in
	} else if err := r.open.unchanged(at); err != nil {
		return err
	}
	in := r.open
	// In once mode a last line without an end is a line; so is what ends where another
	// reader stood.
	whole := !r.src.follow || end >= 0
	r.batch.Reset()
	for r.batch.N+len(c.Bad) < most {
		record, size, err := in.record(r.recordEnd, at.bytes, end, whole)
		if err != nil {
			return err
		}
		if size == 0 {
			break
		}
		if !r.skipRecord(in, at, record) {
			if err := r.append(in, record); err != nil {
				c.Bad = append(c.Bad, connector.BadRow{
					Payload: slices.Clone(record), Offset: fmt.Sprintf("%s, line %d", name, at.lines+1), Err: pgerr.From(err),
				})
			}
		}
		at.bytes += int64(size)
		at.lines += in.lines
		in.keepTail()
	}
	if at.bytes > r.at[name].bytes {
		at.tail, at.sum = len(in.tail), crc32.Checksum(in.tail, castagnoli)
		r.at[name] = at
	}
	c.Batch = r.batch
	return nil
}

// skipRecord reports whether a record is no row: a header or a blank line.
func (r *reader) skipRecord(in *input, at place, record []byte) bool {
	if at.bytes == 0 && in.header != nil {
		return true
	}
	return len(record) == 0 && (r.csv == nil || len(r.src.schema) > 1)
}

// append decodes one record into the batch.
func (r *reader) append(in *input, record []byte) error {
	if r.json != nil {
		return r.json.Append(r.batch, record)
	}
	fields, err := r.csv.Split(record)
	if err != nil {
		return err
	}
	if in.header != nil {
		if fields, err = in.arrange(fields); err != nil {
			return err
		}
	}
	return r.rows.Append(r.batch, fields)
}

// recordEnd is the index behind the first whole record of buf, 0 if there is none.
func (r *reader) recordEnd(buf []byte) int {
	if r.csv != nil {
		return r.csv.RecordEnd(buf)
	}
	return lineEnd(buf)
}
