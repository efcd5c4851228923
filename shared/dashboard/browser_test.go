package dashboard_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axeVersion is the axe-core that the Makefile installs.
const axeVersion = "4.14.1"

// browser is a tab of a real browser.
type browser struct {
	t   *testing.T
	ctx context.Context
	url string
}

// openBrowser starts Chromium; it reaches this machine only.
func openBrowser(t *testing.T, url string) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium: apt-get install chromium")
	}
	dir, err := os.MkdirTemp("", "chromium-") // it is removed when the browser has let go of it
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(dir),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), chromedp.Flag("force-color-profile", "srgb"),
	)
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		end()
		stop()
		_ = os.RemoveAll(dir)
	})
	b := &browser{t: t, ctx: ctx, url: url}
	b.do(chromedp.EmulateViewport(1280, 900))
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	first := b.ctx
	for _, s := range steps {
		done := make(chan error, 1)
		go func() { done <- chromedp.Do(first, s) }()
		select {
		case err := <-done:
			if err != nil {
				b.t.Fatal(err)
			}
		case <-time.After(30 * time.Second):
			b.t.Fatalf("the browser waits for nothing on %s: %s", b.eval("location.href"), b.eval("document.body.innerText.slice(0, 2000)"))
		}
	}
}

func (b *browser) open(path string) { b.t.Helper(); b.do(chromedp.Navigate(b.url + path)) }

// eval returns what an expression says, as text.
func (b *browser) eval(expression string) string {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[json.RawMessage](expression))
	if err != nil {
		return fmt.Sprint(err)
	}
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

// press clicks a link or a button by its words.
func (b *browser) press(words string) {
	b.t.Helper()
	b.do(press("*[self::a or self::button or self::summary]", words))
}

// press clicks the first of such elements that has the words.
func press(element, words string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(fmt.Sprintf("//main//%s[contains(normalize-space(.), %q)]", element, words), chromedp.NodeVisible)
}

// says waits until one of the elements has the words.
func (b *browser) says(selector, words string) {
	b.t.Helper()
	text := ""
	for range 100 {
		if text = b.eval(fmt.Sprintf("Array.from(document.querySelectorAll(%q)).map(e => e.innerText).join('\\n')", selector)); strings.Contains(text, words) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.t.Errorf("%s: %s is %q, want %q in it", b.eval("location.href"), selector, text, words)
}

// sees waits until the page says the words.
func (b *browser) sees(words string) {
	b.t.Helper()
	for range 300 {
		if strings.Contains(b.eval("document.body.innerText"), words) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	b.t.Fatalf("%s never says %q: %s", b.eval("location.href"), words, b.eval("document.body.innerText.slice(0, 3000)"))
}

// theme sets what the system prefers, and the window's width.
func (b *browser) theme(name string, width int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, 900), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
		return err
	}))
}

// picture writes what the page looks like.
func (b *browser) picture(file string, whole bool) {
	b.t.Helper()
	action := chromedp.CaptureScreenshot()
	if whole {
		action = chromedp.FullScreenshot(100)
	}
	png, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// axe holds the page against axe-core's rules.
func (b *browser) axe(t *testing.T) {
	t.Helper()
	file := filepath.Join("..", "..", ".tools", "axe-core-"+axeVersion, "axe.min.js")
	script, err := os.ReadFile(file)
	if err != nil {
		t.Skipf("axe-core is not installed: make .tools/axe-core-%s", axeVersion)
	}
	if b.eval("typeof axe") == "undefined" { // once for each page
		b.eval(string(script) + "; 'loaded'")
	}
	b.eval(`window.found = ""; axe.run().then(r => { window.found = JSON.stringify(r.violations.filter(v => v.impact === "serious" || v.impact === "critical").map(v => v.id + ": " + v.help + ": " + v.nodes.slice(0, 3).map(n => n.html.slice(0, 200) + " " + (n.any[0] ? n.any[0].message : "")).join(" | "))) }); "started"`)
	for range 200 {
		if found := b.eval("window.found || ''"); found != "" {
			if found != "[]" {
				t.Errorf("axe-core: %s", found)
			}
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("axe-core did not end")
}
