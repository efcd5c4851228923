package dashboard

import (
	"context"
	"fmt"
	"time"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// outcomeSet is how the changes of a run ended.
type outcomeSet struct{ *journal.Outcomes }

// notTried stands beside a change that the run did not come to.
const notTried = "not tried"

// resultRow is how a change ended.
type resultRow struct {
	Status  string        `json:"status"`
	Message string        `json:"message,omitempty"`
	local   record.Fields // what the target calls a record by that was created
}

// outcomes returns how the changes of a closed sync ended; nil where it wrote nothing, is at work, or its journal is still being read, which the page then says.
func (d *Dashboard) outcomes(ctx context.Context, one *run.Run, p *plan.Reader, page *changesPage) (*outcomeSet, error) {
	if one.DryRun || one.Status != run.Running && len(one.Results) == 0 && !one.Written {
		return nil, nil
	}
	if one.Status == run.Running {
		page.Remark = "The run is at work: results stand beside the changes when it has ended."
		return nil, nil
	}
	if last := p.Index().Last(); last > journal.MostOutcomes {
		page.Remark = fmt.Sprintf("Results are shown beside plans of up to %s changes; the journal has all of them.", words.Thousands(journal.MostOutcomes))
		return nil, nil
	}
	last, digest := p.Index().Last(), p.Index().Digest
	got, whole, err := d.results.get(one.ID, lookFor, func(ctx context.Context, _ func(any)) (any, error) {
		o, err := journal.NewOutcomes(last)
		if err != nil {
			return nil, err
		}
		prefixes, err := d.Env.Journals(ctx, one)
		if err != nil {
			return nil, err
		}
		for _, prefix := range prefixes {
			if err := o.Read(ctx, journal.Open(d.Env.Objects, prefix, digest)); err != nil {
				return nil, err
			}
		}
		return &outcomeSet{o}, nil
	})
	if err != nil {
		return nil, brokenOr(ctx, err)
	}
	if !whole {
		page.Waiting = true
		page.Remark = "The journal is still being read: results stand beside the changes in a moment."
		return nil, nil
	}
	set, _ := got.(*outcomeSet)
	return set, nil
}

// words returns how the changes with the ordinals ended, with the system's own words. whole asks for what the journal says of changes that simply went well, too.
func (o *outcomeSet) words(ctx context.Context, d *Dashboard, ns []int64, whole bool) (map[int64]*resultRow, error) {
	all := make(map[int64]*resultRow, len(ns))
	for _, n := range ns {
		s := string(o.Status(n))
		if s == "" {
			s = notTried
		}
		all[n] = &resultRow{Status: s}
	}
	var asked []int64
	for _, n := range ns {
		if s := all[n].Status; (whole || s != "done") && s != notTried {
			asked = append(asked, n)
		}
	}
	ctx, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	entries, err := o.Entries(ctx, asked)
	if err != nil {
		return nil, err
	}
	for n, e := range entries {
		all[n].Message, all[n].local = d.Hide(e.Message), e.Local
	}
	return all, nil
}
