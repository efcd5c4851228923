package dashboard

import (
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// advice is what a person may do next: a page to look at, or a form to send, which has a command too.
type advice struct {
	Fact    string    `json:"fact,omitempty"`
	To      string    `json:"to,omitempty"`
	Do      step.Deed `json:"do,omitempty"`
	Link    string    `json:"link,omitempty"`
	Text    string    `json:"text,omitempty"` // of the link
	Command string    `json:"command,omitempty"`
}

// adviceFor says what to do about a run, the most useful first; at least one.
func (d *Dashboard) adviceFor(r *run.Run) (all []advice) {
	at, job := "/runs/"+r.ID, "/jobs/"+seg(r.Job)
	if r.Status == run.Running {
		return []advice{{Fact: "It is at work; this page follows it.", Do: step.SeeLog, Link: at + "/log", Text: "See its log"}}
	}
	links := map[step.Deed][2]string{
		step.SeeChanges: {at + "/changes", "See the " + words.Count(r.Planned(), "change")}, step.SeeFailed: {at + "/changes?result=failed", "See what failed, and why"},
		step.SeeSkipped: {at + "/changes?result=skipped", "See what was skipped, and why"}, step.SeeFindings: {at + "/findings", "see why"}, step.SeeJournal: {at + "/journal", "see the journal"},
		step.SeeLog: {at + "/log", "See its log"}, step.PlanAnew: {job, "start a dry run of the job"}, step.StartAnew: {job, "start the job anew"}, "": {job, "To the job"},
	}
	for _, v := range step.Advise(r) {
		a := advice{Fact: v.Fact, To: v.To, Do: v.Do, Link: links[v.Do][0], Text: links[v.Do][1]}
		if strings.HasPrefix(a.Fact, "Nothing was ") {
			a.Fact = "" // truthOf says it
		}
		switch {
		case r.Job == "" && a.Link == job: // it was refused before its job was found
			continue
		case a.Link == "": // there is a form for it
			a.Command = d.Command + " " + v.Do.Command(r, r.Job)
		case v.Do == step.SeeChanges, v.Do == step.SeeFailed, v.Do == step.SeeSkipped, v.Do == step.SeeLog:
			a.To = "" // the link says it
		}
		all = append(all, a)
	}
	slices.SortStableFunc(all, func(a, b advice) int { return unusual(a.Do) - unusual(b.Do) })
	if len(all) == 0 {
		all = append(all, advice{Fact: "It ended before there was anything to look at.", Do: step.SeeLog, Link: at + "/log", Text: "See its log"})
	}
	return all
}

// unusual orders advice on a page: records that could not be used come after what the run itself is about.
func unusual(do step.Deed) int {
	if do == step.SeeFindings {
		return 1
	}
	return 0
}
