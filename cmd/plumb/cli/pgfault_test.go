package cli_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plumbline-sync/plumbline/adapters/sql/pgtest"
	"github.com/plumbline-sync/plumbline/shared/faulttest"
)

const pgFaultJob = `
source: {adapter: sql, url: "postgres://plumb:${env:PLUMB_PW}@%[1]s/%[2]s?sslmode=disable"}
target: {adapter: sql, url: "postgres://plumb:${env:PLUMB_PW}@%[1]s/%[3]s?sslmode=disable", batch: 25}
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
}

// fill makes both sides anew: 300 to create, 300 to update, 200 to delete, 200 equal.
func (w *pgWorld) fill() {
	w.server.Exec(w, w.from, pgFaultTables+`INSERT INTO device (name, role, serial) SELECT 'dev-' || n, 'leaf', 'S' || n FROM generate_series(1, 800) n`)
	w.server.Exec(w, w.to, pgFaultTables+`INSERT INTO device (name, role, serial) SELECT 'dev-' || n, CASE WHEN n > 600 THEN 'leaf' ELSE 'spine' END, 'S' || n FROM generate_series(301, 1000) n;
		CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON device FOR EACH ROW EXECUTE FUNCTION note()`)
	w.dir = w.TempDir()
	writeFile(w.T, filepath.Join(w.dir, "job.yaml"), fmt.Sprintf(pgFaultJob, w.line.Address, w.from, w.to))
}

// plumb runs the command line, and returns its exit code and all that it printed.
func (w *pgWorld) plumb(args ...string) (code int, out string) {
	w.Helper()
	cmd := exec.Command("plumb", args...) //nolint:gosec // our own arguments
	cmd.Dir, cmd.Env = w.dir, append(os.Environ(), "PLUMB_PW="+pgtest.Password)
	text, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		w.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(text)
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

// TestPGFaults breaks the line to PostgreSQL at random places of a run, and lets the server crash there, or be stopped and started: whatever comes of it, nothing is created or deleted twice,
// nothing is left out, and the run says truly how it ended. An update whose commit was not answered may be sent again.
func TestPGFaults(t *testing.T) {
	server := pgtest.Run(t)
	w := &pgWorld{T: t, server: server, line: faulttest.TCP(t, server.Address), from: server.Database(t), to: server.Database(t), down: new(sync.Mutex)}
	server.Exec(t, w.to, "ALTER DATABASE "+w.to+" SET synchronous_commit = on") // what was committed survives a crash
	w.fill()
	if code, out := w.plumb("sync", "job.yaml", "--yes"); code != 0 {
		t.Fatalf("without a fault: %d\n%s", code, out)
	}
	whole := w.line.Passed()
	if n := w.ask(w.to, "SELECT count(*) FROM written"); n != "800" {
		t.Fatalf("without a fault %s changes were made", n)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("%d bytes pass; seed %d", whole, seed)
	dice := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's dice
	for _, kind := range []struct {
		name  string
		fault func(at int64)
	}{
		{"cut once", func(at int64) { w.line.CutAfter(at, 1) }},
		{"cut for a while", func(at int64) {
			w.line.At(at, func() { time.AfterFunc(3*time.Second, func() { w.line.Mend() }) })
			w.line.CutAfter(at, -1)
		}},
		{"slow", func(at int64) { w.line.At(at, func() { w.line.Delay(time.Millisecond) }) }},
		{"server crashes", func(at int64) { w.line.At(at, func() { w.without(server.Crash) }) }},
		{"server is started again", func(at int64) {
			w.line.At(at, func() { w.without(func() error { return server.Restart(time.Second) }) })
		}},
	} {
		for part := range 3 {
			at := whole*int64(part)/3 + dice.Int64N(whole/3) + 1
			t.Run(fmt.Sprintf("%s after %d bytes", kind.name, at), func(t *testing.T) {
				w := *w
				w.T = t
				w.fill()
				kind.fault(at)
				w.meet(kind.name)
			})
		}
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
	for try := 0; code != 0; try++ {
		if code, out = w.plumb("resume", "last", "--yes"); strings.Contains(out, "nothing to resume") {
			break
		}
		if try == 3 {
			w.Fatalf("a resume without a fault: %d\n%s", code, out)
		}
	}
	if code, out := w.plumb("plan", "job.yaml", "--exit-code"); code != 0 {
		w.Errorf("the next plan is not empty: %d\n%s", code, out)
	}
	if a, b := w.ask(w.from, pgAll), w.ask(w.to, pgAll); a != b {
		w.Error("the target is not the source")
	}
	if n := w.ask(w.to, pgTwice); n != "0" {
		w.Errorf("%s records were created or deleted twice", n)
	}
	if n := w.ask(w.to, "SELECT count(DISTINCT name) FROM written"); n != "800" {
		w.Errorf("%s records were changed, want 800", n)
	}
}

func last(s string, n int) string { return strings.TrimSpace(s[max(0, len(s)-n):]) }
