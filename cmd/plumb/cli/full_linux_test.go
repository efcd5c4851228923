package cli_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/faulttest"
)

const fullJob = `
source: {adapter: file, path: ./devices.csv}
target: {adapter: sql, url: "sqlite:assets.db", schema: assets.sql, batch: 20}
models:
  device: {identifiers: [name], attributes: [role]}
policy: sync
limits: {update: 100%, delete: 100%, shrink: 100%}
`

// TestDiskFull keeps the state folder on a file system that is full after so many bytes: wherever a run meets that, it says so, nothing is lost,
// and once there is room a resume or the next run ends in an empty plan.
func TestDiskFull(t *testing.T) {
	small := faulttest.SmallDisk(t, "4m")
	ended := map[int]int{}
	for _, room := range []int{0, 64, 180, 240, 300, 400} {
		t.Run(fmt.Sprintf("%d KiB left", room), func(t *testing.T) { ended[fullRun(t, small, room<<10)]++ })
	}
	t.Logf("exit codes: %v", ended)
	if codes := slices.Sorted(maps.Keys(ended)); len(codes) < 2 {
		t.Errorf("all of them ended with %v: the disk was full never, or always", codes)
	}
}

func fullRun(t *testing.T, small string, room int) (code int) {
	dir, state := t.TempDir(), filepath.Join(small, "state")
	defer os.RemoveAll(state) //nolint:errcheck // the file system ends with the test
	var source strings.Builder
	source.WriteString("name,role\n")
	for i := range 1500 {
		fmt.Fprintf(&source, "device-%05d,%x\n", i, i*7919%65521)
	}
	writeFile(t, filepath.Join(dir, "devices.csv"), source.String())
	writeFile(t, filepath.Join(dir, "job.yaml"), fullJob)
	writeFile(t, filepath.Join(dir, "assets.sql"), "CREATE TABLE device (name TEXT PRIMARY KEY, role TEXT);")
	plumb := func(args ...string) (int, string) {
		cmd := exec.Command("plumb", append(args, "--state", state)...) //nolint:gosec // our own arguments
		cmd.Dir = dir
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), out.String()
	}
	if code, out := plumb("plan", "job.yaml"); code != 0 { // the state folder is there
		t.Fatalf("%d: %s", code, out)
	}
	ballast := filepath.Join(small, "ballast")
	fill(t, small, ballast, room)
	// A sync that finds no room for its journal tries again: somebody makes room after a while.
	mercy := time.AfterFunc(2*time.Second, func() { _ = os.Remove(ballast) })
	code, out := plumb("sync", "job.yaml", "--yes")
	mercy.Stop()
	_ = os.Remove(ballast) // unless it is gone already
	t.Logf("exit code %d: %s", code, last(out, 300))
	if code != 0 && !strings.Contains(strings.Join(strings.Fields(out), " "), "disk is full") {
		t.Errorf("it does not say what is full: %s", out)
	}
	for try := 0; ; try++ {
		again, out := plumb("resume", "last", "--yes")
		if strings.Contains(out, "nothing to resume") {
			break
		}
		if try == 3 {
			t.Fatalf("a resume with room: %d\n%s", again, out)
		}
	}
	if code, out := plumb("sync", "job.yaml", "--yes"); code != 0 { // where the run that had no room had no record either
		t.Errorf("the next run: %d\n%s", code, out)
	}
	if code, out := plumb("plan", "job.yaml", "--exit-code"); code != 0 {
		t.Errorf("the next plan is not empty: %d\n%s", code, out)
	}
	return code
}

// fill leaves so many bytes on a file system.
func fill(t *testing.T, dir, file string, room int) {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, make([]byte, max(0, int(s.Bavail)*int(s.Bsize)-room)), 0o600); err != nil {
		t.Fatal(err)
	}
}
