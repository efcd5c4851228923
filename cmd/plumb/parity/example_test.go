package parity

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/cmd/plumb/cli"
	"github.com/plumbline-sync/plumbline/shared/plan"
)

// example is a copy of examples/fromdiffsync with its database.
type example struct {
	testing.TB
	dir, python string
}

func newExample(t *testing.T) *example {
	t.Helper()
	found, err := filepath.Glob("../../../.tools/diffsync-*/bin/python")
	if err != nil || len(found) == 0 {
		t.Skip("DiffSync is not installed: make tools (it needs python3)")
	}
	e := &example{TB: t, dir: t.TempDir()}
	if e.python, err = filepath.Abs(found[len(found)-1]); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(e.dir, os.DirFS("../../../examples/fromdiffsync")); err != nil {
		t.Fatal(err)
	}
	e.run("-c", "import sqlite3; sqlite3.connect('assets.db').executescript(open('assets.sql').read())")
	return e
}

// run runs Python in the example's folder.
func (e *example) run(args ...string) string {
	e.Helper()
	cmd := exec.Command(e.python, args...)
	cmd.Dir = e.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		e.Fatalf("python %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (e *example) plumb(args ...string) string {
	e.Helper()
	var out, errs bytes.Buffer
	args = append(args, "--jobs", filepath.Join(e.dir, "jobs"), "--state", filepath.Join(e.dir, ".plumb"), "-q")
	if code := cli.Run(e.Context(), args, adapters.All(), strings.NewReader(""), &out, &errs); code != 0 {
		e.Fatalf("plumb %v: exit code %d\n%s%s", args, code, out.String(), errs.String())
	}
	return out.String()
}

// rows are the database's records, without the keys that it makes.
func (e *example) rows() string {
	e.Helper()
	return e.run("-c", `
import sqlite3
db = sqlite3.connect("assets.db")
for query in ("SELECT name, region FROM sites", "SELECT d.name, s.name, serial_number, status FROM devices d LEFT JOIN sites s ON s.id = site_id",
              "SELECT d.name, i.name, mtu, description FROM interfaces i LEFT JOIN devices d ON d.id = device_id"):
    print(*sorted(map(repr, db.execute(query))), sep="\n")`)
}

func (e *example) read(name string) string {
	e.Helper()
	text, err := os.ReadFile(filepath.Join(e.dir, name))
	if err != nil {
		e.Fatal(err)
	}
	return string(text)
}

// TestTheMovedJobDoesWhatTheOldOneDid runs both jobs of docs/coming-from-diffsync.md.
func TestTheMovedJobDoesWhatTheOldOneDid(t *testing.T) {
	before, after := newExample(t), newExample(t)
	out := before.run("before.py", "--export", "--sync")
	var said struct {
		Summary plan.Summary
		Dict    json.RawMessage
		Str     string
	}
	if err := json.Unmarshal([]byte(out[strings.Index(out, `{"summary"`):strings.LastIndex(out, "\"}\n")+2]), &said); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	for _, name := range []string{"exports/cmdb.json", "exports/assets.json"} {
		if diff := cmp.Diff(after.read(name), before.read(name)); diff != "" {
			t.Errorf("%s is not what before.py exports (-is +exported)\n%s", name, diff)
		}
	}
	for _, job := range []string{"compare", "assets"} {
		var s plan.Summary
		if err := json.Unmarshal([]byte(after.plumb("plan", job, "-o", "diffsync-summary")), &s); err != nil || s != said.Summary {
			t.Errorf("%s: summary %+v, %v; the old job's %+v", job, s, err, said.Summary)
		}
		if diff := cmp.Diff(string(canonical(said.Dict)), string(canonical([]byte(after.plumb("plan", job, "-o", "diffsync-dict"))))); diff != "" {
			t.Errorf("%s: dict (-before +after)\n%s", job, diff)
		}
		if diff := cmp.Diff(said.Str+"\n", after.plumb("plan", job, "-o", "diffsync-str")); diff != "" {
			t.Errorf("%s: str (-before +after)\n%s", job, diff)
		}
	}
	after.plumb("sync", "assets", "--yes")
	if diff := cmp.Diff(before.rows(), after.rows()); diff != "" {
		t.Errorf("the database (-before +after)\n%s", diff)
	}
}

// TestThePageNamesEveryDifference holds the page's table to the tests of this package.
func TestThePageNamesEveryDifference(t *testing.T) {
	page, err := os.ReadFile("../../../docs/coming-from-diffsync.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed, tested []string
	_, table, _ := strings.Cut(string(page), "## Where the two differ")
	for _, m := range regexp.MustCompile(`(?m)^\| .* \| ([A-Z][A-Za-z, ]+) \|$`).FindAllStringSubmatch(table, -1) {
		listed = append(listed, strings.Split(m[1], ", ")...)
	}
	for _, file := range []string{"defects_test.go", "differences_test.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^func Test(?:Defect|Difference)(\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			tested = append(tested, m[1])
		}
	}
	slices.Sort(listed)
	slices.Sort(tested)
	if diff := cmp.Diff(tested, listed); diff != "" {
		t.Errorf("docs/coming-from-diffsync.md (-tests +page)\n%s", diff)
	}
}
