package mapping

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm/runtime"
)

// What one evaluation of an expression may take. expr-lang itself bounds how many elements it makes; the guard bounds steps, the bytes of texts, and time.
const (
	maxSteps = 100_000
	maxBytes = 16 << 20
	maxTime  = 5 * time.Second
)

var (
	errSteps = errors.New("takes too many steps")
	errBytes = errors.New("makes too much text")
	errTime  = errors.New("takes too long")
)

// The functions that the guard puts into an expression in the place of what could grow without bound. No name that a person writes has the sign in it.
const (
	fnStep    = "step·"
	fnAdd     = "add·"
	fnReplace = "replace·"
	fnJoin    = "join·"
)

// guard stops an expression that takes too much: it wraps the body of each loop and replaces the operations that multiply text.
type guard struct {
	steps, bytes int
	until        time.Time
}

func (g *guard) start() { g.steps, g.bytes, g.until = 0, 0, time.Now().Add(maxTime) }

func (g *guard) options() []expr.Option {
	return []expr.Option{
		expr.Function(fnStep, g.step), expr.Function(fnAdd, g.add), expr.Function(fnReplace, g.replace), expr.Function(fnJoin, g.join), expr.Patch(g),
	}
}

// Visit implements ast.Visitor.
func (g *guard) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		// A field that is named as a function: a function that is called is no identifier here.
		if _, ok := slices.BinarySearch(builtins, n.Value); ok {
			ast.Patch(node, &ast.MemberNode{Node: &ast.IdentifierNode{Value: "$env"}, Property: &ast.StringNode{Value: n.Value}})
		}
	case *ast.PredicateNode:
		if c, ok := n.Node.(*ast.CallNode); !ok || !calls(c, fnStep) {
			n.Node = call(fnStep, n.Node)
		}
	case *ast.BinaryNode:
		if n.Operator == "+" {
			ast.Patch(node, call(fnAdd, n.Left, n.Right))
		}
	case *ast.BuiltinNode:
		switch n.Name {
		case "replace":
			ast.Patch(node, call(fnReplace, n.Arguments...))
		case "join":
			ast.Patch(node, call(fnJoin, n.Arguments...))
		}
	}
}

func call(name string, args ...ast.Node) ast.Node {
	return &ast.CallNode{Callee: &ast.IdentifierNode{Value: name}, Arguments: args}
}

func calls(c *ast.CallNode, name string) bool {
	id, ok := c.Callee.(*ast.IdentifierNode)
	return ok && id.Value == name
}

// charge notes n bytes and one step.
func (g *guard) charge(n int) error {
	g.steps++
	g.bytes += n
	switch {
	case g.steps > maxSteps:
		return errSteps
	case n > maxBytes || g.bytes > maxBytes:
		return errBytes
	case g.steps%256 == 0 && time.Now().After(g.until):
		return errTime
	}
	return nil
}

func (g *guard) step(args ...any) (any, error) { return args[0], g.charge(0) }

func (g *guard) add(args ...any) (any, error) {
	a, ok1 := args[0].(string)
	b, ok2 := args[1].(string)
	if !ok1 || !ok2 {
		return runtime.Add(args[0], args[1]), g.charge(0)
	}
	if err := g.charge(len(a) + len(b)); err != nil {
		return nil, err
	}
	return a + b, nil
}

func (g *guard) replace(args ...any) (any, error) {
	if len(args) != 3 && len(args) != 4 {
		return nil, errors.New("replace wants text, old, new and maybe a number")
	}
	var s [3]string
	for i := range s {
		var ok bool
		if s[i], ok = args[i].(string); !ok {
			return nil, wants("replace", "text", args[i])
		}
	}
	n := -1
	if len(args) == 4 {
		var ok bool
		if n, ok = args[3].(int); !ok {
			return nil, wants("replace", "a number", args[3])
		}
	}
	times := strings.Count(s[0], s[1])
	if n >= 0 {
		times = min(times, n)
	}
	if len(s[2]) > 0 && times > maxBytes/len(s[2]) {
		return nil, errBytes
	}
	if err := g.charge(len(s[0]) + times*len(s[2])); err != nil {
		return nil, err
	}
	return strings.Replace(s[0], s[1], s[2], n), nil
}

func (g *guard) join(args ...any) (any, error) {
	glue := ""
	if len(args) == 2 {
		var ok bool
		if glue, ok = args[1].(string); !ok {
			return nil, wants("join", "text", args[1])
		}
	}
	var parts []string
	switch list := args[0].(type) {
	case []string:
		parts = list
	case []any:
		for _, el := range list {
			s, ok := el.(string)
			if !ok {
				return nil, wants("join", "a list of texts", el)
			}
			parts = append(parts, s)
		}
	default:
		return nil, wants("join", "a list", args[0])
	}
	n := 0
	for _, p := range parts {
		if n += len(p) + len(glue); n > maxBytes {
			return nil, errBytes
		}
	}
	if err := g.charge(n); err != nil {
		return nil, err
	}
	return strings.Join(parts, glue), nil
}
