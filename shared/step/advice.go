package step

import (
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// Deed is something that a person may do about a run. A terminal has a command for it, a page a link or a form.
type Deed string

// The deeds.
const (
	SeeChanges  Deed = "see changes"
	SeeFailed   Deed = "see failed"  // the changes that failed, with the target's own words
	SeeSkipped  Deed = "see skipped" // the changes that were skipped
	SeeFindings Deed = "see findings"
	SeeJournal  Deed = "see journal"
	SeeLog      Deed = "see log"
	SyncPlan    Deed = "sync plan"   // apply exactly the run's plan
	SyncRest    Deed = "sync rest"   // apply what still fits the target of it
	SyncAnyway  Deed = "sync anyway" // apply it over the limits, with a reason
	Resume      Deed = "resume"      // carry on with the same plan
	PlanAnew    Deed = "plan anew"   // make a new dry run of the job
	StartAnew   Deed = "start anew"  // start the job again
)

// Advice is one thing to do about a run.
type Advice struct {
	// Fact is what there is to know first, a whole sentence; "": nothing. To leads to the deed ("To apply exactly this:"), where the words of a link do not.
	Fact, To string
	Do       Deed // "": there is nothing to do
	// Shown says that a screen which just printed the run has it on it already; a page leads there.
	Shown bool
}

// Advise says what a person may do about a run, in the order in which it helps; nothing about a run at work.
func Advise(r *run.Run) (all []Advice) {
	say := func(fact, to string, do Deed) { all = append(all, Advice{Fact: fact, To: to, Do: do}) }
	shown := func(fact, to string, do Deed) { all = append(all, Advice{Fact: fact, To: to, Do: do, Shown: true}) }
	if n := r.Unusable(); n > 0 {
		say("", words.Count(n, "record")+" could not be used:", SeeFindings)
	}
	planned := r.Planned()
	switch r.Status {
	case run.Succeeded:
		switch {
		case planned == 0:
			shown(Nothing(r), "", "")
		case !r.DryRun:
			shown("", "To look at what was changed:", SeeChanges)
		case WouldRefuse(r):
			shown("", "To look at what it would do:", SeeChanges)
			say("Nothing was changed.", "To apply it all the same:", SyncAnyway)
		default:
			shown("", "To look at what it would do:", SeeChanges)
			say("Nothing was changed.", "To apply exactly this:", SyncPlan)
		}
	case run.Partial:
		if r.Results["failed"] > 0 {
			shown("", "To look at what failed, and why:", SeeFailed)
		} else {
			shown("", "To look at what was skipped, and why:", SeeSkipped)
		}
		say("", "Mend what failed, then:", StartAnew)
	case run.Refused:
		all = append(all, adviseRefused(r)...)
	case run.Aborted, run.TimedOut, run.Failed:
		switch {
		case r.Written:
			say("", "What was written is in the journal:", SeeJournal)
			say("", "To carry on with the same plan:", Resume)
		case r.Status != run.Failed:
			say("Nothing was written.", "To carry on:", Resume)
		default:
			say("Nothing was written.", "Its log:", SeeLog)
			shown("", "Mend the cause, then:", StartAnew)
		}
	}
	return all
}

func adviseRefused(r *run.Run) []Advice {
	switch {
	case r.PlanDigest == "":
		return []Advice{{"Nothing was written.", "Its log:", SeeLog, true}}
	case r.Step != StepGate:
		return []Advice{{To: "To look at what it would have done:", Do: SeeChanges}}
	case IsStale(r):
		return []Advice{{To: "To look at it anew:", Do: PlanAnew}, {To: "To apply the rest of it:", Do: SyncRest}}
	}
	return []Advice{{To: "To look at what it would have done:", Do: SeeChanges}, {To: "To apply it all the same:", Do: SyncAnyway}}
}

// Command returns how a person at a terminal does it: the words after "plumb". A job is named as job says.
func (d Deed) Command(r *run.Run, job string) string {
	plan := "sync --plan " + r.PlanRun()
	switch d {
	case SyncPlan:
		return plan
	case SyncRest:
		return plan + " --skip-stale"
	case SyncAnyway:
		return plan + " --override-limits \"REASON\""
	case Resume:
		return "resume " + r.ID
	case PlanAnew:
		return "plan " + job
	case StartAnew:
		if r.DryRun {
			return "plan " + job
		}
		return "sync " + job
	case SeeFailed, SeeSkipped:
		return "show " + r.ID + " journal"
	}
	return "show " + r.ID + " " + strings.TrimPrefix(string(d), "see ")
}

// IsStale reports whether a run was refused because the target was no longer as its plan saw it.
func IsStale(r *run.Run) bool {
	return r.Status == run.Refused && r.Step == StepGate && strings.Contains(r.Message, "stale")
}

// Nothing says that a sync of the run's plan would change nothing, and what is held all the same.
func Nothing(r *run.Run) string {
	held := run.Total(r.Counts).Held
	if held == 0 {
		return "Nothing differs that sync would change."
	}
	return "Nothing is left that sync would change; " + words.Count(held, "change") + " held."
}

// InOrder returns the steps in the order of a run; loads that run side by side start in any.
func InOrder(steps []*run.Step) []*run.Step {
	order := []string{StepStart, StepLoadSource, StepLoadTarget, StepDiff, StepAudit, StepGate, StepSync, StepFinish}
	return slices.SortedStableFunc(slices.Values(steps), func(a, b *run.Step) int {
		return slices.Index(order, a.Name) - slices.Index(order, b.Name)
	})
}
