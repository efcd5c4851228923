package cli

import (
	"errors"
	"fmt"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// The exit codes; every command's help lists those that it uses.
const (
	exitDone     = 0   // done; also where changes were held or findings are within limits
	exitFailed   = 1   // failed, nothing was written
	exitUsage    = 2   // the command line, a job file or a system's configuration is wrong; nothing was read or written
	exitPartial  = 3   // some changes failed or were skipped
	exitRefused  = 4   // limits, findings, a stale plan or a held lock; nothing was written
	exitHalfway  = 5   // failed after something was written
	exitTimedOut = 6   // a deadline passed
	exitChanges  = 10  // plan --exit-code: there are changes that sync would apply
	exitAborted  = 130 // stopped by a person
)

// exitHelp are the codes as a command's help prints them.
func exitHelp(codes ...int) string {
	text := map[int]string{
		exitDone: "done (held changes and findings within limits included)", exitFailed: "failed, nothing was written",
		exitUsage: "wrong usage or configuration, nothing was read or written", exitPartial: "partial: some changes failed or were skipped",
		exitRefused: "refused: limits, findings, stale plan or lock; nothing was written", exitHalfway: "failed half-way, after something was written",
		exitTimedOut: "timed-out", exitChanges: "with --exit-code: there are changes that sync would apply", exitAborted: "aborted (Ctrl-C)",
	}
	s := "\nExit status:\n"
	for _, c := range codes {
		s += fmt.Sprintf("  %3d  %s\n", c, text[c])
	}
	return s
}

// exitError carries an exit code with an error; a nil Err prints nothing.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usage marks an error as the user's: exit code 2.
func usage(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// codeOf returns the exit code for a command's error.
func codeOf(err error) int {
	var e *exitError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &e):
		return e.code
	}
	switch fault.Of(err) {
	case fault.Invalid, fault.NotFound:
		return exitUsage
	case fault.Refused, fault.Conflict:
		return exitRefused
	case fault.Stopped:
		return exitAborted
	case fault.TimedOut:
		return exitTimedOut
	}
	return exitFailed
}

// codeOfRun returns the exit code for how a run ended.
func codeOfRun(status run.Status, written bool) int {
	switch status {
	case run.Succeeded:
		return exitDone
	case run.Partial:
		return exitPartial
	case run.Refused:
		return exitRefused
	case run.Aborted:
		return exitAborted
	case run.TimedOut:
		return exitTimedOut
	}
	if written {
		return exitHalfway
	}
	return exitFailed
}
