package dashboard

import (
	"strings"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// advice is what a person may do next: a page to look at, a form to send, or a command.
type advice struct {
	Why     string `json:"why"`
	Link    string `json:"link,omitempty"`
	Text    string `json:"text,omitempty"`   // of the link
	Action  string `json:"action,omitempty"` // "sync" or "resume": a form
	Command string `json:"command,omitempty"`
}

// adviceFor says what to do after a run, the most useful first; at least one.
func (d *Dashboard) adviceFor(r *run.Run) []advice {
	at := "/runs/" + r.ID
	var all []advice
	look := func(why, page, text string) { all = append(all, advice{Why: why, Link: at + page, Text: text}) }
	do := func(why, action, command string) {
		all = append(all, advice{Why: why, Action: action, Command: d.Command + " " + command})
	}
	planOf := r.ID
	if r.PlanOf != "" {
		planOf = r.PlanOf
	}
	planned := r.Planned()
	switch r.Status {
	case run.Succeeded:
		switch {
		case r.DryRun && step.WouldRefuse(r):
			look("A sync of this plan would be refused as it is.", "/changes", "See what it would change")
			do("To apply it all the same, give the reason:", "sync", "sync --plan "+planOf+" --override-limits \"REASON\"")
		case r.DryRun && planned > 0:
			look("Nothing was changed yet.", "/changes", "See the "+words.Count(planned, "change"))
			do("To apply exactly this:", "sync", "sync --plan "+planOf)
		case !r.DryRun && planned > 0:
			look("", "/changes", "See what was changed")
		default:
			all = append(all, advice{Why: "Nothing differs that sync would change.", Link: "/jobs/" + seg(r.Job), Text: "To the job"})
		}
	case run.Partial:
		if r.Results["failed"] > 0 {
			look("", "/changes?result=failed", "See what failed, and why")
		} else {
			look("", "/changes?result=skipped", "See what was skipped, and why")
		}
		all = append(all, advice{Why: "Mend the cause, then start the job anew.", Link: "/jobs/" + seg(r.Job), Text: "To the job"})
	case run.Refused:
		d.adviseRefused(r, planOf, look, do)
	case run.Running:
		look("It is at work; this page follows it.", "/log", "See its log")
	default:
		look("", "/log", "See its log")
		switch {
		case r.Written:
			look("What was written is in the journal.", "/journal", "See the journal")
			do("To carry on with the same plan:", "resume", "resume "+r.ID)
		case r.Status != run.Failed:
			do("Nothing was written. To carry on:", "resume", "resume "+r.ID)
		default:
			all = append(all, advice{Why: "Nothing was written. Mend the cause, then start the job anew.", Link: "/jobs/" + seg(r.Job), Text: "To the job"})
		}
	}
	if n := r.Unusable(); n > 0 {
		look(words.Count(n, "record")+" could not be used.", "/findings", "See why")
	}
	if len(all) == 0 {
		all = append(all, advice{Link: "/jobs/" + seg(r.Job), Text: "To the job"})
	}
	return all
}

func (d *Dashboard) adviseRefused(r *run.Run, planOf string, look func(why, page, text string), do func(why, action, command string)) {
	if r.PlanDigest == "" || r.Step != step.StepGate {
		look("Nothing was written.", "/log", "See its log")
		return
	}
	look("Nothing was written.", "/changes", "See what it would have done")
	if strings.Contains(r.Message, "stale") {
		do("To apply what still fits of it:", "sync", "sync --plan "+planOf+" --skip-stale")
		return
	}
	do("To apply it all the same, give the reason:", "sync", "sync --plan "+planOf+" --override-limits \"REASON\"")
}
