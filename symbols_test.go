package streamdb_test

import (
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// declared is every name declared at the top level of a package, as package.Name,
// package.Type.Method and package.Type.Field.
func declared(t *testing.T) (names, packages map[string]bool) {
	t.Helper()
	names, packages = map[string]bool{}, map[string]bool{}
	for _, f := range tree(t) {
		if f.ast.Name.Name == "main" || f.pkg == "." {
			continue
		}
		pkg := path.Base(f.pkg)
		packages[pkg] = true
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				names[pkg+"."+receiver(d)+d.Name.Name] = true
			case *ast.GenDecl:
				for _, s := range d.Specs {
					declareSpec(names, pkg, s)
				}
			}
		}
	}
	return names, packages
}

// receiver is the type of a method and a dot, "" for a function.
func receiver(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return ""
	}
	e := d.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.Name + "."
		default:
			return ""
		}
	}
}

func declareSpec(names map[string]bool, pkg string, s ast.Spec) {
	switch s := s.(type) {
	case *ast.ValueSpec:
		for _, n := range s.Names {
			names[pkg+"."+n.Name] = true
		}
	case *ast.TypeSpec:
		names[pkg+"."+s.Name.Name] = true
		var fields *ast.FieldList
		switch t := s.Type.(type) {
		case *ast.StructType:
			fields = t.Fields
		case *ast.InterfaceType:
			fields = t.Methods
		default:
			return
		}
		for _, f := range fields.List {
			for _, n := range f.Names {
				names[pkg+"."+s.Name.Name+"."+n.Name] = true
			}
		}
	}
}

var (
	inBackticks = regexp.MustCompile("`([^`\n]+)`")
	symbolName  = regexp.MustCompile(`^([a-z][a-z0-9]*)\.[A-Za-z]\w*(\.[A-Za-z]\w*)?$`)
	fileName    = regexp.MustCompile(`^[a-z]+(/[a-z_]+)*(/|/[a-z_]+\.(go|sh|sql|md))$`)
)

// TestNamesInDocs checks that the names of code and files that documents for developers
// give exist.
func TestNamesInDocs(t *testing.T) {
	names, packages := declared(t)
	files := []string{"ARCHITECTURE.md", "CONTRIBUTING.md", "docs/life-of-a-row.md", "docs/testing.md"}
	adrs, err := filepath.Glob("docs/adr/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, f := range append(files, adrs...) {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inBackticks.FindAllStringSubmatch(string(text), -1) {
			name := strings.TrimSuffix(m[1], "()")
			if s := symbolName.FindStringSubmatch(name); s != nil && packages[s[1]] {
				found++
				if !names[name] {
					t.Errorf("%s: there is no %s", f, name)
				}
			} else if fileName.MatchString(name) && name != "testdata/" { // the one of any package
				found++
				if _, err := os.Stat(name); err != nil {
					t.Errorf("%s: there is no %s", f, name)
				}
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d names found: is the pattern right?", found)
	}
}

// TestInvariants counts the lines that ARCHITECTURE.md owes.
func TestInvariants(t *testing.T) {
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count("\n"+string(text), "\nInvariant: "); n < 15 {
		t.Errorf("%d lines begin with Invariant:, want at least 15", n)
	}
}
