package step

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// What a step left for the next one lies open in a bucket or a folder. It is taken only as the run's record says that it was left: damage shows in the objects' own checksums,
// another object of the same form in the digest that the run noted.

// openPlan opens the plan that the run made or takes. NotFound where it is gone, Invalid where it is damaged or not the one that the run noted.
func (e *Env) openPlan(ctx context.Context, r *run.Run) (*plan.Reader, error) {
	name := snapshotOf(r, PlanName)
	p, err := plan.Open(ctx, e.Objects, name)
	if err != nil {
		return nil, err
	}
	if err := noted("plan", name, r.PlanDigest, p.Index().Digest); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// openSnapshot opens one of the two snapshots that the run's plan was, or is to be, made from. Errors as of openPlan.
func (e *Env) openSnapshot(ctx context.Context, r *run.Run, name string) (*snapshot.Reader, error) {
	digest := r.TargetDigest
	if name == SnapshotSource {
		digest = r.SourceDigest
	}
	name = snapshotOf(r, name)
	s, err := snapshot.Open(ctx, e.Objects, name)
	if err != nil {
		return nil, err
	}
	if err := noted("snapshot", name, digest, s.Info().Digest); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// jobText returns the copy of its job that a run keeps.
func (e *Env) jobText(ctx context.Context, r *run.Run) ([]byte, error) {
	name := RunPrefix(r.ID) + objJob
	text, err := e.Objects.Get(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("run %q: its copy of the job: %w; a new run reads the job anew", r.ID, err)
	}
	sum := sha256.Sum256(text)
	if err := noted("copy of the job", name, r.JobDigest, hex.EncodeToString(sum[:])); err != nil {
		return nil, err
	}
	return text, nil
}

// noted returns an error where what is stored is not what the run noted; a run that noted nothing takes what there is.
func noted(what, name, want, got string) error {
	if want == "" || want == got {
		return nil
	}
	return fault.Errorf(fault.Invalid, "%s %q: it was altered: its digest is %.12s, the run noted %.12s; a new run makes it again", what, name, got, want)
}
