package runtest

import (
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

func keepsRun(t *testing.T, s run.Store) {
	want := full("2w9k41c-7f3")
	create(t, s, want)
	wantSame(t, "run", full("2w9k41c-7f3"), want) // the caller's stays as it was
	got := getRun(t, s, "2w9k41c-7f3")
	wantSame(t, "run", want, got)
	if got.Started.Location() != time.UTC || got.Started.Nanosecond() != 123456789 {
		t.Errorf("started: %v", got.Started)
	}
	got.Counts["device"] = run.Counts{}
	wantSame(t, "run, after the one returned was changed", want, getRun(t, s, "2w9k41c-7f3"))
}

func smallest(t *testing.T, s run.Store) {
	create(t, s, &run.Run{ID: "x", Status: run.Running})
	wantSame(t, "run", &run.Run{ID: "x", Status: run.Running}, getRun(t, s, "x"))
	wantCode(t, "create without id", s.Create(t.Context(), &run.Run{Status: run.Running}), fault.Invalid)
}

func missing(t *testing.T, s run.Store) {
	_, err := s.Get(t.Context(), "none")
	wantCode(t, "get", err, fault.NotFound)
	_, err = s.Update(t.Context(), "none", func(*run.Run) { t.Error("change was called") })
	wantCode(t, "update", err, fault.NotFound)
	_, _, err = s.Close(t.Context(), "none", run.Failed, func(*run.Run) { t.Error("change was called") })
	wantCode(t, "close", err, fault.NotFound)
	wantCode(t, "delete", s.Delete(t.Context(), "none"), fault.NotFound)
	all, err := s.List(t.Context(), run.Filter{})
	if err != nil || len(all) != 0 {
		t.Errorf("list: %v, %v", all, err)
	}
	_, err = s.List(t.Context(), run.Filter{After: "none"})
	wantCode(t, "list after", err, fault.NotFound)
	steps, err := s.Steps(t.Context(), "none")
	if err != nil || len(steps) != 0 {
		t.Errorf("steps: %v, %v", steps, err)
	}
	lines, err := s.Lines(t.Context(), "none", 0, 0)
	if err != nil || len(lines) != 0 {
		t.Errorf("lines: %v, %v", lines, err)
	}
}

func createTwice(t *testing.T, s run.Store) {
	create(t, s, full("x"))
	wantCode(t, "create", s.Create(t.Context(), &run.Run{ID: "x", Status: run.Running}), fault.Conflict)
	wantSame(t, "run", full("x"), getRun(t, s, "x"))
}

func update(t *testing.T, s run.Store) {
	create(t, s, full("x"))
	got, err := s.Update(t.Context(), "x", func(r *run.Run) {
		r.Step, r.PlanDigest = "sync", "p2"
		r.Counts["site"] = run.Counts{Create: 1 << 60}
	})
	if err != nil {
		t.Fatal(err)
	}
	want := full("x")
	want.Step, want.PlanDigest = "sync", "p2"
	want.Counts["site"] = run.Counts{Create: 1 << 60}
	wantSame(t, "returned", want, got)
	wantSame(t, "stored", want, getRun(t, s, "x"))
}

func updateForces(t *testing.T, s run.Store) {
	create(t, s, small("a", 1))
	got, err := s.Update(t.Context(), "a-001", func(r *run.Run) { r.ID, r.Status, r.By = "other", run.Succeeded, "ana" })
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != "a-001" || got.Status != run.Running || got.By != "ana" {
		t.Errorf("got %+v", got)
	}
	_, err = s.Get(t.Context(), "other")
	wantCode(t, "get", err, fault.NotFound)
}

func updateClosed(t *testing.T, s run.Store) {
	for n, status := range []run.Status{run.Succeeded, run.Partial, run.Failed, run.Refused, run.Aborted, run.TimedOut} {
		id := create(t, s, small("a", n))
		mustClose(t, s, id, status)
		_, err := s.Update(t.Context(), id, func(r *run.Run) { r.Message = "late" })
		wantCode(t, "update", err, fault.Conflict)
		if got := getRun(t, s, id); got.Message != "" || got.Status != status {
			t.Errorf("got %+v", got)
		}
	}
}

func closeRun(t *testing.T, s run.Store) {
	id := create(t, s, small("a", 1))
	before := time.Now()
	got, closed, err := s.Close(t.Context(), id, run.Partial, func(r *run.Run) {
		r.ID, r.Status = "other", run.Running
		r.Message, r.Results = "14 of 15", map[string]int64{"done": 14}
	})
	if err != nil || !closed {
		t.Fatal(closed, err)
	}
	if got.ID != id || got.Status != run.Partial || got.Message != "14 of 15" || got.Results["done"] != 14 {
		t.Errorf("got %+v", got)
	}
	if got.Ended.Before(before.Add(-time.Second)) || got.Ended.After(time.Now().Add(time.Second)) {
		t.Errorf("ended %v", got.Ended)
	}
	wantSame(t, "stored", got, getRun(t, s, id))

	id = create(t, s, small("a", 2))
	got, _, err = s.Close(t.Context(), id, run.Aborted, func(r *run.Run) { r.Ended = when() })
	if err != nil || !got.Ended.Equal(when()) {
		t.Errorf("an end of the caller's own: %v, %v", got, err)
	}
}

func closeTwice(t *testing.T, s run.Store) {
	id := create(t, s, small("a", 1))
	mustClose(t, s, id, run.Aborted)
	want := getRun(t, s, id)
	got, closed, err := s.Close(t.Context(), id, run.Succeeded, func(r *run.Run) { r.Message = "late" })
	if err != nil || closed {
		t.Errorf("closed %v, %v", closed, err)
	}
	wantSame(t, "returned", want, got)
	wantSame(t, "stored", want, getRun(t, s, id))
}

func closeStatus(t *testing.T, s run.Store) {
	id := create(t, s, small("a", 1))
	for _, status := range []run.Status{run.Running, "", "done"} {
		_, _, err := s.Close(t.Context(), id, status, nil)
		wantCode(t, "close as "+string(status), err, fault.Invalid)
	}
	if got := getRun(t, s, id); got.Status != run.Running {
		t.Errorf("got %+v", got)
	}
}

// ids lists runs and returns their ids.
func ids(t *testing.T, s run.Store, f run.Filter) []string {
	t.Helper()
	all, err := s.List(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, r := range all {
		got = append(got, r.ID)
	}
	return got
}

func listOrder(t *testing.T, s run.Store) {
	for _, n := range []int{3, 1, 2} {
		create(t, s, small("a", n))
	}
	near := small("b", 2) // by a nanosecond
	near.Started = near.Started.Add(time.Nanosecond)
	create(t, s, near)
	same := small("c", 3)
	create(t, s, same)
	old := small("z", 0) // an id says nothing
	old.Started = old.Started.Add(-time.Hour)
	create(t, s, old)
	wantSame(t, "list", []string{"c-003", "a-003", "b-002", "a-002", "a-001", "z-000"}, ids(t, s, run.Filter{}))
	all, err := s.List(t.Context(), run.Filter{Limit: 1})
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	wantSame(t, "a listed run is whole", getRun(t, s, "c-003"), all[0])
}

func listFilters(t *testing.T, s run.Store) {
	for n, job := range []string{"a", "b", "a", "b", "a"} {
		r := small(job, n)
		r.DryRun = n%2 == 1
		r.By = map[bool]string{true: "ana", false: "ben"}[n < 3]
		create(t, s, r)
	}
	mustClose(t, s, "a-002", run.Failed)
	mustClose(t, s, "b-003", run.Failed)
	yes, no := true, false
	for _, c := range []struct {
		name   string
		filter run.Filter
		want   []string
	}{
		{"job", run.Filter{Job: "a"}, []string{"a-004", "a-002", "a-000"}},
		{"no such job", run.Filter{Job: "x"}, []string{}},
		{"status", run.Filter{Status: run.Failed}, []string{"b-003", "a-002"}},
		{"open", run.Filter{Status: run.Running}, []string{"a-004", "b-001", "a-000"}},
		{"dry", run.Filter{DryRun: &yes}, []string{"b-003", "b-001"}},
		{"not dry", run.Filter{DryRun: &no}, []string{"a-004", "a-002", "a-000"}},
		{"by", run.Filter{By: "ana"}, []string{"a-002", "b-001", "a-000"}},
		{"before", run.Filter{Before: when().Add(2 * time.Second)}, []string{"b-001", "a-000"}},
		{"before, by a nanosecond", run.Filter{Before: when().Add(2*time.Second + 1)}, []string{"a-002", "b-001", "a-000"}},
		{"since", run.Filter{Since: when().Add(3 * time.Second)}, []string{"a-004", "b-003"}},
		{"since, by a nanosecond", run.Filter{Since: when().Add(3*time.Second + 1)}, []string{"a-004"}},
		{"since, of a job", run.Filter{Job: "a", Since: when().Add(2 * time.Second)}, []string{"a-004", "a-002"}},
		{"between", run.Filter{Since: when().Add(time.Second), Before: when().Add(3 * time.Second)}, []string{"a-002", "b-001"}},
		{"between nothing", run.Filter{Since: when().Add(3 * time.Second), Before: when().Add(time.Second)}, []string{}},
		{"oldest first", run.Filter{Oldest: true, Job: "a", Since: when().Add(time.Second)}, []string{"a-002", "a-004"}},
		{"all of them", run.Filter{Job: "a", Status: run.Failed, DryRun: &no, By: "ana", Before: when().Add(time.Hour), After: "a-004", Limit: 5}, []string{"a-002"}},
	} {
		wantSame(t, c.name, c.want, ids(t, s, c.filter))
	}
}

func listPages(t *testing.T, s run.Store) {
	var want []string
	for n := range 60 {
		r := small("a", n)
		r.Started = when().Add(time.Duration(n/7) * time.Second) // many at the same time
		create(t, s, r)
		want = append([]string{r.ID}, want...)
	}
	wantSame(t, "without a limit: 50", want[:50], ids(t, s, run.Filter{}))
	for _, limit := range []int{1, 7, 13, 60, 100} {
		var got []string
		for after := ""; ; after = got[len(got)-1] {
			page := ids(t, s, run.Filter{Limit: limit, After: after})
			if got = append(got, page...); len(page) == 0 {
				break
			}
			if len(page) > limit {
				t.Fatalf("a page of %d, not %d", len(page), limit)
			}
		}
		wantSame(t, "all pages", want, got)
	}
}

func listOldest(t *testing.T, s run.Store) {
	var want []string
	for n := range 20 {
		r := small("a", n)
		r.Started = when().AddDate(0, 0, 10*(n/3)) // several months, three at the same time
		want = append(want, create(t, s, r))
	}
	for _, limit := range []int{1, 6, 20} {
		var got []string
		for after := ""; ; after = got[len(got)-1] {
			page := ids(t, s, run.Filter{Oldest: true, Limit: limit, After: after})
			if got = append(got, page...); len(page) == 0 {
				break
			}
		}
		wantSame(t, "all pages", want, got)
	}
	wantSame(t, "since a month later", want[12:], ids(t, s, run.Filter{Oldest: true, Since: when().AddDate(0, 0, 40)}))
}

func lastSync(t *testing.T, s run.Store) {
	last := func(job, want string) {
		t.Helper()
		r, among, err := s.LastSync(t.Context(), job)
		if err != nil || among != 0 {
			t.Fatal(among, err)
		}
		if r == nil {
			r = &run.Run{}
		}
		if r.ID != want {
			t.Errorf("the last sync of %s is %q, not %q", job, r.ID, want)
		}
	}
	last("a", "")
	add := func(job string, n int, dry bool) string {
		r := small(job, n)
		r.DryRun = dry
		return create(t, s, r)
	}
	add("a", 1, true)
	last("a", "")
	add("a", 3, false)
	add("a", 2, false)
	for n := range 30 {
		add("a", 10+n, true)
		add("b", 10+n, n%2 == 0)
	}
	last("a", "a-003") // at work
	last("b", "b-039")
	mustClose(t, s, "a-003", run.Failed)
	last("a", "a-003")
	if err := s.Delete(t.Context(), "a-003"); err != nil {
		t.Fatal(err)
	}
	last("a", "a-002")
}

func jobs(t *testing.T, s run.Store) {
	names := func() []string {
		all, err := s.Jobs(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if got := names(); len(got) != 0 {
		t.Errorf("of none: %q", got)
	}
	create(t, s, &run.Run{ID: "x", Status: run.Running})
	if got := names(); len(got) != 0 {
		t.Errorf("of a run without a job: %q", got)
	}
	for n, job := range []string{"b", "a", "b", "ä", "a"} {
		create(t, s, small(job, n))
	}
	wantSame(t, "jobs", []string{"a", "b", "ä"}, names())
	if _, err := s.Update(t.Context(), "x", func(r *run.Run) { r.Job = "late" }); err != nil {
		t.Fatal(err)
	}
	wantSame(t, "jobs, one known later", []string{"a", "b", "late", "ä"}, names())
}

func deleteRun(t *testing.T, s run.Store) {
	for _, id := range []string{"x", "y"} {
		create(t, s, full(id))
		if err := s.PutStep(t.Context(), &run.Step{Run: id, Name: "diff", Started: when()}); err != nil {
			t.Fatal(err)
		}
		if err := s.Log(t.Context(), id, []run.LogLine{{Time: when(), Message: "hello"}}); err != nil {
			t.Fatal(err)
		}
		mustClose(t, s, id, run.Failed)
	}
	if err := s.Delete(t.Context(), "x"); err != nil {
		t.Fatal(err)
	}
	_, err := s.Get(t.Context(), "x")
	wantCode(t, "get", err, fault.NotFound)
	wantSame(t, "list", []string{"y"}, ids(t, s, run.Filter{}))
	create(t, s, full("x")) // nothing of the old one is left
	for id, want := range map[string]int{"x": 0, "y": 1} {
		steps, err1 := s.Steps(t.Context(), id)
		lines, err2 := s.Lines(t.Context(), id, 0, 0)
		if len(steps) != want || len(lines) != want || err1 != nil || err2 != nil {
			t.Errorf("%s: %d steps, %d lines, want %d of each; %v %v", id, len(steps), len(lines), want, err1, err2)
		}
	}
}

func deleteOpen(t *testing.T, s run.Store) {
	id := create(t, s, full("x"))
	wantCode(t, "delete", s.Delete(t.Context(), id), fault.Conflict)
	wantSame(t, "run", full("x"), getRun(t, s, id))
}
