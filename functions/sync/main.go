// Command sync applies the plan to the target.
package main

import (
	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/step/lambda"
)

func main() {
	lambda.Serve(adapters.All(), step.StepSync, (*step.Env).Sync)
}
