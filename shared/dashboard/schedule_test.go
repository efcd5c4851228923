package dashboard_test

import (
	"context"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/dashboard"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// TestSchedule: Home and a job's page say when it runs next, in the schedule's time zone; of a rate only what its last run tells, as such; of what cannot be read, the expression alone.
func TestSchedule(t *testing.T) {
	now := time.Date(2026, 11, 26, 10, 30, 0, 0, time.UTC)
	s := &dashboard.Schedule{By: "prod-schedule"}
	w := newWorld(t, func(o *dashboard.Options) {
		o.Now = func() time.Time { return now }
		o.Schedule = func(job string) *dashboard.Schedule { return map[string]*dashboard.Schedule{"devices": s}[job] }
	})
	w.devices(numbered(1)...)
	says := func(want, title string) {
		t.Helper()
		for _, page := range []string{"/", "/jobs/devices"} {
			w.get(page).has(t, `main [title="`+title+`"]`, want)
		}
	}
	s.Expression, s.Zone = "cron(0 5 * * ? *)", "Europe/Berlin"
	says("next sync Fri 27 Nov 05:00 Europe/Berlin, in 17 hours", "cron(0 5 * * ? *) in time zone Europe/Berlin")
	s.Expression, s.Zone, s.DryRun = "cron(0 5 1 1 ? 2028)", "UTC", true
	says("next dry run Sat 1 Jan 2028 05:00 UTC, in 400 days", "cron(0 5 1 1 ? 2028) in time zone UTC")
	s.Expression = "cron(0 5 * * ? 2020)"
	says("dry run by schedule: never again", "cron(0 5 * * ? 2020) in time zone UTC")
	s.Expression = "cron(0 5 L-3 * ? *)"
	says("dry run by schedule: cron(0 5 L-3 * ? *) in time zone UTC", "cron(0 5 L-3 * ? *) in time zone UTC")
	s.Expression = "rate(2 hours)"
	says("dry run every 2 hours; none of its last runs is known, from which the next could be counted", "rate(2 hours) in time zone UTC")
	for id, by := range map[string]string{"r1": "prod-schedule", "r2": "ana"} {
		if err := w.env.Runs.Create(t.Context(), &run.Run{ID: id, Job: "devices", Status: run.Running, Trigger: "schedule", By: by, Started: now.Add(-time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	says("dry run every 2 hours; the next about Thu 26 Nov 11:30 UTC, in 1 hour, counted from its last", "rate(2 hours) in time zone UTC")
	now = now.Add(90 * time.Minute)
	says("due since about Thu 26 Nov 11:30 UTC, counted from its last", "rate(2 hours) in time zone UTC")
}

// TestUnseen: a job that is known by its schedule alone, since its file was deployed with the functions, is listed, says so, and can be started.
func TestUnseen(t *testing.T) {
	w := newWorld(t, func(o *dashboard.Options) {
		o.Schedule = func(job string) *dashboard.Schedule {
			return map[string]*dashboard.Schedule{"bundled": {Expression: "rate(1 day)"}}[job]
		}
		jobs := o.Jobs
		o.Jobs = func(ctx context.Context) ([]string, error) {
			names, err := jobs(ctx)
			return append(names, "bundled"), err
		}
		o.Listed = "Listed are those that were pushed."
	})
	w.devices(numbered(1)...)
	home := w.get("/")
	home.has(t, "[data-part=jobs] > p", "Listed are those that were pushed.")
	home.has(t, "article.job", "deployed with the functions that run it")
	if n := home.Find("article.job button").Length(); n != 2 {
		t.Errorf("%d jobs can be started", n)
	}
	p := w.get("/jobs/bundled")
	p.has(t, "main", "What it compares shows once it has run.")
	p.has(t, "form.card button", "Dry run")
	if p.status != 200 || p.Find(".notice.failed").Length() > 0 {
		t.Errorf("%d: %s", p.status, p.text)
	}
	if p := w.get("/jobs/other"); p.status != 404 {
		t.Errorf("one that nobody knows: %d", p.status)
	}
}
