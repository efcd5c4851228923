package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/pprof"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/plumbline-sync/plumbline/adapters/sql/pgtest"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// pgTable is what the job writes to, in the PostgreSQL server that the benchmark starts.
const pgTable = `DROP TABLE IF EXISTS device; CREATE TABLE device (id serial PRIMARY KEY, name text NOT NULL UNIQUE, site text, serial text, role text, status text, platform text, comments text, asset_tag text, rack_unit integer, mtu integer, managed boolean)`

// pgBatch is how many changes the adapter sends at once, and so the yardstick.
const pgBatch = 1000

const pgJob = `
source: {adapter: file, path: devices.ndjson}
target: {adapter: sql, url: %q}
models:
  device:
    identifiers: [{name: string}]
    attributes: [site, serial, role, status, platform, comments, asset_tag, {rack_unit: integer}, {mtu: integer}, {managed: boolean}]
policy: sync
limits: {update: 100%%}
`

// againstPgx syncs creates and then updates into PostgreSQL, and compares the rate of the step sync with that of pgx, which sends the same rows in the same batches, a transaction and a statement each, and does nothing else.
func (b *bench) againstPgx(n int, want *regexp.Regexp) error {
	if !want.MatchString(fmt.Sprintf("PostgreSQL: sync %s", count(n))) {
		return nil
	}
	server, err := pgtest.Start()
	if errors.Is(err, pgtest.ErrMissing) {
		fmt.Println(err)
		return nil
	}
	if err != nil {
		return err
	}
	defer server.Stop() //nolint:errcheck // its folder is a temporary one
	if err := os.Setenv(pgtest.PasswordVariable, pgtest.Password); err != nil {
		return err
	}
	dir := filepath.Join(b.dir, "postgres")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	for i, side := range []string{step.SnapshotSource, step.SnapshotTarget} { // every record of the second differs in one attribute
		if err := writeDevices(filepath.Join(dir, fmt.Sprint(i, ".ndjson")), n, 1, side); err != nil {
			return err
		}
	}
	var ours, theirs [2][]measured
	for range b.runs {
		for what, all := range map[string]*[2][]measured{"pg-ours": &ours, "pg-theirs": &theirs} {
			state, err := os.MkdirTemp(dir, "state-")
			if err != nil {
				return err
			}
			for i := range 2 {
				m, err := b.child(what, state, filepath.Join(dir, fmt.Sprint(i, ".ndjson")), server.Reference("postgres"), server.URL("postgres"), fmt.Sprint(i))
				if err != nil {
					return err
				}
				all[i] = append(all[i], m)
			}
		}
	}
	fmt.Printf("\n%-38s %12s    %-14s %12s    %8s %8s\n", "PostgreSQL (wall time)", "ours", "yardstick", "theirs", "of its", "at least")
	for i, what := range []string{"creates", "updates"} {
		a, c := rate(n, byWall(ours[i])), rate(n, byWall(theirs[i]))
		over := ""
		if a < 0.7*c {
			over = "  UNDER"
		}
		fmt.Printf("%-38s %10.0f/s    %-14s %10.0f/s    %8.2f %8g%s\n", fmt.Sprintf("sync %s %s", count(n), what), a, "pgx alone", c, a/c, 0.7, over)
	}
	return nil
}

func rate(n int, m measured) float64 { return float64(n) / m.Wall.Seconds() }

// fileJob is one job, whatever its name.
type fileJob struct{ dir, text string }

// Open implements step.Jobs.
func (j fileJob) Open(context.Context, string) (step.JobFile, error) {
	return step.JobFile{File: filepath.Join(j.dir, "bench.yaml"), Dir: j.dir, Text: []byte(j.text)}, nil
}

// pgOurs runs the job, and takes what its step sync took.
func pgOurs(ctx context.Context, dir, file, reference, address, round string) (measured, error) {
	if round == "0" {
		if err := pgFresh(ctx, address); err != nil {
			return measured{}, err
		}
	}
	if err := os.Rename(file, filepath.Join(dir, "devices.ndjson")); err != nil {
		return measured{}, err
	}
	defer os.Rename(filepath.Join(dir, "devices.ndjson"), file) //nolint:errcheck // the next finds it missing
	env, done, err := openState(dir)
	if err != nil {
		return measured{}, err
	}
	defer done()
	env.Jobs = fileJob{dir, fmt.Sprintf(pgJob, reference)}
	if name := os.Getenv("BENCH_PROFILE"); name != "" && round == "0" {
		f, err := os.Create(name) //nolint:gosec // the user names it
		if err != nil {
			return measured{}, err
		}
		defer f.Close() //nolint:errcheck // a profile
		if err := pprof.StartCPUProfile(f); err != nil {
			return measured{}, err
		}
		defer pprof.StopCPUProfile()
	}
	wet, id := false, "bench-"+round
	out, err := (&step.Local{Env: env}).Run(ctx, step.StartIn{Run: id, Input: step.Input{Job: "bench", DryRun: &wet}})
	if err != nil {
		return measured{}, err
	}
	if out.Status != run.Succeeded {
		return measured{}, fmt.Errorf("the run ended %s: %s", out.Status, out.Message)
	}
	steps, err := env.Runs.Steps(ctx, id)
	if err != nil {
		return measured{}, err
	}
	for _, s := range steps {
		if s.Name == step.StepSync {
			return measured{Wall: s.Duration, Peak: s.Memory.Peak}, nil
		}
	}
	return measured{}, errors.New("the run wrote nothing")
}

// pgFresh makes the table anew.
func pgFresh(ctx context.Context, address string) error {
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer c.Close(ctx) //nolint:errcheck // nothing is open
	_, err = c.Exec(ctx, pgTable)
	return err
}

// pgRow is a device as its line has it.
type pgRow struct {
	Name, Site, Serial, Role, Status, Platform, Comments string
	AssetTag                                             string `json:"asset_tag"`
	RackUnit                                             int32  `json:"rack_unit"`
	MTU                                                  int32
	Managed                                              bool
}

// pgTheirs sends the rows of the file by pgx; they are read before.
func pgTheirs(ctx context.Context, file, address, round string) (measured, error) {
	f, err := os.Open(file) //nolint:gosec // our own folder
	if err != nil {
		return measured{}, err
	}
	defer f.Close()
	var rows []pgRow
	for d := json.NewDecoder(f); d.More(); {
		var r pgRow
		if err := d.Decode(&r); err != nil {
			return measured{}, err
		}
		rows = append(rows, r)
	}
	if round == "0" {
		if err := pgFresh(ctx, address); err != nil {
			return measured{}, err
		}
	}
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return measured{}, err
	}
	defer c.Close(ctx) //nolint:errcheck // nothing is open
	send := pgCreate
	if round == "1" {
		send = pgUpdate
	}
	start := time.Now()
	for at := 0; at < len(rows); at += pgBatch {
		err := pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error { return send(ctx, tx, at, rows[at:min(at+pgBatch, len(rows))]) })
		if err != nil {
			return measured{}, err
		}
	}
	return measured{Wall: time.Since(start)}, nil
}

// column takes one field of each row.
func column[T any](rows []pgRow, of func(r pgRow) T) []T {
	list := make([]T, len(rows))
	for i, r := range rows {
		list[i] = of(r)
	}
	return list
}

func pgCreate(ctx context.Context, tx pgx.Tx, _ int, rows []pgRow) error {
	text := func(of func(r pgRow) string) []string { return column(rows, of) }
	_, err := tx.Exec(ctx, `INSERT INTO device (name, site, serial, role, status, platform, comments, asset_tag, rack_unit, mtu, managed)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::integer[], $10::integer[], $11::boolean[])`,
		text(func(r pgRow) string { return r.Name }), text(func(r pgRow) string { return r.Site }), text(func(r pgRow) string { return r.Serial }), text(func(r pgRow) string { return r.Role }),
		text(func(r pgRow) string { return r.Status }), text(func(r pgRow) string { return r.Platform }), text(func(r pgRow) string { return r.Comments }), text(func(r pgRow) string { return r.AssetTag }),
		column(rows, func(r pgRow) int32 { return r.RackUnit }), column(rows, func(r pgRow) int32 { return r.MTU }), column(rows, func(r pgRow) bool { return r.Managed }))
	return err
}

// pgUpdate writes the attribute that differs, by the primary key: the rows have it in their order.
func pgUpdate(ctx context.Context, tx pgx.Tx, at int, rows []pgRow) error {
	id := at
	ids := column(rows, func(pgRow) int32 { id++; return int32(id) }) //nolint:gosec // at most n
	_, err := tx.Exec(ctx, `UPDATE device SET serial = v.serial FROM unnest($1::integer[], $2::text[]) v(id, serial) WHERE device.id = v.id`,
		ids, column(rows, func(r pgRow) string { return r.Serial }))
	return err
}
