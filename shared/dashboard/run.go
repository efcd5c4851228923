package dashboard

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// runPage is one run.
type runPage struct {
	Run      *run.Run     `json:"run"`
	Truth    string       `json:"truth"` // whether anything was written, in words
	Advice   []advice     `json:"advice"`
	Steps    []*stepRow   `json:"steps"`
	Notes    []string     `json:"notes"` // about the steps: the slowest, the one with the high peak
	Profiled bool         `json:"profiled"`
	Shared   bool         `json:"shared"`
	Models   []modelRow   `json:"models"`
	Total    run.Counts   `json:"total"`
	Results  []resultOf   `json:"results"`
	Findings []resultOf   `json:"findings"`
	Options  []optionOf   `json:"options"` // what the run was started with
	Plan     bool         `json:"plan"`
	CanSync  bool         `json:"can_sync"`
	Override bool         `json:"needs_reason"`
	Stale    bool         `json:"stale"`
	Resume   bool         `json:"can_resume"`
	Sections []pageOfRun  `json:"-"`
	Status   []run.Status `json:"-"`
}

// stepRow is a step with its bar.
type stepRow struct {
	*run.Step
	Bar  float64 `json:"-"` // of the slowest, in percent
	Note string  `json:"note,omitempty"`
	Left int     `json:"percent,omitempty"` // of a running step, how much is done
}

type modelRow struct {
	Model string `json:"model"`
	run.Counts
}

type resultOf struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
}

type optionOf struct{ Name, Value string }

// pageOfRun is a tab.
type pageOfRun struct {
	Name, Link string
	Count      string
	Here       bool
}

func (d *Dashboard) run(r *http.Request) (*view, error) {
	ctx := r.Context()
	id := r.PathValue("run")
	one, err := d.Env.Runs.Get(ctx, id)
	if begun, since := d.isBegun(id); begun && fault.Is(err, fault.NotFound) {
		if since > lostAfter && d.Lost != nil {
			if err := d.Lost(ctx, id); err != nil {
				return nil, neverError{err}
			}
		}
		return &view{page: "begun", title: "Run " + id, live: 1, data: map[string]string{"run": id, "status": "starting"}}, nil
	}
	if err != nil {
		return nil, d.gone(err, id)
	}
	steps, err := d.Env.Runs.Steps(ctx, id)
	if err != nil {
		return nil, err
	}
	p := &runPage{Run: d.clean(one), Truth: truthOf(one), Advice: d.adviceFor(one), Plan: one.PlanDigest != ""}
	p.Total = run.Total(one.Counts)
	p.steps(d, steps)
	for _, m := range slices.Sorted(maps.Keys(one.Counts)) {
		c := one.Counts[m]
		p.Models = append(p.Models, modelRow{m, c})
	}
	for _, s := range []string{"done", "adopted", "warned", "skipped", "failed"} {
		if n := one.Results[s]; n > 0 {
			p.Results = append(p.Results, resultOf{s, n})
		}
	}
	for _, side := range []string{"source", "target", "audit"} {
		if n := one.Findings[side]; n > 0 {
			p.Findings = append(p.Findings, resultOf{side, n})
		}
	}
	p.Options = optionsOf(p.Run)
	for _, a := range p.Advice {
		p.Stale = p.Stale || a.Do == step.SyncRest
		p.Override = p.Override || a.Do == step.SyncAnyway
		p.CanSync = p.CanSync || d.Start != nil && (a.Do == step.SyncPlan || a.Do == step.SyncRest || a.Do == step.SyncAnyway)
		p.Resume = p.Resume || d.Start != nil && a.Do == step.Resume
	}
	p.Sections = tabs(one, "")
	v := &view{page: "run", title: "Run " + id, data: p, path: d.pathOf(one)}
	if one.Status == run.Running {
		v.live = 1
	}
	return v, nil
}

// gone says that a run is not there, or not any more.
func (d *Dashboard) gone(err error, id string) error {
	if fault.Is(err, fault.NotFound) {
		return fault.Errorf(fault.NotFound, "there is no run %q: it never was, or it was removed since", id)
	}
	return err
}

func (d *Dashboard) pathOf(r *run.Run) []crumb {
	path := []crumb{{"Runs", "/runs"}, {r.Job, "/jobs/" + seg(r.Job)}, {r.ID, "/runs/" + r.ID}}
	if r.Job == "" { // it was refused before its job was known
		return slices.Delete(path, 1, 2)
	}
	return path
}

// steps fills in the steps in the order of a run, and what is worth a word about them.
func (p *runPage) steps(d *Dashboard, steps []*run.Step) {
	steps = step.InOrder(steps)
	var slowest *run.Step
	var all time.Duration
	for _, s := range steps {
		s.Error = d.Hide(s.Error)
		all += s.Duration
		if slowest == nil || s.Duration > slowest.Duration {
			slowest = s
		}
		p.Profiled = p.Profiled || s.Memory.End > 0
		p.Shared = p.Shared || s.Memory.Shared
	}
	for _, s := range steps {
		row := &stepRow{Step: s}
		if slowest.Duration > 0 {
			row.Bar = 100 * float64(s.Duration) / float64(slowest.Duration)
		}
		row.Left = doneOf(s)
		if s.Memory.End > 0 && s.Memory.Peak > 2*s.Memory.End {
			row.Note = "peak over twice its end"
			p.Notes = append(p.Notes, fmt.Sprintf("%s needed %s at its peak and %s at its end: more than twice.", s.Name, words.Megabytes(s.Memory.Peak), words.Megabytes(s.Memory.End)))
		}
		p.Steps = append(p.Steps, row)
	}
	if slowest != nil && len(steps) > 1 && all > 0 {
		p.Notes = append([]string{fmt.Sprintf("%s is the slowest step: %s, %d%% of the time spent working.", slowest.Name, words.Seconds(slowest.Duration), int(100*slowest.Duration/all))}, p.Notes...)
	}
}

// doneOf is how much of a running step is done, in percent; 0 where that is not known.
func doneOf(s *run.Step) int {
	if s.Status != string(run.Running) || s.Total <= 0 {
		return 0
	}
	return int(min(100*s.Handled/s.Total, 100))
}

// truthOf says whether anything was written.
func truthOf(r *run.Run) string {
	switch {
	case r.Status == run.Running && (r.Written || r.Step == step.StepSync):
		return "Changes are being written to the target."
	case r.Status == run.Running:
		return "Nothing is written so far."
	case r.Written:
		return "The target was changed."
	}
	return "Nothing was written to the target."
}

// optionsOf are the options that a run was started with.
func optionsOf(r *run.Run) []optionOf {
	in, err := step.ParseInput(r.Input)
	if err != nil {
		return nil
	}
	var all []optionOf
	for _, name := range slices.Sorted(maps.Keys(in.Vars)) {
		all = append(all, optionOf{name, in.Vars[name]})
	}
	for _, m := range slices.Sorted(maps.Keys(in.Where)) {
		for _, f := range slices.Sorted(maps.Keys(in.Where[m])) {
			all = append(all, optionOf{"where " + m + "." + f, fmt.Sprint(in.Where[m][f])})
		}
	}
	if in.MemoryProfiling {
		all = append(all, optionOf{"memory profiling", "on"})
	}
	if r.Override != "" {
		all = append(all, optionOf{"limits overridden", r.Override})
	}
	if in.SkipStale {
		all = append(all, optionOf{"skip stale", "on"})
	}
	return all
}

// tabs are the pages of a run.
func tabs(r *run.Run, here string) []pageOfRun {
	at := "/runs/" + r.ID
	count := func(n int64) string {
		if n == 0 {
			return ""
		}
		return words.Thousands(n)
	}
	var written int64
	for _, n := range r.Results {
		written += n
	}
	all := []pageOfRun{{"Overview", at, "", false}, {"Changes", at + "/changes", count(r.Planned()), false}, {"Findings", at + "/findings", count(r.Unusable()), false}, {"Journal", at + "/journal", count(written), false}, {"Log", at + "/log", "", false}}
	for i := range all {
		all[i].Here = strings.EqualFold(all[i].Name, here) || here == "" && i == 0
	}
	return all
}
