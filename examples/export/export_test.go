package export_test

import (
	"bytes"
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the state folder's

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/adapters/sql/pgtest"
	"github.com/plumbline-sync/plumbline/cmd/plumb/cli"
)

const registry = "/usr/share/ieee-data/oui.csv"

// The commands of the README, one after the other: what the IEEE's file says once arrives in the database, comes out again value for value, and then nothing differs.
func TestExport(t *testing.T) {
	if _, err := os.Stat(registry); err != nil {
		t.Skipf("needs the package ieee-data: %v", err)
	}
	server := pgtest.Run(t)
	dir := t.TempDir()
	for _, name := range []string{"registry.yaml", "export.yaml", "schema.sql"} {
		if err := os.WriteFile(filepath.Join(dir, name), read(t, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	page := string(read(t, filepath.Join(exampleDir, "README.md")))
	_, page, _ = strings.Cut(page, "```console\n")
	page, _, _ = strings.Cut(page, "```")
	database := server.Database(t)
	var last string
	for line := range strings.Lines(page) {
		words := strings.Fields(strings.TrimPrefix(line, "$ "))
		switch words[0] {
		case "psql":
			server.Exec(t, database, string(read(t, words[len(words)-1])))
		case "export":
			t.Setenv("PLUMB_VENDORS_URL", server.URL(database))
		case "plumb":
			last = plumb(t, words[1:]...)
		default:
			t.Fatalf("what is %s?", line)
		}
	}
	if !strings.Contains(strings.ToLower(last), "nothing") {
		t.Errorf("the last plan is not empty:\n%s", last)
	}
	if again := plumb(t, "plan", "registry.yaml", "--exit-code"); !strings.Contains(strings.ToLower(again), "nothing") {
		t.Errorf("a second plan into the database is not empty:\n%s", again)
	}
	want, twice := rows(t, registry)
	for id := range twice {
		delete(want, id)
	}
	got, again := rows(t, "vendors.csv")
	if len(again) > 0 || len(want) < 20000 {
		t.Errorf("%d stand there twice, %d expected at all", len(again), len(want))
	}
	if !maps.Equal(want, got) {
		for id := range want {
			if got[id] != want[id] {
				t.Errorf("%s: %q came out as %q", id, want[id], got[id])
			}
		}
		t.Errorf("%d blocks went in, %d came out", len(want), len(got))
	}
}

var exampleDir, _ = os.Getwd()

// plumb runs a command in the current folder.
func plumb(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if code := cli.Run(t.Context(), args, adapters.All(), strings.NewReader(""), &out, &out); code != 0 {
		t.Fatalf("plumb %v: exit code %d\n%s", args, code, out.String())
	}
	if strings.Contains(out.String(), pgtest.Password) || strings.Contains(out.String(), "postgres://") {
		t.Errorf("plumb %v says the database's address:\n%s", args, out.String())
	}
	return out.String()
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// rows reads a file of blocks by other means: the rows by their assignment, and which of these stand there several times.
func rows(t *testing.T, file string) (all map[string]string, twice map[string]bool) {
	t.Helper()
	lines, err := csv.NewReader(bytes.NewReader(read(t, file))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all, twice = map[string]string{}, map[string]bool{}
	at := func(name string) int { return slices.Index(lines[0], name) }
	for _, l := range lines[1:] {
		id := l[at("Assignment")]
		if _, ok := all[id]; ok {
			twice[id] = true
		}
		all[id] = strings.Join([]string{l[at("Registry")], l[at("Organization Name")], l[at("Organization Address")]}, "|")
	}
	return all, twice
}
