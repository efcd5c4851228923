package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/measure"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/sqlite"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// runID is the run that every prepared state holds.
const runID = "bench"

// child does one thing in this process and measures it.
func child(what string, args []string) (measured, error) {
	dir := args[0]
	ctx := context.Background()
	switch what {
	case "prepare", "prepare-both":
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return measured{}, err
		}
		share, err := strconv.ParseFloat(args[2], 64)
		if err != nil {
			return measured{}, err
		}
		if what == "prepare-both" {
			return measured{}, prepareBoth(ctx, dir, n, share)
		}
		return measured{}, prepareDiff(ctx, dir, n, share)
	case "prepare-load":
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return measured{}, err
		}
		return measured{}, prepareLoad(ctx, dir, n)
	case "prepare-small":
		return measured{}, prepareSmall(dir)
	}
	switch what {
	case "pg-ours":
		return pgOurs(ctx, dir, args[1], args[2], args[3], args[4])
	case "pg-theirs":
		return pgTheirs(ctx, args[1], args[3], args[4])
	}
	env, done, err := openState(dir)
	if err != nil {
		return measured{}, err
	}
	defer done()
	switch what {
	case "decode":
		return take(func() error { return decode(ctx, env.Objects) })
	case "diff":
		return take(func() error { _, err := env.Diff(ctx, step.In{Run: runID}); return err })
	case "load":
		return take(func() error { _, err := env.LoadSource(ctx, step.In{Run: runID}); return err })
	case "whole":
		return take(func() error { return whole(ctx, env) })
	}
	return measured{}, fmt.Errorf("no such measurement")
}

// whole loads both sides side by side, as every run does, and compares them.
func whole(ctx context.Context, env *step.Env) error {
	var g errgroup.Group
	for _, load := range []func(context.Context, step.In) (step.Out, error){env.LoadSource, env.LoadTarget} {
		g.Go(func() error { _, err := load(ctx, step.In{Run: runID}); return err })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	_, err := env.Diff(ctx, step.In{Run: runID})
	return err
}

// take measures time, CPU time and peak memory above what the process had before.
func take(f func() error) (measured, error) {
	if name := os.Getenv("BENCH_PROFILE"); name != "" {
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
	m := measure.Start(false, true)
	before, cpu, start := measure.Resident(), measure.CPU(), time.Now()
	err := f()
	spent, wall := measure.CPU()-cpu, time.Since(start)
	_, mem := m.Stop()
	return measured{CPU: spent, Wall: wall, Peak: mem.Peak - before, Note: mem.How}, err
}

// decode is the yardstick of the diff: both sides decoded and nothing done.
func decode(ctx context.Context, store objects.Store) error {
	var buf []byte
	for _, side := range []string{step.SnapshotSource, step.SnapshotTarget} {
		r, err := snapshot.OpenBlocks(ctx, store, step.RunPrefix(runID)+side, snapshot.Format{What: "snapshot", Version: 1})
		if err != nil {
			return err
		}
		for b, err := range r.Blocks(ctx, 0) {
			if err != nil {
				return err
			}
			if buf, err = r.Read(ctx, b, buf[:0]); err != nil {
				return err
			}
		}
		if err := r.Close(); err != nil {
			return err
		}
	}
	return nil
}

// openState opens the state folder as the command line does.
func openState(dir string) (*step.Env, func(), error) {
	runs, err := sqlite.Open(filepath.Join(dir, "runs.db"))
	if err != nil {
		return nil, nil, err
	}
	store, err := objects.NewFolder(filepath.Join(dir, "objects"))
	if err != nil {
		return nil, nil, err
	}
	temp := filepath.Join(dir, "tmp")
	if err := os.MkdirAll(temp, 0o750); err != nil {
		return nil, nil, err
	}
	env := &step.Env{Registry: adapters.All(), Runs: runs, Objects: store, Secrets: secret.Env(), Temp: temp, Version: "bench", Alone: true}
	return env, func() { _ = runs.Shutdown() }, nil
}

// makeState makes a state folder with an open dry run of a job, and gives it to fill.
func makeState(ctx context.Context, dir, job string, fill func(store objects.Store, prefix string) error) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "target"), 0o750); err != nil {
		return err
	}
	for _, name := range []string{"target.ndjson", "target/site.ndjson", "target/device.ndjson"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			return err
		}
	}
	env, done, err := openState(dir)
	if err != nil {
		return err
	}
	defer done()
	input, err := json.Marshal(step.Input{Job: "bench"})
	if err != nil {
		return err
	}
	r := &run.Run{ID: runID, Job: "bench", Status: run.Running, DryRun: true, Started: time.Now(), JobFile: filepath.Join(dir, "bench.yaml"), JobDir: dir, Input: input, Findings: map[string]int64{}}
	if err := env.Runs.Create(ctx, r); err != nil {
		return err
	}
	prefix := step.RunPrefix(runID)
	w, err := env.Objects.Create(ctx, prefix+"job.yaml")
	if err != nil {
		return err
	}
	if _, err := w.Write([]byte(job)); err != nil {
		return err
	}
	if err := w.Commit(); err != nil {
		return err
	}
	for _, f := range []string{step.FindingsSource, step.FindingsTarget} {
		if _, err := finding.NewWriter(finding.Options{Store: env.Objects, Name: prefix + f}).Commit(ctx); err != nil {
			return err
		}
	}
	if err := fill(env.Objects, prefix); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "ready"), nil, 0o600)
}
