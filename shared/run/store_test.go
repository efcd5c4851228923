package run_test

import (
	"testing"

	"github.com/plumbline-sync/plumbline/shared/run/sqlite"
)

// openStore returns a store in the file that is shut down at the end.
func openStore(t testing.TB, file string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	return s
}
