package streamdb_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const (
	maxFileLines    = 800
	maxBodyLines    = 80
	maxIfaceMethods = 12
)

// bigInterfaces may have more than maxIfaceMethods methods, each for a reason.
var bigInterfaces = map[string]string{
	"wire.Session": "one method per duty of a session in the protocol",
}

// sourceFile is what the tests here look at in one Go file.
type sourceFile struct {
	path    string // from the root
	pkg     string // its folder; "." for the root
	test    bool
	lines   int
	imports []string
	ast     *ast.File
	fset    *token.FileSet
}

// tree is every Go file of the module, parsed once.
func tree(t *testing.T) []*sourceFile {
	t.Helper()
	files, err := parseTree()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

var parseTree = sync.OnceValues(func() (files []*sourceFile, err error) {
	err = filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(d.Name(), ".") && name != "."
		switch {
		case err != nil:
			return err
		case d.IsDir() && (hidden || d.Name() == "testdata" || d.Name() == "bin"):
			return fs.SkipDir
		case d.IsDir() || hidden || !strings.HasSuffix(name, ".go"):
			return nil
		}
		f, err := parseFile(name)
		files = append(files, f)
		return err
	})
	return files, err
})

func parseFile(name string) (*sourceFile, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	f := &sourceFile{
		path: filepath.ToSlash(name), pkg: path.Dir(filepath.ToSlash(name)), test: strings.HasSuffix(name, "_test.go"),
		lines: strings.Count(string(text), "\n"), ast: parsed, fset: fset,
	}
	for _, spec := range parsed.Imports {
		to, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		f.imports = append(f.imports, to)
	}
	return f, nil
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

func TestBudgets(t *testing.T) {
	for _, f := range tree(t) {
		if f.lines > maxFileLines {
			t.Errorf("%s: %d lines, at most %d", f.path, f.lines, maxFileLines)
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				f.checkFunc(t, n)
			case *ast.TypeSpec:
				f.checkInterface(t, n)
			}
			return true
		})
	}
}

func (f *sourceFile) checkFunc(t *testing.T, fn *ast.FuncDecl) {
	if fn.Recv == nil && fn.Name.Name == "init" {
		t.Errorf("%s: func init: register in an explicit table", f.path)
	}
	if fn.Body == nil {
		return
	}
	if n := f.fset.Position(fn.Body.End()).Line - f.fset.Position(fn.Body.Pos()).Line - 1; n > maxBodyLines {
		t.Errorf("%s: func %s has %d lines, at most %d", f.path, fn.Name.Name, n, maxBodyLines)
	}
}

func (f *sourceFile) checkInterface(t *testing.T, spec *ast.TypeSpec) {
	i, ok := spec.Type.(*ast.InterfaceType)
	if !ok || bigInterfaces[f.pkg+"."+spec.Name.Name] != "" {
		return
	}
	if n := i.Methods.NumFields(); n > maxIfaceMethods {
		t.Errorf("%s: interface %s has %d methods, at most %d", f.path, spec.Name.Name, n, maxIfaceMethods)
	}
}

// forbiddenNames say nothing about what is inside.
var forbiddenNames = strings.Fields("util utils common helper helpers misc base manager shared lib stuff")

func TestNames(t *testing.T) {
	for _, f := range tree(t) {
		name := strings.TrimSuffix(strings.TrimSuffix(path.Base(f.path), ".go"), "_test")
		if slices.Contains(forbiddenNames, name) || slices.Contains(forbiddenNames, path.Base(f.pkg)) {
			t.Errorf("%s: name the thing, not that there are things", f.path)
		}
	}
}

func TestPackageDocs(t *testing.T) {
	documented := map[string]int{}
	for _, f := range tree(t) {
		if f.test {
			continue
		}
		documented[f.pkg] += 0
		if f.ast.Doc != nil {
			documented[f.pkg]++
			if want := "Package " + f.ast.Name.Name + " "; f.ast.Name.Name != "main" && !strings.HasPrefix(f.ast.Doc.Text(), want) {
				t.Errorf("%s: the package comment should start with %q", f.path, want)
			}
		}
	}
	for _, pkg := range sortedKeys(documented) {
		if documented[pkg] != 1 {
			t.Errorf("package %s has %d package comments, want one", pkg, documented[pkg])
		}
	}
}

func TestGoMod(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if verb, _, _ := strings.Cut(strings.TrimSpace(line), " "); verb == "replace" || verb == "exclude" {
			t.Errorf("go.mod: %s: a %s does not reach those who import or install the module", strings.TrimSpace(line), verb)
		}
	}
}
