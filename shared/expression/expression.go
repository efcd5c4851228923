// Package expression compiles and evaluates the expressions of a job's mappings. The language is expr-lang's (https://expr-lang.org/docs/language-definition)
// without clocks, dates, methods and variables of the host, so that the same fields always give the same value. Evaluation is ours because it is bounded in steps, bytes and time,
// keeps integers exact, and is linked into functions without the reflection that would keep every method of every AWS client with it.
package expression

import (
	"fmt"
	"time"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// What an expression may be and may take: nodes when it is compiled; steps, bytes of texts and lists, and time in one evaluation.
const (
	maxNodes = 1000
	maxSteps = 100_000
	maxBytes = 16 << 20
	maxTime  = 5 * time.Second
)

// Expression is a compiled expression over the fields of a record. It is used from one goroutine at a time.
type Expression struct {
	names []string
	all   bool
	root  node
	state state
}

// Error is what is wrong with an expression, or with a value that it met.
type Error struct {
	Reason string // one line
	Column int    // where in the expression, in characters from 1; 0: as a whole
	// Unknown is the function that the expression calls and that there is not, else empty.
	Unknown string
}

// Error says the reason and the column.
func (e *Error) Error() string {
	if e.Column == 0 {
		return e.Reason
	}
	return fmt.Sprintf("%s (column %d of the expression)", e.Reason, e.Column)
}

// Compile returns the expression of a text. The error is an *Error: the first thing that is wrong with it.
func Compile(text string) (*Expression, error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := newParser(tokens)
	root := p.sequence()
	if p.err == nil && p.tok().kind != end {
		p.unexpected()
	}
	if p.err != nil {
		return nil, p.err
	}
	return &Expression{names: p.names, all: p.all, root: root}, nil
}

// Names returns the fields that the expression reads by name, in the order of their first use; Eval takes their values in this order.
func (e *Expression) Names() []string { return e.names }

// All reports whether it may read any field, by a name that it works out.
func (e *Expression) All() bool { return e.all }

// Eval evaluates the expression: values are those of Names, nil for an absent one; whole is the record, looked at only where All says so.
// The result is canonical and aliases nothing. The error is an *Error.
func (e *Expression) Eval(values []record.Value, whole record.Fields) (record.Value, error) {
	s := &e.state
	s.start(values, whole)
	v, err := e.root(s)
	if err != nil {
		return nil, err
	}
	return s.encode(nil, v)
}

// node is a part of a compiled expression: it gives nil, a bool, an int, a float64, a string, a []any, a map[string]any or, for a number that is neither int nor float64, a record.Value.
type node func(*state) (any, error)

// state is one evaluation.
type state struct {
	values []record.Value
	whole  record.Fields
	lets   []any
	scopes []scope

	steps, bytes int
	until        time.Time
}

// scope is the element that a predicate looks at.
type scope struct {
	item, acc any
	index     int
}

func (s *state) start(values []record.Value, whole record.Fields) {
	*s = state{values: values, whole: whole, lets: s.lets[:0], scopes: s.scopes[:0]}
}

// charge notes one step and the bytes that it makes; the error says what the evaluation takes too much of.
func (s *state) charge(bytes int) error {
	s.steps++
	s.bytes += bytes
	switch {
	case s.steps > maxSteps:
		return &Error{Reason: "takes too many steps"}
	case bytes > maxBytes || s.bytes > maxBytes:
		return &Error{Reason: "makes too much text"}
	case s.steps == 64: // most expressions never ask for the time
		s.until = time.Now().Add(maxTime)
	case s.steps > 64 && s.steps%64 == 0 && time.Now().After(s.until):
		return &Error{Reason: "takes too long"}
	}
	return nil
}
