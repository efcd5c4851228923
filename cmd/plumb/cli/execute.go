package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// runFlags are the flags of commands that make a run.
type runFlags struct {
	vars     []string
	where    []string
	plan     string
	override string
	profile  bool
	stale    bool
	yes      bool
	exitCode bool
	links    bool
	filter   plan.Filter
}

func (f *runFlags) register(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.vars, "var", nil, "a job's variable, NAME=VALUE; may be repeated")
	c.Flags().StringArrayVar(&f.where, "where", nil, "narrow the scope of this run, model.field=value; may be repeated, values of one field are alternatives")
	c.Flags().BoolVar(&f.profile, "memory-profiling", false, "also take memory at the end of each step and the peak of the Go heap; the loads run one after the other")
}

// input makes the execution input of the flags.
func (f *runFlags) input(jobName string, dry bool) (step.Input, error) {
	in := step.Input{Job: jobName, DryRun: &dry, MemoryProfiling: f.profile, Plan: f.plan, OverrideLimits: f.override, SkipStale: f.stale}
	for _, v := range f.vars {
		name, value, ok := strings.Cut(v, "=")
		if !ok || name == "" {
			return in, usage("--var %q: want NAME=VALUE", v)
		}
		if in.Vars == nil {
			in.Vars = map[string]string{}
		}
		if _, twice := in.Vars[name]; twice {
			return in, usage("--var %s is given twice", name)
		}
		in.Vars[name] = value
	}
	for _, w := range f.where {
		left, value, ok := strings.Cut(w, "=")
		model, field, dot := strings.Cut(left, ".")
		if !ok || !dot || model == "" || field == "" {
			return in, usage("--where %q: want model.field=value", w)
		}
		if in.Where == nil {
			in.Where = map[string]map[string]any{}
		}
		if in.Where[model] == nil {
			in.Where[model] = map[string]any{}
		}
		list, _ := in.Where[model][field].([]any)
		in.Where[model][field] = append(list, value)
	}
	return in, in.Validate()
}

// execute makes a run and carries it to its end, showing what it does; the error carries the exit code.
func (a *app) execute(ctx context.Context, in step.Input, f *runFlags) error {
	s, err := a.open(ctx, true)
	if err != nil {
		return err
	}
	defer s.done()
	if s.stack != nil {
		return a.executeOn(ctx, s, in, f)
	}
	id := run.NewID(time.Now())
	lock, err := run.LockFile(s.lockFile(id))
	if err != nil {
		return err
	}
	defer func() { _ = lock.Release() }() // the run is closed by then

	bars := a.newProgress()
	s.env.Progress = bars.update
	view := &runView{app: a, state: s, id: id, in: in, flags: f, bars: bars}
	local := step.Local{Env: s.env, Planned: view.planned, Waiting: bars.waiting}
	if !in.Dry() && !f.yes {
		local.Confirm = view.confirm
	}
	out, err := local.Run(ctx, step.StartIn{Run: id, By: whoami(), Trigger: "cli", Input: in})
	bars.stop()
	if err != nil {
		return err
	}
	// A person's Ctrl-C ended the run; its end is shown all the same.
	r, err := s.runs.Get(context.WithoutCancel(ctx), out.Run)
	if err != nil {
		return err
	}
	return view.conclude(context.WithoutCancel(ctx), r)
}

// conclude shows how the run ended; the error carries the exit code.
func (v *runView) conclude(ctx context.Context, r *run.Run) error {
	if err := v.ended(ctx, r); err != nil {
		return err
	}
	code := codeOfRun(r.Status, r.Written)
	if code == exitDone && v.flags.exitCode && v.changes > 0 {
		code = exitChanges
	}
	if code != exitDone {
		return &exitError{code: code}
	}
	return nil
}

// confirm asks at the terminal.
func (v *runView) confirm(ctx context.Context, changes int64) (bool, error) {
	r, err := v.state.runs.Get(ctx, v.id)
	if err != nil {
		return false, err
	}
	v.bars.stop()
	what, err := v.rest(ctx, r, changes)
	if err != nil {
		return false, err
	}
	return v.ask(ctx, fmt.Sprintf("Write %s to %s?", what, visible(r.Target)))
}

// ask asks a question at the terminal; anything but yes is a no.
func (v *runView) ask(ctx context.Context, question string) (bool, error) {
	fmt.Fprintf(v.app.err, "%s [y/N] ", question)
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(v.app.in).ReadString('\n') // the end of the input is a no
		line <- text
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(v.app.err)
		return false, fault.Wrap(fault.Stopped, ctx.Err())
	case text := <-line:
		yes := strings.ToLower(strings.TrimSpace(text))
		return yes == "y" || yes == "yes", nil
	}
}

// rest says what is left to write: of a plan that an earlier run has begun less than all.
func (v *runView) rest(ctx context.Context, r *run.Run, changes int64) (string, error) {
	if r.Resumes == "" {
		return words.Count(changes, "change"), nil
	}
	js, err := v.state.env.Journals(ctx, r)
	if err != nil {
		return "", err
	}
	var n int64
	for _, prefix := range js {
		for e, err := range journal.Open(v.state.objects, prefix, "").Sorted(ctx, v.state.env.Temp) {
			if err != nil {
				return "", err
			}
			if (e.Status == "done" || e.Status == "adopted" || e.Status == "warned") && !e.Part {
				n++
			}
		}
	}
	return fmt.Sprintf("the other %s of %s", words.Thousands(max(changes-n, 0)), words.Count(changes, "change")), nil
}

// terminal reports whether the stream is a terminal.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
