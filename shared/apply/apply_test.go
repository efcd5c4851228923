package apply

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// rig is a job with its plan, target and store.
type rig struct {
	t      *testing.T
	in     Input
	plan   *fakePlan
	target *fake
	store  *memStore
	want   side
	snap   mapCursor
	fresh  cursor // nil: the target was not loaded again
	ctx    context.Context
}

func newRig(t *testing.T, want, have side, f *fake) *rig {
	t.Helper()
	j, ms := jobFor(f)
	have.into(f)
	r := &rig{t: t, target: f, store: newMemStore(), want: want, plan: diff(t, j, want, f), snap: cursorOf(f), ctx: t.Context()}
	r.in = Input{Run: "r1", Job: j, Models: ms, Store: r.store, Journal: "runs/r1/journal/", Temp: t.TempDir(), Tuning: Tuning{
		Tries: 6, Pause: time.Microsecond, LongPause: 50 * time.Microsecond, Grace: 30 * time.Millisecond, Together: time.Millisecond, Memory: 100,
	}}
	return r
}

// run is one call of Run.
func (r *rig) run() (Outcome, error) {
	r.t.Helper()
	r.in.Target = r.target.target()
	e, err := newEngine(r.ctx, r.in, r.plan, r.fresh, r.snap)
	if err != nil {
		return Outcome{}, err
	}
	return e.run()
}

// mustRun runs to the end.
func (r *rig) mustRun() Outcome {
	r.t.Helper()
	out, err := r.run()
	if err != nil {
		r.t.Fatal(err)
	}
	r.sound()
	return out
}

// sound fails the test where the target was treated wrongly.
func (r *rig) sound() {
	r.t.Helper()
	if len(r.target.wrong) > 0 {
		r.t.Fatalf("%d violations, first: %s", len(r.target.wrong), r.target.wrong[0])
	}
	if r.target.most > r.target.workers {
		r.t.Fatalf("%d calls at once, %d are allowed", r.target.most, r.target.workers)
	}
}

// same fails the test where the target does not hold what the source does.
func (r *rig) same() {
	r.t.Helper()
	if d := cmp.Diff(r.want, r.target.side(), cmp.AllowUnexported(rec{})); d != "" {
		r.t.Fatalf("source and target differ: -want +got\n%s", d)
	}
}

// journal returns the last word on each change of a run, as "n op key status message".
func (r *rig) journal(prefixes ...string) []string {
	r.t.Helper()
	var lines []string
	for _, p := range prefixes {
		for e, err := range journal.Open(r.store, p, "").Sorted(context.Background(), r.t.TempDir()) {
			if err != nil {
				r.t.Fatal(err)
			}
			lines = append(lines, strings.TrimSuffix(fmt.Sprintf("%s %s: %s: %s", e.Op, e.Key, e.Status, e.Message), ": "))
		}
	}
	return lines
}

func (r *rig) wantJournal(want ...string) {
	r.t.Helper()
	if d := cmp.Diff(want, r.journal(r.in.Journal)); d != "" {
		r.t.Errorf("journal: -want +got\n%s", d)
	}
}

func (r *rig) wantResults(out Outcome, want map[adapter.Status]int64) {
	r.t.Helper()
	if d := cmp.Diff(want, out.Results); d != "" {
		r.t.Errorf("results: -want +got\n%s", d)
	}
}

func attrs(kv ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return m
}

// random makes two sides that share most of their records.
func random(seed uint64, n int) (want, have side) {
	r := rand.New(rand.NewPCG(seed, 7))
	want, have = side{}, side{}
	pick := func(s side, kind string) record.Key {
		var ks []record.Key
		for k := range s {
			if k.Kind() == kind {
				ks = append(ks, k)
			}
		}
		if len(ks) == 0 {
			return ""
		}
		slices.Sort(ks)
		return ks[r.IntN(len(ks))]
	}
	serial := map[*side]int{}
	for _, s := range []*side{&have, &want} {
		for i := range n/8 + 2 {
			if r.IntN(5) > 0 {
				(*s)[key("tenant", fmt.Sprint("t", i))] = rec{attrs: attrs("label", fmt.Sprint(r.IntN(2)))}
			}
			if r.IntN(5) > 0 {
				(*s)[key("site", fmt.Sprint("s", i))] = rec{attrs: attrs("code", fmt.Sprint("c", i), "note", "n")}
			}
		}
		if pick(*s, "site") == "" {
			(*s)[key("site", "s0")] = rec{attrs: attrs("code", "c0", "note", "n")}
		}
		for i := range n {
			if r.IntN(4) == 0 {
				continue
			}
			serial[s]++
			d := rec{parent: pick(*s, "site"), attrs: attrs("serial", fmt.Sprint("x", i), "role", fmt.Sprint(r.IntN(3)))}
			if t := pick(*s, "tenant"); t != "" && r.IntN(2) == 0 {
				d.attrs["tenant"] = t.IDs()[0].String()
			}
			k := key("device", fmt.Sprint("d", i))
			for p := range r.IntN(4) {
				pk := key("port", fmt.Sprintf("d%d/p%d", i, p))
				(*s)[pk] = rec{parent: k, attrs: attrs("speed", fmt.Sprint(r.IntN(2)))}
				if p == 0 && r.IntN(2) == 0 {
					d.attrs["primary"] = pk.IDs()[0].String()
				}
			}
			(*s)[k] = d
		}
	}
	return want, have
}

// shapes are the kinds of targets there are.
var shapes = map[string]func() *fake{
	"one at a time":   func() *fake { return newFake() },
	"workers":         func() *fake { f := newFake(); f.workers = 4; f.finds = true; return f },
	"batches":         func() *fake { f := newFake(); f.size = 7; f.workers = 3; f.finds = true; return f },
	"refused whole":   func() *fake { f := newFake(); f.size, f.whole, f.tells = 16, true, true; return f },
	"staged":          func() *fake { f := newFake(); f.size, f.staged = 5, true; return f },
	"staged, finding": func() *fake { f := newFake(); f.size, f.staged, f.finds, f.workers = 5, true, true, 2; return f },
}

// TestRun brings targets of all kinds in line, each change applied exactly once, and finds nothing to do afterwards.
func TestRun(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(5) {
				want, have := random(seed, 30)
				r := newRig(t, want, have, shape())
				out := r.mustRun()
				r.same()
				if n := len(r.target.calls); n != len(r.plan.cs) {
					t.Errorf("%d changes were applied, the plan has %d", n, len(r.plan.cs))
				}
				if out.More || !out.Written || out.Partial || out.Message != "" {
					t.Errorf("outcome: %+v", out)
				}
				var counted int64
				for _, c := range r.plan.cs {
					if !c.Part {
						counted++
					}
				}
				r.wantResults(out, map[adapter.Status]int64{adapter.Done: counted})
				if n := len(r.journal(r.in.Journal)); n != len(r.plan.cs) {
					t.Errorf("%d changes have a result, the plan has %d", n, len(r.plan.cs))
				}
				if s := r.target.complete; s == nil || s.Run != "r1" || s.Statuses[adapter.Done] != counted {
					t.Errorf("the target was told at the end: %+v", s)
				}
				if p := diff(t, r.in.Job, want, r.target); len(p.cs) > 0 {
					t.Errorf("a second plan has %d changes, the first of them %s %s", len(p.cs), p.cs[0].Op, p.cs[0].Key)
				}
				calls := len(r.target.calls)
				r.target.complete = nil
				out = r.mustRun()
				r.wantResults(out, map[adapter.Status]int64{adapter.Done: counted})
				if len(r.target.calls) != calls || r.target.complete != nil {
					t.Error("a call after the end did something")
				}
			}
		})
	}
}

// TestNothing says that an empty plan touches nothing.
func TestNothing(t *testing.T) {
	_, have := random(1, 10)
	r := newRig(t, have, have, newFake())
	out := r.mustRun()
	if out.Written || len(r.store.data) > 0 || r.target.complete != nil {
		t.Errorf("%+v, %d objects, told %+v", out, len(r.store.data), r.target.complete)
	}
}

// TestFaults survives everything that may be tried again.
func TestFaults(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(8) {
				want, have := random(seed, 25)
				f := shape()
				codes := []fault.Code{fault.Throttled, fault.Unavailable}
				if f.finds {
					codes = append(codes, fault.UnknownOutcome)
				}
				f.fault = seeded(seed, 0.2, codes...)
				r := newRig(t, want, have, f)
				r.in.Tuning.Tries = 30
				out := r.mustRun()
				r.same()
				if out.Results[adapter.Failed]+out.Results[adapter.Skipped] > 0 {
					t.Errorf("results: %v", out.Results)
				}
			}
		})
	}
}

// TestDeadline stops near the deadline, is called again and again, and is through in the end.
func TestDeadline(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, have := random(4, 30)
			f := shape()
			f.fault = func(c *call) error { time.Sleep(2 * time.Millisecond); return nil }
			r := newRig(t, want, have, f)
			calls := 0
			for {
				calls++
				r.in.Deadline = time.Now().Add(25 * time.Millisecond)
				out := r.mustRun()
				if !out.More {
					r.final(out, 0)
					break
				}
				if calls > 500 {
					t.Fatal("no end")
				}
			}
			r.same()
			if calls < 2 {
				t.Error("the deadline was not met once")
			}
			if n := len(f.calls); n != len(r.plan.cs) {
				t.Errorf("%d changes were applied, the plan has %d", n, len(r.plan.cs))
			}
		})
	}
}

// TestCancel ends as a person wants, cleanly.
func TestCancel(t *testing.T) {
	want, have := random(4, 30)
	f := newFake()
	r := newRig(t, want, have, f)
	ctx, cancel := context.WithCancelCause(t.Context())
	r.ctx = ctx
	f.fault = func(c *call) error {
		if c.n == 10 {
			cancel(errors.New("interrupted"))
			time.Sleep(5 * time.Millisecond)
		}
		return nil
	}
	out, err := r.run()
	if !fault.Is(err, fault.Stopped) || out.More || !out.Written || out.Results[adapter.Done] == 0 {
		t.Fatalf("%+v, %v", out, err)
	}
	if n := len(f.calls); n != 11 {
		t.Errorf("%d changes applied", n)
	}
	r.ctx, r.in.Earlier, r.in.Journal, r.fresh = t.Context(), []string{r.in.Journal}, "runs/r2/journal/", cursorOf(f)
	r.mustRun()
	r.same()
	if n := len(f.calls); n != len(r.plan.cs) {
		t.Errorf("%d changes were applied, the plan has %d", n, len(r.plan.cs))
	}
}
