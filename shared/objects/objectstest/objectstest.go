// Package objectstest is the conformance suite that every implementation of objects.Store has to pass.
package objectstest

import (
	"testing"

	"github.com/plumbline-sync/plumbline/shared/objects"
)

// Run runs the suite; open returns an empty store for each case.
func Run(t *testing.T, open func(t *testing.T) objects.Store) {
	t.Helper()
	open(t)
}
