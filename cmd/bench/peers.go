package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// The scripts are run where they stand, from the repository's root, as everything here.
const (
	diffsyncScript = "cmd/bench/peer_diffsync.py"
	joinScript     = "cmd/bench/peer_join.py"
)

// both makes a folder with an NDJSON file for each side, of which 1% differs; kept where it exists.
func (b *bench) both(n int) (string, error) {
	dir := filepath.Join(b.dir, fmt.Sprintf("both-%d", n))
	if _, err := os.Stat(filepath.Join(dir, "ready")); err == nil {
		return dir, nil
	}
	_, err := b.child("prepare-both", dir, fmt.Sprint(n), "0.01")
	return dir, err
}

// byWall returns the median by wall time.
func byWall(all []measured) measured {
	slices.SortFunc(all, func(a, b measured) int { return cmp.Compare(a.Wall, b.Wall) })
	return all[len(all)/2]
}

// script runs one of the scripts, which prints what it measured as JSON.
func script(python string, into any, args ...string) error {
	cmd := exec.Command(python, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	return json.Unmarshal(out, into)
}

// againstDiffSync compares loads and diff with DiffSync's, in wall time with all cores, and their memory.
func (b *bench) againstDiffSync(n int, want *regexp.Regexp) error {
	row := fmt.Sprintf("loads + diff 1%% of %s a side", count(n))
	if b.diffsync == "" || !want.MatchString("DiffSync: "+row) {
		return nil
	}
	dir, err := b.both(n)
	if err != nil {
		return err
	}
	var ours, diffs, theirs, theirDiffs []measured
	for range b.runs {
		whole, err := b.child("whole", dir)
		if err != nil {
			return err
		}
		diff, err := b.child("diff", dir) // of the snapshots just made
		if err != nil {
			return err
		}
		ours, diffs = append(ours, whole), append(diffs, diff)
		var said struct{ Whole, Diff measured }
		if err := script(b.diffsync, &said, diffsyncScript, dir); err != nil {
			return err
		}
		theirs, theirDiffs = append(theirs, said.Whole), append(theirDiffs, said.Diff)
	}
	a, c := byWall(ours), byWall(theirs)
	b.peer(row, "DiffSync 2.2", ms(a.Wall), ms(c.Wall), "ms", 25)
	b.peer("  the diff alone", "DiffSync 2.2", ms(byWall(diffs).Wall), ms(byWall(theirDiffs).Wall), "ms", 150)
	b.peer("  memory", "DiffSync 2.2", float64(a.Peak)/(1<<20), float64(c.Peak)/(1<<20), "MB", 10)
	return nil
}

// againstJoin compares the diff with DuckDB's full outer join of the same records in Parquet files, which writes what differs to one more, in wall time.
func (b *bench) againstJoin(n int, want *regexp.Regexp) error {
	row := fmt.Sprintf("diff 1%% of %s a side", count(n))
	if b.python == "" || !want.MatchString("join: "+row) {
		return nil
	}
	state, err := b.prepare(n, 0.01)
	if err != nil {
		return err
	}
	dir, err := b.both(n)
	if err != nil {
		return err
	}
	for _, on := range []struct {
		cores int
		times float64
	}{{1, 2}, {2, 1.5}} {
		var ours, theirs []measured
		for range b.runs {
			m, err := b.childOn(on.cores, "diff", state)
			if err != nil {
				return err
			}
			ours = append(ours, m)
			if err := script(b.python, &m, joinScript, dir, fmt.Sprint(on.cores)); err != nil {
				return err
			}
			theirs = append(theirs, m)
		}
		b.peer(fmt.Sprintf("%s, threads: %d", row, on.cores), "DuckDB 2.0 join", ms(byWall(ours).Wall), ms(byWall(theirs).Wall), "ms", on.times)
	}
	return nil
}

// peer prints a row of the peers' table: how many times as much the other takes, and how many it must at least.
func (b *bench) peer(row, peer string, ours, theirs float64, unit string, atLeast float64) {
	if !b.peers {
		b.peers = true
		fmt.Printf("\n%-38s %10s    %-18s %10s    %8s %8s\n", "against peers (wall time)", "ours", "peer", "theirs", "times", "at least")
	}
	over := ""
	if theirs < atLeast*ours {
		over = "  UNDER"
	}
	fmt.Printf("%-38s %10.1f %s %-18s %10.1f %s %8.1f %8g%s\n", row, ours, unit, peer, theirs, unit, theirs/ours, atLeast, over)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
