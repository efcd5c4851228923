package cli_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/sqlite"
)

// exitCodes are those of docs/commands.md; a run that failed has one of two.
var exitCodes = map[run.Status]int{run.Succeeded: 0, run.Partial: 3, run.Refused: 4, run.TimedOut: 6, run.Aborted: 130}

// lastRun returns the record of the last run in the folder, and all locks; nil where there is none.
func lastRun(t *testing.T, dir string) (*run.Run, []run.Lock) {
	t.Helper()
	file := filepath.Join(dir, ".plumb", "runs.db")
	if _, err := os.Stat(file); err != nil {
		return nil, nil
	}
	s, err := sqlite.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown()
	rs, err := s.List(t.Context(), run.Filter{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	locks, err := s.Locks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(rs) == 0 {
		return nil, locks
	}
	return rs[0], locks
}

// lawOfRun holds the last run to what is true of every end: it is closed, the exit code is that of its status (-1: its process was killed), it says that something was written where that is so,
// it says why where it did not succeed, and no lock is left.
func lawOfRun(t *testing.T, dir string, code int, wrote bool) *run.Run {
	t.Helper()
	r, locks := lastRun(t, dir)
	if r == nil {
		t.Fatal("there is no run")
	}
	want, known := exitCodes[r.Status]
	if r.Status == run.Failed {
		if want, known = 1, true; r.Written {
			want = 5
		}
	}
	switch {
	case !known:
		t.Errorf("the run is over, and %s: %+v", r.Status, r)
	case code == -1 && r.Status != run.Aborted && r.Status != run.Succeeded: // it may have come to its end just before
		t.Errorf("killed, and %s: %s", r.Status, r.Message)
	case code != -1 && code != want:
		t.Errorf("the run ended %s, written %v, and plumb with %d", r.Status, r.Written, code)
	case wrote && !r.Written:
		t.Errorf("something was written, and the run says that nothing was: %+v", r)
	case r.Status != run.Succeeded && (r.Message == "" || r.Code == "" && r.Status != run.Partial):
		t.Errorf("it does not say why: %+v", r)
	}
	if len(locks) > 0 {
		t.Errorf("locks are left: %+v", locks)
	}
	return r
}
