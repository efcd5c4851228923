package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

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
			exitHelp(exitDone, exitFailed, exitUsage),
		Args: args(0, 1, "at most one JOB"),
		RunE: func(c *cobra.Command, as []string) error {
			if len(as) == 1 {
				return a.showJob(c.Context(), as[0])
			}
			return a.listJobs()
		},
	}
}

func (a *app) listJobs() error {
	files, err := job.Files(a.jobsDir)
	if err != nil {
		return err
	}
	var rows [][]string
	var errs []error
	for _, f := range files {
		j, err := job.Read(f, a.registry)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if a.output == "json" {
			if err := a.json("job", map[string]any{"job": j.Name, "title": j.Title, "file": f, "source": j.Source.Adapter, "target": j.Target.Adapter, "policy": j.Policy}); err != nil {
				return err
			}
			continue
		}
		rows = append(rows, []string{visible(j.Name), visible(j.Title), j.Source.Adapter + " -> " + j.Target.Adapter, string(j.Policy), fmt.Sprint(len(j.Models))})
	}
	if len(rows) > 0 {
		table(a.out, a.width(), []string{"JOB", "TITLE", "SIDES", "POLICY", " MODELS"}, rows)
	} else if len(errs) == 0 && a.output == "text" {
		fmt.Fprintf(a.out, "No jobs in %s; the README shows how to write one.\n", a.jobsDir)
	}
	return errors.Join(errs...)
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
