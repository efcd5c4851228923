package dashboard_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/dashboard"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// clock is a clock that goes on only where it is told to, and a little whenever it is read.
type clock struct {
	at   atomic.Int64 // milliseconds
	read int64        // so many whenever it is read
}

func (c *clock) now() time.Time { return time.UnixMilli(1_780_000_000_000 + c.at.Add(c.read)) }

// slowly is an object store that needs a time for each small object.
type slowly struct {
	objects.Store
	clock *clock
	took  int64
	asked atomic.Int64
}

func (s *slowly) Get(ctx context.Context, name string) ([]byte, error) {
	s.clock.at.Add(s.took)
	s.asked.Add(1)
	return s.Store.Get(ctx, name)
}

// listOf is a page of findings, of a journal or of a log.
type listOf struct {
	Groups []struct{ Count int64 }
	Rows   []struct{ Name, Message string }
	Next   string
	Looked bool  `json:"more_to_look_at"`
	Of     int64 `json:"groups_of"`
	Size   int64
}

func (l *listOf) counted() (n int64) {
	for _, g := range l.Groups {
		n += g.Count
	}
	return n
}

// pages follows a list to its end.
func (w *world) pages(path string) (all []*listOf) {
	w.t.Helper()
	for path != "" {
		p := &listOf{}
		w.json(path, p)
		if all = append(all, p); len(all) > 500 {
			w.t.Fatal("there is no end of pages")
		}
		path = p.Next
	}
	return all
}

// manyFindings makes a run with findings on both sides.
func manyFindings(t *testing.T, w *world) string {
	t.Helper()
	r := &run.Run{ID: "many", Job: "devices", Status: run.Succeeded, Started: time.Unix(1_780_000_000, 0)}
	if err := w.env.Runs.Create(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]int{step.FindingsSource: 1500, step.FindingsTarget: 500} {
		f := finding.NewWriter(finding.Options{Store: w.env.Objects, Name: w.env.ObjectName(r, name), Temp: w.env.Temp})
		for i := range n {
			if err := f.Add(finding.Finding{Side: strings.TrimPrefix(name, "findings-"), Model: "device", Name: fmt.Sprintf("%s-%04d", name, i), Code: finding.Bad, Reason: fmt.Sprint("reason ", i%3)}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return "/runs/many/findings"
}

// TestFindingsPage: each finding is on one page, and messages are counted on the first, over all of them.
func TestFindingsPage(t *testing.T) {
	c := &clock{}
	w := newWorld(t, func(o *dashboard.Options) { o.Now = c.now })
	at := manyFindings(t, w)
	all, names := w.pages(at), map[string]bool{}
	for i, p := range all {
		for _, r := range p.Rows {
			names[r.Name] = true
		}
		if want := map[bool]int64{true: 2000, false: 0}[i == 0]; p.counted() != want || p.Of > 0 || p.Looked {
			t.Errorf("page %d counts %d messages, not %d; %+v", i+1, p.counted(), want, p)
		}
	}
	if len(names) != 2000 || len(all) != 20 {
		t.Errorf("%d findings on %d pages", len(names), len(all))
	}
	if p := w.get(at); p.Find("[data-part=groups] tbody tr").Length() != 3 || strings.Contains(p.Find("[data-part=groups]").Text(), "Counted") {
		t.Errorf("groups: %s", p.Find("[data-part=groups]").Text())
	}
}

// TestFindingsInParts: a page looks through findings for 0.4 s, whether one is like that or not; then it says what it counted and leads on.
func TestFindingsInParts(t *testing.T) {
	c := &clock{read: 1}
	w := newWorld(t, func(o *dashboard.Options) { o.Now = c.now })
	at := manyFindings(t, w)
	first := w.pages(at)[0]
	if n := first.counted(); n < 100 || n >= 2000 || first.Of != n || first.Size != 2000 {
		t.Errorf("counted %d: %d of %d", n, first.Of, first.Size)
	}
	w.get(at).has(t, "[data-part=groups]", "of 2,000 findings were looked at")
	for match, want := range map[string]string{"nothing": "", "findings-target-0499": "findings-target-0499"} {
		all, found := w.pages(at+"?match="+match), ""
		for _, p := range all {
			for _, r := range p.Rows {
				found += r.Name
			}
		}
		if len(all) < 5 || len(all) > 12 || !all[0].Looked || found != want {
			t.Errorf("looking for %s: %d pages show %q; the first: %+v", match, len(all), found, all[0])
		}
	}
	w.get(at+"?match=nothing").has(t, "[data-part=rows]", "None so far")
}

// TestLogPage: messages of a log are counted on its first page, over all of it.
func TestLogPage(t *testing.T) {
	w := newWorld(t)
	r := &run.Run{ID: "log", Job: "devices", Status: run.Running, Started: time.Now()}
	if err := w.env.Runs.Create(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	var lines []run.LogLine
	for i := range 1250 {
		lines = append(lines, run.LogLine{Time: time.Now(), Level: "info", Step: "sync", Message: fmt.Sprint("message ", i%2)})
	}
	if err := w.env.Runs.Log(t.Context(), "log", lines); err != nil {
		t.Fatal(err)
	}
	all, rows := w.pages("/runs/log/log"), 0
	for i, p := range all {
		rows += len(p.Rows)
		if want := map[bool]int64{true: 1250, false: 0}[i == 0]; p.counted() != want {
			t.Errorf("page %d counts %d messages, not %d", i+1, p.counted(), want)
		}
	}
	if rows != 1250 || len(all) != 13 {
		t.Errorf("%d lines on %d pages", rows, len(all))
	}
}

// TestJournalInParts: a journal of many small objects, each of which takes a while, is looked through part by part.
func TestJournalInParts(t *testing.T) {
	c := &clock{}
	var slow *slowly
	w := newWorld(t, func(o *dashboard.Options) {
		slow = &slowly{Store: o.Env.Objects, clock: c, took: 60}
		o.Now, o.Env.Objects = c.now, slow
	})
	if err := w.env.Runs.Create(t.Context(), &run.Run{ID: "slow", Job: "devices", Status: run.Partial, Started: c.now(), Written: true}); err != nil {
		t.Fatal(err)
	}
	j, err := journal.NewWriter(journal.Options{Store: w.env.Objects, Prefix: step.RunPrefix("slow") + step.JournalPrefix, Next: 1, Run: "slow", Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	const size = 60
	for i := range int64(size) {
		j.Add(&journal.Entry{Kind: journal.Result, N: i + 1, Op: "create", Key: record.MakeKey("device", record.MustOf(fmt.Sprintf("dev%02d", i))), Status: "done"})
		if err := j.Put(t.Context(), j.Seal()); err != nil {
			t.Fatal(err)
		}
	}
	at := "/runs/slow/journal"
	for counting := true; counting; { // messages are counted beside the page, once
		var p struct {
			Pending bool `json:"groups_pending"`
		}
		w.json(at, &p)
		counting = p.Pending
	}
	for match, want := range map[string]string{"nothing": "", "dev59": "device dev59", "dev00": "device dev00"} {
		slow.asked.Store(0)
		all, found := w.pages(at+"?match="+match), ""
		for _, p := range all {
			for _, r := range p.Rows {
				found += r.Name
			}
		}
		if n := int(slow.asked.Load()); len(all) < size/10 || found != want || n > size+2*len(all) { // a page looks at its first object before it reads it
			t.Errorf("looking for %s: %d pages show %q, and read %d objects", match, len(all), found, n)
		}
	}
	w.get(at+"?match=nothing").has(t, "[data-part=rows]", "None so far")
	w.get(at+"?match=nothing").has(t, "a[rel=next]", "Look on")
}
