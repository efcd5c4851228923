package dashboard

import (
	"context"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
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

// pagesOf returns the record's pages in both systems, where it is.
func pagesOf(ctx context.Context, p *step.Pager, c *plan.Change, result *resultRow) (all []link) {
	if result == nil {
		result = &resultRow{}
	}
	for _, at := range p.Of(ctx, c, adapter.Status(result.Status), result.local) {
		all = append(all, link{"in the " + at.Side, at.URL})
	}
	return all
}
