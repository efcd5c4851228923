package cli_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/cmd/plumb/cli"
	"github.com/plumbline-sync/plumbline/shared/adapter"
)

// TestUI serves the dashboard as the command does: over the state folder of this folder, with the job of it, from the first page to a sync.
func TestUI(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{
		"jobs/list.yaml": "source: {adapter: file, path: ../in.csv}\ntarget: {adapter: file, path: ../out.csv, create: true}\nmodels: {thing: {identifiers: [name], attributes: [colour]}}\npolicy: sync\n",
		"in.csv":         "name,colour\na,red\nb,blue\n",
	} {
		writeFile(t, filepath.Join(dir, name), text)
	}
	at, end := serveUI(t, adapters.All())
	get := func(path string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), dir) {
			t.Errorf("%s shows a path of this machine", path)
		}
		return string(text)
	}
	home := get("/")
	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(home)
	if token == nil || !strings.Contains(home, "state folder .plumb") || !strings.Contains(home, "Never run") {
		t.Fatal(home)
	}
	res, err := http.PostForm(at+"/jobs/list", url.Values{"token": {token[1]}, "what": {"sync"}, "sure": {"yes"}}) //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Request.URL.Path, "/runs/") {
		t.Fatalf("start: %d at %s", res.StatusCode, res.Request.URL)
	}
	run := res.Request.URL.Path
	for range 100 {
		if strings.Contains(get(run), "2 changes written") {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if page := get(run); !strings.Contains(page, "2 changes written") || !strings.Contains(page, "(dashboard)") {
		t.Error(page)
	}
	get("/jobs/list")
	if err := os.Remove(filepath.Join(dir, "jobs/list.yaml")); err != nil {
		t.Fatal(err)
	}
	if page := get("/jobs/list"); !strings.Contains(page, "The job cannot be read as it is.") {
		t.Error("a job whose file is gone:", page)
	}
	if got := end(); got != 0 {
		t.Errorf("exit code %d", got)
	}
}

// serveUI runs plumb ui and returns its address, and what ends it, at the latest with the test, and returns its exit code.
func serveUI(t *testing.T, r *adapter.Registry, args ...string) (address string, end func() int) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	out, w := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- cli.Run(ctx, append([]string{"ui", "--no-browser", "--port", "0"}, args...), r, strings.NewReader(""), w, io.Discard)
		_ = w.Close()
	}()
	end = sync.OnceValue(func() int { stop(); return <-code })
	t.Cleanup(func() { end() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(strings.TrimSpace(strings.TrimPrefix(line, "The dashboard is at ")), "/"), end
}
