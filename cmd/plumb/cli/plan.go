package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/step"
)

func (a *app) planCommand() *cobra.Command {
	f := &runFlags{}
	c := &cobra.Command{
		Use:   "plan JOB",
		Short: "Show what sync would change (the dry run)",
		Long: "plan loads both sides, works out every change that would bring the target to the source, and shows it. Nothing is written to either side.\n" +
			"The plan is kept: plumb sync JOB --plan RUN applies exactly it.\n" +
			exitHelp(exitDone, exitFailed, exitUsage, exitTimedOut, exitChanges, exitAborted),
		Args: args(1, 1, "one JOB"),
		RunE: func(c *cobra.Command, as []string) error {
			in, err := f.input(as[0], true)
			if err != nil {
				return err
			}
			if err := a.known(as[0], &f.filter); err != nil {
				return err // before a state folder is made for nothing
			}
			return a.execute(c.Context(), in, f)
		},
	}
	f.register(c)
	registerFilter(c, &f.filter)
	registerLinks(c, &f.links)
	c.Flags().BoolVar(&f.exitCode, "exit-code", false, "exit with 10 where there are changes that sync would apply")
	return c
}

// registerFilter adds the flags that narrow what of a plan is shown.
func registerFilter(c *cobra.Command, f *plan.Filter) {
	c.Flags().StringSliceVar(&f.Models, "model", nil, "show only changes of these models")
	c.Flags().StringSliceVar(&f.Actions, "action", nil, "show only these actions: create, update, move, delete, held")
	c.Flags().StringSliceVar(&f.Attributes, "attribute", nil, "show only changes of these attributes")
	c.Flags().StringVar(&f.Match, "match", "", "show only records whose name holds this text, or matches it where it has * or ?")
}

func (a *app) syncCommand() *cobra.Command {
	f := &runFlags{}
	c := &cobra.Command{
		Use:   "sync JOB",
		Short: "Show the plan, ask, and apply it",
		Long: "sync does what plan does, shows the same lines, asks, and then applies exactly that plan. What is held is never applied.\n" +
			"With --plan RUN it applies the plan of an earlier run, after a new look at the target: where that has changed since, the plan is stale and refused.\n" +
			"Ctrl-C stops it cleanly; plumb resume RUN carries it on.\n" +
			"With --stack it asks after a dry run of the stack, and a second run there applies exactly that plan; with --yes it is one run. Ctrl-C then leaves the run going: plumb watch, plumb stop.\n" +
			exitHelp(exitDone, exitFailed, exitUsage, exitPartial, exitRefused, exitHalfway, exitTimedOut, exitAborted),
		Args: args(0, 1, "one JOB"),
		RunE: func(c *cobra.Command, as []string) error {
			if err := refuseFilter(c); err != nil {
				return err
			}
			if len(as) == 0 && f.plan == "" {
				return usage("sync wants a JOB, or --plan RUN")
			}
			if !f.yes && !terminal(a.in) {
				return usage("sync asks before it writes, and there is no terminal to ask at: give --yes, or look first with plumb plan")
			}
			name := ""
			if len(as) == 1 {
				name = as[0]
			}
			return a.syncRun(c, name, f)
		},
	}
	f.register(c)
	c.Flags().BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	c.Flags().StringVar(&f.plan, "plan", "", "apply the plan of this run")
	c.Flags().StringVar(&f.override, "override-limits", "", "apply although limits or findings refuse it; the reason is kept in the run")
	c.Flags().BoolVar(&f.stale, "skip-stale", false, "with --plan: apply the rest where changes no longer fit the target; the run is partial")
	hidden := &plan.Filter{}
	registerFilter(c, hidden)
	for _, n := range filterFlags {
		_ = c.Flags().MarkHidden(n) // they exist, registered above
	}
	return c
}

// known finds what is wrong with the name of a job, and with a filter of its plan, before anything is loaded. Of a stack's jobs only the stack knows more.
func (a *app) known(name string, f *plan.Filter) error {
	if a.onStack() {
		return a.stackJob(name)
	}
	file, err := job.Find(a.jobsDir, name)
	if err != nil {
		return err
	}
	return a.checkFilter(file, f)
}

// checkFilter finds, before anything is loaded, what a filter names that the job does not have.
func (a *app) checkFilter(file string, f *plan.Filter) error {
	if f.Empty() {
		return nil
	}
	j, err := job.Read(file, a.registry)
	if err != nil {
		return err
	}
	ix := &plan.Index{}
	fields := map[string]bool{}
	for _, m := range j.Models {
		ix.Models, ix.Files = append(ix.Models, m.Name), append(ix.Files, m.Name)
		for _, at := range m.Attributes {
			fields[at.Name] = true
		}
	}
	if err := f.Check(ix); err != nil {
		return usage("%w", err)
	}
	for _, at := range f.Attributes {
		if !fields[at] {
			return usage("filter: no model of the job has an attribute %q; there are %s", at, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
		}
	}
	return nil
}

var filterFlags = []string{"model", "action", "attribute", "match"} // read only

// refuseFilter makes the flags that filter what is shown an error where they could be taken for a filter of what is done.
func refuseFilter(c *cobra.Command) error {
	for _, n := range filterFlags {
		if c.Flags().Changed(n) {
			return usage("--%s filters what plan shows, not what sync does; to narrow a run use --where model.field=value", n)
		}
	}
	return nil
}

func (a *app) syncRun(c *cobra.Command, name string, f *runFlags) error {
	in, err := f.input(name, false)
	if err != nil {
		return err
	}
	if name != "" {
		if err := a.known(name, &plan.Filter{}); err != nil {
			return err
		}
	}
	if f.plan != "" {
		s, err := a.open(c.Context(), false)
		if err != nil {
			return err
		}
		r, err := s.find(c.Context(), f.plan)
		s.done()
		if err != nil {
			return err
		}
		in.Plan = r.ID
	}
	if in.Job, err = a.jobName(in.Job, in.Plan); err != nil {
		return err
	}
	return a.execute(c.Context(), in, f)
}

func (a *app) resumeCommand() *cobra.Command {
	f := &runFlags{}
	c := &cobra.Command{
		Use:   "resume RUN",
		Short: "Carry on a run that did not end well",
		Long: "resume makes a new run that carries on the plan and the journal of an earlier one: what is done stays done, what was in flight is settled by a new look at the target, the rest is applied.\n" +
			"Without a plan yet it starts over with the same input.\n" +
			exitHelp(exitDone, exitFailed, exitUsage, exitPartial, exitRefused, exitHalfway, exitTimedOut, exitAborted),
		Args: args(1, 1, "one RUN"),
		RunE: func(c *cobra.Command, as []string) error {
			s, err := a.open(c.Context(), false)
			if err != nil {
				return err
			}
			r, err := s.find(c.Context(), as[0])
			s.done()
			if err != nil {
				return err
			}
			dry := r.DryRun
			if !dry && !f.yes && !terminal(a.in) {
				return usage("resume asks before it writes, and there is no terminal to ask at: give --yes")
			}
			return a.execute(c.Context(), step.Input{Resume: r.ID, DryRun: &dry, MemoryProfiling: f.profile, OverrideLimits: f.override, SkipStale: f.stale}, f)
		},
	}
	c.Flags().BoolVarP(&f.yes, "yes", "y", false, "do not ask")
	c.Flags().BoolVar(&f.profile, "memory-profiling", false, "also take memory at the end of each step and the peak of the Go heap")
	c.Flags().StringVar(&f.override, "override-limits", "", "apply although limits or findings refuse it; the reason is kept in the run")
	c.Flags().BoolVar(&f.stale, "skip-stale", false, "apply the rest where changes no longer fit the target; the run is partial")
	return c
}
