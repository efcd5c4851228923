package record

import (
	"errors"
	"fmt"
	"strconv"
)

// BadError reports one record that cannot be used. Yielded by a source it becomes a finding on that record, and the load goes on;
// any other error ends the load.
type BadError struct {
	Model  string // never empty when the engine gets it; the adapter may leave it empty where it loads one model
	IDs    Fields // the identifiers, as far as they could be read; empty: they could not
	Where  string // where the record stands, for people; may be empty
	Reason string // what is wrong with it
}

// Error says where, what record and why.
func (e *BadError) Error() string {
	s := e.Reason
	if e.Where != "" {
		s = e.Where + ": " + s
	}
	return s
}

// Bad returns a *BadError for a record of the model of which only the position is known, with a formatted reason.
func Bad(model, where, format string, args ...any) error {
	return &BadError{Model: model, Where: where, Reason: fmt.Sprintf(format, args...)}
}

// AsBad returns the *BadError in err's chain; nil where there is none.
func AsBad(err error) *BadError {
	if b, ok := errors.AsType[*BadError](err); ok {
		return b
	}
	return nil
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
