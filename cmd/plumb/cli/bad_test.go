package cli_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/plumbline-sync/plumbline/adapters/sql/pgtest"
)

// TestBad shows what a person sees of everything that can be wrong. Each archive in testdata/bad says what is wrong, runs commands ($ ...) over its files
// and those of testdata/base.txtar that it does not have itself, and holds what they print and how they end in the file want.
// A case with a file server.sql has a database of a real PostgreSQL server made so: PGADDRESS and PGDATABASE in its files stand for where that is.
func TestBad(t *testing.T) {
	base, err := txtar.ParseFile("testdata/base.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/bad/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	if len(files) < 100 {
		t.Errorf("%d cases, want 100", len(files))
	}
	server := sync.OnceValues(func() (*pgtest.Server, error) {
		s, err := pgtest.Start()
		if err == nil {
			t.Cleanup(func() { _ = s.Stop() })
		}
		return s, err
	})
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			names := database(t, server, a)
			got := transcript(t, names, base, a)
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

// database makes the database of a case that wants one, and returns what the names in its files stand for.
func database(t *testing.T, server func() (*pgtest.Server, error), a *txtar.Archive) map[string]string {
	t.Helper()
	at := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "server.sql" })
	if at < 0 {
		return nil
	}
	s, err := server()
	if errors.Is(err, pgtest.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	name := s.Database(t)
	s.Exec(t, name, strings.ReplaceAll(string(a.Files[at].Data), "PGDATABASE", name))
	return map[string]string{"PGADDRESS": s.Address, "PGDATABASE": name}
}

// transcript runs the commands of a case and returns what a person would see; names stand for values that are of this run.
func transcript(t *testing.T, names map[string]string, archives ...*txtar.Archive) string {
	t.Helper()
	dir := t.TempDir()
	for _, a := range archives {
		for _, f := range a.Files {
			if f.Name != "want" {
				text := string(f.Data)
				for name, value := range names {
					text = strings.ReplaceAll(text, name, value)
				}
				writeFile(t, filepath.Join(dir, f.Name), text)
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
		cmd.Env = append(os.Environ(), "NO_COLOR=1", "PLUMB_STATE=", "TZ=UTC", "HOME="+dir, "LC_ALL=C", "AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1", pgtest.PasswordVariable+"="+pgtest.Password)
		raw, err := cmd.CombinedOutput()
		out := string(raw)
		for name, value := range names {
			out = strings.ReplaceAll(out, value, name)
		}
		fmt.Fprintf(&b, "$ %s\n%s", command, stable(out, dir))
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
