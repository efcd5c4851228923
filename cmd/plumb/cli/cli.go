// Package cli is the command line of Plumbline. A program of one's own passes its registry of adapters to Run and is a full `plumb`.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// app is what the commands share: the streams, the global flags, and what is opened on demand.
type app struct {
	registry *adapter.Registry
	in       io.Reader
	out      io.Writer
	err      io.Writer
	jobsDir  string
	stateDir string
	stack    stackFlags
	joined   *stack // the stack that was opened; nil before
	output   string
	quiet    bool
	paint    painter
	named    [][2]string // the flags that say where things are, as they were given: commands that are shown repeat them
}

// plumb returns how commands begin that are shown to a person.
func (a *app) plumb() string { return a.plumbOf(func(dir string) string { return dir }) }

// plumbOf is plumb with folders as say says them.
func (a *app) plumbOf(say func(dir string) string) string {
	all := "plumb"
	for _, f := range a.named {
		value := f[1]
		if f[0] == "jobs" || f[0] == "state" {
			value = say(value)
		}
		all += " --" + f[0] + " " + value
	}
	return all
}

// Run runs the command line with the arguments (without the program's name) and returns the exit code.
// Ctrl-C (SIGINT) and SIGTERM stop what runs cleanly; a second one ends the process at once.
func Run(ctx context.Context, args []string, registry *adapter.Registry, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := interruptible(ctx, stderr)
	defer stop()
	a := &app{registry: registry, in: stdin, out: stdout, err: stderr}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	a.complain(err)
	return codeOf(err)
}

// complain prints an error as a person wants to read it.
func (a *app) complain(err error) {
	var silent *exitError
	if err == nil || errors.As(err, &silent) && silent.err == nil {
		return
	}
	if problems, ok := errors.AsType[*job.Problems](err); ok {
		for line := range strings.SplitSeq(problems.Error(), "\n") {
			fmt.Fprintln(a.err, visible(line))
		}
		fmt.Fprintf(a.err, "%s; nothing was read or written.\n", words.Count(int64(len(problems.List)), "problem"))
		return
	}
	for i, line := range strings.Split(err.Error(), "\n") { // several problems, each on its line
		lead := "plumb: "
		if i > 0 {
			lead = "       "
		}
		fmt.Fprintln(a.err, lead+visible(line))
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "plumb",
		Short: "Keep two systems in line",
		Long: "plumb loads the records of a source and a target, shows exactly what would change in the target, changes exactly that, and can prove it.\n" +
			"JOB is a job's name (a file in ./jobs, or --jobs DIR) or the path of a job file. RUN is a run's id, or \"last\".\n" +
			"With --stack NAME the same is done by a stack in your AWS account, with your own credentials; JOB is then the name of a job there.",
		Args:          unknown,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			a.paint = newPainter(a.out)
			if err := a.choose(c); err != nil {
				return err
			}
			for _, n := range []string{"jobs", "state", "stack", "region", "profile"} {
				if f := c.Flags().Lookup(n); f != nil && f.Changed {
					a.named = append(a.named, [2]string{n, f.Value.String()})
				}
			}
			return checkOutput(c, a.output)
		},
	}
	root.SuggestionsMinimumDistance = 2
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("%w (see \"%s --help\")", err, c.CommandPath())
	})
	f := root.PersistentFlags()
	f.StringVar(&a.jobsDir, "jobs", "jobs", "folder of job files")
	f.StringVar(&a.stateDir, "state", envOr("PLUMB_STATE", ".plumb"), "folder of runs, snapshots and plans; also PLUMB_STATE")
	a.stack.register(f)
	f.StringVarP(&a.output, "output", "o", "text", "text, json, or for plans diffsync-dict, diffsync-str, diffsync-summary")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "no progress")
	root.AddGroup(&cobra.Group{ID: "sync", Title: "Sync:"}, &cobra.Group{ID: "look", Title: "Look:"}, &cobra.Group{ID: "jobs", Title: "Jobs and adapters:"})
	add := func(group string, cs ...*cobra.Command) {
		for _, c := range cs {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	add("sync", a.planCommand(), a.syncCommand(), a.resumeCommand(), a.stopCommand(), a.unlockCommand())
	add("look", a.uiCommand(), a.runsCommand(), a.showCommand(), a.watchCommand(), a.loadCommand())
	add("jobs", a.checkCommand(), a.pushCommand(), a.jobsCommand(), a.adaptersCommand(), a.schemaCommand())
	root.AddCommand(a.versionCommand())
	for name, complete := range map[string]completer{
		"plan": oneOf(a.jobNames), "sync": oneOf(a.jobNames), "jobs": oneOf(a.jobNames), "check": oneOf(a.jobNames), "runs": oneOf(a.jobNames), "push": oneOf(a.jobNames),
		"load":   oneOf(a.jobNames, fixed("source", "target")),
		"resume": oneOf(a.runIDs), "stop": oneOf(a.runIDs), "watch": oneOf(a.runIDs), "show": oneOf(a.runIDs, fixed("steps", "changes", "findings", "journal", "records", "log")),
		"adapters": oneOf(func(*cobra.Command) []string { return a.registry.Names() }),
	} {
		c, _, err := root.Find([]string{name})
		if err == nil {
			c.ValidArgsFunction = complete
		}
	}
	for _, name := range []string{"plan", "sync", "resume", "stop", "unlock", "runs", "show", "watch", "check", "push", "jobs", "ui"} {
		if c, _, err := root.Find([]string{name}); err == nil {
			c.Annotations = map[string]string{withStack: ""}
		}
	}
	return root
}

// unknown refuses what is no command, and says which may be meant.
func unknown(c *cobra.Command, as []string) error {
	if len(as) == 0 {
		return nil
	}
	meant := c.SuggestionsFor(as[0])
	if len(meant) == 0 {
		return usage("there is no command %q (see \"%s --help\")", as[0], c.CommandPath())
	}
	return usage("there is no command %q; did you mean %s?", as[0], strings.Join(meant, " or "))
}

// args returns a check of the number of arguments that is a usage error.
func args(lo, hi int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, as []string) error {
		if len(as) < lo || (hi >= 0 && len(as) > hi) {
			return usage("%s wants %s, got %s (see \"%s --help\")", c.CommandPath(), what, words.Count(int64(len(as)), "argument"), c.CommandPath())
		}
		return nil
	}
}

func envOr(name, other string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return other
}
