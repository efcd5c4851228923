package cli

import (
	"context"
	"fmt"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// jobName returns the job's name for an execution input: what the user gave, where it is the path of a file, stays the path for a new run,
// and becomes the job's own name where an earlier run's plan is taken.
func (a *app) jobName(given, planOf string) (string, error) {
	if given == "" || planOf == "" || a.onStack() {
		return given, nil
	}
	file, err := job.Find(a.jobsDir, given)
	if err != nil {
		return "", err
	}
	j, err := job.Read(file, a.registry)
	if err != nil {
		return "", err
	}
	return j.Name, nil
}

func (a *app) jobsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "jobs [JOB]",
		Short: "List the jobs, or show one: both sides without secrets, and which field becomes which",
		Long: "jobs lists the jobs of the folder. With a JOB it shows both sides' configuration without secrets and the data mappings that follow from the job.\n" +
			"With --stack it lists the jobs that were pushed into the stack; those that were deployed with its functions cannot be seen from outside. JOB is always one of this machine.\n" +
			exitHelp(exitDone, exitFailed, exitUsage),
		Args: args(0, 1, "at most one JOB"),
		RunE: func(c *cobra.Command, as []string) error {
			switch {
			case len(as) == 1 && c.Flags().Changed("stack"):
				return usage("jobs JOB shows a job file of this machine: leave --stack out, or list the stack's with plumb jobs --stack %s", a.stack.name)
			case len(as) == 1:
				return a.showJob(c.Context(), as[0])
			case a.onStack():
				return a.listPushed(c.Context())
			}
			files, err := job.Files(a.jobsDir)
			if err != nil {
				return err
			}
			return a.listJobs(len(files), "No jobs in "+a.jobsDir+"; the README shows how to write one.", func(i int) (string, *job.Job, error) {
				j, err := job.Read(files[i], a.registry)
				if err != nil {
					return files[i], nil, err
				}
				return j.Name, j, nil
			})
		},
	}
}

// listJobs lists n jobs, of which job returns one with the name that commands know it by; none says that there are none. What cannot be read is said at the end.
func (a *app) listJobs(n int, none string, job func(i int) (string, *job.Job, error)) error {
	var rows [][]string
	var wrong wrongJobs
	for i := range n {
		name, j, err := job(i)
		if fault.Is(err, fault.Invalid) {
			wrong.add(name, err)
			continue
		}
		if err != nil {
			return err
		}
		if a.output == "json" {
			if err := a.json("job", map[string]any{"job": name, "title": j.Title, "file": j.File, "source": j.Source.Adapter, "target": j.Target.Adapter, "policy": j.Policy}); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, []string{visible(name), visible(j.Title), j.Source.Adapter + " -> " + j.Target.Adapter, string(j.Policy), fmt.Sprint(len(j.Models))})
	}
	if len(rows) > 0 {
		table(a.out, a.width(), []string{"JOB", "TITLE", "SIDES", "POLICY", " MODELS"}, rows)
	} else if wrong.err() == nil && a.output == "text" {
		fmt.Fprintln(a.out, none)
	}
	return wrong.err()
}

// listPushed lists the jobs in the stack's bucket.
func (a *app) listPushed(ctx context.Context) error {
	s, err := a.open(ctx, false)
	if err != nil {
		return err
	}
	defer s.done()
	var keys []string
	for info, err := range s.objects.List(ctx, "jobs/") {
		if err != nil {
			return err
		}
		if dir, file := path.Split(info.Name); dir == "jobs/" && path.Ext(file) == ".yaml" && info.Size <= maxJob {
			keys = append(keys, info.Name)
		}
	}
	bucket := "s3://" + s.stack.outputs[outBucket] + "/"
	err = a.listJobs(len(keys), "No jobs were pushed into stack "+s.stack.name+"; "+a.plumb()+" push puts one there.", func(i int) (string, *job.Job, error) {
		text, err := s.objects.Get(ctx, keys[i])
		if err != nil {
			return "", nil, err
		}
		j, err := s.env.Check(ctx, step.JobFile{File: bucket + keys[i], Dir: "/jobs", Text: text})
		if err != nil {
			return bucket + keys[i], nil, err
		}
		return strings.TrimSuffix(path.Base(keys[i]), ".yaml"), j, nil
	})
	if a.output == "text" && !a.quiet {
		fmt.Fprintln(a.err, "Jobs that were deployed with the stack's functions are not listed.")
	}
	return err
}

// showJob prints one job with both sides and the data mappings.
func (a *app) showJob(ctx context.Context, name string) error {
	env := step.Env{Registry: a.registry, Secrets: userSecrets(), Buckets: userBuckets(), Jobs: jobFiles{a.jobsDir}, Version: Version()}
	v, err := env.Describe(ctx, name)
	if err != nil {
		return err
	}
	if a.output == "json" {
		return a.json("job", v)
	}
	w := a.out
	fmt.Fprintf(w, "%s   %s\n", a.paint.strong(visible(v.Name)), visible(v.Title))
	if v.Description != "" {
		fmt.Fprintln(w, visible(v.Description))
	}
	fmt.Fprintf(w, "policy %s\n", v.Policy)
	for _, s := range []step.SideView{v.Source, v.Target} {
		fmt.Fprintf(w, "\n%s   %s\n", a.paint.strong(s.Side), visible(s.Adapter))
		for _, it := range s.Configuration {
			fmt.Fprintf(w, "    %-16s %s\n", visible(it.Name), visible(it.Value))
		}
		for _, l := range s.Links {
			fmt.Fprintf(w, "    %-16s %s\n", visible(l.Name), visible(l.URL))
		}
	}
	fmt.Fprintln(w)
	var rows [][]string
	for _, m := range v.Mappings {
		rows = append(rows, []string{visible(m.Model), visible(m.Source), visible(m.Field), visible(m.Target), visible(strings.TrimSpace(m.How))})
	}
	table(w, a.width(), []string{"MODEL", "SOURCE", "FIELD", "TARGET", ""}, rows)
	return nil
}
