// Command diff compares both snapshots and writes the plan.
package main

import (
	"github.com/plumbline-sync/plumbline/adapters"
	secrets "github.com/plumbline-sync/plumbline/shared/secret/aws"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/step/lambda"
)

func main() {
	lambda.Serve(adapters.All(), secrets.FromConfig, step.StepDiff, (*step.Env).Diff)
}
