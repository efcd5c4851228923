package dashboard_test

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// down is a run store that answers nothing.
type down struct {
	run.Store
	code string
}

func (d down) err() error { return fault.Errorf(fault.Code(d.code), "ask the store: it says no") }

func (d down) List(context.Context, run.Filter) ([]*run.Run, error) { return nil, d.err() }
func (d down) Get(context.Context, string) (*run.Run, error)        { return nil, d.err() }
func (d down) Jobs(context.Context) ([]string, error)               { return nil, d.err() }
func (d down) Steps(context.Context, string) ([]*run.Step, error)   { return nil, d.err() }
func (d down) Lines(context.Context, string, int, int) ([]run.LogLine, error) {
	return nil, d.err()
}

// hostile are values that a page must show and not obey.
func hostile() []string {
	return []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `javascript:alert(1)`, "a\x00b\x1b[2Jc", "evil\u202egnp.exe", "zero\u200bwidth", `</td></table><h1>x`,
		`{{template "x"}}`, "=cmd|' /C calc'!A0", strings.Repeat("ä", 40), "line\nbreak",
	}
}

// TestHostileValues: markup, control and bidi characters are shown written out, in every page and form.
func TestHostileValues(t *testing.T) {
	w := newWorld(t)
	var rows []map[string]string
	for _, v := range hostile() {
		rows = append(rows, map[string]string{"name": v, "role": v, "serial": v})
	}
	w.devices()
	text, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	w.write("devices.json", string(text))
	w.write("jobs/devices.yaml", strings.ReplaceAll(w.read("jobs/devices.yaml"), "devices.csv", "devices.json"))
	r := w.run(dry("devices"))
	if r.Counts["device"].Create == 0 {
		t.Fatalf("%+v", r)
	}
	at := "/runs/" + r.ID
	for _, path := range []string{at, at + "/changes", at + "/changes?view=tree", at + "/changes/changes/1", at + "/findings", at + "/changes?match=%3Cscript%3E", "/runs?by=%3Cscript%3Ealert(1)%3C/script%3E", "/%3Cscript%3E"} {
		p := w.get(path)
		if p.Find("script:not([src='/assets/live.js'])").Length() > 0 || p.Find("img:not([src='/assets/icon.svg'])").Length() > 0 || p.Find("h1").Length() != 1 {
			t.Errorf("%s has elements that a value made", path)
		}
		for _, bad := range []string{"\x00", "\x1b", "\u202e", "\u200b"} {
			if strings.Contains(p.text, bad) {
				t.Errorf("%s has the character %q as it is", path, bad)
			}
		}
	}
	w.get(at+"/changes").has(t, ".change", `evil\u202egnp.exe`)
	if csv := w.get(at + "/download/csv").text; strings.Contains(csv, ",=cmd") || strings.Contains(csv, "\n=cmd") {
		t.Error("the CSV has a formula")
	}
}

// TestLongValue: a value of 4 MB makes no page of 4 MB.
func TestLongValue(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("x", 4_000_000)
	w.devices("a,leaf," + long + "1")
	w.run(wet("devices"))
	w.devices("a,leaf," + long + "2")
	r := w.run(dry("devices"))
	p := w.get("/runs/" + r.ID + "/changes")
	if p.status != 200 || len(p.text) > 50_000 {
		t.Errorf("%d, %d bytes", p.status, len(p.text))
	}
	p.has(t, "ins", "2")
	if p := w.get("/runs/" + r.ID + "/changes/changes/1"); len(p.text) > 500_000 {
		t.Errorf("its own page has %d bytes", len(p.text))
	}
}

// TestCanary: a secret of a job is on no page, in no form.
func TestCanary(t *testing.T) {
	const canary = "c4n4ry-5ecret-value"
	if err := os.Setenv("PLUMB_TEST_CANARY", canary); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Unsetenv("PLUMB_TEST_CANARY") })
	w := newWorld(t)
	w.devices(numbered(2)...)
	w.write("jobs/devices.yaml", strings.ReplaceAll(w.read("jobs/devices.yaml"), `"sqlite:../assets.db"`, `"sqlite:../${env:PLUMB_TEST_CANARY}.db"`))
	r := w.run(wet("devices"))
	at := "/runs/" + r.ID
	for _, path := range []string{"/", "/jobs/devices", "/runs", at, at + "/log", at + "/journal", at + "/findings", at + "/changes"} {
		for _, q := range []string{"", "?format=json"} {
			if strings.Contains(w.get(path+q).text, canary) {
				t.Errorf("%s shows the secret", path+q)
			}
		}
	}
}
