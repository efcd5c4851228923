package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/words"
)

func (a *app) checkCommand() *cobra.Command {
	var connect bool
	c := &cobra.Command{
		Use:   "check [JOB...]",
		Short: "Validate job files; with --connect also ask both systems",
		Long: "check reads job files, all of the folder without arguments, and prints every problem with its place.\n" +
			"With --connect it also asks both systems of each job whether they are there and have what the job needs. Nothing is written.\n" +
			"With --stack it checks as plumb push does, for functions, which have no files of this machine; AWS is not asked.\n" +
			exitHelp(exitDone, exitFailed, exitUsage),
		Args: args(0, -1, "JOBs"),
		RunE: func(c *cobra.Command, as []string) error {
			files, err := a.jobFiles(as)
			if err != nil {
				return err
			}
			switch {
			case a.onStack() && connect:
				return usage("--connect asks both systems from this machine, and a stack's functions may reach others: leave --stack out, or have the stack ask them with plumb plan JOB --stack %s, which writes nothing", a.stack.name)
			case a.onStack():
				return a.checkFor(c.Context(), files)
			}
			return a.check(c.Context(), files, connect)
		},
	}
	c.Flags().BoolVar(&connect, "connect", false, "also ask both systems")
	return c
}

// jobFiles returns the files of the named jobs, of all where none is named.
func (a *app) jobFiles(names []string) ([]string, error) {
	if len(names) == 0 {
		files, err := job.Files(a.jobsDir)
		if err == nil && len(files) == 0 {
			return nil, fault.Errorf(fault.NotFound, "no job files in %q; --jobs DIR names another folder", a.jobsDir)
		}
		return files, err
	}
	var files []string
	var errs []error
	for _, n := range names {
		f, err := job.Find(a.jobsDir, n)
		files, errs = append(files, f), append(errs, err)
	}
	return files, errors.Join(errs...)
}

func (a *app) check(ctx context.Context, files []string, connect bool) error {
	env := &step.Env{Registry: a.registry, Secrets: userSecrets(), Buckets: userBuckets()}
	all := &job.Problems{}
	var asked []error
	for _, f := range files {
		j, err := job.Read(f, a.registry)
		var p *job.Problems
		switch {
		case errors.As(err, &p):
			all.List = append(all.List, p.List...)
			continue
		case err != nil:
			return err
		}
		if a.output == "text" {
			fmt.Fprintf(a.out, "%s: %s, %s -> %s, %s, policy %s\n", f, a.paint.good("ok"), j.Source.Adapter, j.Target.Adapter, words.Count(int64(len(j.Models)), "model"), j.Policy)
		}
		if connect {
			if v, err := j.WithVars(nil); err == nil { // else a variable has no default, and a side that cannot do without says so
				j = v
			}
			asked = append(asked, a.connect(ctx, env, j))
		}
	}
	if a.output == "json" {
		for _, p := range all.List {
			if err := a.json("problem", p); err != nil {
				return err
			}
		}
	}
	if len(all.List) > 0 {
		return &exitError{exitUsage, all}
	}
	return errors.Join(asked...)
}

// connect asks both systems and prints what they said.
func (a *app) connect(ctx context.Context, env *step.Env, j *job.Job) error {
	var errs []error
	for _, s := range []*job.Side{j.Source, j.Target} {
		lines, err := env.Connect(ctx, j, s)
		for _, l := range lines {
			if a.output == "json" {
				errs = append(errs, a.json("connect", map[string]string{"job": j.Name, "side": s.Side, "text": l}))
			} else {
				label := s.Side
				for _, part := range wrapped(visible(l), a.width()-10) {
					fmt.Fprintf(a.out, "  %-7s %s\n", label, part)
					label = ""
				}
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", j.Name, s.Side, err))
		}
	}
	return errors.Join(errs...)
}
