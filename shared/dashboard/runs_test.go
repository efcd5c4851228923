package dashboard_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

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
