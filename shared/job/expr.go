package job

import (
	"errors"
	"fmt"

	"github.com/plumbline-sync/plumbline/shared/expression"
)

// checkExpr reports what is wrong with an expression of a map as far as can be seen without records: its syntax, and functions that there are not.
func checkExpr(code string) error {
	_, err := expression.Compile(code)
	if e, ok := errors.AsType[*expression.Error](err); ok && e.Unknown != "" {
		return fmt.Errorf("the expression has %w%s", err, meant(e.Unknown, expression.Functions()))
	}
	if err != nil {
		return fmt.Errorf("the expression does not compile: %w", err)
	}
	return nil
}
