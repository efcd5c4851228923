package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// The goldens are what DiffSync 2.2.3 itself printed: testdata/diffsync_cases.py and diffsync_trees.py made them.

func forms(w *world) *Forms {
	return &Forms{Job: w.in.Job, Source: w.in.Source, Target: w.in.Target, Temp: w.in.Temp}
}

func text1(t *testing.T, err error, b *bytes.Buffer) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFormsAsDiffSyncPrintsThem(t *testing.T) {
	type iface struct {
		Name  string
		Mtu   *int
		Note  any
		Flags record.Flags
	}
	type device struct {
		Name       string
		Role       *string
		Tags       any
		Flags      record.Flags
		Interfaces []iface
	}
	var cases map[string]struct {
		Case struct {
			Source, Target []device
			Flags          job.Flags
		}
		Summary Summary
		Dict    string
		Str     string
	}
	text, err := os.ReadFile("testdata/diffsync.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	recs := func(ds []device) (rs []rec) {
		for _, d := range ds {
			rs = append(rs, rec{key: "device " + d.Name, attrs: m{"role": d.Role, "tags": d.Tags}, flags: d.Flags})
			for _, i := range d.Interfaces {
				rs = append(rs, rec{key: "interface " + d.Name + " " + i.Name, parent: "device " + d.Name, attrs: m{"mtu": i.Mtu, "note": i.Note}, flags: i.Flags})
			}
		}
		return rs
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			j := newJob(model("device", attrs("role", "tags")), model("interface", ids("device", "name"), attrs("mtu", "note"), under("device", "device")))
			j.Model("interface").Shortname = []string{"name"}
			j.Flags = c.Case.Flags
			w := newWorld(t, j)
			r := w.diff(recs(c.Case.Source), recs(c.Case.Target))
			var b bytes.Buffer
			if diff := cmp.Diff(c.Str+"\n", text1(t, forms(w).Str(w.ctx, &b), &b)); diff != "" {
				t.Errorf("str (-want +got)\n%s", diff)
			}
			b.Reset()
			if diff := cmp.Diff(c.Dict+"\n", text1(t, forms(w).Dict(w.ctx, &b), &b)); diff != "" {
				t.Errorf("dict (-want +got)\n%s", diff)
			}
			s, err := forms(w).Summary(w.ctx)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.Summary, s); diff != "" {
				t.Errorf("summary (-want +got)\n%s", diff)
			}
			if s, ok := SummaryOf(r.Index()); !ok || s != c.Summary {
				t.Errorf("SummaryOf = %+v, %v; want %+v", s, ok, c.Summary)
			}
		})
	}
}

// diffsyncTree is a case of testdata/trees.json: records as kind, name, parent, x, flags.
type diffsyncTree struct {
	Flags          job.Flags
	Source, Target [][5]any
	Summary        [5]int64
	Dict           any
}

func (c *diffsyncTree) recs(rows [][5]any) (rs []rec) {
	up := map[string]string{"device": "rack", "port": "device"}
	for _, r := range rows {
		x := rec{key: fmt.Sprintf("%s %s", r[0], r[1]), attrs: m{"x": r[3]}, flags: record.Flags(r[4].(float64))}
		if r[2] != "" {
			x.parent = fmt.Sprintf("%s %s", up[r[0].(string)], r[2])
		}
		rs = append(rs, x)
	}
	return rs
}

func readTrees(t *testing.T) (cases []diffsyncTree) {
	t.Helper()
	text, err := os.ReadFile("testdata/trees.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

func treeJob() *job.Job {
	return newJob(model("rack", attrs("x")), model("device", attrs("x"), under("rack", "rack")), model("port", attrs("x"), under("device", "device")))
}

func TestFormsOfTreesWithMovesAndFlags(t *testing.T) {
	for i, c := range readTrees(t) {
		j := treeJob()
		j.Flags = c.Flags
		w := newWorld(t, j)
		r := w.diff(c.recs(c.Source), c.recs(c.Target))
		s, err := forms(w).Summary(w.ctx)
		if err != nil {
			t.Fatal(err)
		}
		want := Summary{c.Summary[0], c.Summary[1], c.Summary[2], c.Summary[3], c.Summary[4]}
		if s != want {
			t.Errorf("case %d: summary %+v, want %+v", i, s, want)
		}
		if s, ok := SummaryOf(r.Index()); ok && s != want {
			t.Errorf("case %d: SummaryOf %+v, want %+v", i, s, want)
		}
		var b bytes.Buffer
		var got any
		if err := json.Unmarshal([]byte(text1(t, forms(w).Dict(w.ctx, &b), &b)), &got); err != nil {
			t.Fatalf("case %d: %v in %s", i, err, b.String())
		}
		if diff := cmp.Diff(c.Dict, got); diff != "" {
			t.Errorf("case %d: dict (-want +got)\n%s", i, diff)
		}
		if t.Failed() {
			t.Fatalf("case %d\nsource %v\ntarget %v\nflags %d", i, c.Source, c.Target, c.Flags)
		}
	}
}
