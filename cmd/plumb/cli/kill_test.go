package cli_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver that looks at the target

	"github.com/plumbline-sync/plumbline/shared/run"
)

const killJob = `
source: {adapter: file, path: .}
target:
  adapter: sql
  url: "sqlite:assets.db"
  batch: 7
  map:
    device: {fields: {site: {column: site_id, key_of: site}}}
models:
  site:
    identifiers: [name]
    attributes: [region]
    children: [device]
  device:
    identifiers: [name]
    parent: site
    attributes: [role, serial]
policy: sync
limits: {delete: 100%, update: 100%, shrink: 100%}
`

// The table "written" counts how often each device was inserted: no resume may do it twice.
const killSchema = `
CREATE TABLE site (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, region TEXT);
CREATE TABLE device (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT, serial TEXT UNIQUE, site_id INTEGER NOT NULL REFERENCES site(id));
CREATE TABLE written (name TEXT PRIMARY KEY, times INTEGER);
`

// killTrigger is made after the table is filled.
const killTrigger = `CREATE TRIGGER count_device AFTER INSERT ON device BEGIN INSERT INTO written VALUES (new.name, 1) ON CONFLICT (name) DO UPDATE SET times = times + 1; END`

// TestKill kills plumb with SIGKILL at random moments of every step, resumes, kills again, and holds the end to the law:
// each run says truly how it ended and leaves no lock, the target equals the source, the next plan is empty, nothing was written twice. PLUMB_KILLS sets how often (130).
func TestKill(t *testing.T) {
	kills := 130
	if s := os.Getenv("PLUMB_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	if testing.Short() {
		kills = 5
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's dice
	whole := time.Duration(0)
	killed := map[string]int{}
	for done := 0; done < kills; {
		dir := t.TempDir()
		killWorld(t, dir, rnd)
		if whole == 0 { // how long a run takes that nobody kills
			start := time.Now()
			plumb(t, dir, 0, "sync", "job.yaml", "--yes")
			whole = time.Since(start)
			continue
		}
		args, last := []string{"sync", "job.yaml", "--yes"}, ""
		for range 1 + rnd.IntN(3) {
			after := time.Duration(rnd.Int64N(int64(whole) * 11 / 10))
			before := inserted(t, dir)
			_, dead := plumb(t, dir, after, args...)
			if !dead {
				break
			}
			done++
			wrote := inserted(t, dir) > before
			if r, _ := lastRun(t, dir); r != nil {
				plumb(t, dir, 0, "runs") // it closes the run
			}
			switch r, _ := lastRun(t, dir); {
			case r != nil && r.ID != last:
				last = r.ID
				killed[lawOfRun(t, dir, -1, wrote).Step]++
				args = []string{"resume", "last", "--yes"}
			case wrote:
				t.Error("devices were created without a run")
			default:
				killed["before the run"]++
			}
		}
		settle(t, dir)
		judge(t, dir)
	}
	t.Logf("killed in %v", killed)
}

// plumb runs the command line in a process of its own and kills it after a while; 0: it is left to end.
func plumb(t *testing.T, dir string, after time.Duration, args ...string) (out string, killed bool) {
	t.Helper()
	cmd := exec.Command("plumb", args...) //nolint:gosec // our own arguments
	cmd.Dir = dir
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if after > 0 {
		timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
	}
	err := cmd.Wait()
	if err != nil && cmd.ProcessState.ExitCode() == -1 {
		return b.String(), true
	}
	if err != nil && !strings.Contains(b.String(), "nothing to resume") {
		t.Fatalf("plumb %s: %v\n%s", strings.Join(args, " "), err, b.String())
	}
	return b.String(), false
}

// settle resumes until nothing is left to resume.
func settle(t *testing.T, dir string) {
	t.Helper()
	if r, _ := lastRun(t, dir); r == nil {
		plumb(t, dir, 0, "sync", "job.yaml", "--yes")
		return
	}
	for range 3 {
		if out, _ := plumb(t, dir, 0, "resume", "last", "--yes"); strings.Contains(out, "nothing to resume") {
			return
		}
	}
	t.Fatal("three resumes that nobody killed, and still something to resume")
}

// inserted counts the inserts of devices so far, in a copy of the database: what a killed process left there is for the next to find.
func inserted(t *testing.T, dir string) (n int) {
	t.Helper()
	to := t.TempDir()
	files, err := filepath.Glob(filepath.Join(dir, "assets.db*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f) //nolint:gosec // a test's
		if err == nil {
			err = os.WriteFile(filepath.Join(to, filepath.Base(f)), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	db := openDB(t, to)
	defer db.Close()
	if err := db.QueryRow("SELECT coalesce(sum(times), 0) FROM written").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// killWorld makes a source and a target that differ in every way.
func killWorld(t *testing.T, dir string, rnd *rand.Rand) {
	t.Helper()
	writeFile(t, filepath.Join(dir, "job.yaml"), killJob)
	var sites, devices strings.Builder
	sites.WriteString("name,region\n")
	devices.WriteString("name,site,role,serial\n")
	db := openDB(t, dir)
	mustExec(t, db, killSchema)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		if i < 10 {
			fmt.Fprintf(&sites, "site-%02d,r%d\n", i, i%3)
		}
		if i > 1 {
			mustExec(t, tx, "INSERT INTO site (name, region) VALUES (?, ?)", fmt.Sprintf("site-%02d", i), "r1")
		}
	}
	for i := range 300 {
		if i%7 != 0 {
			fmt.Fprintf(&devices, "dev-%03d,site-%02d,%s,S%03d\n", i, rnd.IntN(10), []string{"leaf", "spine"}[rnd.IntN(2)], i)
		}
		if i%5 != 0 {
			mustExec(t, tx, "INSERT INTO device (name, role, serial, site_id) SELECT ?, 'leaf', ?, id FROM site WHERE name = ?", fmt.Sprintf("dev-%03d", i), fmt.Sprintf("S%03d", i), fmt.Sprintf("site-%02d", 2+rnd.IntN(10)))
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	mustExec(t, db, killTrigger)
	writeFile(t, filepath.Join(dir, "sites.csv"), sites.String())
	writeFile(t, filepath.Join(dir, "devices.csv"), devices.String())
}

// judge holds the last run to having succeeded, and the target to the source.
func judge(t *testing.T, dir string) {
	t.Helper()
	if r := lawOfRun(t, dir, 0, false); r.Status != run.Succeeded {
		t.Errorf("nothing is to be resumed, and the run is %s", r.Status)
	}
	cmd := exec.Command("plumb", "plan", "job.yaml", "--exit-code", "-q")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("the plan after the resume is not empty: %v\n%s", err, out)
	}
	db := openDB(t, dir)
	rows, err := db.Query("SELECT d.name, s.name, d.role, d.serial FROM device d JOIN site s ON s.id = d.site_id ORDER BY d.name")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := "name,site,role,serial\n"
	for rows.Next() {
		var name, site, role, serial string
		if err := rows.Scan(&name, &site, &role, &serial); err != nil {
			t.Fatal(err)
		}
		got += strings.Join([]string{name, site, role, serial}, ",") + "\n"
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(dir, "devices.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Fatalf("the target is not the source:\ngot %d bytes, want %d", len(got), len(want))
	}
	var twice int
	if err := db.QueryRow("SELECT count(*) FROM written WHERE times > 1").Scan(&twice); err != nil {
		t.Fatal(err)
	}
	if twice > 0 {
		t.Fatalf("%d devices were created twice", twice)
	}
}

func openDB(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "assets.db")+"?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

type execer interface {
	Exec(query string, args ...any) (sql.Result, error)
}

func mustExec(t *testing.T, db execer, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
