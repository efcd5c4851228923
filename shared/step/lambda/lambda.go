// Package lambda serves the steps as Lambda functions: it makes their environment from the function's variables, and turns errors into the names that the state machine knows.
package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// Step is one of the steps: a method of step.Env.
type Step[In, Out any] func(e *step.Env, ctx context.Context, in In) (Out, error)

// Serve answers invocations of one step until the container ends; it does not return. It is called once, by a function's main.
// What the function is told beyond its input stands in its environment variables; see Variables.
func Serve[In, Out any](r *adapter.Registry, s Secrets, name string, f Step[In, Out]) {
	c := newContainer(r, s, name, os.Getenv)
	lambda.Start(func(ctx context.Context, text json.RawMessage) (*Out, error) {
		var out Out
		in, err := decode[In](name, text)
		if err == nil {
			err = c.call(ctx, func(ctx context.Context, e *step.Env) (err error) {
				out, err = f(e, ctx, in)
				return err
			})
		}
		if err := c.ended(text, err); err != nil {
			return nil, err
		}
		return &out, nil
	})
}

// decode reads a step's input.
func decode[In any](name string, text []byte) (in In, err error) {
	if u, ok := any(&in).(interface{ Decode(text []byte) error }); ok {
		return in, u.Decode(text)
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return in, fault.Errorf(fault.Invalid, "%s: read the input: %w", name, err)
	}
	return in, nil
}

// ended logs how an invocation ended. What it returns of an error is the name that the state machine knows, as the very last thing.
func (c *container) ended(text []byte, err error) error {
	log := c.log.With("run", runOf(text))
	if err != nil {
		log.Error("step ended badly", "code", fault.Of(err), "error", err.Error())
		return Named(err)
	}
	log.Info("step ended well")
	return nil
}

// call calls f with an environment of its own: a folder for temporary files, which is empty before and after, and the request's id.
func (c *container) call(ctx context.Context, f func(context.Context, *step.Env) error) error {
	if err := c.ready(); err != nil {
		return err
	}
	sweep(os.TempDir())
	temp, err := os.MkdirTemp("", fmt.Sprintf("plumbline-%d-", os.Getpid()))
	if err != nil {
		return fault.Errorf(fault.Unavailable, "make a folder for temporary files: %w", err)
	}
	defer os.RemoveAll(temp) //nolint:errcheck // the next invocation looks again
	id := "local"
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		id = lc.AwsRequestID
	}
	e := c.env(temp, id)
	return f(ctx, &e)
}

// sweep removes the folders of invocations that were cut off: of this process, which answers one at a time, and of processes that are gone.
func sweep(dir string) {
	old, _ := filepath.Glob(filepath.Join(dir, "plumbline-*-*")) // the pattern is well formed
	for _, name := range old {
		var pid int
		if _, err := fmt.Sscanf(filepath.Base(name), "plumbline-%d-", &pid); err != nil {
			continue
		}
		if p, err := os.FindProcess(pid); pid != os.Getpid() && err == nil && p.Signal(syscall.Signal(0)) == nil {
			continue // it lives
		}
		_ = os.RemoveAll(name) // what cannot be removed takes room, and no more
	}
}

// runOf finds the run's id in an input, for the log.
func runOf(text []byte) string {
	var in struct {
		Run string `json:"run"`
	}
	_ = json.Unmarshal(text, &in) // the step itself says what is wrong with it
	return in.Run
}

// maxMessage keeps an error's text within what Step Functions passes on.
const maxMessage = 4 << 10

// Named returns the error as the Lambda service reports it: its type is the code in the state machine's spelling ("not_found" is NotFound), its message the error's.
func Named(err error) error {
	text := strings.ReplaceAll(err.Error(), "\x7f", `\x7f`) // the runtime sends it as JSON in a header, too, which may not hold this one character that JSON does not escape
	if len(text) > maxMessage {
		text = strings.ToValidUTF8(text[:maxMessage], "") + " .."
	}
	return messages.InvokeResponse_Error{Type: ErrorName(fault.Of(err)), Message: text}
}

// ErrorName returns a code as it stands in the state machine's ErrorEquals.
func ErrorName(c fault.Code) string {
	var b strings.Builder
	for word := range strings.SplitSeq(string(c), "_") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// CodeOf returns the code that ErrorName spelt so; what else Step Functions calls an error has the code that comes nearest.
func CodeOf(name string) fault.Code {
	for _, c := range fault.Codes() {
		if ErrorName(c) == name {
			return c
		}
	}
	switch name {
	case "States.Timeout", "States.HeartbeatTimeout", "Sandbox.Timedout":
		return fault.TimedOut
	case "Lambda.TooManyRequestsException":
		return fault.Throttled
	case "States.Permissions":
		return fault.Denied
	}
	return fault.Internal
}

// container is what invocations in one container share.
type container struct {
	registry *adapter.Registry
	secrets  Secrets
	name     string
	get      func(string) string
	log      *slog.Logger
	made     *step.Env // nil until the first invocation
}

func newContainer(r *adapter.Registry, s Secrets, name string, get func(string) string) *container {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil)).With("step", name)
	return &container{registry: r, secrets: s, name: name, get: get, log: log}
}

// errVariables says which variables are missing.
func errVariables(names []string) error {
	return fault.Wrap(fault.Invalid, errors.New("environment variables are missing: "+strings.Join(names, ", ")))
}
