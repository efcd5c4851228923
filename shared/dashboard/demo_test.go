package dashboard_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDemo does what make demo does, opens plumb ui over it, and asks the pages what a newcomer asks: what would the next sync change, why did this record change, what failed last night and why,
// which step is getting slower.
func TestDemo(t *testing.T) {
	plumb, folder := buildPlumb(t), filepath.Join(t.TempDir(), "demo")
	demo := exec.CommandContext(t.Context(), "bash", "../../examples/inventory/demo.sh", folder)
	demo.Env = append(plainEnviron(), "BIN="+filepath.Dir(plumb))
	out, err := demo.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	address, _ := serveUI(t, plumb, folder)
	b := openBrowser(t, address)

	t.Log("what failed last night, and why?")
	b.open("/")
	b.sees("Needs a person")
	b.sees("1 of 3 changes written, 1 failed, 1 skipped")
	b.press("See what failed, and why")
	b.sees(`serial_number "JPE220123Y2": taken by device ams01-leaf-08`)
	b.says("article.change h3", "ams01-leaf-09")
	b.open("/")
	b.press("What went wrong since yesterday")
	b.says("tbody tr:first-child td.result", "1 of 3 changes written, 1 failed, 1 skipped")

	t.Log("what would the next sync change?")
	b.open("/")
	b.do(press("button", "Dry run"))
	b.sees("Succeeded: dry run of inventory")
	b.sees("Nothing was written to the target.")
	b.press("See the 3 changes")
	b.sees("lon01-r03")
	if n := b.eval("document.querySelectorAll('article.change').length"); n != "3" {
		t.Errorf("the next sync would make %s changes", n)
	}

	t.Log("why did this record change?")
	b.press("lon01-r03")
	b.sees("before, in the target")
	b.says("del", "0")
	b.says("ins", "4")
	b.says(".values tbody tr td:nth-child(2)", "units 1 to 20")
	b.says(".values tbody tr td:nth-child(3)", "units 1 to 24")

	t.Log("which step is getting slower?")
	b.open("/jobs/inventory")
	b.sees("is getting slower") // no step, or which: the machine may be busy
	for _, step := range []string{"load-source", "load-target", "diff"} {
		b.says("[aria-label='Which step is getting slower']", step)
	}
}

// buildPlumb builds the command line and returns where it is.
func buildPlumb(t testing.TB) string {
	t.Helper()
	plumb := filepath.Join(t.TempDir(), "plumb")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", plumb, "../../cmd/plumb").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return plumb
}

// plainEnviron is the environment without what would lead plumb elsewhere.
func plainEnviron() []string {
	return append(os.Environ(), "NO_COLOR=1", "PLUMB_STATE=", "PLUMB_STACK=")
}

// serveUI starts plumb ui in a folder, until the test ends, and returns its address and its process.
func serveUI(t testing.TB, plumb, folder string) (string, int) {
	t.Helper()
	ui := exec.CommandContext(t.Context(), plumb, "ui", "--no-browser", "--port", "0")
	ui.Dir, ui.Env = folder, plainEnviron()
	out, err := ui.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := ui.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ui.Wait() }) // the test's context ended it
	line, err := bufio.NewReader(out).ReadString('\n')
	address, found := strings.CutPrefix(strings.TrimSpace(line), "The dashboard is at ")
	if err != nil || !found {
		t.Fatalf("%q: %v", line, err)
	}
	return strings.TrimSuffix(address, "/"), ui.Process.Pid
}
