// Command start validates the execution input, writes the run and takes the target's lock.
package main

import (
	"context"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/step/lambda"
)

func main() {
	lambda.Serve(adapters.All(), lambda.Environment, step.StepStart, func(e *step.Env, ctx context.Context, in lambda.Start) (step.StartOut, error) {
		return e.Start(ctx, in.StartIn)
	})
}
