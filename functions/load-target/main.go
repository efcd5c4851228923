// Command load-target loads the target into a snapshot.
package main

import (
	"github.com/plumbline-sync/plumbline/adapters"
	secrets "github.com/plumbline-sync/plumbline/shared/secret/aws"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/step/lambda"
)

func main() {
	lambda.Serve(adapters.All(), secrets.FromConfig, step.StepLoadTarget, (*step.Env).LoadTarget)
}
