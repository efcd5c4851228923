package dashboard_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/plumbline-sync/plumbline/shared/dashboard"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

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

// TestWithoutScript: who lets no script run starts a run, follows it by a page that loads itself anew, and works with its changes.
func TestWithoutScript(t *testing.T) {
	w := newWorld(t)
	w.devices(numbered(200)...)
	w.write("jobs/devices.yaml", strings.Replace(w.read("jobs/devices.yaml"), "target: {", "target: {rate: 100, batch: 5, ", 1))
	w.run(dry("devices"))
	b := openBrowser(t, w.url)
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	b.open("/jobs/devices")
	b.press("Sync without a look")
	b.do(chromedp.Click("input[name=sure]"))
	b.press("Sync now")
	b.sees("Running: sync of devices")
	b.sees("Succeeded: sync of devices") // two seconds of writing, then the next time that the page loads itself
	b.press("See the 200 changes")
	b.do(chromedp.SendKeys(`input[name=match]`, "dev*7\r"))
	b.sees("name has")
	if got := b.eval("document.querySelectorAll('article.change').length"); got != "20" {
		t.Errorf("%s changes match", got)
	}
}

// TestLiveAfterAHiccup: a store that does not answer for a while leaves what is followed as it is; another trouble is shown. Both are over once it answers again.
func TestLiveAfterAHiccup(t *testing.T) {
	var store *moody
	w := newWorld(t, func(o *dashboard.Options) {
		store = &moody{Store: o.Env.Runs}
		o.Env.Runs = store
	})
	w.devices(numbered(1)...)
	if err := w.env.Runs.Create(t.Context(), &run.Run{ID: "r1", Job: "devices", Status: run.Running, Started: time.Now(), Step: step.StepLoadSource}); err != nil {
		t.Fatal(err)
	}
	b := openBrowser(t, w.url)
	b.open("/runs/r1")
	b.sees("Running: sync of devices")
	b.eval("document.querySelector('h1').id = 'first'")
	store.turn(fault.Unavailable)
	for range 2 { // the second look tells that the first was not the last
		store.asked(t)
	}
	if got := b.eval("document.querySelector('#first').innerText"); got != "Running: sync of devices" {
		t.Errorf("meanwhile the page says %q: %s", got, b.eval("document.querySelector('main').innerText"))
	}
	store.turn(fault.Denied)
	b.sees("sign in again")
	store.turn("")
	b.sees("Running: sync of devices")
	if _, _, err := w.env.Runs.Close(t.Context(), "r1", run.Succeeded, func(*run.Run) {}); err != nil {
		t.Fatal(err)
	}
	b.sees("Succeeded: sync of devices")
}

// moody is a run store that answers as it is told to.
type moody struct {
	run.Store
	mu      sync.Mutex
	code    fault.Code
	refused chan struct{}
}

func (m *moody) turn(code fault.Code) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.code, m.refused = code, make(chan struct{}, 100)
}

// asked waits until the store has refused once more since it was turned.
func (m *moody) asked(t *testing.T) {
	t.Helper()
	m.mu.Lock()
	refused := m.refused
	m.mu.Unlock()
	select {
	case <-refused:
	case <-time.After(30 * time.Second):
		t.Fatal("the page does not look again")
	}
}

func (m *moody) Get(ctx context.Context, id string) (*run.Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.code == "" {
		return m.Store.Get(ctx, id)
	}
	m.refused <- struct{}{}
	return nil, fault.Errorf(m.code, "read run %q: the store says no", id)
}
