package dashboard

import (
	"fmt"
	"time"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/schedule"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// Schedule is when a job runs by itself.
type Schedule struct {
	Expression string `json:"expression"` // of EventBridge Scheduler
	Zone       string `json:"time_zone,omitempty"`
	DryRun     bool   `json:"dry_run"`
	By         string `json:"-"` // as who its runs are started
}

// nextRun is a schedule as pages show it.
type nextRun struct {
	Schedule
	Next    time.Time `json:"next,omitzero"`
	Counted bool      `json:"counted,omitempty"` // the time is worked out from the last run, and may be another
	Said    string    `json:"said"`
	Title   string    `json:"-"`
}

// nextOf says when a job runs next; nil where nothing is known of it. The job's last runs come newest first.
func (d *Dashboard) nextOf(job string, last []*run.Run) *nextRun {
	if d.Schedule == nil {
		return nil
	}
	s := d.Schedule(job)
	if s == nil {
		return nil
	}
	n := &nextRun{Schedule: *s, Title: s.Expression}
	if s.Zone != "" {
		n.Title += " in time zone " + s.Zone
	}
	what := "sync"
	if s.DryRun {
		what = "dry run"
	}
	e, err := schedule.Parse(s.Expression, s.Zone)
	if err != nil { // the times that it means are the scheduler's to know
		n.Said = fmt.Sprintf("%s by schedule: %s", what, n.Title)
		return n
	}
	now := d.Now()
	clock := func(t time.Time) string {
		layout := "Mon 2 Jan 15:04 "
		if t.Year() != now.Year() {
			layout = "Mon 2 Jan 2006 15:04 "
		}
		return t.In(e.Zone()).Format(layout) + e.Zone().String()
	}
	if n.Next = e.Next(now); !n.Next.IsZero() {
		n.Said = fmt.Sprintf("next %s %s, %s", what, clock(n.Next), words.In(n.Next, now))
		return n
	}
	if e.Every() == 0 {
		n.Said = fmt.Sprintf("%s by schedule: never again", what)
		return n
	}
	n.Said = fmt.Sprintf("%s every %s", what, words.Every(e.Every()))
	for _, l := range last {
		if l.Trigger != "schedule" || l.By != s.By {
			continue
		}
		n.Next, n.Counted = l.Started.Add(e.Every()), true
		if n.Next.After(now) {
			n.Said += fmt.Sprintf("; the next about %s, %s, counted from its last", clock(n.Next), words.In(n.Next, now))
		} else {
			n.Said += fmt.Sprintf("; due since about %s, counted from its last", clock(n.Next))
		}
		return n
	}
	n.Said += "; none of its last runs is known, from which the next could be counted"
	return n
}
