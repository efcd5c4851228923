package dashboard_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/plumbline-sync/plumbline/shared/step"
)

var picturesTo = flag.String("pictures", "", "also write pictures of every page to this folder")

// TestStory is a first day with the dashboard: from the empty home page through a dry run, its changes, the sync, a change that failed and why, to the plots.
func TestStory(t *testing.T) {
	w := newWorld(t)
	w.devices(append(numbered(8), "ber01-edge-02,edgee,X1")...)
	b := openBrowser(t, w.url)

	b.open("/")
	b.sees("Devices into the asset list")
	b.sees("Never run. A dry run shows what would change")
	b.press("Dry run")
	b.sees("Succeeded: dry run of devices")
	b.sees("Nothing was written to the target.")
	b.press("See the 9 changes")
	b.sees("Changes of devices")
	b.sees("ber01-edge-02")
	b.do(chromedp.SendKeys(`input[name=match]`, "dev*7\r"))
	b.sees("name has")
	if got := b.eval("document.querySelectorAll('article.change').length"); got != "1" {
		t.Errorf("%s changes match", got)
	}
	b.press("name has")
	b.press("Tree")
	b.sees("device dev00003")
	b.do(chromedp.Click(".crumbs li:nth-child(3) a"))
	b.press("Sync this plan")
	b.sees("Partial: sync of devices")
	b.sees("8 of 9 changes written, 1 failed")
	b.press("See what failed, and why")
	b.sees("ber01-edge-02")
	if said := b.eval("document.querySelector('.message.failed').innerText"); !strings.Contains(strings.ToLower(said), "check") {
		t.Errorf("why it failed: %q", said)
	}
	w.starts.Wait()
	w.devices(append(numbered(9), "ber01-edge-02,edge,X1")...)
	w.run(wet("devices"))
	b.open("/jobs/devices")
	b.sees("Duration of each step in seconds")
	if n := b.eval("document.querySelectorAll('svg.plot').length"); n != "4" {
		t.Errorf("%s plots", n)
	}
	b.press("The numbers")
	b.sees("load-source")
	b.open("/")
	b.sees("2 written")
}

// bigWorld has what a page can show: two jobs with many runs, a plan of every kind of change, failures, findings, held changes, a refused run.
func bigWorld(t *testing.T) (w *world, paths map[string]string) {
	w = newWorld(t)
	w.devices(numbered(400)...)
	if err := os.CopyFS(filepath.Join(w.dir, "jobs", "network"), os.DirFS("../../examples/inventory/network")); err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("../../examples/inventory/inventory.yaml")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := os.ReadFile("../../examples/inventory/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	w.write("jobs/inventory.yaml", string(example))
	w.write("jobs/schema.sql", string(schema))
	w.run(dry("inventory"))
	w.run(wet("inventory"))
	dir := "jobs/network/"
	edit := func(name string, pairs ...string) {
		w.write(dir+name, strings.NewReplacer(pairs...).Replace(w.read(dir+name)))
	}
	for i, site := range []string{"prod", "staging", "prod"} {
		edit("devices.csv", ";staging", ";"+site, ",Staged,", map[int]string{0: ",Up,", 1: ",Up,", 2: ",Down,"}[i])
		w.run(wet("inventory"))
	}
	devices := w.read(dir + "devices.csv")
	lines := strings.Split(devices, "\n")
	kept := append([]string{lines[0]}, lines[4:]...)
	for i := 5; i < 12; i++ {
		kept[i] = strings.ReplaceAll(kept[i], "Up", "Planned")
	}
	w.write(dir+"devices.csv", strings.Join(append(kept, lines[12], "BAD,,,,,,,,Strange,x"), "\n"))
	edit("interfaces.csv", "GigabitEthernet1/0/3", "GigabitEthernet1/0/33", "1500", "9000")
	found := w.run(step.Input{Job: "inventory", MemoryProfiling: true})
	w.run(dry("devices"))
	w.run(wet("devices"))
	w.devices(append(numbered(380), "ber01-edge-01,edgee,X1", "ber01-edge-02,edgee,X2", "ber01-edge-03,edgee,X3")...)
	failed := w.run(wet("devices"))
	w.write("jobs/broken.yaml", "title: A job with a problem\nsource: {adapter: fil}\n")
	return w, map[string]string{
		"home": "/", "runs": "/runs", "run": "/runs/" + found.ID, "run-partial": "/runs/" + failed.ID, "job": "/jobs/inventory", "job-vars": "/jobs/devices", "job-broken": "/jobs/broken",
		"changes": "/runs/" + found.ID + "/changes", "changes-update": "/runs/" + found.ID + "/changes?action=update", "tree": "/runs/" + found.ID + "/changes?view=tree",
		"changes-failed": "/runs/" + failed.ID + "/changes?result=failed", "held": "/runs/" + found.ID + "/changes?list=held", "change": "/runs/" + failed.ID + "/changes/changes/1",
		"journal": "/runs/" + failed.ID + "/journal", "findings": "/runs/" + found.ID + "/findings", "log": "/runs/" + failed.ID + "/log",
		"runs-none": "/runs?status=aborted", "no-journal": "/runs/" + found.ID + "/journal", "missing": "/runs/nope", "bad-query": "/runs?status=x", "changes-none": "/runs/" + found.ID + "/changes?match=zzz",
	}
}

// TestLooks opens every page in both themes and on a phone: axe-core finds nothing serious, and nothing sticks out.
func TestLooks(t *testing.T) {
	w, paths := bigWorld(t)
	b := openBrowser(t, w.url)
	for name, path := range paths {
		t.Run(name, func(t *testing.T) {
			for _, theme := range []string{"light", "dark"} {
				for _, width := range []int64{1280, 390} {
					b.theme(theme, width)
					b.open(path)
					if wide := b.eval("document.documentElement.scrollWidth"); wide > "1280" && width == 1280 || len(wide) > 3 && width == 390 || width == 390 && wide > "390" {
						t.Errorf("at %d the page is %s wide", width, wide)
					}
					if width == 1280 {
						b.axe(t)
					}
					if *picturesTo != "" {
						b.picture(filepath.Join(*picturesTo, name+"-"+theme+map[int64]string{1280: "", 390: "-phone"}[width]+".png"), len(b.eval("document.documentElement.scrollHeight")) < 4 || b.eval("document.documentElement.scrollHeight") < "3000")
					}
				}
			}
		})
	}
}
