package job_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
)

func TestFind(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "jobs")
	if files, err := job.Files(dir); files != nil || err != nil {
		t.Errorf("no folder: %v, %v", files, err)
	}
	if _, err := job.Find(dir, "x"); fault.Of(err) != fault.NotFound {
		t.Errorf("no folder: %v", err)
	}
	for name, text := range map[string]string{
		"inventory.yaml": "title: x", "other.yml": "job: assets", "broken.yaml": "a: b: c", "one.yaml": "job: twice", "two.yaml": "job: twice", "notes.txt": "", ".hidden.yaml": "", "sub.yaml/x": "",
	} {
		f := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(f), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := job.Files(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		files[i] = filepath.Base(files[i])
	}
	if d := cmp.Diff([]string{"broken.yaml", "inventory.yaml", "one.yaml", "other.yml", "two.yaml"}, files); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	for arg, want := range map[string]string{
		"inventory": "inventory.yaml", "assets": "other.yml", "broken": "broken.yaml", "inventory.yaml": "inventory.yaml", filepath.Join(dir, "two.yaml"): "two.yaml",
	} {
		if f, err := job.Find(dir, arg); err != nil || filepath.Base(f) != want {
			t.Errorf("%s: %s, %v", arg, f, err)
		}
	}
	for arg, want := range map[string]struct {
		code fault.Code
		text string
	}{
		"inventroy":                {fault.NotFound, `did you mean "inventory"?`},
		"other":                    {fault.NotFound, "no such job"}, // its name is assets
		"zzz":                      {fault.NotFound, "there are assets, broken, inventory, twice, twice"},
		"twice":                    {fault.Conflict, "both have that name"},
		filepath.Join(dir, "none"): {fault.NotFound, "no such file"},
		dir:                        {fault.Invalid, "that is a folder"},
		"":                         {fault.Invalid, "want the name of a job"},
	} {
		if _, err := job.Find(dir, arg); fault.Of(err) != want.code || !strings.Contains(err.Error(), want.text) {
			t.Errorf("%s: %v", arg, err)
		}
	}
}
