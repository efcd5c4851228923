package job_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
)

// golden compares with a file of testdata, or writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", file, d)
	}
}

// Each bad file has the messages that a user sees beside it.
func TestBad(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			j, err := job.Parse("jobs/"+filepath.Base(f), src, "/jobs", catalog{})
			var ps *job.Problems
			if !errors.As(err, &ps) || j != nil {
				t.Fatalf("want problems, got %v", err)
			}
			if fault.Of(err) != fault.Invalid {
				t.Errorf("code %q", fault.Of(err))
			}
			golden(t, strings.TrimSuffix(f, ".yaml")+".txt", err.Error()+"\n")
		})
	}
}

func TestGood(t *testing.T) {
	files, _ := filepath.Glob("testdata/good/*.yaml")
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			j, err := job.Read(f, catalog{})
			if err != nil {
				t.Fatal(err)
			}
			if j, err = j.WithVars(map[string]string{}); err != nil && !strings.Contains(err.Error(), "missing") {
				t.Fatal(err)
			}
			_ = j
		})
	}
}

// Anchors and merges mean what YAML says: what stands there goes before what is merged.
func TestAnchors(t *testing.T) {
	j := read(t, "testdata/good/anchors.yaml")
	if c := j.Target.Config.(*fileConfig); c.Path != "out" || c.Format != "csv" {
		t.Errorf("target %+v", c)
	}
	rack, row := j.Model("rack"), j.Model("row")
	if !rack.Identifiers[0].IgnoreCase || !row.Identifiers[0].IgnoreCase || len(rack.Parents) != 1 || len(row.Parents) != 0 {
		t.Errorf("%+v, %+v", rack, row)
	}
	if rack.Limits.Delete.Count != 5 || rack.Limits.Update.Count != 7 || row.Limits.Update.Set {
		t.Errorf("%+v, %+v", rack.Limits, row.Limits)
	}
}

// A file from another editor, with a byte order mark and carriage returns, is the same job and has its problems at the same places.
func TestOtherLineEnds(t *testing.T) {
	for _, f := range []string{"testdata/good/inventory.yaml", "testdata/bad/keys.yaml", "testdata/bad/types.yaml"} {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		j, err := job.Parse("x.yaml", src, "/", catalog{})
		other, err2 := job.Parse("x.yaml", []byte("\xef\xbb\xbf"+strings.ReplaceAll(string(src), "\n", "\r\n")), "/", catalog{})
		if err == nil && err2 == nil {
			if d := cmp.Diff(j.Models, other.Models, conditions); d != "" {
				t.Errorf("%s (-want +got):\n%s", f, d)
			}
		} else if d := cmp.Diff(err.Error(), err2.Error()); d != "" {
			t.Errorf("%s (-want +got):\n%s", f, d)
		}
	}
}
