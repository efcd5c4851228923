package dashboard_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/dashboard"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

var picturesTo = flag.String("pictures", "", "also write pictures of every page to this folder")

// hardWorld has what pages are hard to lay out for: names of 200 characters, long values, lists, a run at work.
func hardWorld(t *testing.T) (w *world, paths map[string]string) {
	w = newWorld(t)
	name := "a-job-whose-name-is-as-long-as-names-may-be-and-has-no-place-to-break-" + strings.Repeat("x", 120)
	w.devices()
	w.write("jobs/"+name+".yaml", strings.NewReplacer("Devices into the asset list", "Devices with a title that goes on "+strings.Repeat("and on ", 20), "devices.csv", "long.csv", "assets.db", "long.db").Replace(w.read("jobs/devices.yaml")))
	long := strings.Repeat("n", 190)
	w.write("long.csv", "name,role,serial\n"+long+"-1,leaf,"+strings.Repeat("0123456789", 60)+"a\n"+long+"-2,leaf,b\n"+long+"-3,edgee,c\n")
	w.run(wet(name))
	w.write("long.csv", "name,role,serial\n"+long+"-1,spine,"+strings.Repeat("0123456789", 60)+"b\n"+long+"-2,leaf,b2\n"+long+"-3,edgee,"+strings.Repeat("long words ", 900)+"\n")
	r := w.run(wet(name))
	live := &run.Run{ID: "live1", Job: name, Status: run.Running, By: "ana", Trigger: "dashboard", Started: time.Now(), Step: step.StepSync, PlanDigest: "d", Counts: map[string]run.Counts{"device": {Create: 1200345, Update: 3}}}
	if err := w.env.Runs.Create(t.Context(), live); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*run.Step{
		{Name: step.StepLoadSource, Status: "succeeded", Duration: 72 * time.Second, Handled: 1200345, Unit: "records", Memory: run.Memory{Peak: 61 << 20, End: 20 << 20, HeapPeak: 12 << 20}},
		{Name: step.StepLoadTarget, Status: "succeeded", Duration: 31 * time.Second, Handled: 1200345, Unit: "records", Memory: run.Memory{Peak: 64 << 20, End: 40 << 20, HeapPeak: 12 << 20}},
		{Name: step.StepSync, Status: "running", Duration: 190 * time.Second, Handled: 480000, Total: 1200348, Unit: "changes", Detail: "create device", Failed: 12},
	} {
		s.Run = "live1"
		if err := w.env.Runs.PutStep(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	at := "/runs/" + r.ID
	return w, map[string]string{
		"long-home": "/", "long-job": "/jobs/" + name, "long-runs": "/runs", "long-run": at, "long-changes": at + "/changes", "long-tree": at + "/changes?view=tree", "long-change": at + "/changes/changes/2",
		"long-journal": at + "/journal", "long-log": at + "/log", "live": "/runs/live1",
	}
}

// workWorld has a run that writes while it is looked at, and one that compares nothing yet.
func workWorld(t *testing.T) (w *world, paths map[string]string) {
	w = newWorld(t)
	w.devices(append([]string{"ber01,edgee,X1"}, numbered(400)...)...)
	w.write("jobs/devices.yaml", strings.Replace(w.read("jobs/devices.yaml"), "target: {", "target: {rate: 12, batch: 5, ", 1))
	id, err := w.start(t.Context(), wet("devices"))
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if r, err := w.env.Runs.Get(t.Context(), id); err == nil && r.Step == step.StepSync {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err := w.env.Runs.Create(t.Context(), &run.Run{ID: "early", Job: "devices", Status: run.Running, By: "ana", Trigger: "cli", Started: time.Now(), Step: step.StepLoadSource}); err != nil {
		t.Fatal(err)
	}
	at := "/runs/" + id
	return w, map[string]string{"at-work": at, "at-work-home": "/", "at-work-changes": at + "/changes", "at-work-tree": at + "/changes?view=tree", "at-work-failed": at + "/changes?result=failed", "at-work-journal": at + "/journal", "early-changes": "/runs/early/changes", "early-journal": "/runs/early/journal", "early": "/runs/early"}
}

// closedWorld is a stack that does not exist.
func closedWorld(t *testing.T) (w *world, paths map[string]string) {
	w = newWorld(t, func(o *dashboard.Options) {
		o.Env, o.Store = nil, "stack prod"
		o.Closed = fault.Errorf(fault.NotFound, "stack %q: there is none in region eu-central-1", "prod")
	})
	return w, map[string]string{"missing-stack": "/"}
}

// emptyWorld has nothing yet.
func emptyWorld(t *testing.T) (w *world, paths map[string]string) {
	w = newWorld(t)
	return w, map[string]string{"empty-home": "/", "empty-runs": "/runs"}
}

// TestLooks opens every page in both themes, on a desk and on a phone: axe-core finds nothing serious, and nothing sticks out.
func TestLooks(t *testing.T) {
	for _, world := range []func(*testing.T) (*world, map[string]string){emptyWorld, closedWorld, bigWorld, hardWorld, workWorld} {
		w, paths := world(t)
		b := openBrowser(t, w.url)
		for name, path := range paths {
			t.Run(name, func(t *testing.T) { b.looks(t, name, path) })
		}
	}
}

// looks looks at one page.
func (b *browser) looks(t *testing.T, name, path string) {
	b.open(path)
	for _, theme := range []string{"light", "dark"} {
		for _, width := range []int64{1280, 390} {
			b.theme(theme, width)
			var wide, high int64
			if _, err := fmt.Sscan(b.eval("document.documentElement.scrollWidth + ' ' + document.documentElement.scrollHeight"), &wide, &high); err != nil || wide > width {
				t.Errorf("at %d the page is %d wide: %v", width, wide, err)
			}
			b.axe(t)
			if *picturesTo != "" {
				b.picture(filepath.Join(*picturesTo, name+"-"+theme+map[int64]string{1280: "", 390: "-phone"}[width]+".png"), high < 3000)
			}
		}
	}
}
