package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// maxJob is the largest job file that a stack takes.
const maxJob = 1 << 20

func (a *app) pushCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "push JOB...",
		Short: "Put job files into a stack",
		Long: "push checks a job file as the stack does when a run starts, and puts it into the stack's bucket under the job's name. From the next run on it is that job, also where the bundle has one of the name.\n" +
			"What reaches for files of this machine is refused: functions read and write s3://BUCKET/KEY. References to secrets stay references.\n" + exitHelp(exitDone, exitFailed, exitUsage),
		Args: args(1, -1, "JOBs"),
		RunE: func(c *cobra.Command, as []string) error {
			if !a.onStack() {
				return usage("push puts a job into a stack: give --stack NAME")
			}
			files, err := a.jobFiles(as)
			if err != nil {
				return err
			}
			jobs, err := a.fit(c.Context(), files)
			if err != nil {
				return err // before anything is put
			}
			s, err := a.open(c.Context(), false)
			if err != nil {
				return err
			}
			defer s.done()
			for _, j := range jobs {
				if err := a.push(c.Context(), s, j); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

func (a *app) push(ctx context.Context, s *state, j *job.Job) error {
	name := "jobs/" + j.Name + ".yaml"
	w, err := s.objects.Create(ctx, name)
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := w.Write(j.Text); err != nil {
		return err
	}
	if err := w.Commit(); err != nil {
		return err
	}
	bucket := s.stack.outputs[outBucket]
	if a.output == "json" {
		return a.json("pushed", map[string]string{"job": j.Name, "digest": j.Digest, "bucket": bucket, "object": name})
	}
	fmt.Fprintf(a.out, "%s   %s\ndigest %s\nin s3://%s/%s, which from now on wins over a bundled job %q\n", a.paint.strong(visible(j.Name)), a.paint.good("pushed"), j.Digest, bucket, name, j.Name)
	a.ways([]way{{"To see what it would change:", a.plumb() + " plan " + j.Name}})
	return nil
}

// fit reads job files as a stack's start does, all problems of all files at once. AWS is not asked.
func (a *app) fit(ctx context.Context, files []string) ([]*job.Job, error) {
	env := &step.Env{Registry: a.registry, Buckets: bucketsOf(aws.Config{}, "stack"), NoLocal: true}
	var wrong wrongJobs
	var jobs []*job.Job
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // the user names it
		if err != nil {
			return nil, fault.Errorf(fault.NotFound, "read job %q: %w", file, err)
		}
		if len(text) > maxJob {
			wrong.add(file, errors.New("a stack takes job files up to 1 MiB"))
			continue
		}
		j, err := env.Check(ctx, step.JobFile{File: filepath.ToSlash(file), Dir: "/jobs", Text: text})
		switch {
		case err != nil:
			wrong.add(file, err)
		case looksLikeFile(j.Name):
			wrong.add(file, fmt.Errorf("with a stack a job's name cannot end as a file does (got %q): say another by job: NAME", j.Name))
		}
		jobs = append(jobs, j)
	}
	return jobs, wrong.err()
}

// wrongJobs gathers what is wrong with several job files.
type wrongJobs struct{ all job.Problems }

func (w *wrongJobs) add(file string, err error) {
	if p, ok := errors.AsType[*job.Problems](err); ok {
		w.all.List = append(w.all.List, p.List...)
		return
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		w.all.List = append(w.all.List, job.Problem{File: file, Text: line})
	}
}

// err returns all of it; nil where nothing is wrong.
func (w *wrongJobs) err() error {
	if len(w.all.List) == 0 {
		return nil
	}
	return &exitError{exitUsage, &w.all}
}

// checkFor checks job files for a stack, without putting them there.
func (a *app) checkFor(ctx context.Context, files []string) error {
	jobs, err := a.fit(ctx, files)
	if err != nil {
		return err
	}
	for _, j := range jobs {
		if a.output == "text" {
			fmt.Fprintf(a.out, "%s: %s for a stack, %s -> %s, policy %s\n", j.File, a.paint.good("ok"), j.Source.Adapter, j.Target.Adapter, j.Policy)
		}
	}
	return nil
}
