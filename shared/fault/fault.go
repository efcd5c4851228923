// Package fault gives errors the small closed set of codes that programs act on; people read the message, programs the code.
package fault

import (
	"context"
	"errors"
	"fmt"
)

// Code says what kind of failure an error is. Programs and tests look at it, never at the text.
type Code string

// The closed set of codes.
const (
	NotFound       Code = "not_found"       // the thing named does not exist
	Invalid        Code = "invalid"         // the input is wrong; the same input will fail again
	Conflict       Code = "conflict"        // the state of the system forbids it now: a unique key taken, a row still referred to
	Denied         Code = "denied"          // credentials or permissions do not allow it
	Throttled      Code = "throttled"       // the system asks to slow down; nothing was done
	Unavailable    Code = "unavailable"     // the system could not be reached or is not able to answer; nothing was done
	UnknownOutcome Code = "unknown_outcome" // the request was sent and its answer never came: done or not done
	Refused        Code = "refused"         // Plumbline itself declines: limits, findings, stale plan, lock held
	Stopped        Code = "stopped"         // the caller's context was cancelled by a person
	TimedOut       Code = "timed_out"       // a deadline passed
	Internal       Code = "internal"        // a defect of ours, or an error without a code
)

// Codes returns every code.
func Codes() []Code {
	return []Code{NotFound, Invalid, Conflict, Denied, Throttled, Unavailable, UnknownOutcome, Refused, Stopped, TimedOut, Internal}
}

// Error is an error with a code. It is made with New, Errorf or Wrap.
type Error struct {
	Code Code
	Err  error
}

// Error returns the message of the wrapped error; the code is not part of it.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the wrapped error.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an error with the code and the message; %w wraps as in fmt.Errorf.
func Errorf(c Code, format string, args ...any) error {
	return &Error{Code: c, Err: fmt.Errorf(format, args...)}
}

// Wrap gives err the code; nil stays nil. An error that has a code already gets the new one.
func Wrap(c Code, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Code: c, Err: err}
}

// Of returns the code of the outermost coded error in err's chain; "" for nil.
// A cancelled context is Stopped, an exceeded deadline TimedOut, anything else without a code Internal.
func Of(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	switch {
	case errors.As(err, &e):
		return e.Code
	case errors.Is(err, context.Canceled):
		return Stopped
	case errors.Is(err, context.DeadlineExceeded):
		return TimedOut
	}
	return Internal
}

// Is reports whether err has the code.
func Is(err error, c Code) bool { return err != nil && Of(err) == c }

// Retryable reports whether the same call may succeed later and surely did nothing yet: Throttled and Unavailable.
func Retryable(err error) bool {
	c := Of(err)
	return c == Throttled || c == Unavailable
}
