package cli_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestBad shows what a person sees of everything that can be wrong. Each archive in testdata/bad says what is wrong, runs commands ($ ...) over its files
// and those of testdata/base.txtar that it does not have itself, and holds what they print and how they end in the file want.
func TestBad(t *testing.T) {
	base, err := txtar.ParseFile("testdata/base.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := transcript(t, base, a)
			want := ""
			for i := range a.Files {
				if a.Files[i].Name == "want" {
					want = string(a.Files[i].Data)
					a.Files = append(a.Files[:i], a.Files[i+1:]...)
					break
				}
			}
			if *update {
				a.Files = append([]txtar.File{{Name: "want", Data: []byte(got)}}, a.Files...)
				if err := os.WriteFile(file, txtar.Format(a), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// transcript runs the commands of a case and returns what a person would see.
func transcript(t *testing.T, archives ...*txtar.Archive) string {
	t.Helper()
	dir := t.TempDir()
	for _, a := range archives {
		for _, f := range a.Files {
			if f.Name != "want" {
				writeFile(t, filepath.Join(dir, f.Name), string(f.Data))
			}
		}
	}
	var b strings.Builder
	for line := range strings.Lines(string(archives[len(archives)-1].Comment)) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ ")
		if !ok {
			continue
		}
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "NO_COLOR=1", "PLUMB_STATE=", "TZ=UTC", "HOME="+dir, "LC_ALL=C")
		out, err := cmd.CombinedOutput()
		fmt.Fprintf(&b, "$ %s\n%s", command, stable(string(out), dir))
		if len(out) > 0 && out[len(out)-1] != '\n' {
			b.WriteString("\n")
		}
		if code, ok := errors.AsType[*exec.ExitError](err); ok {
			fmt.Fprintf(&b, "[exit %d]\n", code.ExitCode())
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}
