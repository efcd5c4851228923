package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// links knows the pages of records; nil where nobody asked for them.
type links struct{ pager *step.Pager }

func registerLinks(c *cobra.Command, on *bool) {
	c.Flags().BoolVar(on, "links", false, "with each change the addresses of its record's pages in both systems, where they have pages")
}

// linker opens what knows the pages of a plan's records, where --links asks for them, and says on standard error why there are none. done frees it.
func (a *app) linker(ctx context.Context, v showPlan) (l *links, done func()) {
	if !v.links {
		return nil, func() {}
	}
	p := v.state.env.Pages(ctx, v.job, v.run)
	switch err := p.Closed(); {
	case err != nil:
		fmt.Fprintf(a.err, "links: %s\n", visible(err.Error()))
	case !p.Any():
		fmt.Fprintln(a.err, "links: neither side has pages of its records")
	}
	return &links{p}, p.Close
}

// of returns the pages of a change's record; e is how it ended, nil where it was not tried.
func (l *links) of(ctx context.Context, c *plan.Change, e *journal.Entry) []step.Page {
	if l == nil {
		return nil
	}
	if e == nil {
		e = &journal.Entry{}
	}
	return l.pager.Of(ctx, c, e.Status, e.Local)
}

// below returns what a printer says below a change that ended as e says; nil where nobody asked.
func (l *links) below(ctx context.Context, e *journal.Entry) func(c *plan.Change) []string {
	if l == nil {
		return nil
	}
	return func(c *plan.Change) (lines []string) {
		for _, p := range l.of(ctx, c, e) {
			lines = append(lines, "in the "+p.Side+"  "+p.URL)
		}
		return lines
	}
}
