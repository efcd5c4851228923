package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/cmd/plumb/cli"
)

// plumb runs a command of this program in a folder with the example's jobs, which read the registry given.
func plumb(t *testing.T, dir, registry string, args ...string) string {
	t.Helper()
	jobs, err := filepath.Glob("jobs/*.yaml")
	if err != nil || len(jobs) == 0 {
		t.Fatal(jobs, err)
	}
	for _, j := range jobs {
		text, err := os.ReadFile(j)
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, j)
		if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, bytes.Replace(text, []byte("adapter: pciids"), []byte("adapter: pciids\n  path: "+registry), 1), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := adapters.All()
	r.Add(Type())
	r.Add(TreeType())
	var out bytes.Buffer
	args = append(args, "--jobs", filepath.Join(dir, "jobs"), "--state", filepath.Join(dir, "state"))
	if code := cli.Run(context.Background(), args, r, strings.NewReader(""), &out, &out); code != 0 {
		t.Fatalf("plumb %v: exit code %d\n%s", args, code, out.String())
	}
	return out.String()
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSource(t *testing.T) {
	registry, err := filepath.Abs("testdata/pci.ids")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	plumb(t, dir, registry, "sync", "pci", "--yes")
	want := `vendor,device,id,name
14e4,165a,1014 0378,IBM System x3350 (Machine type 4192)
14e4,165a,103c 7051,NC107i Integrated PCI Express Gigabit Server Adapter
15b3,1003,1014 04b5,PCIe3 40GbE RoCE Converged Host Bus Adapter for Power
`
	if d := cmp.Diff(want, read(t, filepath.Join(dir, "out/subsystem.csv"))); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if out := plumb(t, dir, registry, "plan", "pci", "--exit-code"); !strings.Contains(out, "nothing") && !strings.Contains(out, "Nothing") {
		t.Errorf("a second plan is not empty:\n%s", out)
	}
}

func TestTarget(t *testing.T) {
	registry, err := filepath.Abs("testdata/pci.ids")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	tree := filepath.Join(dir, "out/tree")
	stray := filepath.Join(tree, "15b3", "9999")
	for file, text := range map[string]string{stray: "goes", filepath.Join(tree, "15b3", "NAME"): "old name", filepath.Join(tree, "1c5c", "NAME"): "out of scope"} {
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	plumb(t, dir, registry, "sync", "tree", "--yes", "--override-limits", "a test")
	plumb(t, dir, registry, "plan", "tree", "--exit-code")
	for file, want := range map[string]string{
		"14e4/NAME": "Broadcom Inc. and subsidiaries", "14e4/165a": "NetXtreme BCM5722 Gigabit Ethernet PCI Express",
		"15b3/NAME": "Mellanox Technologies", "1c5c/NAME": "out of scope",
	} {
		if got := read(t, filepath.Join(tree, file)); got != want {
			t.Errorf("%s holds %q, want %q", file, got, want)
		}
	}
	if _, err := os.Stat(stray); err == nil {
		t.Error("a device that the registry has not is still there")
	}
}

// TestRegistry reads the whole registry where Debian's package pci.ids is installed.
func TestRegistry(t *testing.T) {
	const registry = "/usr/share/misc/pci.ids"
	if _, err := os.Stat(registry); err != nil {
		t.Skip("apt-get install pci.ids puts it there")
	}
	dir := t.TempDir()
	plumb(t, dir, registry, "sync", "pci", "--yes")
	plumb(t, dir, registry, "plan", "pci", "--exit-code")
	if n := strings.Count(read(t, filepath.Join(dir, "out/device.csv")), "\n"); n < 10_000 {
		t.Errorf("%d devices were written, the registry has many more", n)
	}
}
