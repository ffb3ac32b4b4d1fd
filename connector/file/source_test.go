package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"streamdb/connector"
	"streamdb/connector/connectortest"
	"streamdb/types"
)

var schema = types.Schema{{Name: "id", Type: types.Int4}, {Name: "name", Type: types.Text}}

// write puts files below a new root; appended to if they exist.
func write(t testing.TB, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t testing.TB, root string, opts connector.Options) connector.Source {
	t.Helper()
	s, err := SourceSpec().OpenSource(connector.Config{Env: connector.Env{FileRoot: root}, Options: opts, Schema: schema})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func jsonFiles() map[string]string {
	files := map[string]string{}
	for f := range 3 {
		for i := range 20 {
			files[fmt.Sprintf("in/%d.json", f)] += fmt.Sprintf(`{"id": %d, "name": "row %d"}`, f*100+i, i) + "\n"
		}
	}
	files["in/1.json"] += "\n{\"id\": \"x\"}\nnonsense\n{\"id\": 1}\n"
	files["in/2.json"] += `{"id": 7}` // no line end
	files["in/other.txt"] = "not read"
	return files
}

func TestContract(t *testing.T) {
	csv := map[string]string{
		"a.csv": "id,name\n1,x\n2,\"a\nb\"\nz,y\n3\n\n4,\"q\"\"q\"\r\n",
		"b.csv": "name,id\n,5\n\"\",6\n",
		"c.csv": "id,name\n",
	}
	for name, c := range map[string]struct {
		files      map[string]string
		opts       connector.Options
		lines, bad int
	}{
		"json": {jsonFiles(), connector.Options{"path": "in/*.json", "format": "json"}, 64, 2},
		"csv":  {csv, connector.Options{"path": "*.csv", "format": "csv", "csv.header": "true"}, 7, 2},
		"bom":  {map[string]string{"a.csv": "\ufeffid,name\n1,\ufeffx\n"}, connector.Options{"path": "a.csv", "format": "csv", "csv.header": "true"}, 1, 0},
		"none": {nil, connector.Options{"path": "*.csv", "format": "csv"}, 0, 0},
	} {
		for _, mode := range []string{"once", "follow"} {
			t.Run(name+"/"+mode, func(t *testing.T) {
				root := t.TempDir()
				write(t, root, c.files)
				opts := connector.Options{"mode": mode, "poll.interval": "5ms"}
				maps.Copy(opts, c.opts)
				lines := c.lines
				if mode == "follow" {
					if lines == 0 {
						return
					}
					write(t, root, map[string]string{"in/2.json": "\n"})
				}
				connectortest.Source(t, connectortest.SourceCase{
					Open:  func(t *testing.T) connector.Source { return open(t, root, opts) },
					Lines: lines, Bad: c.bad, Ends: mode == "once", Waits: mode == "follow",
				})
			})
		}
	}
}

// take reads until n lines came.
func take(t testing.TB, r connector.Reader, n int) (lines []string, after connector.Offset) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for len(lines) < n {
		c, err := r.Next(ctx, connector.Limit{})
		if err != nil {
			t.Fatal(err)
		}
		lines, after = append(lines, connectortest.Lines(c)...), c.After
	}
	return lines, after
}

func TestFollow(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{"b.json": `{"id":1}` + "\n" + `{"id":`})
	s := open(t, root, connector.Options{"path": "*.json", "format": "json", "mode": "follow", "poll.interval": "2ms"})
	defer s.Close()
	r, err := s.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, _ := take(t, r, 1)
	write(t, root, map[string]string{"b.json": `2}` + "\n"})
	more, _ := take(t, r, 1)
	got = append(got, more...)
	write(t, root, map[string]string{"a.json": `{"id":3}` + "\n"}) // sorts before what was read
	more, _ = take(t, r, 1)
	got = append(got, more...)
	write(t, root, map[string]string{"b.json": `{"id":4}` + "\n"})
	more, end := take(t, r, 1)
	got = append(got, more...)
	if g := strings.Join(got, " "); g != "|1|NULL |2|NULL |3|NULL |4|NULL" {
		t.Errorf("got %s", g)
	}

	// A reader from the start meets the first one exactly, in another order.
	r2, err := s.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r2.Close()
	write(t, root, map[string]string{"a.json": `{"id":5}` + "\n"})
	n := 0
	for {
		c, err := r2.Next(t.Context(), connector.Limit{Until: end})
		if err != nil {
			t.Fatal(err)
		}
		n += c.Rows()
		if c.After.Compare(end) == 0 {
			break
		}
	}
	if n != 4 {
		t.Errorf("the second reader read %d rows", n)
	}
	if more, _ := take(t, r2, 1); more[0] != "|5|NULL" {
		t.Errorf("then %s", more)
	}
}

func TestFilesThatChange(t *testing.T) {
	for name, c := range map[string]struct {
		change func(path string) error
		want   string
	}{
		"gone":      {os.Remove, `file "a.json" of the source is gone (SQLSTATE 58P01)`},
		"rewritten": {func(p string) error { return os.WriteFile(p, []byte(`{"id":7}`+"\n"+`{"id":8}`+"\n"), 0o600) }, `file "a.json" of the source was rewritten (SQLSTATE 55000)`},
		"truncated": {func(p string) error { return os.Truncate(p, 3) }, `file "a.json" of the source was truncated (SQLSTATE 55000)`},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			write(t, root, map[string]string{"a.json": `{"id":1}` + "\n"})
			s := open(t, root, connector.Options{"path": "*.json", "format": "json", "mode": "follow", "poll.interval": "2ms"})
			defer s.Close()
			r, err := s.Open(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			take(t, r, 1)
			if err := c.change(filepath.Join(root, "a.json")); err != nil {
				t.Fatal(err)
			}
			if _, err := r.Next(t.Context(), connector.Limit{}); err == nil || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestNothingOutsideTheRoot(t *testing.T) {
	outside, root := t.TempDir(), t.TempDir()
	write(t, outside, map[string]string{"secret.json": `{"id":1}` + "\n"})
	if err := os.Symlink(filepath.Join(outside, "secret.json"), filepath.Join(root, "link.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(root, "dir")); err != nil {
		t.Fatal(err)
	}
	env := connector.Env{FileRoot: root}
	for _, path := range []string{"../x.json", "/etc/passwd", "a/../../x", filepath.Join(outside, "secret.json")} {
		for _, f := range []func() error{
			func() error {
				_, err := SourceSpec().OpenSource(connector.Config{Env: env, Schema: schema, Options: connector.Options{"path": path, "format": "json"}})
				return err
			},
			func() error {
				_, err := SinkSpec().OpenSink(connector.Config{Env: env, Schema: schema, Options: connector.Options{"path": path}})
				return err
			},
		} {
			if err := f(); err == nil || !strings.Contains(err.Error(), "path") {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	for _, path := range []string{"link.json", "dir/*.json"} {
		s := open(t, root, connector.Options{"path": path, "format": "json"})
		r, err := s.Open(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.Next(t.Context(), connector.Limit{})
		if err == nil || c.Rows() > 0 {
			t.Errorf("%s: %d rows, %v", path, c.Rows(), err)
		}
		if path == "link.json" && errors.Is(err, io.EOF) {
			t.Errorf("%s: silently nothing", path)
		}
	}
	_, err := SourceSpec().OpenSource(connector.Config{Schema: schema, Options: connector.Options{"path": "x", "format": "csv"}})
	if err == nil || err.Error() != "files are not enabled on this server (SQLSTATE 55000)" {
		t.Errorf("without a root: %v", err)
	}
}

// A named pipe is no file: opening it would wait for a writer.
func TestPipesAreNotOpened(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{"in/a.json": `{"id": 1}` + "\n"})
	for _, pipe := range []string{"pipe", "in/b.json"} {
		if err := syscall.Mkfifo(filepath.Join(root, pipe), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"*/*.json":  "",
		"in/b.json": `"in/b.json" is not a regular file (SQLSTATE 42809)`,
		"in":        `"in" is not a regular file (SQLSTATE 42809)`,
	} {
		r, err := open(t, root, connector.Options{"path": path, "format": "json"}).Open(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.Next(t.Context(), connector.Limit{})
		if want == "" && (err != nil || c.Rows() != 1) || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%s: %d rows, %v", path, c.Rows(), err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for _, kind := range []string{"json", "csv"} {
		b.Run(kind, func(b *testing.B) {
			root := b.TempDir()
			line := map[string]string{"json": `{"id": 123456, "name": "a name of some length"}`, "csv": "123456,a name of some length"}[kind] + "\n"
			const rows = 200_000
			write(b, root, map[string]string{"in": strings.Repeat(line, rows)})
			s := open(b, root, connector.Options{"path": "in", "format": kind})
			n := 0
			for b.Loop() {
				r, err := s.Open(b.Context(), nil)
				if err != nil {
					b.Fatal(err)
				}
				for {
					c, err := r.Next(b.Context(), connector.Limit{})
					if errors.Is(err, io.EOF) {
						break
					}
					if err != nil {
						b.Fatal(err)
					}
					n += c.Rows()
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}

// TestRefusals: what cannot be read as it is named is said when the source is made.
func TestRefusals(t *testing.T) {
	root := t.TempDir()
	write(t, root, map[string]string{"dir/a.csv": "1,x\n", "a.csv.gz": "\x1f\x8b\x08\x00", "a.csv": "1,x\n"})
	for _, c := range []struct {
		opts connector.Options
		want string
	}{
		{connector.Options{"path": "dir", "format": "csv"}, `"dir" is not a regular file (SQLSTATE 42809)`},
		{connector.Options{"path": "nope.csv", "format": "csv"}, `could not open file "nope.csv": no such file or directory (SQLSTATE 58P01)`},
		{connector.Options{"path": "../a.csv", "format": "csv"}, `path "../a.csv" is not below the file root (SQLSTATE 42501)`},
		{connector.Options{"path": "[", "format": "csv"}, `invalid value for option "path": "[" (SQLSTATE 22023)`},
		{connector.Options{"path": "a.csv", "format": "json", "csv.header": "true"}, `invalid value for option "csv.header": "true" (SQLSTATE 22023)`},
		{connector.Options{"path": "a.csv", "format": "csv", "csv.quote": "''"}, `invalid value for option "csv.quote": "''" (SQLSTATE 22023)`},
	} {
		_, err := SourceSpec().Describe(t.Context(), connector.Config{Env: connector.Env{FileRoot: root}, Options: c.opts, Schema: schema})
		if err == nil || err.Error() != c.want {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
	}
	for _, mode := range []string{"once", "follow"} {
		s := open(t, root, connector.Options{"path": "*.gz", "format": "csv", "mode": mode})
		r, err := s.Open(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		const want = `file "a.csv.gz", which is compressed with gzip, is not supported (SQLSTATE 0A000)`
		if _, err := r.Next(t.Context(), connector.Limit{}); err == nil || err.Error() != want {
			t.Errorf("got %v\nwant %s", err, want)
		}
		r.Close()
		s.Close()
	}
}

// TestOldOffsets: places were written without tails.
func TestOldOffsets(t *testing.T) {
	old := connector.Offset("\x00\x00\x00\x00\x00\x00\x00\x04\x01a\x04\x01")
	p, err := decodePlaces(old)
	if err != nil || p["a"] != (place{bytes: 4, lines: 1}) {
		t.Errorf("got %v, %v", p, err)
	}
	if now := p.encode(); now.Compare(old) <= 0 {
		t.Errorf("%x does not come after %x", []byte(now), []byte(old))
	}
	if text := (&source{}).Place(old); text != "a: 4 bytes" {
		t.Errorf("got %s", text)
	}
}
