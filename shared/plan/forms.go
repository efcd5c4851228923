package plan

import (
	"context"
	"io"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// Forms gives DiffSync's own forms of a diff. They are made from the snapshots, not from the plan: every held change stands in them as a change,
// and a move is a delete and a create of the record and all below it.
type Forms struct {
	Job    *job.Job // with its vars and where filled in
	Source *snapshot.Reader
	Target *snapshot.Reader
	Temp   string
}

// Dict writes Diff.dict() as JSON, one line, keys in our order.
func (f *Forms) Dict(ctx context.Context, w io.Writer) error { panic("plan") }

// Str writes Diff.str(), with a line break at its end.
func (f *Forms) Str(ctx context.Context, w io.Writer) error { panic("plan") }

// Summary returns Diff.summary().
func (f *Forms) Summary(ctx context.Context) (Summary, error) { panic("plan") }
