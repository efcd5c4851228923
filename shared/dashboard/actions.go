package dashboard

import (
	"net/http"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// act serves a form that starts a run, and leads to the run.
func (d *Dashboard) act(make func(r *http.Request) (step.Input, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var err error
		var in step.Input
		if d.Start == nil {
			err = guardError{error: fault.Errorf(fault.Denied, "this dashboard only shows: it starts no runs"), advice: "Start it from a terminal: " + d.Command + " plan JOB, or " + d.Command + " sync JOB."}
		}
		if err == nil {
			err = d.genuine(w, r)
		}
		if err == nil {
			in, err = make(r)
		}
		if err == nil {
			err = in.Validate()
		}
		var id string
		if err == nil {
			in.Trigger = "dashboard"
			id, err = d.Start(r.Context(), in)
		}
		if err != nil {
			d.refuse(w, r, err)
			return
		}
		d.begin(id)
		http.Redirect(w, r, "/runs/"+id, http.StatusSeeOther)
	}
}

// begunFor is how long a run that was started here may have no record yet.
const begunFor = 3 * time.Minute

// lostAfter is when to ask whether it gets one at all.
const lostAfter = 10 * time.Second

func (d *Dashboard) begin(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for old, at := range d.begun {
		if d.Now().Sub(at) > begunFor {
			delete(d.begun, old)
		}
	}
	d.begun[id] = d.Now()
}

// isBegun reports whether a run was started here, and how long ago.
func (d *Dashboard) isBegun(id string) (begun bool, since time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, ok := d.begun[id]
	since = d.Now().Sub(at)
	return ok && since < begunFor, since
}

// startJob makes the input of a job's form.
func (d *Dashboard) startJob(r *http.Request) (step.Input, error) {
	f := r.PostForm
	dry := true
	switch what := f.Get("what"); what {
	case "dry":
	case "sync":
		if f.Get("sure") != "yes" {
			return step.Input{}, fault.Errorf(fault.Invalid, "a sync writes without a look at its plan first: tick that this is meant, or make a dry run and sync its plan")
		}
		dry = false
	default:
		return step.Input{}, fault.Errorf(fault.Invalid, "start job %q: what %q: want dry or sync", r.PathValue("job"), what)
	}
	in := step.Input{Job: r.PathValue("job"), DryRun: &dry, MemoryProfiling: f.Get("memory_profiling") == "yes", OverrideLimits: f.Get("override_limits")}
	for name := range f { // what was left empty is the empty text, not the default
		v, ok := strings.CutPrefix(name, "var.")
		if !ok {
			continue
		}
		if in.Vars == nil {
			in.Vars = map[string]string{}
		}
		in.Vars[v] = f.Get(name)
	}
	var err error
	in.Where, err = parseWhere(f.Get("where"))
	return in, err
}

// parseWhere reads a scope: a line for each condition, model.field=value; values of one field are alternatives.
func parseWhere(text string) (map[string]map[string]any, error) {
	var where map[string]map[string]any
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		left, value, ok := strings.Cut(line, "=")
		model, field, dot := strings.Cut(strings.TrimSpace(left), ".")
		if !ok || !dot || model == "" || field == "" {
			return nil, fault.Errorf(fault.Invalid, "scope: %q: want model.field=value", line)
		}
		if where == nil {
			where = map[string]map[string]any{}
		}
		if where[model] == nil {
			where[model] = map[string]any{}
		}
		list, _ := where[model][field].([]any)
		where[model][field] = append(list, strings.TrimSpace(value))
	}
	return where, nil
}

// resume makes the input that carries a run on.
func (d *Dashboard) resume(r *http.Request) (step.Input, error) {
	no := false
	return step.Input{Resume: r.PathValue("run"), DryRun: &no, SkipStale: r.PostForm.Get("skip_stale") == "yes"}, nil
}

// syncPlan makes the input that applies a run's plan.
func (d *Dashboard) syncPlan(r *http.Request) (step.Input, error) {
	one, err := d.Env.Runs.Get(r.Context(), r.PathValue("run"))
	if err != nil {
		return step.Input{}, d.gone(err, r.PathValue("run"))
	}
	no := false
	return step.Input{Plan: one.PlanRun(), DryRun: &no, OverrideLimits: r.PostForm.Get("override_limits"), SkipStale: r.PostForm.Get("skip_stale") == "yes"}, nil
}
