package cli_test

import (
	"bytes"
	"html"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/cmd/plumb/cli"
)

// TestUIPaths: no page shows a folder of the machine, whatever the flags and the jobs name it by; and a command on a page works all the same.
func TestUIPaths(t *testing.T) {
	here, far := t.TempDir(), t.TempDir()
	state, jobs := filepath.Join(far, "state"), filepath.Join(far, "jobs")
	for name, text := range map[string]string{
		"jobs/list.yaml":  "vars: {from: {default: x}}\nsource: {adapter: file, path: " + far + "/in.csv}\ntarget: {adapter: sql, url: \"sqlite://" + far + "/out.db\", schema: " + far + "/schema.sql}\nmodels: {thing: {identifiers: [name], attributes: [colour]}}\npolicy: sync\nlimits: {findings: 100%}\n",
		"jobs/gone.yaml":  "source: {adapter: file, path: " + far + "/gone.csv}\ntarget: {adapter: file, path: " + far + "/out.csv, create: true}\nmodels: {thing: {identifiers: [name], attributes: [colour]}}\npolicy: sync\n",
		"jobs/wrong.yaml": "source: {adapter: file, path: " + far + "}\n",
		"in.csv":          "name,colour\na,red\nb,blue\n,none\n",
		"schema.sql":      "CREATE TABLE thing (name TEXT PRIMARY KEY, colour TEXT CHECK (colour <> 'blue'));",
	} {
		writeFile(t, filepath.Join(far, name), text)
	}
	t.Chdir(here)
	t.Setenv("HOME", filepath.Join(here, "home"))
	t.Setenv("TMPDIR", here) // so that neither is a folder that is known by another name
	var out bytes.Buffer
	plumb := func(args ...string) string {
		out.Reset()
		cli.Run(t.Context(), args, adapters.All(), strings.NewReader(""), &out, io.Discard)
		return out.String()
	}
	flags := []string{"--jobs", jobs, "--state", state, "-q"}
	plumb(append([]string{"sync", "list", "--yes", "--var", "from=" + far + "/in.csv"}, flags...)...)
	plumb(append([]string{"sync", "gone", "--yes"}, flags...)...)
	plumb(append([]string{"plan", "list"}, flags...)...)
	at, _ := serveUI(t, adapters.All(), flags...)
	get := func(path, accept string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", accept)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		if i := strings.Index(string(text), far); i >= 0 {
			t.Errorf("%s (%s) shows a path of this machine: %.200s", path, accept, text[max(0, i-80):])
		}
		return html.UnescapeString(string(text))
	}
	pages := []string{"/", "/runs", "/runs?sort=status", "/jobs/list", "/jobs/gone", "/jobs/wrong", "/jobs/none", "/runs/none"}
	ids := regexp.MustCompile(`href="/runs/([0-9a-zA-Z-]+)"`).FindAllStringSubmatch(get("/runs", "text/html"), -1)
	commands := map[string]bool{}
	for _, id := range ids {
		for _, below := range []string{"", "/changes", "/changes?view=tree", "/changes/changes/1", "/changes/changes/2", "/findings", "/journal", "/log", "/download/ndjson", "/download/csv", "/download/diffsync"} {
			pages = append(pages, "/runs/"+id[1]+below)
		}
		for _, c := range regexp.MustCompile(`<code>(plumb [^<]* )sync --plan [^<]*</code>`).FindAllStringSubmatch(get("/runs/"+id[1], "text/html"), -1) {
			commands[c[1]] = true
		}
	}
	for _, p := range pages {
		get(p, "text/html")
		get(p, "application/json")
	}
	for page, want := range map[string]string{
		"/": "state folder ../" + filepath.Base(far) + "/state", "/runs?job=list&kind=sync": "1 of 2 changes written", "/jobs/list": "…/in.csv", "/jobs/gone": "…/gone.csv", "/runs?job=gone": "…/gone.csv", "/jobs/wrong": "cannot be read",
	} {
		if text := get(page, "text/html"); !strings.Contains(text, want) {
			t.Errorf("%s does not say %q: %s", page, want, text)
		}
	}
	if len(ids) < 3 || len(commands) != 1 {
		t.Fatalf("%d runs, commands %v", len(ids), commands)
	}
	for c := range commands {
		if runs := plumb(append(strings.Fields(c)[1:], "runs")...); !strings.Contains(runs, ids[0][1]) {
			t.Errorf("%q does not work: %s", c, runs)
		}
	}
}
