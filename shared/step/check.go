package step

import (
	"context"
	"errors"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

// Check reads a job as start does, with the defaults of its variables, and with NoLocal says what of it cannot work without local files. Neither side is asked for anything.
// References to secrets are left alone: where this is called they may be others than where the job runs. So a side that has any is only read; the run looks at it.
// *job.Problems, or another error of code Invalid, all at once.
func (e *Env) Check(ctx context.Context, f JobFile) (*job.Job, error) {
	j, err := job.Parse(f.File, f.Text, f.Dir, e.Registry)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err)
	}
	filled := j
	if v, err := j.WithVars(nil); err == nil { // else a variable has no default: the run is to say it
		filled = v
	}
	if !e.NoLocal {
		return j, nil
	}
	blind := *e
	blind.Secrets = unknown{}
	errs := slices.DeleteFunc(blind.reach(ctx, filled), func(err error) bool { return fault.Is(err, fault.Unavailable) })
	return j, fault.Wrap(fault.Invalid, errors.Join(errs...))
}

// reach opens both sides of the job, and returns what goes wrong with either: a path of a file where there are none. It reads no records.
// A side that refers to secrets is left to the steps that may read them.
func (e *Env) reach(ctx context.Context, j *job.Job) (errs []error) {
	for _, s := range []*job.Side{j.Source, j.Target} {
		if secret.Kept(s.Config) != nil {
			continue
		}
		if side, err := e.open(ctx, j, s, nil); err != nil {
			errs = append(errs, err)
		} else {
			side.close()
		}
	}
	return errs
}

// unknown resolves no reference.
type unknown struct{}

var _ secret.Resolver = unknown{}

// Resolve implements secret.Resolver.
func (unknown) Resolve(context.Context, string, string) (string, error) {
	return "", fault.Errorf(fault.Unavailable, "secrets are not resolved here")
}
