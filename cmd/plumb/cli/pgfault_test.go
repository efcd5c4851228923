package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plumbline-sync/plumbline/adapters/sql/pgtest"
	"github.com/plumbline-sync/plumbline/shared/faulttest"
	"github.com/plumbline-sync/plumbline/shared/run"
)

const pgFaultJob = `
source: {adapter: sql, url: "postgres://plumb:${env:PLUMB_PW}@%[1]s/%[2]s?sslmode=%[4]s"}
target: {adapter: sql, url: "postgres://plumb:${env:PLUMB_PW}@%[1]s/%[3]s?sslmode=%[4]s", batch: 25}
models:
  device: {identifiers: [name], attributes: [role, serial]}
policy: sync
limits: {delete: 100%%, update: 100%%, shrink: 100%%}
`

const pgFaultTables = `
DROP TABLE IF EXISTS device, written;
CREATE TABLE device (id serial PRIMARY KEY, name text NOT NULL UNIQUE, role text, serial text);
CREATE TABLE written (op text, name text);
CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO written VALUES (tg_op, coalesce(new.name, old.name)); RETURN coalesce(new, old);
END $$;
`

// pgWorld is a source and a target on one server, which plumb reaches by a line that breaks.
type pgWorld struct {
	*testing.T
	server   *pgtest.Server
	line     *faulttest.Line
	from, to string
	dir      string
	down     *sync.Mutex // held while the server is down
	sslmode  string
	process  *atomic.Pointer[os.Process] // of the command line, the last
}

func newPGWorld(t *testing.T) *pgWorld {
	server := pgtest.Run(t)
	return &pgWorld{
		T: t, server: server, line: faulttest.TCP(t, server.Address), from: server.Database(t), to: server.Database(t),
		down: new(sync.Mutex), sslmode: "disable", process: new(atomic.Pointer[os.Process]),
	}
}

// fill makes both sides anew: 300 to create, 300 to update, 200 to delete, 200 equal.
func (w *pgWorld) fill() {
	w.server.Exec(w, w.from, pgFaultTables+`INSERT INTO device (name, role, serial) SELECT 'dev-' || n, 'leaf', 'S' || n FROM generate_series(1, 800) n`)
	w.server.Exec(w, w.to, pgFaultTables+`INSERT INTO device (name, role, serial) SELECT 'dev-' || n, CASE WHEN n > 600 THEN 'leaf' ELSE 'spine' END, 'S' || n FROM generate_series(301, 1000) n;
		CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON device FOR EACH ROW EXECUTE FUNCTION note()`)
	w.dir = w.TempDir()
	writeFile(w.T, filepath.Join(w.dir, "job.yaml"), fmt.Sprintf(pgFaultJob, w.line.Address, w.from, w.to, w.sslmode))
}

// plumb runs the command line, and returns its exit code and all that it printed.
func (w *pgWorld) plumb(args ...string) (code int, out string) {
	w.Helper()
	cmd := exec.Command("plumb", args...) //nolint:gosec // our own arguments
	cmd.Dir, cmd.Env = w.dir, append(os.Environ(), "PLUMB_PW="+pgtest.Password)
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	if err := cmd.Start(); err != nil {
		w.Fatal(err)
	}
	w.process.Store(cmd.Process)
	if err, exit := cmd.Wait(), (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		w.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), text.String()
}

func (w *pgWorld) ask(database, query string) string {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	c, err := pgconn.Connect(ctx, w.server.URL(database))
	if err != nil {
		w.Fatal(err)
	}
	defer c.Close(ctx)
	got, err := c.Exec(ctx, query).ReadAll()
	if err != nil {
		w.Fatalf("%s: %v", query, err)
	}
	return string(got[0].Rows[0][0])
}

const (
	pgAll   = `SELECT md5(string_agg(name || role || serial, ',' ORDER BY name)) FROM device`
	pgTwice = `SELECT count(*) FROM (SELECT FROM written WHERE op <> 'UPDATE' GROUP BY name HAVING count(*) > 1) x`
)

// TestPGFaults breaks the line to PostgreSQL at random places of a run, for a while or for good, garbles what comes over it, and lets the server crash there, or be stopped and started:
// whatever comes of it, nothing is created or deleted twice, nothing is left out, and the run says truly how it ended. An update whose commit was not answered may be sent again.
// PLUMB_FAULTS=all does so at more places, and waits for a sync that tries again for minutes.
func TestPGFaults(t *testing.T) {
	w := newPGWorld(t)
	w.server.Exec(t, w.to, "ALTER DATABASE "+w.to+" SET synchronous_commit = on") // what was committed survives a crash
	whole := map[string]int64{}
	for _, mode := range []string{"disable", "require"} {
		w.sslmode = mode
		w.fill()
		before := w.line.Passed()
		if code, out := w.plumb("sync", "job.yaml", "--yes"); code != 0 {
			t.Fatalf("without a fault: %d\n%s", code, out)
		}
		whole[mode] = w.line.Passed() - before
	}
	if n := w.ask(w.to, "SELECT count(*) FROM written"); n != "800" {
		t.Fatalf("without a fault %s changes were made", n)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("%v bytes pass; seed %d", whole, seed)
	dice := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's dice
	more, loads := int64(1), int64(50)     // percent of a run that are surely loads
	if os.Getenv("PLUMB_FAULTS") == "all" {
		more, loads = 4, 100
	}
	runs, met := 0, 0
	for _, kind := range []struct {
		name, sslmode string
		from, to      int64 // percent of a run
		parts         int64 // of that: in each once
		fault         func(at int64)
	}{
		{"cut once", "disable", 0, 100, 3, func(at int64) { w.line.CutAfter(at, 1) }},
		{"cut for a while", "disable", 0, 100, 3, func(at int64) {
			w.line.At(at, func() { time.AfterFunc(3*time.Second, func() { w.line.Mend() }) })
			w.line.CutAfter(at, -1)
		}},
		{"cut for good", "disable", 0, loads, 1, func(at int64) { w.line.CutAfter(at, -1) }},
		{"cut for good, and a person stops it", "disable", 75, 100, 1, func(at int64) {
			w.line.At(at, func() {
				p := w.process.Load()
				time.AfterFunc(2*time.Second, func() { _ = p.Signal(os.Interrupt) }) // it may have ended
			})
			w.line.CutAfter(at, -1)
		}},
		{"garbled", "disable", 0, 100, 3, func(at int64) { w.line.Garble(at) }},
		{"garbled under TLS", "require", 0, 100, 2, func(at int64) { w.line.Garble(at) }},
		{"slow", "disable", 0, 100, 2, func(at int64) { w.line.At(at, func() { w.line.Delay(time.Millisecond) }) }},
		{"server crashes", "disable", 0, 100, 3, func(at int64) { w.line.At(at, func() { w.without(w.server.Crash) }) }},
		{"server is started again", "disable", 0, 100, 3, func(at int64) {
			w.line.At(at, func() { w.without(func() error { return w.server.Restart(time.Second) }) })
		}},
	} {
		for part := range kind.parts * more {
			each := whole[kind.sslmode] * (kind.to - kind.from) / 100 / kind.parts / more
			at := whole[kind.sslmode]*kind.from/100 + each*part + dice.Int64N(each) + 1
			t.Run(fmt.Sprintf("%s after %d bytes", kind.name, at), func(t *testing.T) {
				w := *w
				w.T, w.sslmode = t, kind.sslmode
				w.fill()
				struck := w.line.Struck()
				kind.fault(at)
				w.meet(kind.name)
				if runs++; w.line.Struck() > struck {
					met++
				}
			})
		}
	}
	t.Logf("%d of %d runs met it", met, runs)
	if met*10 < runs*8 { // fewer bytes may pass than in the run that was counted
		t.Error("that is too few")
	}
}

// without is told how the server is taken away for a while, and does so.
func (w *pgWorld) without(away func() error) {
	w.down.Lock()
	defer w.down.Unlock()
	if err := away(); err != nil {
		w.Error(err)
	}
}

func (w *pgWorld) meet(kind string) {
	code, out := w.plumb("sync", "job.yaml", "--yes")
	w.line.Mend()
	w.down.Lock()   // until the server is back
	w.down.Unlock() //nolint:staticcheck // it is only waited for
	w.Logf("exit code %d: %s", code, last(out, 300))
	switch {
	case code != 0 && kind == "slow":
		w.Errorf("slow, and it ended with %d\n%s", code, out)
	case strings.Contains(out, pgtest.Password):
		w.Errorf("the password is in %s", out)
	}
	made := w.law(code, 0)
	for try := 0; code != 0; try++ {
		if code, out = w.plumb("resume", "last", "--yes"); strings.Contains(out, "nothing to resume") {
			break
		}
		made = w.law(code, made)
		if try == 3 {
			w.Fatalf("a resume without a fault: %d\n%s", code, out)
		}
	}
	if code, out := w.plumb("plan", "job.yaml", "--exit-code"); code != 0 {
		w.Errorf("the next plan is not empty: %d\n%s", code, out)
	}
	w.law(0, made)
	if n := w.ask(w.to, pgTwice); n != "0" {
		w.Errorf("%s records were created or deleted twice", n)
	}
	if n := w.ask(w.to, "SELECT count(DISTINCT name) FROM written"); n != "800" {
		w.Errorf("%s records were changed, want 800", n)
	}
}

// law holds the last run to what is so in the target; before it so many changes had been made there. It returns how many are now.
func (w *pgWorld) law(code, before int) (made int) {
	w.Helper()
	made, err := strconv.Atoi(w.ask(w.to, "SELECT count(*) FROM written"))
	if err != nil {
		w.Fatal(err)
	}
	r := lawOfRun(w.T, w.dir, code, made > before)
	switch a, b := w.ask(w.from, pgAll), w.ask(w.to, pgAll); {
	case r.Status == run.Succeeded && a != b:
		w.Error("it succeeded, and the target is not the source")
	case r.Results["done"] > int64(made):
		w.Errorf("it says that %d changes were done, and %d were", r.Results["done"], made)
	}
	return made
}

func last(s string, n int) string { return strings.TrimSpace(s[max(0, len(s)-n):]) }
