package dashboard_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/dashboard"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// TestRunsSorted: runs by time, duration, changes and result, page by page; by anything but time among the newest that match, which the page says.
func TestRunsSorted(t *testing.T) {
	w := newWorld(t)
	start := time.Now().Add(-24 * time.Hour)
	for i := range 1200 {
		r := &run.Run{ID: fmt.Sprintf("r%04d", i), Job: "devices", Status: run.Running, By: "ana", Started: start.Add(time.Duration(i) * time.Second), PlanDigest: "d", Counts: map[string]run.Counts{"device": {Create: int64(i * 7 % 1201)}}}
		if err := w.env.Runs.Create(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	end := func(i int, status run.Status, took time.Duration) {
		if _, _, err := w.env.Runs.Close(t.Context(), fmt.Sprintf("r%04d", i), status, func(r *run.Run) { r.Ended = r.Started.Add(took) }); err != nil {
			t.Fatal(err)
		}
	}
	end(10, run.Failed, time.Hour) // too long ago to be among them
	end(300, run.Refused, 3*time.Minute)
	end(900, run.Failed, 2*time.Minute)
	end(901, run.Succeeded, 4*time.Minute)
	ids := func(path string) string {
		var all []string
		for _, a := range w.get(path).Find("tbody td.head a").EachIter() {
			all = append(all, a.Text())
		}
		return strings.Join(all, " ")
	}
	for path, want := range map[string]string{
		"/runs": "r1199 r1198 ", "/runs?sort=oldest": "r0000 r0001 ", "/runs?sort=duration": "r0901 r0300 r0900 ", "/runs?sort=status": "r0900 r0300 r1199 ",
		"/runs?sort=changes&page=2": "", "/runs?sort=status&status=refused": "r0300",
	} {
		if got := ids(path); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %.60s, want %s", path, got, want)
		}
	}
	seen, last := map[string]bool{}, int64(1<<62)
	for at := "/runs?sort=changes"; at != ""; {
		p := w.get(at)
		p.has(t, "main p", "among the last 1,000 runs")
		p.has(t, "th[aria-sort=descending]", "Changes")
		for _, row := range p.Find("tbody tr").EachIter() {
			var n int64
			if _, err := fmt.Sscanf(strings.ReplaceAll(row.Find("td[data-name=Changes]").Text(), ",", ""), "0 of %d", &n); err != nil || n > last {
				t.Errorf("%q comes after %d: %v", row.Find("td[data-name=Changes]").Text(), last, err)
			}
			seen[row.Find("td.head").Text()], last = true, n
		}
		at, _ = p.Find("a[rel=next]").Attr("href")
	}
	if len(seen) != 1000 {
		t.Errorf("%d runs on all pages", len(seen))
	}
	link, _ := w.get("/runs").Find("th[aria-sort=descending] a").Attr("href")
	if link != "/runs?sort=oldest" {
		t.Errorf("the head of what is sorted by time leads to %q", link)
	}
}

// TestSlower: a job's page names the step that takes longer than it did, and says so where none does or where it is too early to tell.
func TestSlower(t *testing.T) {
	w := newWorld(t)
	w.devices(numbered(1)...)
	add := func(name string, runs int, took func(i int) time.Duration) {
		for i := range runs {
			r := &run.Run{ID: fmt.Sprintf("%s%d", name, i), Job: name, Status: run.Running, Started: time.Now().Add(time.Duration(i-100) * time.Minute)}
			if err := w.env.Runs.Create(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			for _, s := range []*run.Step{{Name: "load-source", Duration: took(i)}, {Name: "diff", Duration: time.Second}} {
				s.Run, s.Status = r.ID, "succeeded"
				if err := w.env.Runs.PutStep(t.Context(), s); err != nil {
					t.Fatal(err)
				}
			}
			if _, _, err := w.env.Runs.Close(t.Context(), r.ID, run.Succeeded, func(r *run.Run) { r.Ended = time.Now() }); err != nil {
				t.Fatal(err)
			}
		}
	}
	add("slow", 9, func(i int) time.Duration {
		return map[bool]time.Duration{true: 5 * time.Second, false: 2 * time.Second}[i > 5]
	})
	add("even", 9, func(i int) time.Duration {
		return map[bool]time.Duration{true: 50 * time.Second, false: 2 * time.Second}[i == 8]
	}) // one says nothing
	add("young", 5, func(int) time.Duration { return time.Second })
	slow := w.get("/jobs/slow")
	slow.has(t, "[aria-label=Trend]", "load-source is getting slower: the last 3 runs took 5.00 s, those before 2.00 s (medians).")
	if text := slow.Find("[aria-label=Trend]").Text(); strings.Contains(text, "diff") {
		t.Error(text)
	}
	w.get("/jobs/even").has(t, "main p", "No step is getting slower.")
	w.get("/jobs/young").has(t, "main p", "shows from 6 good runs on")
	w.get("/jobs/young").has(t, "[aria-label='Which step is getting slower'] tbody", "5 good runs: 6 are needed to tell")
	row := slow.Find("[aria-label='Which step is getting slower'] tr:contains('load-source')").Text()
	if !strings.Contains(row, "2.00 s") || !strings.Contains(row, "5.00 s") || !strings.Contains(row, "slower") {
		t.Errorf("the step's row: %q", row)
	}
}

// TestWentWrong: what went wrong since yesterday is one step away, with its reason.
func TestWentWrong(t *testing.T) {
	w := newWorld(t)
	w.devices(append(numbered(2), "ber01,edgee,X1")...)
	failed := w.run(wet("devices"))
	w.run(dry("devices"))
	for _, page := range []string{"/", "/runs"} {
		at, _ := w.get(page).Find("main a:contains('What went wrong since yesterday')").Attr("href")
		w.get(at).has(t, "tbody tr:first-child", failed.ID)
		w.get(at).has(t, "tbody tr:first-child td.result", "2 of 3 changes written, 1 failed")
	}
}

// longAgo is a run store that does not look at all dry runs for a last sync.
type longAgo struct{ run.Store }

func (longAgo) LastSync(context.Context, string) (*run.Run, int, error) { return nil, 1000, nil }

// TestDryOnly: where the store does not go back to the last sync of a job, Home says so.
func TestDryOnly(t *testing.T) {
	w := newWorld(t, func(o *dashboard.Options) { o.Env.Runs = longAgo{o.Env.Runs} })
	w.devices("ber01,edgee,X1")
	add := func(n int, dry bool) {
		if err := w.env.Runs.Create(t.Context(), &run.Run{ID: fmt.Sprint("r", n), Job: "devices", DryRun: dry, Status: run.Succeeded, Started: time.Now().Add(time.Duration(n) * time.Second)}); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 19 {
		add(n, true)
	}
	if p := w.get("/"); strings.Contains(p.text, "No sync is among") {
		t.Error("Home speaks of 1,000 runs of a job that has 19")
	}
	add(20, true)
	w.get("/").has(t, "article.job", "No sync is among its last 1,000 runs. Look for those before")
	link, _ := w.get("/").Find("article.job a:contains('Look for')").Attr("href")
	if n := w.get(link).Find("tbody tr").Length(); n != 0 {
		t.Errorf("%s shows %d runs", link, n)
	}
	add(21, false)
	if p := w.get("/"); strings.Contains(p.text, "No sync is among") {
		t.Error("Home says that there is no sync beside one")
	}
}

// TestWaits: what a sync left waits for a person until the next sync: a dry run after it makes up for nothing. A dry run that failed is made up for by the next.
func TestWaits(t *testing.T) {
	w := newWorld(t)
	w.devices(append(numbered(2), "ber01,edgee,X1")...)
	waits := func() int { return w.get("/").Find("[data-part=attention] .notice").Length() }
	failed := w.run(wet("devices"))
	for range 21 { // more than Home shows of a job
		w.run(dry("devices"))
	}
	w.get("/").has(t, "[data-part=attention] .notice a[href='/runs/"+failed.ID+"']", "devices")
	if err := w.remove("devices.csv"); err != nil {
		t.Fatal(err)
	}
	if broken := w.run(dry("devices")); broken.Status != run.Failed {
		t.Fatal(broken.Status)
	}
	w.get("/").has(t, "[data-part=attention] .notice", "Failed")
	w.devices(append(numbered(2), "ber01,edge,X1")...)
	w.run(dry("devices"))
	w.get("/").has(t, "[data-part=attention] .notice", "2 of 3 changes written, 1 failed")
	w.run(wet("devices"))
	if n := waits(); n != 0 {
		t.Errorf("%d runs wait after a sync that went well", n)
	}
}
