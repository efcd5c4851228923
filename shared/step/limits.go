package step

import (
	"fmt"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// tally is what the limits are held against.
type tally struct {
	counts   map[string]run.Counts       // the plan's, by model
	findings map[string]map[string]int64 // by side ("source", "target", "plan"), then model
	baseline *run.Baseline               // nil: no sync has ended yet
}

// exceeded returns every limit of the job that the tally exceeds, as sentences for people; none: the plan may be applied.
// A share is of the target's records of that kind (in scope); a number of the job's own limits bounds the whole job, one of a model's that model.
func exceeded(j *job.Job, t tally) []string {
	var out []string
	total := map[string]int64{}
	for _, m := range j.Models {
		c := t.counts[m.Name]
		l, floor := limitsOf(j, m)
		for _, a := range []struct {
			name string
			n    int64
			job  job.Limit
			own  job.Limit
		}{{"create", c.Create, j.Limits.Create, l.Create}, {"update", c.Update + c.Move, j.Limits.Update, l.Update}, {"delete", c.Delete, j.Limits.Delete, l.Delete}} {
			limit := a.job
			if a.own.Set {
				limit = a.own
			} else {
				total[a.name] += a.n
			}
			if over(limit, a.n, c.Target, floor) && (limit.IsShare || a.own.Set) {
				out = append(out, fmt.Sprintf("%s of %s: %s of %s records are more than limits.%s allows (%s)", a.name, m.Name, words.Thousands(a.n), words.Thousands(c.Target), a.name, show(limit)))
			}
		}
		out = append(out, shrunk(j, m, t, l, floor)...)
		out = append(out, unusable(j, m, t, l, floor)...)
	}
	for _, a := range []struct {
		name  string
		limit job.Limit
	}{{"create", j.Limits.Create}, {"update", j.Limits.Update}, {"delete", j.Limits.Delete}} {
		if !a.limit.IsShare && over(a.limit, total[a.name], 0, 0) {
			out = append(out, fmt.Sprintf("%s: %s more than limits.%s allows (%s)", a.name, are(total[a.name], "change"), a.name, show(a.limit)))
		}
	}
	return append(out, empty(j, t)...)
}

// unusable holds the findings of a kind against their limit: those of each load against that side's records,
// those of the plan (orphans, cycles, what the target's audit rejects) against the larger side.
func unusable(j *job.Job, m *job.Model, t tally, l job.Limits, floor int64) (out []string) {
	c, limit := t.counts[m.Name], first(l.Findings, j.Limits.Findings)
	for _, of := range []struct {
		side, words string
		all         int64
	}{
		{"source", "findings in %s of the source", c.Source + t.findings["source"][m.Name]},
		{"target", "findings in %s of the target", c.Target + t.findings["target"][m.Name]},
		{"plan", "%s that the plan cannot use (orphans, cycles, rejected by the target)", max(c.Source, c.Target)},
	} {
		if n := t.findings[of.side][m.Name]; over(limit, n, of.all, floor) {
			out = append(out, fmt.Sprintf(of.words+": %s of %s records are more than limits.findings allows (%s)", m.Name, words.Thousands(n), words.Thousands(of.all), show(limit)))
		}
	}
	return out
}

// shrunk compares the source's records of a kind with those at the last sync.
func shrunk(j *job.Job, m *job.Model, t tally, l job.Limits, floor int64) []string {
	if t.baseline == nil {
		return nil
	}
	before, now := t.baseline.Counts[m.Name], t.counts[m.Name].Source
	limit := first(l.Shrink, j.Limits.Shrink)
	if before <= now || !over(limit, before-now, before, floor) {
		return nil
	}
	return []string{fmt.Sprintf("the source's %s shrank from %s (run %s) to %s: more than limits.shrink allows (%s)", m.Name, words.Count(before, "record"), t.baseline.Run, words.Thousands(now), show(limit))}
}

// empty refuses a source without any record, which is what a broken export looks like, unless shrink: 100% says that it may be.
func empty(j *job.Job, t tally) []string {
	var source, target int64
	for _, c := range t.counts {
		source, target = source+c.Source, target+c.Target
	}
	if source > 0 || target == 0 || (j.Limits.Shrink.IsShare && j.Limits.Shrink.Share >= 1) {
		return nil
	}
	return []string{fmt.Sprintf("the source is empty, the target has %s; limits.shrink: 100%% says that this may be", words.Count(target, "record"))}
}

func limitsOf(j *job.Job, m *job.Model) (job.Limits, int64) {
	var l job.Limits
	var floor int64
	if j.Limits.Floor != nil {
		floor = *j.Limits.Floor
	}
	if m.Limits != nil {
		l = *m.Limits
		if l.Floor != nil {
			floor = *l.Floor
		}
	}
	return l, floor
}

func first(ls ...job.Limit) job.Limit {
	if i := slices.IndexFunc(ls, func(l job.Limit) bool { return l.Set }); i >= 0 {
		return ls[i]
	}
	return job.Limit{}
}

// over reports whether n of all exceeds the limit; a share counts only from floor records on.
func over(l job.Limit, n, all, floor int64) bool {
	switch {
	case !l.Set || n == 0:
		return false
	case !l.IsShare:
		return n > l.Count
	}
	return all >= floor && float64(n) > l.Share*float64(all)
}

func show(l job.Limit) string {
	if l.IsShare {
		return fmt.Sprintf("%g%%", l.Share*100)
	}
	return fmt.Sprint(l.Count)
}

// are says so many things with their verb.
func are(n int64, what string) string {
	if n == 1 {
		return words.Count(n, what) + " is"
	}
	return words.Count(n, what) + " are"
}
