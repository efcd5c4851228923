package main

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters/nautobot/nautobottest"
)

// TestNautobotStands: it prints where Nautobot answers, and at an interrupt takes it down and ends well.
func TestNautobotStands(t *testing.T) {
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	if why := nautobottest.Missing(root); why != "" {
		t.Skip(why)
	}
	program := filepath.Join(t.TempDir(), "stand")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := exec.Command(program)
	c.Dir, c.Stderr = root, os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Process.Kill() }()
	said := map[string]string{}
	lines := bufio.NewScanner(out)
	for said["TOKEN"] == "" && lines.Scan() {
		name, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "export PLUMB_NAUTOBOT_"), "=")
		said[name] = value
	}
	status := func() (int, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, said["URL"]+"/api/status/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Token "+said["TOKEN"])
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, err
		}
		return res.StatusCode, res.Body.Close()
	}
	if s, err := status(); err != nil || s != http.StatusOK {
		t.Fatalf("it answers %d: %v\n%v", s, err, said)
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // until it ends
	}
	if err := c.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if s, err := status(); err == nil {
		t.Errorf("it still answers: %d", s)
	}
}
