// Package runtest is the conformance suite that every implementation of run.Store has to pass.
package runtest

import (
	"testing"

	"github.com/plumbline-sync/plumbline/shared/run"
)

// Run runs the suite; open returns an empty store for each case.
func Run(t *testing.T, open func(t *testing.T) run.Store) {
	t.Helper()
	open(t)
}
