package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	root   = ".."
	module = "github.com/plumbline-sync/plumbline/"
)

// source is one Go file of the tree.
type source struct {
	path   string // from the root, with slashes
	ast    *ast.File
	lines  int
	isTest bool
}

func (s source) folder() string { return path.Dir(s.path) }

// tree is all that the rules look at.
type tree struct {
	fset    *token.FileSet
	sources []source
	pages   map[string]string // Markdown by path
}

// at says where something is, from the root.
func (t *tree) at(pos token.Pos) string {
	p := t.fset.Position(pos)
	p.Column = 0
	return p.String()
}

// folders returns the sources by folder.
func (t *tree) folders() map[string][]source {
	all := make(map[string][]source)
	for _, s := range t.sources {
		all[s.folder()] = append(all[s.folder()], s)
	}
	return all
}

// read parses the tree, once for all tests.
var read = sync.OnceValues(func() (*tree, error) {
	t := &tree{fset: token.NewFileSet(), pages: make(map[string]string)}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		name := entry.Name()
		if entry.IsDir() {
			if rel != "." && strings.HasPrefix(name, ".") || name == "bin" || name == "testdata" {
				return filepath.SkipDir
			}
			return nil
		}
		switch path.Ext(name) {
		case ".go":
			return t.add(rel)
		case ".md":
			text, err := os.ReadFile(file)
			t.pages[rel] = string(text)
			return err
		}
		return nil
	})
	return t, err
})

func (t *tree) add(rel string) error {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(rel)))
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(t.fset, rel, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.sources = append(t.sources, source{rel, f, strings.Count(string(text), "\n"), strings.HasSuffix(rel, "_test.go")})
	return nil
}

// readTree returns the tree.
func readTree(t *testing.T) *tree {
	t.Helper()
	all, err := read()
	if err != nil {
		t.Fatal(err)
	}
	if len(all.sources) == 0 {
		t.Fatal("there is no Go file")
	}
	return all
}

// broken reports the places where a rule is broken, with its reason.
func broken(t *testing.T, reason string, places []string) {
	t.Helper()
	if len(places) == 0 {
		return
	}
	slices.Sort(places)
	t.Errorf("%s:\n  %s", reason, strings.Join(slices.Compact(places), "\n  "))
}
