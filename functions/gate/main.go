// Command gate decides whether the plan is applied.
package main

import (
	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/step/lambda"
)

func main() {
	lambda.Serve(adapters.All(), lambda.None, step.StepGate, (*step.Env).Gate)
}
