package dashboard_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/dashboard"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb/dynamodbtest"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// TestOverATable: the same pages over runs in a table of DynamoDB, as a stack keeps them.
func TestOverATable(t *testing.T) {
	server := dynamodbtest.Start(t)
	table := server.Table(t)
	w := newWorld(t, func(o *dashboard.Options) {
		o.Env.Runs = dynamodb.New(server.Client(), table)
		o.Store = "stack prod"
		o.Schedule = func(string) *dashboard.Schedule {
			return &dashboard.Schedule{Expression: "rate(1 hour)", Zone: "UTC", DryRun: true}
		}
	})
	w.devices(append(numbered(4), "ber01,edgee,X1")...)
	planned := w.run(dry("devices"))
	failed := w.run(wet("devices"))
	home := w.get("/")
	home.has(t, ".store", "stack prod")
	home.has(t, ".notice", "4 of 5 changes written, 1 failed")
	home.has(t, "article.job", "dry run every hour; none of its last runs is known")
	if n := home.Find("svg.strip rect").Length(); n != 2 {
		t.Errorf("%d runs in the strip", n)
	}
	if n := w.get("/runs?kind=dry").Find("tbody tr").Length(); n != 1 {
		t.Errorf("%d dry runs", n)
	}
	w.get("/runs?job=devices&sort=oldest").has(t, "tbody tr:first-child", planned.ID)
	w.get("/runs/"+failed.ID+"/changes?result=failed").has(t, ".message.failed", "refuses role")
	w.get("/runs/"+failed.ID).has(t, "table", "load-source")
	w.get("/jobs/devices").has(t, "figcaption", "Duration of each step")
	if p := w.get("/runs/none"); p.status != 404 {
		t.Errorf("an unknown run: %d", p.status)
	}
	gone := newWorld(t, func(o *dashboard.Options) { o.Env.Runs = dynamodb.New(server.Client(), "no-such-table") })
	for _, path := range []string{"/", "/runs"} {
		p := gone.get(path)
		if p.status != 404 {
			t.Errorf("%s without the table: %d", path, p.status)
		}
		p.has(t, "h1", "The run store is not there")
		p.has(t, "main p", "--region and --profile")
	}
}

// TestStartedWithoutRecord: a run that was started and is not in the store yet has a page that follows it; where it never comes to be, the page says why.
func TestStartedWithoutRecord(t *testing.T) {
	now := time.Now()
	w := newWorld(t, func(o *dashboard.Options) {
		o.Start = func(context.Context, step.Input) (string, error) { return "lost1", nil }
		o.Now = func() time.Time { return now }
		o.Lost = func(_ context.Context, id string) error {
			return fault.Errorf(fault.Internal, "execution %q ended FAILED: NotClosed: dynamodb:PutItem is not allowed", id)
		}
	})
	w.devices(numbered(1)...)
	if p := w.post("/jobs/devices", url.Values{"what": {"dry"}}); p.header.Get("Location") != "/runs/lost1" {
		t.Fatalf("%d %s", p.status, p.text)
	}
	w.get("/runs/lost1").has(t, "main[data-live='1'] p", "it has no record yet")
	now = now.Add(11 * time.Second)
	p := w.get("/runs/lost1")
	p.has(t, "h1", "The run came to nothing")
	p.has(t, ".message", "dynamodb:PutItem is not allowed")
	now = now.Add(time.Hour)
	if p := w.get("/runs/lost1"); p.status != 404 {
		t.Errorf("an hour later: %d", p.status)
	}
}

// TestRunWithoutJob: a run that was refused before its job was known, as a stack keeps it, is a run of no job, not of one without a name.
func TestRunWithoutJob(t *testing.T) {
	w := newWorld(t)
	w.devices(numbered(1)...)
	if err := w.env.Runs.Create(t.Context(), &run.Run{ID: "bad1", Status: run.Running, Started: time.Now(), Trigger: "api"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.env.Runs.Close(t.Context(), "bad1", run.Failed, func(r *run.Run) { r.Message, r.Code = "execution input: job is missing", "invalid" }); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/runs", "/runs/bad1", "/runs/bad1/log", "/runs/bad1/journal"} {
		p := w.get(path)
		if p.status != 200 || p.Find("a[href='/jobs/']").Length() > 0 {
			t.Errorf("%s: %d, or it leads to a job without a name", path, p.status)
		}
	}
	if n := w.get("/").Find("article.job").Length(); n != 1 {
		t.Errorf("%d jobs", n)
	}
	w.get("/runs/bad1").has(t, "main", "job is missing")
	w.get("/runs/bad1").has(t, "h1", "Failed: sync")
	w.get("/runs?sort=status").has(t, "td.result", "job is missing")
}
