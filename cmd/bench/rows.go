package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// bench runs rows, each against its yardstick.
type bench struct {
	runs   int
	dir    string
	plumb  string
	python string
	// diffsync is a Python with DiffSync; "": its rows are left out.
	diffsync string
	head     bool
	peers    bool // the head of the peers' table is printed
}

// measured is what one process measured of one step.
type measured struct {
	Wall time.Duration `json:"wall"`
	CPU  time.Duration `json:"cpu"`  // between entry and return of the step, state already open
	Peak int64         `json:"peak"` // bytes of resident memory at the peak, above the process before the step
	Note string        `json:"note"`
}

// all prepares the data and prints the table.
func (b *bench) all(n int, big bool, want *regexp.Regexp) error {
	shares := []struct {
		name  string
		share float64
		limit float64
	}{{"identical", 0, 0.01}, {"0.01%", 0.0001, 0.08}, {"0.1%", 0.001, 0.3}, {"1%", 0.01, 1.1}, {"100%", 1, 8}}
	var at1M, at5M measured
	for _, s := range shares {
		row := fmt.Sprintf("diff %s of %s a side", s.name, count(n))
		if !want.MatchString(row) {
			continue
		}
		state, err := b.prepare(n, s.share)
		if err != nil {
			return err
		}
		floor, err := b.median("decode", state)
		if err != nil {
			return err
		}
		m, err := b.median("diff", state)
		if err != nil {
			return err
		}
		if s.share == 0.001 {
			at1M = m
		}
		b.print(row, m, "decode both sides", floor, s.limit, 24)
	}
	if row := fmt.Sprintf("diff 0.1%% of %s a side", count(5*n)); big && want.MatchString(row) && at1M.CPU > 0 {
		state, err := b.prepare(5*n, 0.001)
		if err != nil {
			return err
		}
		if at5M, err = b.median("diff", state); err != nil {
			return err
		}
		b.print(row, at5M, "the same of "+count(n), at1M, 5.5, 24)
	}
	if err := b.load(n, want); err != nil {
		return err
	}
	if err := b.small(want); err != nil {
		return err
	}
	if err := b.againstDiffSync(n/10, want); err != nil {
		return err
	}
	if err := b.againstJoin(n, want); err != nil {
		return err
	}
	if err := b.againstPgx(n/10, want); err != nil {
		return err
	}
	return b.lambda(want)
}

// prepare makes a state folder with a run that stands before its diff; kept where it exists.
func (b *bench) prepare(n int, share float64) (string, error) {
	dir := filepath.Join(b.dir, fmt.Sprintf("diff-%d-%g", n, share))
	if _, err := os.Stat(filepath.Join(dir, "ready")); err == nil {
		return dir, nil
	}
	_, err := b.child("prepare", dir, fmt.Sprint(n), fmt.Sprint(share))
	return dir, err
}

// load compares a load of an NDJSON file with DuckDB's sorted COPY of it to Parquet.
func (b *bench) load(n int, want *regexp.Regexp) error {
	row := fmt.Sprintf("load %s from NDJSON", count(n))
	if !want.MatchString(row) {
		return nil
	}
	dir := filepath.Join(b.dir, fmt.Sprintf("load-%d", n))
	if _, err := os.Stat(filepath.Join(dir, "ready")); err != nil {
		if _, err := b.child("prepare-load", dir, fmt.Sprint(n)); err != nil {
			return err
		}
	}
	m, err := b.median("load", dir)
	if err != nil {
		return err
	}
	var yard measured
	if b.python != "" {
		if yard, err = b.duckdb(dir); err != nil {
			return err
		}
	}
	b.print(row, m, "DuckDB COPY ORDER BY, 1 thread", yard, 1.5, 48)
	return nil
}

// duckdb measures the yardstick of the load.
func (b *bench) duckdb(dir string) (measured, error) {
	script := `
import duckdb, resource, sys
c = duckdb.connect(); c.execute("SET threads=1"); c.execute("SET enable_progress_bar=false")
before = resource.getrusage(resource.RUSAGE_SELF)
c.execute(f"COPY (SELECT * FROM read_json('{sys.argv[1]}', format='newline_delimited') ORDER BY name) TO '{sys.argv[2]}' (FORMAT parquet, COMPRESSION zstd)")
after = resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print('{"cpu": %d, "peak": %d, "note": "duckdb %s"}' % (cpu * 1e9, (after.ru_maxrss - before.ru_maxrss) * 1024, duckdb.__version__))
`
	var all []measured
	for range b.runs {
		out, err := exec.Command(b.python, "-c", script, filepath.Join(dir, "devices.ndjson"), filepath.Join(dir, "devices.parquet")).Output() //nolint:gosec // our own arguments
		if err != nil {
			return measured{}, fmt.Errorf("duckdb: %w", err)
		}
		var m measured
		if err := json.Unmarshal(out, &m); err != nil {
			return measured{}, err
		}
		all = append(all, m)
	}
	return middle(all), nil
}

// small compares a whole job of 100 records with `plumb version`.
func (b *bench) small(want *regexp.Regexp) error {
	row := "job of 100 records"
	if !want.MatchString(row) {
		return nil
	}
	dir := filepath.Join(b.dir, "small")
	if _, err := b.child("prepare-small", dir); err != nil {
		return err
	}
	whole := func(args ...string) (measured, error) {
		var all []measured
		for i := range 10 {
			cmd := exec.Command(b.plumb, args...) //nolint:gosec // our own arguments
			cmd.Dir = dir
			var errs bytes.Buffer
			cmd.Stderr = &errs
			if err := cmd.Run(); err != nil {
				return measured{}, fmt.Errorf("plumb %s: %w: %s", strings.Join(args, " "), err, errs.String())
			}
			if i > 0 { // the first makes the state folder
				all = append(all, measured{CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), Peak: peakOf(cmd.ProcessState)})
			}
		}
		return middle(all), nil
	}
	m, err := whole("plan", "small.yaml", "--quiet")
	if err != nil {
		return err
	}
	yard, err := whole("version")
	if err != nil {
		return err
	}
	b.print(row, m, "plumb version", yard, 5, 0)
	return nil
}

// median runs a measurement in fresh processes.
func (b *bench) median(what string, args ...string) (measured, error) {
	var all []measured
	for range b.runs {
		m, err := b.child(what, args...)
		if err != nil {
			return m, err
		}
		all = append(all, m)
	}
	return middle(all), nil
}

func middle(all []measured) measured {
	slices.SortFunc(all, func(a, b measured) int { return int(a.CPU - b.CPU) })
	return all[len(all)/2]
}

func (b *bench) child(what string, args ...string) (measured, error) {
	return b.childOn(0, what, args...)
}

// childOn lets the process use so many cores; 0: all.
func (b *bench) childOn(cores int, what string, args ...string) (measured, error) {
	self, err := os.Executable()
	if err != nil {
		return measured{}, err
	}
	cmd := exec.Command(self, append([]string{"child", what}, args...)...) //nolint:gosec // ourselves
	cmd.Stderr = os.Stderr
	if cores > 0 {
		cmd.Env = append(os.Environ(), fmt.Sprint("GOMAXPROCS=", cores))
	}
	out, err := cmd.Output()
	var m measured
	if err == nil {
		err = json.Unmarshal(out, &m)
	}
	return m, err
}

// print prints a row: the step, its yardstick, the ratio and what it may be at most.
func (b *bench) print(row string, m measured, yardstick string, yard measured, limit, memory float64) {
	if !b.head {
		b.head = true
		fmt.Printf("%-34s %9s %9s   %-32s %9s %9s   %7s %7s\n", "step", "CPU s", "peak MB", "yardstick", "CPU s", "peak MB", "ratio", "at most")
	}
	ratio, verdict := "-", ""
	if yard.CPU > 0 {
		r := m.CPU.Seconds() / yard.CPU.Seconds()
		ratio = fmt.Sprintf("%.3f", r)
		if r > limit {
			verdict = "  OVER"
		}
	}
	mb := float64(m.Peak) / (1 << 20)
	if memory > 0 && mb > memory {
		verdict += fmt.Sprintf("  OVER %g MB", memory)
	}
	fmt.Printf("%-34s %9.3f %9.1f   %-32s %9.3f %9.1f   %7s %7g%s\n", row, m.CPU.Seconds(), mb, yardstick, yard.CPU.Seconds(), float64(yard.Peak)/(1<<20), ratio, limit, verdict)
}

func count(n int) string {
	switch {
	case n%1_000_000 == 0:
		return fmt.Sprintf("%d M", n/1_000_000)
	case n%1000 == 0:
		return fmt.Sprintf("%d k", n/1000)
	}
	return fmt.Sprint(n)
}
