package cli

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/step"
)

func (a *app) loadCommand() *cobra.Command {
	var limit int64
	var vars []string
	c := &cobra.Command{
		Annotations: map[string]string{insteadOfStack: "plumb plan JOB loads both sides there, and plumb show RUN records shows them"},
		Use:         "load JOB source|target",
		Short:       "Show the records of one side as the job sees them",
		Long: "load pulls the first records of one side, maps and checks them as a run does, and prints them and the findings. Nothing is kept.\n" +
			exitHelp(exitDone, exitFailed, exitUsage, exitAborted),
		Args: args(2, 2, "a JOB, and source or target"),
		RunE: func(c *cobra.Command, as []string) error {
			if as[1] != "source" && as[1] != "target" {
				return usage("load %s %q: want source or target", as[0], as[1])
			}
			file, err := job.Find(a.jobsDir, as[0])
			if err != nil {
				return err
			}
			in, err := (&runFlags{vars: vars}).input(as[0], true)
			if err != nil {
				return err
			}
			return a.load(c, file, as[1], limit, in.Vars)
		},
	}
	c.Flags().Int64VarP(&limit, "limit", "n", 20, "at most so many records; 0: all")
	c.Flags().StringArrayVar(&vars, "var", nil, "a job's variable, NAME=VALUE; may be repeated")
	return c
}

func (a *app) load(c *cobra.Command, file, side string, limit int64, vars map[string]string) (err error) {
	ctx := c.Context()
	j, err := job.Read(file, a.registry)
	if err != nil {
		return err
	}
	if j, err = j.WithVars(vars); err != nil {
		return fault.Wrap(fault.Invalid, err)
	}
	temp, err := os.MkdirTemp("", "plumb-load-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	store, err := objects.NewFolder(temp)
	if err != nil {
		return err
	}
	env := &step.Env{Registry: a.registry, Secrets: userSecrets(), Buckets: userBuckets(), Objects: store, Temp: temp}
	if err := env.Peek(ctx, j, side, limit); err != nil {
		return err
	}
	sn, err := snapshot.Open(ctx, store, side)
	if err != nil {
		return err
	}
	defer sn.Close()
	for line, err := range sn.Scan(ctx, "") {
		if err == nil {
			err = a.printRecord(line)
		}
		if err != nil {
			return err
		}
	}
	f, err := finding.Open(ctx, store, "findings-"+side)
	if err != nil {
		return err
	}
	defer f.Close()
	for one, err := range f.All(ctx) {
		if err == nil {
			err = a.printFinding(one)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
