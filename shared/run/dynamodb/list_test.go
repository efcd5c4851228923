package dynamodb_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb/dynamodbtest"
)

// createAll stores runs, several at once; those that have ended are closed then.
func createAll(t *testing.T, s run.Store, all []*run.Run) {
	t.Helper()
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(8)
	for _, r := range all {
		g.Go(func() error { return createOne(ctx, s, *r) })
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
}

func createOne(ctx context.Context, s run.Store, r run.Run) error {
	status := r.Status
	r.Status = run.Running
	err := s.Create(ctx, &r)
	if err == nil && status != run.Running {
		_, _, err = s.Close(ctx, r.ID, status, nil)
	}
	return err
}

// TestListAsSorted: whatever the filter, a list is what sorting and filtering all runs gives; over years with gaps, from the zero time to the far future.
func TestListAsSorted(t *testing.T) {
	server := dynamodbtest.Start(t)
	s := dynamodb.New(server.Client(), server.Table(t))
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(from ...string) string { return from[r.IntN(len(from))] }
	starts := []time.Time{{}, time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2025, 12, 31, 23, 59, 59, 999999999, time.UTC)}
	for range 12 {
		starts = append(starts, time.Date(2023+r.IntN(4), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, r.IntN(1e9), time.UTC))
	}
	var all []*run.Run
	for n := range 150 {
		all = append(all, &run.Run{
			ID: fmt.Sprintf("r%03d", n), Job: pick("a", "b", "c"), Status: run.Status(pick("running", "failed", "succeeded")),
			DryRun: r.IntN(2) == 0, By: pick("ana", "ben"), Started: starts[r.IntN(len(starts))],
		})
	}
	createAll(t, s, all)
	slices.SortFunc(all, func(a, b *run.Run) int {
		if c := b.Started.Compare(a.Started); c != 0 {
			return c
		}
		return strings.Compare(b.ID, a.ID)
	})
	for range 150 {
		f := run.Filter{Job: pick("", "a", "b", "none"), Status: run.Status(pick("", "", "running", "failed")), By: pick("", "", "ana"), Limit: r.IntN(70)}
		if r.IntN(3) == 0 {
			dry := r.IntN(2) == 0
			f.DryRun = &dry
		}
		if r.IntN(3) == 0 {
			f.Before = starts[r.IntN(len(starts))]
		}
		from := 0
		if r.IntN(3) == 0 {
			from = r.IntN(len(all))
			f.After = all[from].ID
			from++
		}
		want := []string{}
		for _, r := range all[from:] {
			if (f.Job == "" || f.Job == r.Job) && (f.Status == "" || f.Status == r.Status) && (f.By == "" || f.By == r.By) && (f.DryRun == nil || *f.DryRun == r.DryRun) &&
				(f.Before.IsZero() || r.Started.Before(f.Before)) && (len(want) < f.Limit || f.Limit == 0 && len(want) < 50) {
				want = append(want, r.ID)
			}
		}
		found, err := s.List(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, r := range found {
			got = append(got, r.ID)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%+v (-want +got):\n%s", f, d)
		}
	}
}

// counting counts requests.
type counting struct {
	http.Client
	n atomic.Int64
}

// Do implements dynamodb.HTTPClient.
func (c *counting) Do(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return c.Client.Do(r)
}

// TestListIsBounded: what a page costs follows from the page, not from how many runs there are.
func TestListIsBounded(t *testing.T) {
	server := dynamodbtest.Start(t)
	requests := new(counting)
	s := dynamodb.New(server.Client(func(o *awsdynamodb.Options) { o.HTTPClient = requests }), server.Table(t))
	var all []*run.Run
	for n := range 2000 {
		r := &run.Run{ID: fmt.Sprintf("r%04d", n), Job: fmt.Sprint("job", n%10), Status: run.Running, Started: time.Date(2026, 1, 1, 0, n*50, 0, 0, time.UTC)}
		all = append(all, r)
	}
	createAll(t, s, all)
	if _, _, err := s.Close(t.Context(), "r1500", run.Failed, nil); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		filter run.Filter
		want   int   // runs
		most   int64 // requests
	}{
		"the newest":             {run.Filter{}, 50, 4}, // months, a month or two, the runs
		"in the middle":          {run.Filter{After: "r1500"}, 50, 5},
		"of a job":               {run.Filter{Job: "job3"}, 50, 2},
		"of a job, long ago":     {run.Filter{Job: "job3", Before: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)}, 12, 2},
		"open":                   {run.Filter{Status: run.Running}, 50, 2},
		"all of a job":           {run.Filter{Job: "job3", Limit: 1000}, 200, 4}, // 100 runs a request
		"the failed one of many": {run.Filter{Status: run.Failed}, 1, 7},
	} {
		before := requests.n.Load()
		found, err := s.List(t.Context(), c.filter)
		if err != nil {
			t.Fatal(err)
		}
		if n := requests.n.Load() - before; len(found) != c.want || n > c.most {
			t.Errorf("%s: %d runs in %d requests, want %d in %d at most", name, len(found), n, c.want, c.most)
		}
	}
}

// TestLastSyncIsBounded: the last sync is found behind many dry runs with one question; behind 1,000 it is looked for no further, which the answer says.
func TestLastSyncIsBounded(t *testing.T) {
	server := dynamodbtest.Start(t)
	requests := new(counting)
	s := dynamodb.New(server.Client(func(o *awsdynamodb.Options) { o.HTTPClient = requests }), server.Table(t))
	all := []*run.Run{{ID: "near", Job: "near", Status: run.Running}, {ID: "far", Job: "far", Status: run.Running}}
	for n := range 1050 {
		r := &run.Run{ID: fmt.Sprintf("r%04d", n), Job: "far", DryRun: true, Status: run.Running, Started: time.Date(2026, 1, 1, 0, n, 0, 0, time.UTC)}
		if n < 40 {
			r.Job = "near"
		}
		all = append(all, r)
	}
	createAll(t, s, all)
	for job, want := range map[string]int{"near": 0, "far": 1000, "none": 0} {
		before := requests.n.Load()
		r, among, err := s.LastSync(t.Context(), job)
		if err != nil {
			t.Fatal(err)
		}
		if n := requests.n.Load() - before; among != want || n > 2 || (r != nil) != (job == "near") {
			t.Errorf("%s: %+v among the last %d, not %d, in %d requests", job, r, among, want, n)
		}
	}
}
