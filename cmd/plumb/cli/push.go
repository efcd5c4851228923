package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/step"
)

func (a *app) pushCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "push JOB",
		Short: "Put a job file into a stack's bucket",
		Long: "push checks a job as the stack's start does, and puts it into the bucket under jobs/. From then on the stack uses it, also where the bundle has one of that name.\n" +
			exitHelp(exitDone, exitFailed, exitUsage),
		Args: args(1, 1, "one JOB"),
		RunE: func(c *cobra.Command, as []string) error {
			if err := a.needStack("push"); err != nil {
				return err
			}
			file, err := job.Find(a.jobsDir, as[0])
			if err != nil {
				return err
			}
			j, err := job.Read(file, a.registry)
			if err != nil {
				return err
			}
			if err := a.fitsStack(c.Context(), j); err != nil {
				return err
			}
			text, err := os.ReadFile(file)
			if err != nil {
				return fault.Errorf(fault.NotFound, "read job %q: %w", as[0], err)
			}
			s, err := a.open(c.Context(), false)
			if err != nil {
				return err
			}
			defer s.done()
			name := path.Join("jobs", j.Name+".yaml")
			w, err := s.objects.Create(c.Context(), name)
			if err != nil {
				return err
			}
			defer w.Abort()
			if _, err := w.Write(text); err != nil {
				return err
			}
			if err := w.Commit(); err != nil {
				return err
			}
			if a.output == "json" {
				return a.json("push", map[string]string{"job": j.Name, "object": name, "digest": j.Digest})
			}
			fmt.Fprintf(a.out, "%s is in the bucket of %s (%.12s), before any bundled job of that name\n\nTo see what it would change:   %s plan %s\n", name, a.stack.name, j.Digest, a.plumb(), j.Name)
			return nil
		},
	}
}

// fitsStack says what of a job works here but not in a stack, both sides at once.
func (a *app) fitsStack(ctx context.Context, j *job.Job) error {
	none := func(context.Context, string) (objects.Store, error) { return nil, nil } // a side that is only made reads none of it
	env := step.Env{Registry: a.registry, Secrets: secret.Env(), NoLocal: true, Buckets: none}
	err := env.Reach(ctx, j)
	if fault.Is(err, fault.NotFound) { // a secret that only the stack has
		return nil
	}
	return wrapJob(j, err)
}

// wrapJob names the job before each of the errors.
func wrapJob(j *job.Job, err error) error {
	if err == nil {
		return nil
	}
	list := []error{err}
	if many, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		list = many.Unwrap()
	}
	for i, e := range list {
		list[i] = fmt.Errorf("%s: %w", j.Name, e)
	}
	return fault.Wrap(fault.Of(err), errors.Join(list...))
}
