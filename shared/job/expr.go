package job

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/builtin"
)

// clock is the function of expr-lang that gives another result each time.
const clock = "now"

// checkExpr reports what is wrong with an expression of a map as far as can be seen without records: its syntax, and functions that there are not.
// What it may call beyond that is for package mapping, which runs it.
func checkExpr(code string) error {
	calls := &callees{}
	if _, err := expr.Compile(code, expr.DisableBuiltin(clock), expr.MaxNodes(10_000), expr.Patch(calls)); err != nil {
		msg, _, _ := strings.Cut(err.Error(), "\n")
		return fmt.Errorf("the expression does not compile: %s", msg)
	}
	if len(calls.names) > 0 {
		known := slices.DeleteFunc(slices.Clone(builtin.Names), func(n string) bool { return n == clock })
		return fmt.Errorf("no function %s%s", quote(calls.names[0]), meant(calls.names[0], known))
	}
	return nil
}

// callees collects the names of functions that are not expr-lang's own.
type callees struct{ names []string }

// Visit implements ast.Visitor.
func (c *callees) Visit(n *ast.Node) {
	if call, ok := (*n).(*ast.CallNode); ok {
		if id, ok := call.Callee.(*ast.IdentifierNode); ok {
			c.names = append(c.names, id.Value)
		}
	}
}
