// Package servertest runs servers for tests: an installed tool, on a free port of the loopback address, until the test ends.
package servertest

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

const (
	patience = 20 * time.Second // until a server answers
	farewell = 5 * time.Second  // after an interrupt, until it is killed
	tail     = 6000             // bytes of what it printed that are shown
)

// Root returns the folder of the module.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above this folder")
		}
	}
}

// Tool returns the path of an installed tool, such as "sam-*/bin/sam"; the test is skipped where `make tools` has not installed it.
func Tool(t testing.TB, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(Root(t), ".tools", pattern))
	if err != nil || len(found) == 0 {
		t.Skipf("%s is not installed: make tools", pattern)
	}
	return found[len(found)-1]
}

// FreeAddress returns an address of the loopback that nobody listens on, "127.0.0.1:PORT".
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Run starts a server and returns when the client gets 200 from the url. The server ends with the test: by an interrupt, or else by force.
// A server that never answers, or ends by itself, fails the test; what it printed is shown where a test failed.
func Run(t testing.TB, server *exec.Cmd, client *http.Client, url string) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = server.Wait() // how it ends says nothing about the test
		close(ended)
	}()
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt)
		defer time.AfterFunc(farewell, func() { _ = server.Process.Kill() }).Stop()
		<-ended
		_ = log.Close()
		if printed, err := os.ReadFile(log.Name()); t.Failed() && err == nil {
			t.Logf("%s printed: %s", filepath.Base(server.Path), printed[max(0, len(printed)-tail):])
		}
	})
	for begun := time.Now(); time.Since(begun) < patience; {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := client.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-ended:
			t.Fatalf("%s ended", filepath.Base(server.Path))
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Fatalf("%s does not answer at %s", filepath.Base(server.Path), url)
}
