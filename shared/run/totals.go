package run

import "cmp"

// Total returns the counts of all models added up.
func Total(models map[string]Counts) Counts {
	var t Counts
	for _, c := range models {
		t.Create += c.Create
		t.Update += c.Update
		t.Move += c.Move
		t.Delete += c.Delete
		t.Held += c.Held
		t.Unchanged += c.Unchanged
		t.Skip += c.Skip
		t.OutOfScope += c.OutOfScope
		t.Source += c.Source
		t.Target += c.Target
	}
	return t
}

// Changes returns how many of them sync would apply; a record whose deferred attributes are written apart counts once.
func (c Counts) Changes() int64 { return c.Create + c.Update + c.Move + c.Delete }

// Planned returns how many changes of its plan sync would apply.
func (r *Run) Planned() int64 { return Total(r.Counts).Changes() }

// Done returns how many changes are in the target: made, found made already, or made with a warning.
func (r *Run) Done() int64 { return r.Results["done"] + r.Results["adopted"] + r.Results["warned"] }

// Unusable returns how many records of both sides, and of the audit, could not be used as they were.
func (r *Run) Unusable() int64 {
	var n int64
	for _, side := range r.Findings {
		n += side
	}
	return n
}

// Kind names what the run is for people: "dry run" or "sync".
func (r *Run) Kind() string {
	if r.DryRun {
		return "dry run"
	}
	return "sync"
}

// PlanRun returns the run whose plan this one has: its own, or an earlier one's.
func (r *Run) PlanRun() string { return cmp.Or(r.PlanOf, r.ID) }
