package rules

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestSharedHoldsOnlyFolders(t *testing.T) {
	var places []string
	for _, s := range readTree(t).sources {
		if s.folder() == "shared" || s.folder() == "." {
			places = append(places, s.path)
		}
	}
	broken(t, "no Go file stands directly in shared/ or in the root: each package is named for what it holds", places)
}

func TestPackageNames(t *testing.T) {
	vague := []string{"util", "utils", "types", "common", "helpers", "helper", "misc", "base", "core", "domain", "interfaces", "models", "shared", "lib", "pkg", "tools"}
	var places []string
	for folder, sources := range readTree(t).folders() {
		for _, s := range sources {
			name := strings.TrimSuffix(s.ast.Name.Name, "_test")
			if slices.Contains(vague, name) || slices.Contains(vague, path.Base(folder)) {
				places = append(places, s.path+": package "+name)
			}
			if name != path.Base(folder) && name != "main" {
				places = append(places, s.path+": package "+name+" in "+folder)
			}
		}
	}
	broken(t, "a package is the noun that it holds, and its folder has its name", places)
}

func TestFilesAreShort(t *testing.T) {
	var places []string
	for _, s := range readTree(t).sources {
		limit := 400
		if below(s.folder(), "functions/...") && path.Base(s.path) == "main.go" {
			limit = 40
		}
		if s.lines > limit {
			places = append(places, fmt.Sprintf("%s: %d lines", s.path, s.lines))
		}
	}
	broken(t, "a file has one idea, 80 to 150 lines, 400 at the most; a function's main.go has 40", places)
}

func TestPackageComments(t *testing.T) {
	var places []string
	for folder, sources := range readTree(t).folders() {
		var with []string
		code := false
		for _, s := range sources {
			if s.isTest {
				continue
			}
			code = true
			if s.ast.Doc == nil {
				continue
			}
			with = append(with, s.path)
			text := s.ast.Doc.Text()
			if name := s.ast.Name.Name; name == "main" && !strings.HasPrefix(text, "Command ") && !strings.HasPrefix(text, "Lambda ") || name != "main" && !strings.HasPrefix(text, "Package "+name+" ") {
				places = append(places, fmt.Sprintf("%s: the package comment begins with %q", s.path, strings.SplitN(text, "\n", 2)[0]))
			}
		}
		if code && len(with) != 1 {
			places = append(places, fmt.Sprintf("%s: %d package comments %q", folder, len(with), with))
		}
	}
	broken(t, `every package has one package comment, "Package x ..." or "Command x ...": it says what the package holds`, places)
}

// TestExportedNamesHaveContracts: what may be used from outside says what it does, in a comment that begins with its name.
func TestExportedNamesHaveContracts(t *testing.T) {
	all := readTree(t)
	var places []string
	want := func(name *ast.Ident, docs ...*ast.CommentGroup) {
		if !name.IsExported() {
			return
		}
		for _, d := range docs {
			if d != nil && (strings.HasPrefix(d.Text(), name.Name+" ") || strings.HasPrefix(d.Text(), name.Name+",") || strings.HasPrefix(d.Text(), name.Name+":")) {
				return
			}
		}
		places = append(places, all.at(name.Pos())+": "+name.Name)
	}
	for _, s := range all.sources {
		if s.isTest || s.ast.Name.Name == "main" {
			continue
		}
		for _, d := range s.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil || ast.IsExported(receiver(d)) {
					want(d.Name, d.Doc)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					switch spec := spec.(type) {
					case *ast.TypeSpec:
						want(spec.Name, spec.Doc, d.Doc)
					case *ast.ValueSpec:
						if d.Lparen.IsValid() && (d.Doc != nil || spec.Doc != nil || spec.Comment != nil) {
							continue // a group has one comment
						}
						for _, name := range spec.Names {
							want(name, spec.Doc, d.Doc)
						}
					}
				}
			}
		}
	}
	broken(t, "every exported name has a comment that begins with it and gives its contract", places)
}

// receiver returns the name of a method's type.
func receiver(d *ast.FuncDecl) string {
	x := d.Recv.List[0].Type
	for {
		switch y := x.(type) {
		case *ast.StarExpr:
			x = y.X
		case *ast.IndexExpr:
			x = y.X
		case *ast.IndexListExpr:
			x = y.X
		case *ast.Ident:
			return y.Name
		default:
			return ""
		}
	}
}

// eachCall calls f for each call of a selector, like fmt.Errorf.
func eachCall(s source, f func(pkg, name string, call *ast.CallExpr)) {
	ast.Inspect(s.ast, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
				if pkg, ok := sel.X.(*ast.Ident); ok {
					f(pkg.Name, sel.Sel.Name, call)
				}
			}
		}
		return true
	})
}

func TestErrorTexts(t *testing.T) {
	all := readTree(t)
	empty := regexp.MustCompile(`(?i)^(failed|failure|error|err|unable|could not|couldn't)\b`)
	var places []string
	for _, s := range all.sources {
		if s.isTest {
			continue
		}
		eachCall(s, func(pkg, name string, call *ast.CallExpr) {
			arg := map[string]int{"errors.New": 0, "fmt.Errorf": 0, "fault.Errorf": 1}
			n, ok := arg[pkg+"."+name]
			if !ok || n >= len(call.Args) {
				return
			}
			lit, ok := call.Args[n].(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return
			}
			text, _ := strconv.Unquote(lit.Value)
			first, size := utf8.DecodeRuneInString(text)
			second, _ := utf8.DecodeRuneInString(text[size:])
			if empty.MatchString(text) || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "\n") || unicode.IsUpper(first) && unicode.IsLower(second) {
				places = append(places, all.at(lit.Pos())+": "+lit.Value)
			}
		})
	}
	broken(t, `an error is: operation, object in quotes, cause; lower case, no full stop; that it failed is no news`, places)
}

func TestCalls(t *testing.T) {
	all := readTree(t)
	exits := []string{"os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln", "log.Panic", "log.Panicf", "syscall.Exit"}
	var ends, todos, skips []string
	for _, s := range all.sources {
		fuzz := strings.Contains(path.Base(s.path), "fuzz") // there a skip says that an input is of no interest
		eachCall(s, func(pkg, name string, call *ast.CallExpr) {
			what := pkg + "." + name
			at := all.at(call.Pos()) + ": " + what
			switch {
			case slices.Contains(exits, what) && s.ast.Name.Name != "main" && !s.isTest:
				ends = append(ends, at)
			case what == "context.TODO":
				todos = append(todos, at)
			case s.isTest && !fuzz && (name == "Skip" || name == "SkipNow") && len(call.Args) == 0 && (pkg == "t" || pkg == "b" || pkg == "f"):
				skips = append(skips, at)
			}
		})
	}
	broken(t, "only a main ends the process: everything else returns its error, so that what is open is closed", ends)
	broken(t, "a context comes from the caller", todos)
	broken(t, "who skips a test says why", skips)
}

func TestNothingIsLeftForLater(t *testing.T) {
	all := readTree(t)
	later := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX|HA` + `CK)\b`)
	var places []string
	for _, s := range all.sources {
		for _, group := range s.ast.Comments {
			for _, c := range group.List {
				if later.MatchString(c.Text) {
					places = append(places, all.at(c.Pos())+": "+c.Text)
				}
			}
		}
	}
	for name, text := range all.pages {
		if later.MatchString(text) {
			places = append(places, name)
		}
	}
	broken(t, "what is left to do stands in an issue, where somebody sees it", places)
}
