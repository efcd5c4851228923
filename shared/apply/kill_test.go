package apply

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// TestKill kills the process at every third of the events there are, and resumes it, by a new run or by another call of the same, until the end.
func TestKill(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want, have := random(3, 8)
			r := newRig(t, maps.Clone(want), maps.Clone(have), shape())
			r.store.life = &life{}
			r.target.life = r.store.life
			r.mustRun()
			events := r.store.life.events
			step := 3
			if testing.Short() {
				step = 7
			}
			for at := 1; at <= events; at += step {
				r := newRig(t, want, have, shape())
				r.killed(uint64(at), at)
				r.same()
				r.sound()
			}
		})
	}
}

// killed runs with a life that ends at an event, then with further lives, some of which end early too, until the plan is through.
func (r *rig) killed(seed uint64, at int) {
	t := r.t
	t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 5))
	l := &life{at: at}
	for n := 1; ; n++ {
		if n > 60 {
			t.Fatalf("event %d: no end", at)
		}
		r.store.life = l
		r.target.restart(l)
		out, err := r.run()
		if err == nil && !out.More {
			if out.Message != "" {
				t.Fatalf("event %d: %+v", at, out)
			}
			r.final(out, at)
			return
		}
		if err != nil && !l.dead && !fault.Is(err, fault.UnknownOutcome) {
			t.Fatalf("event %d: %v", at, err)
		}
		resume := rnd.IntN(2) == 0 || fault.Is(err, fault.UnknownOutcome)
		l = &life{}
		if rnd.IntN(3) > 0 {
			l.at = 1 + rnd.IntN(25)
		}
		if resume {
			r.target.restart(l)
			r.in.Earlier = append(slices.Clone(r.in.Earlier), r.in.Journal)
			r.in.Journal = fmt.Sprintf("runs/r%d/journal/", n+1)
			r.fresh = cursorOf(r.target)
			r.notStale(at)
		}
	}
}

// notStale says that nothing of the plan is stale, as only we have written.
func (r *rig) notStale(at int) {
	r.t.Helper()
	in := StaleInput{Job: r.in.Job, Store: r.store, Journals: r.in.Earlier, Temp: r.t.TempDir()}
	s, err := in.stale(r.t.Context(), r.plan, r.fresh)
	if err != nil || s.Count > 0 {
		r.t.Fatalf("event %d: stale: %+v, %v\n%s\n%v", at, s, err, r.dump(), r.target.calls)
	}
}

// final says that every change has exactly one final status, and a good one.
func (r *rig) final(out Outcome, at int) {
	r.t.Helper()
	var total, counted int64
	for _, n := range out.Results {
		total += n
	}
	for _, c := range r.plan.cs {
		if !c.Part {
			counted++
		}
	}
	if total != counted || out.Results[adapter.Failed]+out.Results[adapter.Skipped] > 0 {
		r.t.Fatalf("event %d: results %v of %d changes\n%s", at, out.Results, counted, strings.Join(r.journal(append(r.in.Earlier, r.in.Journal)...), "\n"))
	}
	last := map[int64]adapter.Status{}
	for _, p := range append(slices.Clone(r.in.Earlier), r.in.Journal) {
		ends := map[int64]int{}
		for e, err := range journal.Open(r.store, p, "").All(context.Background()) {
			if err != nil {
				r.t.Fatal(err)
			}
			if e.Kind == journal.Result {
				if last[e.N] = e.Status; e.Status != journal.Waiting {
					ends[e.N]++
				}
			}
		}
		for n, times := range ends {
			if times > 1 && !r.target.staged {
				r.t.Fatalf("event %d: change %d has %d final results in %s", at, n, times, p)
			}
		}
	}
	if len(last) != len(r.plan.cs) {
		r.t.Fatalf("event %d: %d changes have a status, of %d", at, len(last), len(r.plan.cs))
	}
}

// dump returns all entries of all journals, as they were written.
func (r *rig) dump() string {
	var b strings.Builder
	for _, p := range append(slices.Clone(r.in.Earlier), r.in.Journal) {
		fmt.Fprintln(&b, p)
		for e, err := range journal.Open(r.store, p, "").All(context.Background()) {
			if err != nil {
				return err.Error()
			}
			fmt.Fprintln(&b, e.Object, e.Kind, e.N, e.Last, e.Op, e.Key, e.Status, e.Message, e.Fields, e.Freed)
		}
	}
	return b.String()
}

// TestEveryCode strikes with every code there is, at random (but for NotFound: it takes a delete of nothing as done, and so believes a target that lies); whatever comes of it, a run without faults that resumes it ends with the target as the source.
func TestEveryCode(t *testing.T) {
	codes := []fault.Code{fault.Invalid, fault.Conflict, fault.Denied, fault.Throttled, fault.Unavailable, fault.UnknownOutcome, fault.Refused, fault.Stopped, fault.TimedOut, fault.Internal}
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(12) {
				want, have := random(seed+200, 12)
				f := shape()
				share := 0.02 + 0.02*float64(seed%6)
				f.fault = seeded(seed, share, codes...)
				r := newRig(t, want, have, f)
				for n := 2; ; n++ {
					out, err := r.run()
					r.sound()
					var ended int64
					for _, n := range out.Results {
						ended += n
					}
					if err == nil && ended < int64(len(r.plan.cs))/2 {
						t.Fatalf("seed %d: it ended with %v of %d changes", seed, out.Results, len(r.plan.cs))
					}
					if n > 4 {
						f.fault = nil
					}
					if n > 6 {
						r.same()
						break
					}
					f.restart(&life{})
					r.in.Earlier = append(slices.Clone(r.in.Earlier), r.in.Journal)
					r.in.Journal = fmt.Sprintf("runs/r%d/journal/", n)
					r.fresh = cursorOf(f)
				}
			}
		})
	}
}
