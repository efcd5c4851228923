package sqlite_test

import (
	"database/sql"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestSQLiteUpgrade: a file of each version that was released gets the tables of today, and keeps its runs.
func TestSQLiteUpgrade(t *testing.T) {
	old, err := filepath.Glob(filepath.Join("testdata", "tables_v*.sql"))
	if err != nil || len(old) < 2 {
		t.Fatal(old, err)
	}
	newest := tables(t, filepath.Join(t.TempDir(), "new.db"))
	for n := range old {
		statements, err := os.ReadFile(filepath.Join("testdata", fmt.Sprintf("tables_v%d.sql", n+1)))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "runs.db")
		_, err = openFile(t, file).ExecContext(t.Context(), string(statements)+fmt.Sprintf(`
			INSERT INTO runs (id, job, status, dry_run, by_whom, started, doc) VALUES ('x', 'a', 'failed', 0, 'ana', 1, '{"id": "x", "job": "a"}');
			PRAGMA application_id = %d; PRAGMA user_version = %d`, 0x506c6d62, n+1))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(newest, tables(t, file)); d != "" {
			t.Errorf("a file of version %d after it was opened (-want +got):\n%s", n+1, d)
		}
		if r, _, err := openStore(t, file).LastSync(t.Context(), "a"); err != nil || r == nil || r.ID != "x" {
			t.Errorf("the run in a file of version %d: %+v, %v", n+1, r, err)
		}
	}
}

// tables opens the file as a store, and returns the statements that make its tables.
func tables(t *testing.T, file string) string {
	t.Helper()
	openStore(t, file)
	db := openFile(t, file)
	rows, err := db.QueryContext(t.Context(), "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all strings.Builder
	for rows.Next() {
		var statement string
		if err := rows.Scan(&statement); err != nil {
			t.Fatal(err)
		}
		all.WriteString(statement + ";\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func openFile(t *testing.T, file string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestSQLiteTables: the tables are those that were released with their version. Who changes them adds an upgrade, and with it a golden file of the next version.
func TestSQLiteTables(t *testing.T) {
	file := filepath.Join(t.TempDir(), "runs.db")
	all := tables(t, file)
	var version int
	if err := openFile(t, file).QueryRowContext(t.Context(), "PRAGMA user_version").Scan(&version); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", fmt.Sprintf("tables_v%d.sql", version))
	if *update {
		if _, err := os.Stat(golden); err == nil {
			return // what was released stays
		}
		if err := os.WriteFile(golden, []byte(all), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), all); d != "" {
		t.Errorf("the tables are not those of version %d: add an upgrade instead (-want +got):\n%s", version, d)
	}
}
