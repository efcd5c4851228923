package dashboard

import (
	"context"
	"net/url"
	"time"

	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// linker opens both sides for pages of records, where there are any to link and the run's job can be read.
func (d *Dashboard) linker(ctx context.Context, one *run.Run, cs []*plan.Change) *step.Pager {
	if len(cs) == 0 {
		return &step.Pager{}
	}
	j, err := d.Env.JobOf(ctx, one)
	if err != nil {
		return &step.Pager{}
	}
	ctx, stop := context.WithTimeout(ctx, 2*time.Second)
	defer stop()
	return d.Env.Pages(ctx, j, one)
}

// pagesOf returns the record's pages in both systems, where it is: what was created is in the target once that went well, what was deleted is not any more.
func pagesOf(ctx context.Context, p *step.Pager, c *plan.Change, result *resultRow) (all []link) {
	went := result != nil && (result.Status == "done" || result.Status == "adopted" || result.Status == "warned")
	local := c.Local
	if went && result.local != nil {
		local = result.local
	}
	if c.Op != plan.Delete {
		if at := safeLink(p.Source(ctx, c.Key)); at != "" {
			all = append(all, link{"in the source", at})
		}
	}
	if c.Op != plan.Create && c.Op != plan.Delete || (c.Op == plan.Create) == went {
		if at := safeLink(p.Target(c.Key, local)); at != "" {
			all = append(all, link{"in the target", at})
		}
	}
	return all
}

// safeLink returns the address, without a user, where it is one of the web, else "".
func safeLink(at string) string {
	u, err := url.Parse(at)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	u.User = nil
	return u.String()
}
