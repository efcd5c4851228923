// Package nautobotsource runs the example against a real Nautobot, and the one beside it that takes everything out again.
package nautobotsource

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/adapters/nautobot/nautobottest"
	"github.com/plumbline-sync/plumbline/cmd/plumb/cli"
)

// example is a copy of both folders, with a state folder of its own.
type example struct {
	*testing.T
	dir string
}

func open(t *testing.T) *example {
	t.Helper()
	e := &example{t, t.TempDir()}
	for _, name := range []string{"nautobot-source", "nautobot-target"} {
		if err := os.CopyFS(filepath.Join(e.dir, name), os.DirFS(filepath.Join("..", name))); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// plumb runs a command that is to end well.
func (e *example) plumb(args ...string) string {
	e.Helper()
	var out bytes.Buffer
	if code := cli.Run(context.Background(), append(args, "--state", filepath.Join(e.dir, "state")), adapters.All(), strings.NewReader(""), &out, &out); code != 0 {
		e.Fatalf("plumb %v: exit code %d\n%s", args, code, out.String())
	}
	if strings.Contains(out.String(), nautobottest.Token) {
		e.Errorf("plumb %v prints the token", args)
	}
	return out.String()
}

func (e *example) job(name string) string { return filepath.Join(e.dir, filepath.FromSlash(name)) }

// edit replaces text in a file of the source.
func (e *example) edit(file, from, to string) {
	e.Helper()
	path := e.job("nautobot-source/network/" + file)
	text, err := os.ReadFile(path)
	if err != nil {
		e.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		e.Fatalf("%s has no %q", file, from)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		e.Fatal(err)
	}
}

// sync applies a job and expects a second plan to be empty; it returns what the sync printed.
func (e *example) sync(job string) string {
	e.Helper()
	out := e.plumb("sync", e.job(job), "--yes", "--override-limits", "a test")
	if again := e.plumb("plan", e.job(job)); !strings.Contains(again, "othing to do") && !strings.Contains(again, "in line") && !strings.Contains(again, "No changes") {
		e.Errorf("the second plan of %s is not empty:\n%s", job, again)
	}
	return out
}

func TestExamples(t *testing.T) {
	s := nautobottest.Start(t)
	t.Setenv("PLUMB_NAUTOBOT_URL", s.URL)
	t.Setenv("PLUMB_NAUTOBOT_TOKEN", nautobottest.Token)
	e := open(t)
	const source = "nautobot-source/nautobot-source.yaml"
	t.Log(e.plumb("check", e.job(source), "--connect"))
	t.Log(e.sync(source))
	t.Log(e.sync("nautobot-target/files.yaml"))
	t.Log(e.sync("nautobot-target/database.yaml"))

	// A device in another location is one move; a changed serial one update; a VLAN less one delete.
	e.edit("device.csv", "ams01-leaf-01,AMS01", "ams01-leaf-01,FRA01")
	e.edit("device.csv", "SN-3", "SN-33")
	e.edit("vlan.csv", "20,servers,Active,\n", "")
	out := e.sync(source)
	t.Log(out)
	t.Log(e.sync("nautobot-target/files.yaml"))
	t.Log(e.sync("nautobot-target/database.yaml"))

	for _, f := range []string{"location_type", "location", "tenant", "role", "manufacturer", "device_type", "vlan", "prefix", "device", "interface", "ip_address", "assignment"} {
		path := e.job("nautobot-source/network/" + f + ".csv")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(string(text), "\n")
		if err := os.WriteFile(path, []byte(head+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Log(e.sync(source))
}
