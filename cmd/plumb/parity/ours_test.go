package parity

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/adapters/memory"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// shop is the product as the command line has it, with one object store for all runs.
type shop struct {
	dir  string
	env  step.Env
	runs atomic.Int64
}

func newShop(t testing.TB) *shop {
	t.Helper()
	dir := t.TempDir()
	store, err := objects.NewFolder(filepath.Join(dir, "objects"))
	if err != nil {
		t.Fatal(err)
	}
	return &shop{dir: dir, env: step.Env{Runs: newLedger(), Objects: store, Secrets: secret.Env(), Temp: t.TempDir(), Invocation: "test", Version: "test"}}
}

// trial is one case in the shop: a folder with the exports of both sides, and a job.
type trial struct {
	testing.TB
	shop   *shop
	kase   *kase
	dir    string
	memory *memory.System // the target, where it has to cascade or to fail; nil: the file target.json
	fault  func(memory.Call) error
	env    step.Env
	job    *job.Job
}

// Open implements step.Jobs.
func (b *trial) Open(context.Context, string) (step.JobFile, error) {
	return step.JobFile{File: filepath.Join(b.dir, "case.yaml"), Dir: b.dir, Text: []byte(b.kase.job(b.memory != nil))}, nil
}

// result is what we make of a case.
type result struct {
	status  run.Status
	summary plan.Summary
	quick   *plan.Summary // from the plan alone, where that can be
	dict    record.Value
	str     string
	after   state
	held    map[string]plan.Code // by key
	deleted map[string]bool
	moved   bool
	changes int64            // of the plan
	results map[string]int64 // by status: how they ended
	lines   int64            // of the plan, held changes among them
	notes   map[string]int64 // findings by side
}

// lay puts the exports that DiffSync made into a folder, with a job.
func (s *shop) lay(t testing.TB, k *kase, a *answer, cascades bool) *trial {
	t.Helper()
	b := &trial{TB: t, shop: s, kase: k, dir: filepath.Join(s.dir, fmt.Sprint("case-", s.runs.Add(1))), env: s.env}
	if err := os.Mkdir(b.dir, 0o750); err != nil {
		t.Fatal(err)
	}
	b.write("source.json", a.Source)
	b.write("target.json", a.Target)
	b.env.Registry, b.env.Jobs, b.env.Memo = adapters.All(), b, &step.Memo{}
	if cascades {
		b.memory = memory.New(memory.Options{Cascade: true, Fault: func(c memory.Call) error {
			if b.fault == nil {
				return nil
			}
			return b.fault(c)
		}})
		b.env.Registry.Add(b.memory.Type("memory"))
	}
	f, _ := b.Open(t.Context(), "")
	j, err := job.Parse(f.File, f.Text, f.Dir, b.env.Registry)
	if err == nil {
		j, err = j.WithVars(nil)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, f.Text)
	}
	b.job = j
	if cascades {
		b.fill()
	}
	return b
}

func (b *trial) write(name string, text []byte) {
	b.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), text, 0o600); err != nil {
		b.Fatal(err)
	}
}

// fill puts the case's target into the memory system.
func (b *trial) fill() {
	b.Helper()
	models, err := mapping.Models(b.job, b.job.Target)
	if err != nil {
		b.Fatal(err)
	}
	byKey := map[string]*row{}
	for _, r := range b.kase.Target {
		byKey[r.Key] = r
		kind := b.kase.kind(r.Kind)
		x := &memory.Row{Model: r.Kind, Flags: kind.Flags}
		if r.Flags != nil {
			x.Flags = *r.Flags
		}
		add := func(name string, v []byte) {
			x.Fields = append(x.Fields, record.Field{Name: name, Value: canonical(v)})
		}
		for name, v := range r.IDs {
			add(name, v)
		}
		for _, a := range kind.Attrs {
			if a.Only != "source" {
				add(a.Name, r.Attrs[a.Name])
			}
		}
		if p := byKey[r.Parent]; p != nil {
			for id, v := range p.IDs {
				if name := kind.field(p.Kind, id); r.IDs[name] == nil {
					add(name, v)
				}
			}
		}
		x.Fields.Sort()
		for _, m := range models {
			if m.Name == r.Kind {
				b.memory.Add(m, x)
			}
		}
	}
}

// start carries one run to its end.
func (b *trial) start(in step.Input) *run.Run {
	b.Helper()
	id := fmt.Sprint("run-", b.shop.runs.Add(1))
	if in.Plan == "" {
		in.Job = "case"
	}
	if _, err := (&step.Local{Env: &b.env}).Run(b.Context(), step.StartIn{Run: id, By: "tester", Trigger: "test", Input: in}); err != nil {
		b.Fatal(err)
	}
	r, err := b.env.Runs.Get(b.Context(), id)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// run syncs the case and collects what DiffSync gives, too.
func (b *trial) run() *result {
	b.Helper()
	wet := false
	return b.look(b.start(step.Input{DryRun: &wet}))
}

// look collects what a run left.
func (b *trial) look(r *run.Run) *result {
	b.Helper()
	ctx, prefix := b.Context(), step.RunPrefix(r.ID)
	out := &result{status: r.Status, held: map[string]plan.Code{}, deleted: map[string]bool{}, notes: r.Findings, results: r.Results}
	check := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatalf("%v (%s: %s)\n%s", err, r.Status, r.Message, b.kase)
		}
	}
	source, err := snapshot.Open(ctx, b.env.Objects, prefix+step.SnapshotSource)
	check(err)
	defer source.Close()
	target, err := snapshot.Open(ctx, b.env.Objects, prefix+step.SnapshotTarget)
	check(err)
	defer target.Close()
	f := &plan.Forms{Job: b.job, Source: source, Target: target, Temp: b.env.Temp}
	out.summary, err = f.Summary(ctx)
	check(err)
	var text bytes.Buffer
	check(f.Dict(ctx, &text))
	if out.dict, err = record.AppendCanonical(nil, text.Bytes()); err != nil {
		out.dict = bytes.Clone(text.Bytes()) // it has a name twice
	}
	text.Reset()
	check(f.Str(ctx, &text))
	out.str = text.String()
	p, err := plan.Open(ctx, b.env.Objects, prefix+step.PlanName)
	check(err)
	defer p.Close()
	if s, ok := plan.SummaryOf(p.Index()); ok {
		out.quick = &s
	}
	ix := p.Index()
	out.moved, out.changes, out.lines = ix.Moved, ix.Changes(), ix.Last()+ix.Lists.Held+ix.Lists.Unchanged
	for c, err := range p.Changes(ctx, 1, 0) {
		check(err)
		out.deleted[string(c.Key)] = out.deleted[string(c.Key)] || c.Op == plan.Delete
	}
	for c, err := range p.Held(ctx) {
		check(err)
		out.held[string(c.Key)] = c.Held.Code
	}
	out.after = b.state()
	return out
}

// state returns what the target holds now.
func (b *trial) state() state {
	b.Helper()
	if b.memory == nil {
		text, err := os.ReadFile(filepath.Join(b.dir, "target.json"))
		if err != nil {
			b.Fatal(err)
		}
		return b.kase.state(b, text)
	}
	s := state{}
	for _, r := range b.memory.Rows() {
		kind := b.kase.kind(r.Model)
		s[string(r.Key)] = b.kase.thing(kind, string(r.Parent), kind.Flags|r.Flags, r.Fields.Get)
	}
	return s
}
