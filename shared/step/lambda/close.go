package lambda

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// The variables that only finish reads.
const (
	varStack   = "PLUMBLINE_STACK"   // the stack's name, in metrics and notices
	varTopic   = "PLUMBLINE_TOPIC"   // ARN of the SNS topic that hears of runs that did not end well; empty: none
	varMetrics = "PLUMBLINE_METRICS" // "all", or "alarms" for those that the template's alarms look at
)

// Close is the step finish as a function: it closes the run, prints its metrics where this call closed it, and, told by EventBridge that the execution has ended,
// publishes a notice of a run that did not end well. Only then, because EventBridge asks again until it is done: a notice may come twice, but is never lost.
func Close(e *step.Env, ctx context.Context, in Finish) (step.FinishOut, error) {
	return closing{get: os.Getenv, out: os.Stdout}.close(ctx, e, in)
}

// closing is what Close is made of.
type closing struct {
	get func(string) string
	out io.Writer
}

func (c closing) close(ctx context.Context, e *step.Env, in Finish) (step.FinishOut, error) {
	out, ferr := e.Finish(ctx, in.FinishIn)
	if !out.Closed && (ferr != nil || !in.Ended) {
		return out, ferr
	}
	r, err := e.Runs.Get(ctx, out.Run)
	if err != nil {
		return out, errors.Join(ferr, err)
	}
	stack := cmp.Or(c.get(varStack), "-")
	if out.Closed {
		if err := c.metrics(ctx, e, stack, r); err != nil { // the run is closed all the same
			slog.New(slog.NewJSONHandler(os.Stderr, nil)).Error("no metrics of the run", "run", r.ID, "error", err.Error())
		}
	}
	if ferr != nil {
		return out, ferr
	}
	topic := c.get(varTopic)
	if topic == "" || !in.Ended {
		return out, nil
	}
	if n, ok := noticeOf(stack, r); ok {
		return out, publish(ctx, config(c.get), topic, n)
	}
	return out, nil
}

func (c closing) metrics(ctx context.Context, e *step.Env, stack string, r *run.Run) error {
	switch kind := c.get(varMetrics); kind {
	case "", "all":
		steps, err := e.Runs.Steps(ctx, r.ID)
		if err != nil {
			return err
		}
		return printRun(c.out, stack, r, steps, true)
	case "alarms":
		return printRun(c.out, stack, r, nil, false)
	default:
		return fault.Errorf(fault.Invalid, "environment variable %s: want all or alarms, got %q", varMetrics, kind)
	}
}
