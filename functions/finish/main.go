// Command finish closes the run with its true status.
package main

import (
	"context"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/step/lambda"
)

func main() {
	lambda.Serve(adapters.All(), lambda.None, step.StepFinish, func(e *step.Env, ctx context.Context, in lambda.Finish) (step.FinishOut, error) {
		return e.Finish(ctx, in.FinishIn)
	})
}
