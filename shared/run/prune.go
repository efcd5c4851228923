package run

import (
	"context"
	"time"

	"github.com/plumbline-sync/plumbline/shared/objects"
)

// Keep says which runs Prune keeps. A run goes only if every rule that is set lets it go; with no rule set Prune is Invalid.
type Keep struct {
	Younger time.Duration // runs that ended less than this before now
	Last    int           // so many of each job, the newest; at least one is always kept
	DryRun  bool          // remove nothing, only say what would go
}

// Prune removes closed runs with their objects (names that begin with "runs/ID/") and returns them, oldest first. What a run that is kept takes its plan from or resumes is kept too.
func Prune(ctx context.Context, store Store, objs objects.Store, keep Keep, now time.Time) ([]*Run, error) {
	panic("not yet")
}
