package run

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// MaxLog is how many lines of a run's log are kept.
const MaxLog = 10_000

// DroppedLine is the last line of a log that did not keep all: it says how many lines came after, and has the time of the last of them.
func DroppedLine(dropped int, last time.Time) LogLine {
	what := "lines were"
	if dropped == 1 {
		what = "line was"
	}
	return LogLine{Time: last, Level: "warn", Message: fmt.Sprintf("%d more %s not kept: the log of a run holds 10,000", dropped, what)}
}

// Encode returns a record as the JSON text that stores keep: without escapes for HTML, which would change texts that are JSON already.
func Encode(x any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(x)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// Decode reads a run from Encode's text; Internal where it is something else.
func Decode(doc string) (*Run, error) {
	r := new(Run)
	if err := json.Unmarshal([]byte(doc), r); err != nil {
		return nil, fault.Errorf(fault.Internal, "read run: %w", err)
	}
	if string(r.Input) == "null" {
		r.Input = nil
	}
	return r, nil
}

// Normal puts the run's times in UTC, as every store gives them back, and returns the run.
func (r *Run) Normal() *Run {
	r.Started, r.Ended = r.Started.UTC(), r.Ended.UTC()
	return r
}

// Ends reports whether a run may end with the status.
func (s Status) Ends() bool {
	switch s {
	case Succeeded, Partial, Failed, Refused, Aborted, TimedOut:
		return true
	}
	return false
}

// Skew is the clock skew between machines that a lock bears.
const Skew = 5 * time.Minute

// OtherThan reports whether an invocation other than this one stands in the lock and may still live at the time, however wrong the clocks are. Without a deadline it may.
func (l Lock) OtherThan(invocation string, now time.Time) bool {
	return l.Invocation != "" && l.Invocation != invocation && (l.Deadline.IsZero() || !now.After(l.Deadline.Add(Skew)))
}

// Held returns the Conflict that Store.Lock answers to another run than the holder.
func (l Lock) Held() error {
	return fault.Errorf(fault.Conflict, "lock %q: run %s has held it since %s", l.Name, l.Run, l.Since.Local().Format(time.DateTime))
}

// Touched returns the lock as Store.Touch leaves it, or the Conflict that Touch answers. A lock that nobody holds has its name only.
func (l Lock) Touched(run, invocation string, deadline, now time.Time) (Lock, error) {
	switch {
	case l.Run == "":
		return l, fault.Errorf(fault.Conflict, "lock %q: run %s does not hold it any more", l.Name, run)
	case l.Run != run:
		return l, fault.Errorf(fault.Conflict, "lock %q: run %s holds it, not %s", l.Name, l.Run, run)
	case invocation != "" && l.OtherThan(invocation, now):
		return l, fault.Errorf(fault.Conflict, "lock %q: another process (%s) writes for run %s", l.Name, l.Invocation, run)
	}
	l.Invocation, l.Deadline = invocation, deadline.UTC()
	return l, nil
}
