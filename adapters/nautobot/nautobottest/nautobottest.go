// Package nautobottest starts a real Nautobot for tests, on loopback only: Nautobot itself from .tools/ (make tools), PostgreSQL and Redis from the system's packages.
// The migrated database is made once, which takes minutes, and kept in the user's cache folder; later starts take seconds.
package nautobottest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Token is the superuser's.
const Token = "0123456789abcdef0123456789abcdef01234567" //nolint:gosec // of a server that lives as long as a test

// tool is the folder in .tools/ with Nautobot, ssot the version of nautobot-ssot in it; the versions are the Makefile's.
const (
	tool = "nautobot-3.2.7"
	ssot = "4.7.0"
)

// Server is a running Nautobot.
type Server struct {
	// URL is its address, without a slash at the end.
	URL string
	// Python is the interpreter with Nautobot's packages, Config the configuration file for nautobot-server.
	Python, Config string

	dir   string // of everything that it writes
	port  int
	pg    string // folder of PostgreSQL's programs
	venv  string
	stops []func()
}

// Start runs a Nautobot with two workers, which ends with the test. The test is skipped where Nautobot, PostgreSQL or Redis is not installed.
func Start(t testing.TB) *Server {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	if why := Missing(root); why != "" {
		t.Skip(why)
	}
	s, err := Up(context.WithoutCancel(t.Context()), root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Down)
	return s
}

// Missing says what is not installed, with the command that installs it; "" where all is there. root is the module's folder.
func Missing(root string) string {
	if _, err := os.Stat(filepath.Join(root, ".tools", tool, "bin", "nautobot-server")); err != nil {
		return "Nautobot is not installed: make tools"
	}
	if programs() == "" {
		return "Nautobot needs PostgreSQL: apt-get install postgresql"
	}
	if _, err := exec.LookPath("redis-server"); err != nil {
		return "Nautobot needs Redis: apt-get install redis-server"
	}
	return ""
}

// Up starts a server; Down ends it, and so does the end of this process. On an error nothing is left running.
func Up(ctx context.Context, root string) (*Server, error) {
	dir, err := os.MkdirTemp("", "nautobot") // short: the path of a socket has an end
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	venv := filepath.Join(root, ".tools", tool)
	s := &Server{URL: fmt.Sprintf("http://127.0.0.1:%d", port), dir: dir, port: port, pg: programs(), venv: venv, Python: filepath.Join(venv, "bin", "python"), Config: filepath.Join(dir, "nautobot_config.py")}
	for _, do := range []func(context.Context) error{s.layOut, s.startPostgres, s.startRedis, s.database, s.startWeb} {
		if err := do(ctx); err != nil {
			log := s.Log(2000)
			s.Down()
			return nil, fmt.Errorf("start Nautobot: %w\n%s", err, log)
		}
	}
	return s, nil
}

// Down ends the server's processes and removes what they wrote.
func (s *Server) Down() {
	for _, stop := range slices.Backward(s.stops) {
		stop()
	}
	s.stops = nil
	_ = os.RemoveAll(s.dir) // in a temporary folder
}

// Log returns the last n bytes of what each of the processes printed.
func (s *Server) Log(n int) string {
	var b strings.Builder
	logs, _ := filepath.Glob(filepath.Join(s.dir, "*.log"))
	for _, l := range logs {
		text, _ := os.ReadFile(l)
		if len(text) > 0 {
			fmt.Fprintf(&b, "%s: ..%s\n", filepath.Base(l), text[max(0, len(text)-n):])
		}
	}
	return b.String()
}

// startWeb starts the web server and waits until it answers.
func (s *Server) startWeb(ctx context.Context) error {
	if err := s.spawn("web", s.Program(), "start", "--ini", filepath.Join(s.dir, "uwsgi.ini")); err != nil {
		return err
	}
	for range 600 {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/api/users/tokens/?limit=1", nil)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Token "+Token)
		if r, err := http.DefaultClient.Do(req); err == nil {
			_ = r.Body.Close()
			if r.StatusCode == http.StatusOK {
				return nil
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("start the web server: it does not answer")
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }() // it was only asked for its number
	return l.Addr().(*net.TCPAddr).Port, nil
}

// moduleRoot returns the folder of go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("find the module: there is no go.mod above the test")
		}
	}
}
