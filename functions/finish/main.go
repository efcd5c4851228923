// Command finish closes the run with its true status, prints its metrics, and tells people of one that did not end well.
package main

import (
	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/step/lambda"
)

func main() {
	lambda.Serve(adapters.All(), lambda.None, step.StepFinish, lambda.Close)
}
