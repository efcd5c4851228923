package cli

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// completer offers what may stand as the next argument.
type completer = cobra.CompletionFunc

// oneOf completes an argument at each place by its own list.
func oneOf(lists ...func(c *cobra.Command) []string) completer {
	return func(c *cobra.Command, as []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(as) >= len(lists) {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		names := lists[len(as)](c)
		if len(names) == 0 {
			return nil, cobra.ShellCompDirectiveDefault // files
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// fixed completes by fixed words.
func fixed(ws ...string) func(*cobra.Command) []string {
	return func(*cobra.Command) []string { return ws }
}

// jobNames completes by the jobs of the folder.
func (a *app) jobNames(*cobra.Command) []string {
	files, _ := job.Files(a.jobsDir) // nothing to offer is no trouble
	var names []string
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), filepath.Ext(f))
		if j, err := job.Read(f, a.registry); err == nil {
			name = j.Name
		}
		names = append(names, name)
	}
	return names
}

// completeWithin is how long a stack may take to be asked for runs.
const completeWithin = 3 * time.Second

// runIDs completes by the newest runs.
func (a *app) runIDs(c *cobra.Command) []string {
	ids := []string{"last"}
	if a.choose(c) != nil {
		return ids
	}
	ctx, stop := context.WithTimeout(c.Context(), completeWithin)
	defer stop()
	s, err := a.open(ctx, false)
	if err != nil {
		return ids
	}
	defer s.done()
	rs, err := s.runs.List(ctx, run.Filter{Limit: 20})
	if err != nil {
		return ids
	}
	for _, r := range rs {
		ids = append(ids, r.ID+"\t"+r.Kind()+" of "+r.Job+", "+string(r.Status))
	}
	return ids
}
