package dashboard_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/step"
)

// devices puts a small job into the world: a file into a database that refuses the role edgee.
func (w *world) devices(rows ...string) {
	w.write("jobs/devices.yaml", `title: Devices into the asset list
description: Every device that is racked
direction: source
vars: {region: {choices: [emea, apac], default: emea, description: Region to sync}}
source: {adapter: file, path: ../devices.csv}
target: {adapter: sql, url: "sqlite:../assets.db", schema: ../schema.sql, map: {device: {table: devices}}}
models:
  device: {identifiers: [name], attributes: [role, serial]}
policy: sync
`)
	w.write("schema.sql", "CREATE TABLE devices (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT CHECK (role <> 'edgee'), serial TEXT);")
	w.write("devices.csv", "name,role,serial\n"+strings.Join(rows, "\n")+"\n")
}

// numbered are so many rows of devices.
func numbered(n int) (rows []string) {
	for i := range n {
		rows = append(rows, fmt.Sprintf("dev%05d,leaf,S%05d", i, i))
	}
	return rows
}

// bigWorld has what a page can show: two jobs with many runs, a plan of every kind of change, failures, findings, held changes, a refused run.
func bigWorld(t *testing.T) (w *world, paths map[string]string) {
	w = newWorld(t)
	w.devices(numbered(400)...)
	if err := os.CopyFS(filepath.Join(w.dir, "jobs", "network"), os.DirFS("../../examples/inventory/network")); err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("../../examples/inventory/inventory.yaml")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := os.ReadFile("../../examples/inventory/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	w.write("jobs/inventory.yaml", string(example))
	w.write("jobs/schema.sql", string(schema))
	w.run(dry("inventory"))
	w.run(wet("inventory"))
	dir := "jobs/network/"
	edit := func(name string, pairs ...string) {
		w.write(dir+name, strings.NewReplacer(pairs...).Replace(w.read(dir+name)))
	}
	for i, site := range []string{"prod", "staging", "prod"} {
		edit("devices.csv", ";staging", ";"+site, ",Staged,", map[int]string{0: ",Up,", 1: ",Up,", 2: ",Down,"}[i])
		w.run(wet("inventory"))
	}
	devices := w.read(dir + "devices.csv")
	lines := strings.Split(devices, "\n")
	kept := append([]string{lines[0]}, lines[4:]...)
	for i := 5; i < 12; i++ {
		kept[i] = strings.ReplaceAll(kept[i], "Up", "Planned")
	}
	w.write(dir+"devices.csv", strings.Join(append(kept, lines[12], "BAD,,,,,,,,Strange,x"), "\n"))
	edit("interfaces.csv", "GigabitEthernet1/0/3", "GigabitEthernet1/0/33", "1500", "9000")
	found := w.run(step.Input{Job: "inventory", MemoryProfiling: true})
	w.run(dry("devices"))
	w.run(wet("devices"))
	w.devices(append(numbered(380), "ber01-edge-01,edgee,X1", "ber01-edge-02,edgee,X2", "ber01-edge-03,edgee,X3")...)
	failed := w.run(wet("devices"))
	w.write("jobs/broken.yaml", "title: A job with a problem\nsource: {adapter: fil}\n")
	return w, map[string]string{
		"home": "/", "runs": "/runs", "run": "/runs/" + found.ID, "run-partial": "/runs/" + failed.ID, "job": "/jobs/inventory", "job-vars": "/jobs/devices", "job-broken": "/jobs/broken",
		"changes": "/runs/" + found.ID + "/changes", "changes-update": "/runs/" + found.ID + "/changes?action=update", "tree": "/runs/" + found.ID + "/changes?view=tree",
		"changes-failed": "/runs/" + failed.ID + "/changes?result=failed", "held": "/runs/" + found.ID + "/changes?list=held", "change": "/runs/" + failed.ID + "/changes/changes/1",
		"journal": "/runs/" + failed.ID + "/journal", "findings": "/runs/" + found.ID + "/findings", "log": "/runs/" + failed.ID + "/log",
		"runs-sorted": "/runs?sort=changes", "runs-none": "/runs?status=aborted", "no-journal": "/runs/" + found.ID + "/journal", "missing": "/runs/nope", "bad-query": "/runs?status=x", "changes-none": "/runs/" + found.ID + "/changes?match=zzz",
	}
}
