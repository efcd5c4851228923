package mapping

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/vm"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// maxNodes bounds how long an expression may be.
const maxNodes = 1000

// builtins are the functions of expr-lang that an expression may call, sorted: those that give the same result every time, from their arguments alone.
var builtins = []string{
	"abs", "all", "any", "ceil", "concat", "count", "date", "duration", "filter", "find", "findIndex", "findLast", "findLastIndex", "first", "float", "floor", "fromBase64", "get",
	"groupBy", "hasPrefix", "hasSuffix", "indexOf", "int", "join", "keys", "last", "lastIndexOf", "len", "lower", "map", "max", "mean", "median", "min", "none", "one", "reduce",
	"repeat", "replace", "reverse", "round", "sort", "sortBy", "split", "splitAfter", "string", "sum", "take", "toBase64", "trim", "trimPrefix", "trimSuffix", "type",
	"uniq", "upper", "values",
}

// expression is a compiled expr-lang expression over their fields. It is used from one goroutine.
type expression struct {
	names   []string // their fields that it reads, sorted
	all     bool     // it may read any field
	program *vm.Program
	vm      vm.VM
	guard   *guard
	env     map[string]any
}

// compileExpr compiles an expression. An error says what is wrong and at which column.
func compileExpr(text string) (*expression, error) {
	e := &expression{guard: &guard{}, env: map[string]any{}}
	opts := []expr.Option{
		expr.Env(map[string]any{}), expr.AllowUndefinedVariables(), expr.MaxNodes(maxNodes), expr.DisableAllBuiltins(),
	}
	for _, b := range builtins {
		opts = append(opts, expr.EnableBuiltin(b))
	}
	reads, err := readsOf(text, opts)
	if err != nil {
		return nil, err
	}
	e.names, e.all = reads.names, reads.all
	program, err := expr.Compile(text, append(opts, e.guard.options()...)...)
	if err != nil {
		return nil, plain(err)
	}
	e.program = program
	return e, nil
}

// run evaluates the expression over env.
func (e *expression) run() (record.Value, error) {
	e.guard.start()
	out, err := e.vm.Run(e.program, e.env)
	if err != nil {
		return nil, plain(err)
	}
	v, err := record.Of(out)
	if err != nil {
		return nil, fmt.Errorf("the expression gives a %T: %w", out, err)
	}
	return v, nil
}

var wrongType = regexp.MustCompile(`interface conversion: interface \{\} is (\S+), not (\S+)`)

// plain makes one line of expr-lang's message.
func plain(err error) error {
	msg, at := err.Error(), ""
	if fe, ok := errors.AsType[*file.Error](err); ok {
		msg, at = fe.Message, fmt.Sprintf(" (column %d of the expression)", fe.Column+1)
	}
	msg, _, _ = strings.Cut(msg, "\n")
	if m := wrongType.FindStringSubmatch(msg); m != nil {
		msg = "wants a " + m[2] + ", got " + strings.Replace(m[1], "nil", "null", 1)
	}
	return errors.New(msg + at)
}

// native returns the value as an expression sees it: integers as int and other numbers as float64 where that is exact, else as json.Number, which no arithmetic takes.
func native(v record.Value) any {
	if s, ok := v.Text(); ok {
		return s
	}
	switch v.Kind() {
	case record.NumberKind:
		if n, ok := v.Int64(); ok {
			return int(n)
		}
		if f, ok := v.Float64(); ok {
			if back, err := record.Of(f); err == nil && string(back) == string(v) {
				return f
			}
		}
	case record.ArrayKind:
		els := v.Elements()
		list := make([]any, len(els))
		for i, el := range els {
			list[i] = native(el)
		}
		return list
	case record.ObjectKind:
		m := map[string]any{}
		for _, f := range v.Members() {
			m[f.Name] = native(f.Value)
		}
		return m
	}
	return v.Any()
}

// reads collects which variables of its environment an expression uses.
type reads struct {
	names []string
	all   bool
	bound map[*ast.IdentifierNode]bool // names of functions and of `let`, and the $env of a field that is told
	err   error
}

// readsOf parses the expression and says which fields it reads.
func readsOf(text string, opts []expr.Option) (*reads, error) {
	c := conf.CreateNew()
	for _, o := range opts {
		o(c)
	}
	for name := range c.Disabled {
		delete(c.Builtins, name)
	}
	tree, err := parser.ParseWithConfig(text, c)
	if err != nil {
		return nil, plain(err)
	}
	r := &reads{bound: map[*ast.IdentifierNode]bool{}}
	ast.Walk(&tree.Node, visitor(r.bind))
	ast.Walk(&tree.Node, visitor(r.collect))
	slices.Sort(r.names)
	r.names = slices.Compact(r.names)
	return r, r.err
}

type visitor func(ast.Node)

// Visit implements ast.Visitor.
func (v visitor) Visit(n *ast.Node) { v(*n) }

func (r *reads) bind(n ast.Node) {
	switch n := n.(type) {
	case *ast.CallNode:
		if id, ok := n.Callee.(*ast.IdentifierNode); ok {
			r.err = fmt.Errorf("no function %q (column %d of the expression); there are %s", id.Value, id.Location().From+1, strings.Join(builtins, ", "))
		}
	case *ast.VariableDeclaratorNode:
		ast.Walk(&n.Expr, visitor(func(x ast.Node) {
			if id, ok := x.(*ast.IdentifierNode); ok && id.Value == n.Name {
				r.bound[id] = true
			}
		}))
	case *ast.MemberNode:
		id, ok := n.Node.(*ast.IdentifierNode)
		prop, str := n.Property.(*ast.StringNode)
		if ok && str && id.Value == "$env" {
			r.bound[id] = true
			r.names = append(r.names, prop.Value)
		}
	}
}

func (r *reads) collect(n ast.Node) {
	id, ok := n.(*ast.IdentifierNode)
	switch {
	case !ok || r.bound[id]:
	case id.Value == "$env":
		r.all = true
	default:
		r.names = append(r.names, id.Value)
	}
}

// wants says that a function got something else than it takes.
func wants(fn, what string, got any) error {
	if got == nil {
		return fmt.Errorf("%s wants %s, got null", fn, what)
	}
	return fmt.Errorf("%s wants %s, got %T", fn, what, got)
}
