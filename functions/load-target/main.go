// Command load-target loads the target into a snapshot.
package main

import (
	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/step/lambda"
)

func main() {
	lambda.Serve(adapters.All(), step.StepLoadTarget, (*step.Env).LoadTarget)
}
