// Command ownfunction is a Lambda function in the place of the stack's load-source: it does what that one does, and says so in the run's log.
package main

import (
	"context"
	"time"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/shared/run"
	secrets "github.com/plumbline-sync/plumbline/shared/secret/aws"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/step/lambda"
)

func main() {
	lambda.Serve(adapters.All(), secrets.FromConfig, step.StepLoadSource, load)
}

// load takes {"run": ID, "fresh": false} and answers {"run": ID, "more": false}; while more is true it is called again.
func load(e *step.Env, ctx context.Context, in step.In) (step.Out, error) {
	out, err := e.LoadSource(ctx, in)
	if err != nil || out.More {
		return out, err
	}
	return out, e.Runs.Log(ctx, in.Run, []run.LogLine{{Time: time.Now(), Level: "info", Step: step.StepLoadSource, Message: "loaded by a function of our own"}})
}
