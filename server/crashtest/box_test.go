package crashtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"streamdb/connector"
	"streamdb/state"
	"streamdb/types"
)

// box is a sink into files of the crashable file system, one file per epoch: prepared under
// a name of its own, committed by a rename.
type box struct {
	fs      state.FS
	dir     string
	trouble *trouble
}

// trouble makes boxes fail.
type trouble struct{ prepare, commit func() error }

func call(f func() error) error {
	if f == nil {
		return nil
	}
	return f()
}

// boxSpec is the connector "box".
func boxSpec(fs state.FS, tr *trouble) *connector.Spec {
	return &connector.Spec{
		Name: "box",
		NewSink: func(cfg connector.Config) (connector.Sink, error) {
			b := &box{fs: fs, dir: boxDir(cfg.Name, cfg.ID), trouble: tr}
			if err := fs.MkdirAll(b.dir, 0o755); err != nil {
				return nil, err
			}
			return b, b.syncDir("")
		},
	}
}

func boxDir(name string, id uint64) string { return fmt.Sprintf("box-%s-%d", name, id) }

const pendingSuffix = ".pending"

func (b *box) path(e types.Epoch) string { return fmt.Sprintf("%s/%020d", b.dir, uint64(e)) }

func (b *box) syncDir(name string) error {
	d, err := b.fs.OpenDir(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (b *box) Prepare(_ context.Context, epoch types.Epoch, rows []*types.Batch) error {
	if err := call(b.trouble.prepare); err != nil {
		return err
	}
	var text []byte
	for _, r := range rows {
		for k := range r.Len() {
			i := r.Row(k)
			text = strconv.AppendInt(text, r.Weight(i), 10)
			for _, c := range r.Cols {
				text = append(text, '|')
				if !c.IsNull(i) {
					text = types.AppendText(text, c, i, types.DefaultStyle())
				}
			}
			text = append(text, '\n')
		}
	}
	if len(text) == 0 {
		return nil
	}
	f, err := b.fs.Create(b.path(epoch)+pendingSuffix, "")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return b.syncDir(b.dir)
}

func (b *box) Commit(_ context.Context, epoch types.Epoch) error {
	if err := call(b.trouble.commit); err != nil {
		return err
	}
	err := b.fs.Rename(b.path(epoch)+pendingSuffix, b.path(epoch))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return errors.Join(err, b.syncDir(b.dir))
}

func (b *box) Recover(ctx context.Context, committed types.Epoch) error {
	names, err := b.fs.List(b.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		text, pending := strings.CutSuffix(name, pendingSuffix)
		n, err := strconv.ParseUint(text, 10, 64)
		switch epoch := types.Epoch(n); {
		case err != nil:
			return err
		case !pending && epoch > committed:
			return fmt.Errorf("%s: epoch %d is shown, but %d is recovered", b.dir, epoch, committed)
		case pending && epoch <= committed:
			err = b.Commit(ctx, epoch)
		case pending:
			err = b.fs.Remove(b.dir + "/" + name)
		}
		if err != nil {
			return err
		}
	}
	return b.syncDir(b.dir)
}

func (b *box) Close() error { return nil }

// shown is what the committed files of a box add up to, a line per row, and the epochs they
// are of. A row with a negative sum is an error.
func shown(fs state.FS, dir string) (rows []string, epochs []types.Epoch, err error) {
	names, err := fs.List(dir)
	if err != nil {
		return nil, nil, err
	}
	slices.Sort(names)
	net := map[string]int64{}
	for _, name := range names {
		n, err := strconv.ParseUint(name, 10, 64)
		if err != nil {
			continue // pending
		}
		epochs = append(epochs, types.Epoch(n))
		f, err := fs.Open(dir + "/" + name)
		if err != nil {
			return nil, nil, err
		}
		text, err := io.ReadAll(f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, nil, err
		}
		for line := range strings.Lines(string(text)) {
			weight, row, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "|")
			w, err := strconv.ParseInt(weight, 10, 64)
			if err != nil {
				return nil, nil, fmt.Errorf("%s/%s: %q", dir, name, line)
			}
			net[row] += w
		}
	}
	for row, n := range net {
		if n < 0 {
			return nil, nil, fmt.Errorf("%s: %q is there %d times", dir, row, n)
		}
		for range n {
			rows = append(rows, row)
		}
	}
	slices.Sort(rows)
	return rows, epochs, nil
}
