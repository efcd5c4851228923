package run

import (
	"context"
	"slices"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

// Keep says which runs Prune keeps. A run goes only if each rule that is set lets it go.
type Keep struct {
	Younger time.Duration // runs that ended less than this ago; 0: no such rule
	Last    int           // so many of each job, the newest; 0: no such rule, but the newest one stays all the same
	DryRun  bool          // remove nothing, only say what would go
}

// pruned is what Prune remembers of a run while it decides.
type pruned struct {
	id, job, planOf, resumes string
	open, keep               bool
	ended                    time.Time
}

// Prune removes closed runs with their objects (names that begin with "runs/ID/") and returns them, oldest first.
// Open runs stay, the newest of each job, and every run whose plan or journal one that stays takes or carries on. Invalid where no rule is set.
// Where it is stopped half-way, what was removed is removed wholly, but for one run at most: it is still listed, and the next Prune takes it.
func Prune(ctx context.Context, store Store, objs objects.Store, keep Keep, now time.Time) ([]*Run, error) {
	if keep.Younger <= 0 && keep.Last <= 0 {
		return nil, fault.Errorf(fault.Invalid, "prune runs: say which to keep, by age or by number")
	}
	all, err := prunable(ctx, store)
	if err != nil {
		return nil, err
	}
	decide(all, keep, now)
	var gone []*Run
	for _, p := range slices.Backward(all) {
		if p.keep {
			continue
		}
		r, err := store.Get(ctx, p.id)
		if fault.Is(err, fault.NotFound) {
			continue // somebody else was faster
		}
		if err == nil && !keep.DryRun {
			err = remove(ctx, store, objs, p.id)
		}
		if err != nil {
			return gone, err
		}
		gone = append(gone, r)
	}
	return gone, nil
}

// prunable returns all runs, newest first.
func prunable(ctx context.Context, store Store) ([]*pruned, error) {
	var all []*pruned
	for after := ""; ; {
		page, err := store.List(ctx, Filter{Limit: 200, After: after})
		if err != nil || len(page) == 0 {
			return all, err
		}
		for _, r := range page {
			all = append(all, &pruned{r.ID, r.Job, r.PlanOf, r.Resumes, r.Status == Running, false, r.Ended})
		}
		after = page[len(page)-1].ID
	}
}

// decide sets keep in each of the runs, which come newest first.
func decide(all []*pruned, keep Keep, now time.Time) {
	byID := make(map[string]*pruned, len(all))
	ofJob := make(map[string]int)
	for _, p := range all {
		byID[p.id] = p
		n := ofJob[p.job]
		ofJob[p.job]++
		p.keep = p.open || n < max(1, keep.Last) || keep.Younger > 0 && now.Sub(p.ended) < keep.Younger
	}
	var hold func(id string)
	hold = func(id string) {
		if p := byID[id]; p != nil && !p.keep {
			p.keep = true
			hold(p.planOf)
			hold(p.resumes)
		}
	}
	for _, p := range all {
		if p.keep {
			hold(p.planOf)
			hold(p.resumes)
		}
	}
}

// remove removes a run: its objects first, so that none is left that nobody knows of.
func remove(ctx context.Context, store Store, objs objects.Store, id string) error {
	var names []string
	for info, err := range objs.List(ctx, "runs/"+id+"/") {
		if err != nil {
			return err
		}
		if names = append(names, info.Name); len(names) == 500 {
			if err := objs.Delete(ctx, names...); err != nil {
				return err
			}
			names = names[:0]
		}
	}
	if err := objs.Delete(ctx, names...); err != nil {
		return err
	}
	if err := store.Delete(ctx, id); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	return nil
}
