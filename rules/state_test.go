package rules

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"slices"
	"testing"
)

func TestNoInit(t *testing.T) {
	all := readTree(t)
	var places []string
	for _, s := range all.sources {
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				places = append(places, all.at(f.Pos()))
			}
		}
	}
	broken(t, "no init: what a program does it does from main, in an order that can be read", places)
}

// TestNoPackageState: a variable of a package is a constant that Go has no constant for (an error, a regular expression, a table, an embedded file): it has a value from the start, and nothing writes to it.
func TestNoPackageState(t *testing.T) {
	all := readTree(t)
	var places []string
	for _, sources := range all.folders() {
		sources = slices.DeleteFunc(sources, func(s source) bool { return s.isTest })
		if len(sources) > 0 {
			places = append(places, packageState(all, sources)...)
		}
	}
	broken(t, "no package-level state: two runs in one process must not see each other", places)
}

// noImports makes every imported package look empty: only names of the package itself matter here.
type noImports struct{}

// Import returns an empty package.
func (noImports) Import(name string) (*types.Package, error) {
	p := types.NewPackage(name, path.Base(name))
	p.MarkComplete()
	return p, nil
}

// packageState returns the places where a package declares or writes state.
func packageState(all *tree, sources []source) (places []string) {
	var files []*ast.File
	for _, s := range sources {
		files = append(files, s.ast)
	}
	info := &types.Info{Uses: make(map[*ast.Ident]types.Object)}
	config := types.Config{Importer: noImports{}, Error: func(error) {}}
	p, _ := config.Check(sources[0].folder(), all.fset, files, info) // what it cannot know about other packages is no matter

	embedded := make(map[string]bool)
	for _, f := range files {
		for _, d := range f.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, spec := range g.Specs {
				spec := spec.(*ast.ValueSpec)
				isEmbed := g.Doc != nil && slices.ContainsFunc(g.Doc.List, func(c *ast.Comment) bool { return len(c.Text) > 8 && c.Text[:8] == "//go:emb" })
				for n, name := range spec.Names {
					if isEmbed {
						embedded[name.Name] = true
					} else if name.Name != "_" && (len(spec.Values) <= n || makesState(spec.Values[n])) {
						places = append(places, all.at(name.Pos())+": "+name.Name)
					}
				}
			}
		}
	}
	isState := func(x ast.Expr) bool {
		id := rootOf(x)
		if id == nil {
			return false
		}
		v, ok := info.Uses[id].(*types.Var)
		return ok && !v.IsField() && v.Parent() == p.Scope()
	}
	note := func(x ast.Expr) {
		if isState(x) {
			places = append(places, all.at(x.Pos())+": written: "+rootOf(x).Name)
		}
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, x := range n.Lhs {
					note(x)
				}
			case *ast.IncDecStmt:
				note(n.X)
			case *ast.RangeStmt:
				if n.Tok == token.ASSIGN {
					note(n.Key)
					note(n.Value)
				}
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					note(n.X)
				}
			case *ast.CallExpr:
				if id, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && slices.Contains([]string{"delete", "clear", "copy"}, id.Name) {
					note(n.Args[0])
				}
			}
			return true
		})
	}
	return places
}

// makesState reports whether a variable's value is made to be written to.
func makesState(value ast.Expr) bool {
	switch x := value.(type) {
	case *ast.UnaryExpr:
		return x.Op == token.AND
	case *ast.CallExpr:
		id, ok := x.Fun.(*ast.Ident)
		return ok && (id.Name == "new" || id.Name == "make")
	case *ast.CompositeLit:
		sel, ok := x.Type.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		pkg, ok := sel.X.(*ast.Ident)
		return ok && (pkg.Name == "sync" || pkg.Name == "atomic")
	}
	return false
}

// rootOf returns x of x, x.f, x[i], *x and (x).
func rootOf(x ast.Expr) *ast.Ident {
	for {
		switch y := x.(type) {
		case *ast.Ident:
			return y
		case *ast.SelectorExpr:
			x = y.X
		case *ast.IndexExpr:
			x = y.X
		case *ast.SliceExpr:
			x = y.X
		case *ast.StarExpr:
			x = y.X
		case *ast.ParenExpr:
			x = y.X
		default:
			return nil
		}
	}
}
