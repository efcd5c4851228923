package dashboard

import (
	"cmp"
	"slices"
	"time"

	"github.com/plumbline-sync/plumbline/shared/run"
)

// runsTable is a table of runs.
type runsTable struct {
	Runs  []*run.Run
	OfJob bool // all are of one job, which is not said again
	Sorts []sortOf
}

// sortOf is an order of runs.
type sortOf struct {
	Name, Title string
	Column      string // the head of the table that it is of
	Link        string
	On          bool
}

// sorts are the orders of runs.
func sorts() []sortOf {
	return []sortOf{
		{Name: "", Title: "newest first", Column: "Started"},
		{Name: "oldest", Title: "oldest first", Column: "Started"},
		{Name: "duration", Title: "longest first", Column: "Took"},
		{Name: "changes", Title: "most changes first", Column: "Changes"},
		{Name: "status", Title: "worst result first", Column: "Result"},
	}
}

// compare orders runs; nil: the store does.
func (f runsFilter) compare() func(a, b *run.Run) int {
	worst := []run.Status{run.Failed, run.TimedOut, run.Aborted, run.Refused, run.Partial, run.Running, run.Succeeded}
	switch f.Sort {
	case "duration":
		return func(a, b *run.Run) int { return cmp.Compare(lasted(b), lasted(a)) }
	case "changes":
		return func(a, b *run.Run) int { return cmp.Compare(b.Planned(), a.Planned()) }
	case "status":
		return func(a, b *run.Run) int { return slices.Index(worst, a.Status) - slices.Index(worst, b.Status) }
	}
	return nil
}

func lasted(r *run.Run) time.Duration {
	if r.Ended.IsZero() {
		return 0
	}
	return r.Ended.Sub(r.Started)
}

// columnHead is a head of a table of runs: a link to its order, and how it is sorted now.
type columnHead struct {
	Name, Link, Sort, Sign string
	Num                    bool
}

// heads returns a column's head. Who presses it when it is sorted so already gets its other order, where there is one.
func heads(t *runsTable, column string) columnHead {
	h := columnHead{Name: column, Num: column == "Changes" || column == "Took"}
	for _, s := range t.Sorts {
		if s.Column != column {
			continue
		}
		if s.On {
			h.Sort, h.Sign = "descending", "↓"
			if s.Name == "oldest" {
				h.Sort, h.Sign = "ascending", "↑"
			}
			continue
		}
		if h.Link == "" {
			h.Link = s.Link
		}
	}
	return h
}
