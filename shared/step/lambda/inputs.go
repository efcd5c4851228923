package lambda

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// Start is what the state machine hands to start: the execution's name and its input as it came.
type Start struct{ step.StartIn }

// Decode reads it; what an execution input does not know is refused, all problems at once.
func (s *Start) Decode(text []byte) error {
	var in struct {
		Run   string          `json:"run"`
		Input json.RawMessage `json:"input"`
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return fault.Errorf(fault.Invalid, "start: read the input: %w", err)
	}
	s.Run = in.Run
	if len(in.Input) == 0 { // start is asked again while it waits for a lock: the run has the input
		return nil
	}
	if len(in.Input) > maxInput {
		return fault.Errorf(fault.Invalid, "execution input: it has %d bytes, more than %d", len(in.Input), maxInput)
	}
	input, err := step.ParseInput(in.Input)
	if err != nil {
		return err
	}
	s.Input = *input
	return nil
}

// maxInput is the largest execution input; what a run needs beyond it belongs into its job.
const maxInput = 16 << 10

// Finish is what finish takes: from the state machine the run and, where a step ended badly, what it caught; from EventBridge how an execution ended.
type Finish struct {
	step.FinishIn
	// Ended says that it is EventBridge that tells, after the execution has ended.
	Ended bool `json:"-"`
}

// caught is what Catch hands on.
type caught struct {
	Error string `json:"Error"`
	Cause string `json:"Cause"`
}

// Decode reads either.
func (f *Finish) Decode(text []byte) error {
	var in struct {
		Run    string  `json:"run"`
		Step   string  `json:"step"`
		Caught *caught `json:"caught"`
		Detail *struct {
			Name   string `json:"name"`
			Status string `json:"status"`
			Error  string `json:"error"`
			Cause  string `json:"cause"`
		} `json:"detail"`
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return fault.Errorf(fault.Invalid, "finish: read the input: %w", err)
	}
	if d := in.Detail; d != nil {
		f.Run, f.Ended = d.Name, true
		f.Failure = outside(d.Status, d.Error, d.Cause)
		return nil
	}
	f.Run = in.Run
	if in.Caught != nil {
		f.Failure = &step.Failure{Step: in.Step, Code: CodeOf(in.Caught.Error), Message: message(*in.Caught)}
		f.Gone = gone(in.Caught.Error)
	}
	return nil
}

// gone reports whether what stood in the lock has surely ended with the function: it answered, or died. Not where it was turned away by another that works (Stopped, Conflict),
// nor where Step Functions itself says what went wrong with a call: nobody knows what became of that.
func gone(name string) bool {
	switch name {
	case "Lambda.Unknown": // it ran out of time or memory
		return true
	case ErrorName(fault.Stopped), ErrorName(fault.Conflict):
		return false
	}
	return !strings.HasPrefix(name, "States.") && !strings.HasPrefix(name, "Lambda.")
}

// outside says why an execution ended that finish was not asked about: nil where it ended well.
func outside(status, name, cause string) *step.Failure {
	switch status {
	case "SUCCEEDED":
		return nil
	case "ABORTED":
		text := "the execution was stopped"
		if cause != "" {
			text += ": " + cause
		}
		return &step.Failure{Code: fault.Stopped, Message: text}
	case "TIMED_OUT":
		return &step.Failure{Code: fault.TimedOut, Message: "the execution ran longer than it may"}
	}
	return &step.Failure{Code: fault.Internal, Message: message(caught{Error: name, Cause: cause})}
}

// message makes what Catch hands on readable: of a function's error its message, of what Step Functions itself says name and cause.
func message(c caught) string {
	var e struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}
	if json.Unmarshal([]byte(c.Cause), &e) == nil && e.Message != "" {
		if CodeOf(e.Type) != fault.Internal || e.Type == ErrorName(fault.Internal) {
			return e.Message
		}
		return fmt.Sprintf("the function ended by itself (%s): %s", e.Type, e.Message)
	}
	switch c.Error {
	case "States.Timeout":
		return "the step took longer than it may"
	case "":
		return "the execution ended and said nothing"
	}
	if c.Cause == "" {
		return c.Error
	}
	return c.Error + ": " + c.Cause
}
