package dashboard_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
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
