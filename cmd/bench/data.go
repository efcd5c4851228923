package main

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/step"
)

const jobText = `
source: {adapter: file, path: devices.ndjson}
target: {adapter: file, path: target}
models:
  site: {identifiers: [name], attributes: [region]}
  device:
    identifiers: [name]
    parent: {site: site}
    attributes: [serial, role, status, platform, {rack_unit: integer}, tags, comments, asset_tag, {mtu: integer}, {managed: boolean}]
    rules: {tags: {compare: set}, status: {type: string}}
policy: sync
`

// loadJob loads only devices: one file with one model.
const loadJob = `
source: {adapter: file, path: devices.ndjson}
target: {adapter: file, path: target.ndjson}
models:
  device:
    identifiers: [{name: string}]
    attributes: [{site: string}, {serial: string}, role, status, platform, {rack_unit: integer}, tags, comments, asset_tag, {mtu: integer}, {managed: boolean}]
    rules: {tags: {compare: set}, status: {type: string}}
policy: sync
`

// bothJob is loadJob with the files of both sides.
func bothJob() string {
	return strings.Replace(loadJob, "path: devices.ndjson", "path: source.ndjson", 1)
}

// device is one generated record: about 350 bytes as a line.
type device struct {
	number int
	salt   int // other than 0: attributes differ from those of salt 0
}

func (d device) name() string {
	return fmt.Sprintf("dev-%08x-%d", uint32(d.number)*2654435761, d.number)
}
func (d device) site() string { return fmt.Sprintf("site-%05d", d.number/500) }

// attrs returns the attributes sorted by name.
func (d device) attrs(dst record.Fields) record.Fields {
	r := rand.New(rand.NewPCG(uint64(d.number), 7)) //nolint:gosec // reproducible data, not secrets
	text := func(name, s string) { dst = append(dst, record.Field{Name: name, Value: record.MustOf(s)}) }
	raw := func(name, s string) { dst = append(dst, record.Field{Name: name, Value: record.Value(s)}) }
	text("asset_tag", fmt.Sprintf("AT-%09d", r.IntN(1e9)))
	text("comments", fmt.Sprintf("installed by team %d, rack row %d, power feed %s; ticket CHG%07d", r.IntN(40), r.IntN(30), []string{"A", "B", "A+B"}[r.IntN(3)], r.IntN(1e7)))
	raw("managed", []string{"true", "false"}[r.IntN(2)])
	raw("mtu", []string{"1500", "9000", "9216"}[r.IntN(3)])
	text("platform", []string{"arista_eos", "cisco_nxos", "juniper_junos", "nokia_sros"}[r.IntN(4)])
	raw("rack_unit", fmt.Sprint(1+r.IntN(48)))
	text("role", []string{"leaf", "spine", "edge", "access", "firewall"}[r.IntN(5)])
	text("serial", fmt.Sprintf("FDO%08X%d", r.Uint32(), d.salt))
	text("status", []string{"active", "planned", "offline"}[r.IntN(3)])
	raw("tags", fmt.Sprintf(`["tier-%d","zone-%d"]`, r.IntN(4), r.IntN(9)))
	return dst
}

// line returns the stored line; the local key differs on the two sides.
func (d device) line(dst []byte, attrs record.Fields, side string) []byte {
	local := record.Fields{{Name: "id", Value: record.MustOf(fmt.Sprintf("%s-%012x", side, uint64(d.number)*0x9E3779B97F4A7C15>>16))}}
	return record.AppendLine(dst, record.MakeKey("device", record.MustOf(d.name())), record.MakeKey("site", record.MustOf(d.site())), attrs, nil, 0, local)
}

// prepareDiff writes both snapshots: of the share that differs 40% are updates, 30% creates, 30% deletes; with a share of 1 every record is an update.
func prepareDiff(ctx context.Context, dir string, n int, share float64) error {
	return makeState(ctx, dir, jobText, func(store objects.Store, prefix string) error {
		order := rand.New(rand.NewPCG(1, 2)).Perm(n) //nolint:gosec // reproducible data
		changed := int(float64(n) * share)
		for _, side := range []string{step.SnapshotSource, step.SnapshotTarget} {
			w := snapshot.NewWriter(snapshot.Options{Store: store, Name: prefix + side, Temp: filepath.Join(dir, "tmp")})
			defer w.Abort()
			var attrs record.Fields
			var line []byte
			for i := range n/500 + 1 {
				key := record.MakeKey("site", record.MustOf(device{number: i * 500}.site()))
				line = record.AppendLine(line[:0], key, "", record.Fields{{Name: "region", Value: record.MustOf("r" + fmt.Sprint(i%7))}}, nil, 0, nil)
				if err := w.Add(line, uint64(i)); err != nil {
					return err
				}
			}
			for at, number := range order {
				d, there := onSide(number, at, changed, share, side)
				if !there {
					continue
				}
				attrs = d.attrs(attrs[:0])
				line = d.line(line[:0], attrs, side)
				if err := w.Add(line, uint64(n+at)); err != nil {
					return err
				}
			}
			if _, err := w.Commit(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// onSide returns the device that stands at a place of the shuffled order, as the side has it. The first are those that differ: a tenth of them decides how.
func onSide(number, at, changed int, share float64, side string) (d device, there bool) {
	d = device{number: number}
	if at >= changed {
		return d, true
	}
	switch kind := at % 10; {
	case share == 1 || kind < 4:
		if side == step.SnapshotTarget {
			d.salt = 1
		}
	case kind < 7:
		return d, side == step.SnapshotSource
	default:
		return d, side == step.SnapshotTarget
	}
	return d, true
}

// prepareLoad writes the NDJSON file in random order.
func prepareLoad(ctx context.Context, dir string, n int) error {
	return makeState(ctx, dir, loadJob, func(objects.Store, string) error {
		return writeDevices(filepath.Join(dir, "devices.ndjson"), n, 0, step.SnapshotSource)
	})
}

// prepareBoth writes an NDJSON file for each side, in random order, of which a share differs as in prepareDiff.
func prepareBoth(ctx context.Context, dir string, n int, share float64) error {
	return makeState(ctx, dir, bothJob(), func(objects.Store, string) error {
		for _, side := range []string{step.SnapshotSource, step.SnapshotTarget} {
			if err := writeDevices(filepath.Join(dir, side+".ndjson"), n, share, side); err != nil {
				return err
			}
		}
		return nil
	})
}

// writeDevices writes a side's devices to an NDJSON file, in random order.
func writeDevices(name string, n int, share float64, side string) error {
	f, err := os.Create(name) //nolint:gosec // our own folder
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	var attrs record.Fields
	for at, number := range rand.New(rand.NewPCG(1, 2)).Perm(n) { //nolint:gosec // reproducible data
		d, there := onSide(number, at, int(float64(n)*share), share, side)
		if !there {
			continue
		}
		attrs = d.attrs(attrs[:0])
		fmt.Fprintf(w, `{"name": %s, "site": %s`, []byte(record.MustOf(d.name())), []byte(record.MustOf(d.site())))
		for _, a := range attrs {
			fmt.Fprintf(w, `, "%s": %s`, a.Name, []byte(a.Value))
		}
		fmt.Fprintln(w, "}")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// prepareSmall writes a job of 100 records on each side.
func prepareSmall(dir string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	for _, side := range []string{"source", "target"} {
		f, err := os.Create(filepath.Join(dir, side+".csv")) //nolint:gosec // our own folder
		if err != nil {
			return err
		}
		fmt.Fprintln(f, "name,role,serial")
		for i := range 100 {
			fmt.Fprintf(f, "device-%03d,leaf,%s%d\n", i, side[:i%30/29], i)
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	job := "source: {adapter: file, path: source.csv}\ntarget: {adapter: file, path: target.csv}\nmodels:\n  device: {identifiers: [name], attributes: [role, serial]}\npolicy: sync\n"
	return os.WriteFile(filepath.Join(dir, "small.yaml"), []byte(job), 0o600)
}
