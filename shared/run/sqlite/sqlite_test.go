package sqlite_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/runtest"
	"github.com/plumbline-sync/plumbline/shared/run/sqlite"
)

func openStore(t testing.TB, file string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestSQLite(t *testing.T) {
	runtest.Run(t, func(t *testing.T) run.Store {
		return openStore(t, filepath.Join(t.TempDir(), "made for it", "runs.db"))
	})
}

// TestSQLiteTwice: two that have the file open see what the other does at once.
func TestSQLiteTwice(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a ?#%20ä.db")
	a, b := openStore(t, file), openStore(t, file)
	if err := a.Create(t.Context(), &run.Run{ID: "x", Status: run.Running}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Update(t.Context(), "x", func(r *run.Run) { r.By = "b" }); err != nil {
		t.Fatal(err)
	}
	if r, err := a.Get(t.Context(), "x"); err != nil || r.By != "b" {
		t.Errorf("got %+v, %v", r, err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
}

// TestSQLiteOpenedAtOnce: of many that open a file that is not there yet, each gets it with its tables.
func TestSQLiteOpenedAtOnce(t *testing.T) {
	file := filepath.Join(t.TempDir(), "runs.db")
	var g sync.WaitGroup
	for range 8 {
		g.Go(func() {
			s, err := sqlite.Open(file)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Create(t.Context(), &run.Run{ID: run.NewID(time.Now()), Status: run.Running}); err != nil {
				t.Error(err)
			}
			if err := s.Shutdown(); err != nil {
				t.Error(err)
			}
		})
	}
	g.Wait()
	if all, err := openStore(t, file).List(t.Context(), run.Filter{}); len(all) != 8 || err != nil {
		t.Errorf("%d runs, %v", len(all), err)
	}
}

func TestSQLiteRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		make func(t *testing.T, file string)
		want string
	}{
		"a newer version":         {statements("PRAGMA user_version = 99; PRAGMA application_id = 1349283170"), "a newer Plumbline wrote it (version 99"},
		"another's database":      {statements("CREATE TABLE devices (x)"), "a database of something else"},
		"no database":             {bytes(strings.Repeat("This is my shopping list.\n", 200)), "damaged or no database"},
		"a damaged one":           {damaged, "damaged or no database"},
		"a folder":                {func(t *testing.T, file string) { _ = os.Mkdir(file, 0o755) }, "unable to open"},
		"below a file, no folder": {func(t *testing.T, file string) {}, "not a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "runs.db")
			c.make(t, file)
			if strings.HasPrefix(name, "below") {
				bytes("x")(t, file)
				file = filepath.Join(file, "runs.db")
			}
			before, _ := os.ReadFile(file)
			s, err := sqlite.Open(file)
			if err == nil {
				_, err = s.List(t.Context(), run.Filter{})
				_ = s.Shutdown()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), file) {
				t.Fatalf("got %v, want %q and the file's name", err, c.want)
			}
			if code := fault.Of(err); code != fault.Invalid && code != fault.Unavailable {
				t.Errorf("code %q", code)
			}
			if after, _ := os.ReadFile(file); string(after) != string(before) {
				t.Error("the file was changed")
			}
		})
	}
}

func statements(text string) func(*testing.T, string) {
	return func(t *testing.T, file string) {
		db, err := sql.Open("sqlite", "file:"+file+"?_pragma=journal_mode(WAL)")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
}

func bytes(text string) func(*testing.T, string) {
	return func(t *testing.T, file string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func damaged(t *testing.T, file string) {
	s, err := sqlite.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(b); i++ {
		b[i] ^= 0x5a
	}
	bytes(string(b))(t, file)
}

// BenchmarkOpen is what a command pays for the state when it is there already.
func BenchmarkOpen(b *testing.B) {
	file := filepath.Join(b.TempDir(), "runs.db")
	openStore(b, file)
	for b.Loop() {
		s, err := sqlite.Open(file)
		if err != nil {
			b.Fatal(err)
		}
		_ = s.Shutdown()
	}
}
