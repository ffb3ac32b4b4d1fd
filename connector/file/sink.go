package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"

	"streamdb/connector"
	"streamdb/connector/format"
	"streamdb/types"
	"streamdb/types/pgerr"
)

// sink writes JSON lines into one directory, a file per epoch with rows:
//
//	epoch-<20 digits>.jsonl.pending   prepared: whole and synced, not yet to be read
//	epoch-<20 digits>.jsonl           committed; the names sort as the epochs do
//
// Commit is a rename, so a file is there whole or not at all. Two sinks in one directory
// would overwrite each other's files: an open sink holds a lock on it.
type sink struct {
	root       *os.Root
	dir        string
	lock       *os.File // the directory
	writer     *format.JSONWriter
	appendOnly bool
	// fail stands for the machine dying at a named step; tests set it.
	fail func(step string) error
	// sync makes a file durable; tests that crash only in play leave it out.
	sync func(*os.File) error
}

var _ connector.Sink = (*sink)(nil)

const (
	filePrefix    = "epoch-"
	fileSuffix    = ".jsonl"
	pendingSuffix = ".pending"
)

// SinkSpec is the file connector as a sink.
func SinkSpec() *connector.Spec {
	return &connector.Spec{
		Name: "file",
		Doc:  "JSON lines, one file per epoch, exactly once",
		Options: []connector.OptionSpec{
			{Name: "path", Required: true, Doc: "directory below the file root; made if absent"},
			{Name: "type", Default: "upsert", Values: []string{"upsert", "append-only"}, Doc: "upsert: lines say insert or delete; append-only: lines are rows, and a deletion is an error"},
		},
		NewSink: func(cfg connector.Config) (connector.Sink, error) { return newSink(cfg) },
	}
}

func newSink(cfg connector.Config) (*sink, error) {
	dir, err := local(cfg.Env, cfg.Options["path"])
	if err != nil {
		return nil, err
	}
	root, err := openRoot(cfg.Env)
	if err != nil {
		return nil, err
	}
	s := &sink{
		root: root, dir: dir, writer: format.NewJSONWriter(cfg.Schema),
		appendOnly: cfg.Options["type"] == "append-only",
		fail:       func(string) error { return nil },
		sync:       (*os.File).Sync,
	}
	if err := root.MkdirAll(dir, 0o755); err != nil {
		root.Close() //nolint:errcheck // the first error counts
		return nil, fileError("could not make directory \""+dir+"\"", err)
	}
	if s.lock, err = lockDir(root, dir); err != nil {
		root.Close() //nolint:errcheck // the first error counts
		return nil, err
	}
	return s, nil
}

// lockDir takes a directory for one sink, of this server or another one, until the file is
// closed.
func lockDir(root *os.Root, dir string) (*os.File, error) {
	d, err := root.Open(dir)
	if err != nil {
		return nil, fileError("could not open directory \""+dir+"\"", err)
	}
	err = syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return d, nil
	}
	d.Close() //nolint:errcheck // the first error counts
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, pgerr.New(pgerr.ObjectInUse, "directory \"%s\" belongs to another sink", dir).
			WithHint("Choose another path: each sink needs a directory of its own.")
	}
	return nil, fileError("could not lock directory \""+dir+"\"", err)
}

func (s *sink) final(e types.Epoch) string {
	return path.Join(s.dir, fmt.Sprintf("%s%020d%s", filePrefix, uint64(e), fileSuffix))
}

// Prepare writes the epoch's pending file.
func (s *sink) Prepare(ctx context.Context, epoch types.Epoch, rows []*types.Batch) error {
	name := s.final(epoch) + pendingSuffix
	if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fileError("could not remove file \""+name+"\"", err)
	}
	data, err := s.encode(ctx, epoch, rows)
	if err != nil || len(data) == 0 {
		return err
	}
	if err := s.fail("write"); err != nil {
		return err
	}
	if err := s.write(name, data); err != nil {
		return fileError("could not write file \""+name+"\"", err)
	}
	if err := s.syncDir(); err != nil {
		return err
	}
	return s.fail("prepared")
}

// encode is the lines of an epoch, deletions first, so that a reader who applies them in
// order never sees two rows of one key.
func (s *sink) encode(ctx context.Context, epoch types.Epoch, rows []*types.Batch) (data []byte, err error) {
	if s.appendOnly {
		for _, b := range rows {
			if err := onlyInsertions(b); err != nil {
				return nil, err
			}
		}
	} else {
		for _, b := range rows {
			data = s.lines(data, epoch, b, "delete", -1)
		}
	}
	for _, b := range rows {
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		data = s.lines(data, epoch, b, "insert", 1)
	}
	return data, nil
}

// lines appends the lines of the rows whose weight has the given sign.
func (s *sink) lines(data []byte, epoch types.Epoch, b *types.Batch, op string, sign int64) []byte {
	for k := range b.Len() {
		i := b.Row(k)
		for w := b.Weight(i) * sign; w > 0; w-- {
			if !s.appendOnly {
				data = append(data, `{"op":"`...)
				data = append(data, op...)
				data = append(data, `","epoch":`...)
				data = strconv.AppendUint(data, uint64(epoch), 10)
				data = append(data, `,"row":`...)
			}
			data = s.writer.Append(data, b, i)
			if !s.appendOnly {
				data = append(data, '}')
			}
			data = append(data, '\n')
		}
	}
	return data
}

func onlyInsertions(b *types.Batch) error {
	for k := range b.Len() {
		if b.Weight(b.Row(k)) < 0 {
			return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "an append-only sink cannot take a deleted or changed row").
				WithHint("Create the sink WITH (type = 'upsert').")
		}
	}
	return nil
}

// write makes a file whole and synced.
func (s *sink) write(name string, data []byte) error {
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	half := len(data) / 2
	_, err = f.Write(data[:half])
	if err == nil {
		err = s.fail("half written")
	}
	if err == nil {
		_, err = f.Write(data[half:])
	}
	if err == nil {
		err = s.sync(f)
	}
	return errors.Join(err, f.Close())
}

// Commit renames the epoch's pending file. Without one the epoch had no rows, or was
// committed before.
func (s *sink) Commit(_ context.Context, epoch types.Epoch) error {
	if err := s.fail("commit"); err != nil {
		return err
	}
	name := s.final(epoch)
	err := s.root.Rename(name+pendingSuffix, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fileError("could not rename file \""+name+"\"", err)
	}
	if err := s.fail("renamed"); err != nil {
		return err
	}
	return s.syncDir()
}

// Recover commits what was prepared up to committed and removes what was prepared after it.
func (s *sink) Recover(ctx context.Context, committed types.Epoch) error {
	entries, err := fs.ReadDir(s.root.FS(), s.dir)
	if err != nil {
		return fileError("could not list directory \""+s.dir+"\"", err)
	}
	for _, entry := range entries {
		epoch, pending, ok := parseName(entry.Name())
		switch {
		case !ok:
			continue
		case !pending && epoch > committed:
			if committed == 0 {
				return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "directory \"%s\" holds files already, and a sink begins with an empty one", s.dir).
					WithHint("Choose another path, or move the files away: all rows will be written.")
			}
			return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "sink directory \"%s\" holds epoch %d, later than epoch %d that is recovered", s.dir, epoch, committed).
				WithHint("Move the files of later epochs away: their rows will be written again.")
		case !pending:
			continue
		case epoch <= committed:
			err = s.Commit(ctx, epoch)
		default:
			if err = s.fail("discard"); err == nil {
				err = s.root.Remove(path.Join(s.dir, entry.Name()))
			}
		}
		if err != nil {
			return err
		}
	}
	return s.syncDir()
}

// parseName reads the epoch from a file name.
func parseName(name string) (epoch types.Epoch, pending, ok bool) {
	name, ok = strings.CutPrefix(name, filePrefix)
	if !ok {
		return 0, false, false
	}
	name, pending = strings.CutSuffix(name, pendingSuffix)
	name, ok = strings.CutSuffix(name, fileSuffix)
	n, err := strconv.ParseUint(name, 10, 64)
	return types.Epoch(n), pending, ok && err == nil
}

// syncDir makes the directory's entries durable.
func (s *sink) syncDir() error {
	d, err := s.root.Open(s.dir)
	if err != nil {
		return fileError("could not open directory \""+s.dir+"\"", err)
	}
	if err := errors.Join(s.sync(d), d.Close()); err != nil {
		return fileError("could not sync directory \""+s.dir+"\"", err)
	}
	return nil
}

// Close lets go of the directory.
func (s *sink) Close() error { return errors.Join(s.lock.Close(), s.root.Close()) }
