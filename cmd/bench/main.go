// Command bench measures the product's own steps against their yardsticks in the same run, and prints ratios of CPU time and peak memory.
// Each figure is the median of several fresh processes; see docs/benchmarks.md for what each row is.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"regexp"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) > 2 && os.Args[1] == "child" {
		m, err := child(os.Args[2], os.Args[3:])
		if err != nil {
			log.Fatalf("bench %s: %s", os.Args[2], err)
		}
		if err := json.NewEncoder(os.Stdout).Encode(m); err != nil {
			log.Fatal(err)
		}
		return
	}
	n := flag.Int("n", 1_000_000, "records a side")
	runs := flag.Int("runs", 3, "processes for each figure; the median is shown")
	only := flag.String("only", "", "only rows that match this pattern")
	big := flag.Bool("big", true, "also 5 times as many records a side")
	plumb := flag.String("plumb", "bin/plumb", "the built command line, for the row of the small job")
	python := flag.String("python", "", "a Python with duckdb, for the rows of the load and of the join; without it they are left out")
	diffsync := flag.String("diffsync", "", "a Python with diffsync, for the rows of DiffSync; without it they are left out")
	dir := flag.String("dir", "", "a folder to keep the data in, for use again; without it a temporary one")
	flag.Parse()
	want, err := regexp.Compile(*only)
	if err != nil {
		log.Fatal(err)
	}
	bin, err := filepath.Abs(*plumb) // it runs in other folders
	if err != nil {
		log.Fatal(err)
	}
	b := &bench{runs: *runs, dir: *dir, plumb: bin, python: *python, diffsync: *diffsync}
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "plumb-bench-"); err != nil {
			log.Fatal(err)
		}
		defer os.RemoveAll(b.dir) //nolint:errcheck // a temporary folder
	}
	if b.dir, err = filepath.Abs(b.dir); err != nil {
		log.Fatal(err)
	}
	if err := b.all(*n, *big, want); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // the folder is in the system's place for temporary ones
	}
}
