package objects_test

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/objects/objectstest"
)

func openFolder(t *testing.T, dir string) *objects.Folder {
	t.Helper()
	f, err := objects.NewFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFolder(t *testing.T) {
	objectstest.Run(t, func(t *testing.T) objects.Store { return openFolder(t, filepath.Join(t.TempDir(), "made", "for it")) })
}

func TestFolderBelowPrefix(t *testing.T) {
	objectstest.Run(t, func(t *testing.T) objects.Store { return objects.Prefix(openFolder(t, t.TempDir()), "runs/1/") })
}

// files returns every file and folder below dir.
func files(t *testing.T, dir string) []string {
	t.Helper()
	all := []string{}
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if rel, _ := filepath.Rel(dir, path); err == nil && rel != "." {
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestFolderFiles: one file for each object, nothing left of aborted writes, no empty folders.
func TestFolderFiles(t *testing.T) {
	dir := t.TempDir()
	f := openFolder(t, dir)
	for _, name := range []string{"runs/2w9-A/plan", "runs/1/x"} {
		if err := f.PutNew(t.Context(), name, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	w, err := f.Create(t.Context(), "runs/1/y")
	if err != nil {
		t.Fatal(err)
	}
	w.Abort()
	_ = f.PutNew(t.Context(), "runs/1/x", nil)
	if err := f.Delete(t.Context(), "runs/1/x"); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{".tmp", "runs", "runs/2w9-!a", "runs/2w9-!a/plan"}, files(t, dir)); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
}

// TestFolderForeignFiles: what a person puts into the folder is no object and stays.
func TestFolderForeignFiles(t *testing.T) {
	dir := t.TempDir()
	f := openFolder(t, dir)
	for _, name := range []string{"Notes.txt", ".DS_Store", "a b", "x!", "!1"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for info, err := range f.List(t.Context(), "") {
		t.Errorf("listed: %v %v", info, err)
	}
}

func TestFolderObjectBelowObject(t *testing.T) {
	f := openFolder(t, t.TempDir())
	if err := f.PutNew(t.Context(), "a/b", []byte("x")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "a/b/c"} {
		if err := f.PutNew(t.Context(), name, nil); !fault.Is(err, fault.Conflict) {
			t.Errorf("put new %q: %v", name, err)
		}
		w, err := f.Create(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Commit(); !fault.Is(err, fault.Conflict) {
			t.Errorf("commit %q: %v", name, err)
		}
	}
}

func TestFolderCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := objects.NewFolder(filepath.Join(file, "store"))
	if err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a store below a file: %v", err)
	}
}

// TestFolderSweep: what a killed process was writing is gone when the folder is opened next; what a living one writes is not.
func TestFolderSweep(t *testing.T) {
	dir := t.TempDir()
	if os.Getenv("PLUMB_TEST_DIE") != "" {
		f := openFolder(t, os.Getenv("PLUMB_TEST_DIE"))
		w, err := f.Create(t.Context(), "x")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(make([]byte, 1<<20))
		self, _ := os.FindProcess(os.Getpid())
		_ = self.Kill()
		select {}
	}
	dying := exec.Command(os.Args[0], "-test.run=^TestFolderSweep$")
	dying.Env = append(os.Environ(), "PLUMB_TEST_DIE="+dir)
	var died *exec.ExitError
	if err := dying.Run(); !errors.As(err, &died) {
		t.Fatalf("the process did not die: %v", err)
	}
	if left := files(t, dir); len(left) != 2 {
		t.Fatalf("the killed process left %q", left)
	}
	f := openFolder(t, dir)
	if left := files(t, dir); len(left) != 1 {
		t.Errorf("after opening: %q", left)
	}
	w, err := f.Create(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	openFolder(t, dir)
	if _, err := w.Write([]byte("still here")); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		t.Errorf("a second one opened the folder meanwhile: %v", err)
	}
}
