package adapters_test

import (
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/adapters/sql/pgtest"
	"github.com/plumbline-sync/plumbline/adapters/sql/pgwire"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/sqlite"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/step"
)

const ieee = "/usr/share/ieee-data"

const ieeeSchema = `
CREATE TABLE blocks (
  id INTEGER PRIMARY KEY,
  assignment TEXT NOT NULL UNIQUE,
  registry TEXT NOT NULL CHECK (registry IN ('MA-L', 'MA-M')),
  name TEXT NOT NULL,
  address TEXT
);
CREATE TABLE mediums (assignment TEXT PRIMARY KEY NOT NULL, registry TEXT NOT NULL, name TEXT NOT NULL, address TEXT) WITHOUT ROWID;
`

const ieeeJob = `
policy: sync
source:
  adapter: file
  path: ` + ieee + `
  map:
    block:  {file: oui.csv, fields: &f {registry: Registry, assignment: Assignment, name: Organization Name, address: Organization Address}}
    medium: {file: mam.csv, fields: *f}
target:
  adapter: sql
  url: URL
models:
  block:  {identifiers: [assignment], attributes: [registry, name, address]}
  medium: {identifiers: [assignment], attributes: [registry, name, address]}
`

// The registry of MAC vendors, some 37,000 rows of real data: what can be used arrives exactly, what is there twice is reported and held, and a second run finds nothing to do.
func TestIEEERegistry(t *testing.T) {
	if _, err := os.Stat(filepath.Join(ieee, "mam.csv")); err != nil {
		t.Skipf("needs the package ieee-data: %v", err)
	}
	t.Run("SQLite", func(t *testing.T) {
		dir := t.TempDir()
		ieeeInto(t, dir, "sqlite:vendors.db\n  schema: schema.sql", func() (*sql.DB, error) { return sql.Open("sqlite", filepath.Join(dir, "vendors.db")) })
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		server := pgtest.Run(t)
		name := server.Database(t)
		server.Exec(t, name, strings.NewReplacer("INTEGER PRIMARY KEY", "serial PRIMARY KEY", "WITHOUT ROWID", "").Replace(ieeeSchema))
		t.Setenv(pgtest.PasswordVariable, pgtest.Password)
		ieeeInto(t, t.TempDir(), strconv.Quote(server.Reference(name)), func() (*sql.DB, error) {
			config, err := pgconn.ParseConfig(server.URL(name))
			return sql.OpenDB(pgwire.New(config, time.Minute)), err
		})
	})
}

// ieeeInto syncs the registry twice into an empty database, and compares what is there then with the files.
func ieeeInto(t *testing.T, dir, url string, open func() (*sql.DB, error)) {
	t.Helper()
	for name, text := range map[string]string{"ieee.yaml": strings.Replace(ieeeJob, "URL", url, 1), "schema.sql": ieeeSchema} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	rows, first, twice := ieeeRows(t, "oui.csv", "mam.csv")
	runs, err := sqlite.Open(filepath.Join(dir, "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = runs.Shutdown() }()
	store, err := objects.NewFolder(filepath.Join(dir, "objects"))
	if err != nil {
		t.Fatal(err)
	}
	env := &step.Env{Registry: adapters.All(), Runs: runs, Objects: store, Secrets: secret.Env(), Jobs: folder(dir), Temp: t.TempDir(), Invocation: "test", Version: "test"}
	wet := false
	for round := 1; round <= 2; round++ {
		id := fmt.Sprintf("run-%d", round)
		if _, err := (&step.Local{Env: env}).Run(t.Context(), step.StartIn{Run: id, By: "tester", Trigger: "test", Input: step.Input{Job: "ieee", DryRun: &wet}}); err != nil {
			t.Fatal(err)
		}
		r, err := runs.Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if r.Status != run.Succeeded {
			t.Fatalf("run %d ended %s: %s", round, r.Status, r.Message)
		}
		var created, other, held int64
		for _, c := range r.Counts {
			created, held, other = created+c.Create, held+c.Held, other+c.Update+c.Move+c.Delete
		}
		want := int64(len(first) - len(twice))
		if round == 2 {
			want = 0
		}
		if created != want || held != int64(len(twice)) || other != 0 {
			t.Errorf("run %d: %d created, %d held, %d other; want %d and %d of %d rows", round, created, held, other, want, len(twice), rows)
		}
		found, err := finding.Open(t.Context(), store, step.RunPrefix(id)+step.FindingsSource)
		if err != nil {
			t.Fatal(err)
		}
		reported := map[string]int{}
		for f, err := range found.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if f.Code != finding.Duplicate {
				t.Errorf("a finding that is no duplicate: %+v", f)
			}
			reported[f.Key.IDs()[0].String()]++
		}
		for id, n := range twice {
			if reported[id] != n-1 {
				t.Errorf("%s stands %d times in the registry, reported %d times", id, n, reported[id])
			}
			delete(reported, id)
		}
		if len(reported) > 0 {
			t.Errorf("reported, but not there twice: %v", reported)
		}
	}
	// And back, value for value: blanks at the end, tabs, line breaks, soft hyphens and all.
	db, err := open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }() // only read
	got := ieeeWritten(t, db)
	for id, want := range first {
		if twice[id] > 0 {
			if got[id] != nil {
				t.Errorf("%s is held, but was written", id)
			}
		} else if strings.Join(got[id], "|") != strings.Join(want, "|") {
			t.Errorf("%s: wrote %q, read %q", id, want, got[id])
		}
	}
}

// folder finds jobs in a folder.
type folder string

// Open implements step.Jobs.
func (d folder) Open(_ context.Context, name string) (step.JobFile, error) {
	file := filepath.Join(string(d), name+".yaml")
	text, err := os.ReadFile(file)
	return step.JobFile{File: file, Dir: string(d), Text: text}, err
}

// ieeeRows reads the files by other means: how many rows they have, the first of each assignment, and which stand there several times.
func ieeeRows(t *testing.T, files ...string) (rows int, first map[string][]string, twice map[string]int) {
	t.Helper()
	first, twice = map[string][]string{}, map[string]int{}
	seen := map[string]int{}
	for _, name := range files {
		f, err := os.Open(filepath.Join(ieee, name))
		if err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(f)
		if _, err := r.Read(); err != nil {
			t.Fatal(err)
		}
		for {
			row, err := r.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			rows++
			id := row[1]
			if seen[id]++; seen[id] == 1 {
				first[id] = []string{row[0], row[2], row[3]}
			} else {
				twice[id] = seen[id]
			}
		}
		_ = f.Close() // only read
	}
	return rows, first, twice
}

// ieeeWritten reads what arrived, beside the adapter.
func ieeeWritten(t *testing.T, db *sql.DB) map[string][]string {
	t.Helper()
	got := map[string][]string{}
	for _, table := range []string{"blocks", "mediums"} {
		ieeeTable(t, db, table, got)
	}
	return got
}

func ieeeTable(t *testing.T, db *sql.DB, table string, got map[string][]string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT assignment, registry, name, coalesce(address, '') FROM "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }() // its error is Err's
	for rows.Next() {
		var id string
		cells := make([]string, 3)
		if err := rows.Scan(&id, &cells[0], &cells[1], &cells[2]); err != nil {
			t.Fatal(err)
		}
		got[id] = cells
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
