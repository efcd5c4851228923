package adaptertest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/adapters/memory"
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/load"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// open opens the adapter's system itself, as one side.
func (w *world) open(side string) (adapter.Source, []*adapter.Model) {
	w.Helper()
	j := w.job(pull)
	s := j.Source
	if side == "target" {
		j = w.job(push)
		s = j.Target
	}
	ms, err := mapping.Models(j, s)
	if err != nil {
		w.Fatal(err)
	}
	if _, err := secret.ResolveAll(w.Context(), secret.Env(), s.Config); err != nil {
		w.Fatal(err)
	}
	a, err := w.h.Type.New(w.Context(), adapter.Setup{Config: s.Config, Models: ms, Dir: w.dir, Side: side, Log: slog.New(slog.DiscardHandler), Buckets: w.h.Buckets})
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() {
		if c, ok := a.(adapter.Closer); ok {
			_ = c.Close()
		}
	})
	return a, ms
}

// abilities holds what an adapter says of itself.
func abilities(w *world) {
	w.fill(2)
	w.settled()
	source, ms := w.open("source")
	ctx := w.Context()
	if p, ok := source.(adapter.Pinger); ok {
		if _, err := p.Ping(ctx, ms); err != nil {
			w.Errorf("ping: %v", err)
		}
	}
	if c, ok := source.(adapter.Counter); ok {
		if n := c.Count(ctx, adapter.Request{Models: ms}); n == 0 || n > 10_000 {
			w.Errorf("it counts %d records, there are 18", n)
		}
	}
	for _, side := range []string{"source", "target"} {
		a, _ := w.open(side)
		b, _ := w.open(side)
		if l, ok := a.(adapter.Locker); ok && l.LockName() != b.(adapter.Locker).LockName() {
			w.Errorf("the lock of one system has two names: %q, %q", l.LockName(), b.(adapter.Locker).LockName())
		}
		if d, ok := a.(adapter.Describer); ok && !slices.Equal(d.Describe(), b.(adapter.Describer).Describe()) {
			w.Errorf("it describes itself differently twice: %v", d.Describe())
		}
	}
	version := func() string {
		a, _ := w.open("source")
		v, ok := a.(adapter.Versioner)
		if !ok {
			return ""
		}
		s, err := v.Version(ctx)
		if err != nil {
			w.Errorf("version: %v", err)
		}
		return s
	}
	before := version()
	if again := version(); again != before {
		w.Errorf("its version changes by itself: %q, %q", before, again)
	}
	w.set("site", "site-00", map[string]any{"region": "changed"})
	w.settled()
	if after := version(); before != "" && after == before {
		w.Errorf("its version stays %q when a record changes", before)
	}
}

// all loads the system from a cursor, and returns each record and where a load would go on after it.
func (w *world) all(cursor []byte) (lines []string, cursors [][]byte) {
	w.Helper()
	a, ms := w.open("source")
	r, _ := a.(adapter.Resumer)
	for rec, err := range a.Load(w.Context(), adapter.Request{Models: ms, Cursor: cursor}) {
		if err != nil {
			w.Fatal(err)
		}
		lines = append(lines, rendered(rec))
		if r != nil {
			cursors = append(cursors, bytes.Clone(r.Cursor()))
		}
	}
	return lines, cursors
}

func rendered(r *record.Record) string {
	fs := slices.Clone(r.Fields)
	slices.SortFunc(fs, func(a, b record.Field) int { return strings.Compare(a.Name, b.Name) })
	s := r.Model
	for _, f := range fs {
		s += fmt.Sprintf(" %s=%s", f.Name, []byte(f.Value))
	}
	return s
}

// cursors proves that a load that stops after any record goes on with exactly the others.
func cursors(w *world) {
	w.fill(3)
	w.settled()
	whole, after := w.all(nil)
	if len(after) == 0 {
		w.Skip("its loads are not resumable")
	}
	for i, c := range after {
		if c == nil || w.h.Slow && i%5 != 2 && i != len(after)-1 {
			continue // not possible just here, or like its neighbours
		}
		rest, _ := w.all(c)
		got := append(slices.Clone(whole[:i+1]), rest...)
		slices.Sort(got)
		want := slices.Sorted(slices.Values(whole))
		if d := cmp.Diff(want, got); d != "" {
			w.Fatalf("stopped after record %d and went on (-want +got)\n%s", i+1, d)
		}
	}
}

// deadlines proves it for the engine: a load in many calls, each in an adapter of its own, makes the snapshot that one call makes.
func deadlines(w *world) {
	w.fill(w.many(20))
	w.settled()
	if a, _ := w.open("source"); !resumes(a) {
		w.Skip("its loads are not resumable")
	}
	begun := time.Now()
	whole, calls := w.load("whole", 0)
	if calls != 1 {
		w.Fatalf("a load without a deadline took %d calls", calls)
	}
	budget := time.Millisecond
	if w.h.Slow {
		budget = time.Since(begun) * 3 / 4
	}
	for ; ; budget *= 2 {
		parts, calls := w.load(fmt.Sprintf("parts-%d", budget), budget)
		if parts == "" { // too short to come anywhere
			continue
		}
		if parts != whole {
			w.Errorf("a load in %d calls gives another snapshot than one in a single call", calls)
		}
		return
	}
}

// load loads the system's snapshot in calls of the budget each; 0: in one. "" where a call came nowhere.
func (w *world) load(name string, budget time.Duration) (digest string, calls int) {
	w.Helper()
	var state []byte
	last := int64(-1)
	for {
		a, ms := w.open("source")
		in := load.Input{Side: "source", Source: a, Models: ms, Job: w.job(pull), Store: objects.Prefix(w.env.Objects, "loads/"), Name: name, Findings: name + "-findings", Temp: w.env.Temp, State: state}
		if budget > 0 {
			in.Deadline = time.Now().Add(budget)
		}
		out, err := load.Run(w.Context(), in)
		if c, ok := a.(adapter.Closer); ok {
			_ = c.Close() // so that many calls do not hold many connections
		}
		if err != nil && fault.Is(err, fault.TimedOut) {
			return "", calls
		}
		if err != nil {
			w.Fatal(err)
		}
		calls++
		if !out.More {
			return out.Info.Digest, calls
		}
		if out.Records == last {
			return "", calls
		}
		state, last = out.State, out.Records
	}
}

func resumes(a adapter.Source) bool {
	_, ok := a.(adapter.Resumer)
	return ok
}

// refusals proves that what the system refuses is told and counted, and all else is written.
func refusals(w *world) {
	for i := range 12 {
		note := any("fine")
		if i == 5 {
			note = w.h.Refused
		}
		w.put("site", map[string]any{"name": fmt.Sprintf("site-%02d", i), "region": "r", "latitude": nil, "note": note})
	}
	r := w.sync(push)
	switch {
	case r.Status == run.Partial && r.Results["failed"] == 1 && r.Results["done"] == 11:
	case r.Status == run.Succeeded && counts(r).Held == 1 && r.Results["done"] == 11:
	default:
		w.Fatalf("the run ended %s (%s) with results %v and %d held; want 11 done and 1 failed or held", r.Status, r.Message, r.Results, counts(r).Held)
	}
	w.sync(pull)
	if n := len(w.copy.Rows()); n != 11 {
		w.Errorf("%d records were written, want 11", n)
	}
	w.set("site", "site-05", map[string]any{"note": "mended"})
	w.settled()
}

// findings proves that a record of the source that cannot be used leaves its counterpart, and what is below it, as it is.
func findings(w *world) {
	w.fill(2)
	w.settled()
	bad := w.row("site", "site-01")
	w.origin.Remove(bad)
	w.origin.Add(w.models["site"], &memory.Row{Model: "site", Fields: bad.Fields, Bad: "cannot be read"})
	r := w.sync(push)
	if c := counts(r); r.Status != run.Succeeded || c.Create+c.Update+c.Delete != 0 || r.Findings["source"] != 1 {
		w.Fatalf("ended %s (%s) with %+v, findings %v; want nothing to do and one finding", r.Status, r.Message, c, r.Findings)
	}
}

// deaths proves that a sync that dies at any call, before or after the call's work, is carried on by a resume: the target equals the source, nothing is lost.
func deaths(w *world) {
	next := func(call int) int { return call + 1 + call/3 }
	both := 4 // the further on, the more alike they are
	if w.h.Slow {
		next, both = func(call int) int { return call + 1 + call/2 }, 0
	}
	for call := 1; ; call = next(call) {
		afters := []bool{false, true}
		if call > both {
			afters = afters[call%2:][:1]
		}
		for _, after := range afters {
			x := newWorld(w.T, w.h)
			x.fill(3)
			x.ok(x.sync(push))
			x.dropBelow("site-02")
			x.put("site", map[string]any{"name": "site-09", "region": "new", "latitude": 1, "note": nil})
			x.device("dev-09", map[string]any{"site": "site-09", "tenant": "t0"})
			x.set("device", "dev-01-1", map[string]any{"site": "site-09", "role": "moved"})
			x.set("site", "site-00", map[string]any{"region": nil, "note": "changed"})
			ctx, cancel := context.WithCancel(w.Context())
			x.hooks.arm(call, after, cancel)
			r := x.start(ctx, step.Input{Job: push})
			cancel()
			fired := x.hooks.fired()
			x.hooks.arm(0, false, nil)
			if fired {
				if r.Status == run.Succeeded {
					w.Fatalf("died at call %d (after %v), and the run says %s", call, after, r.Status)
				}
				if again := x.start(w.Context(), step.Input{Resume: r.ID}); again.Status != run.Succeeded {
					w.Fatalf("died at call %d (after %v): the run ended %s (%s), its resume %s (%s)", call, after, r.Status, r.Message, again.Status, again.Message)
				}
			} else {
				x.ok(r)
			}
			x.laws()
			if !fired {
				return
			}
		}
	}
}

// plan prints what the last run planned.
func (w *world) plan() string {
	p, err := plan.Open(w.Context(), objects.Prefix(w.env.Objects, step.RunPrefix(fmt.Sprintf("run-%d", w.runs))), step.PlanName)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = p.Close() }()
	var b strings.Builder
	for c, err := range p.Changes(w.Context(), 0, 0) {
		if err != nil {
			return err.Error()
		}
		fmt.Fprintf(&b, "%s %s: before %v, set %v\n", c.Op, c.Key, c.Before, c.Set)
	}
	return b.String()
}
