// Command diff compares both snapshots and writes the plan.
package main

import (
	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/step/lambda"
)

func main() {
	lambda.Serve(adapters.All(), lambda.None, step.StepDiff, (*step.Env).Diff)
}
