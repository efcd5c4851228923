package apply

import (
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// TestNothingAfterTheStop: a batch that was on its way to a worker when the run was stopped is not sent, and counts as not sent: no lookup is needed to go on.
func TestNothingAfterTheStop(t *testing.T) {
	f := newFake()
	r := newRig(t, manySites(20), side{}, f)
	r.in.Target = f.target()
	e, err := newEngine(r.ctx, r.in, r.plan, r.fresh, r.snap)
	if err != nil {
		t.Fatal(err)
	}
	s := e.ix.Sections[0]
	fl := &flow{e: e, s: s, end: s.First + s.Count, kind: journal.Flight, out: make(chan batch, 1), size: 1, sent: s.First - 1}
	for c, err := range r.plan.Changes(r.ctx, s.First, s.First+1) {
		if err != nil {
			t.Fatal(err)
		}
		it, err := e.prepare(c, open)
		if err != nil {
			t.Fatal(err)
		}
		fl.add(it)
	}
	e.stop.halt(true, "", nil)
	close(fl.out)
	fl.workers.Add(1)
	fl.work()
	if out, err := e.run(); err != nil || !out.More || len(f.calls) > 0 {
		t.Fatalf("%+v, %v, %q", out, err, f.calls)
	}
	r.wantResults(r.mustRun(), map[adapter.Status]int64{adapter.Done: 20})
	r.same()
}

// TestStopBeforeWhatWasLost: a call that stops before it comes to what an earlier call may have sent does not take that for not sent.
func TestStopBeforeWhatWasLost(t *testing.T) {
	for _, finds := range []bool{true, false} {
		f, l, again := newFake(), &life{}, 0
		r := newRig(t, manySites(20), side{}, f)
		r.in.Tuning.Together = time.Hour // the results die with the process
		r.store.life = l
		f.restart(l)
		f.fault = func(c *call) error {
			if c.cs[0].Name == "012" && c.after {
				l.mu.Lock()
				l.dead = true
				l.mu.Unlock()
			}
			return nil
		}
		if _, err := r.run(); err == nil || f.rows[key("site", "012")] == nil {
			t.Fatalf("want it dead after it created 012, got %v", err)
		}

		// The next call comes to one of them that somebody changed since; that takes until its deadline.
		f.rows[key("site", "008")].fields["code"] = record.MustOf("elsewhere")
		r.store.life = &life{}
		f.restart(r.store.life)
		f.finds = true
		r.in.Deadline = time.Now().Add(20 * time.Millisecond)
		f.fault = func(c *call) error {
			time.Sleep(time.Until(r.in.Deadline) + 5*time.Millisecond)
			return nil
		}
		if out, err := r.run(); err != nil || !out.More {
			t.Fatalf("%+v, %v", out, err)
		}

		f.finds = finds
		r.in.Deadline = time.Time{}
		f.fault = func(c *call) error {
			if c.action == adapter.Create && c.cs[0].Name <= "012" && !c.after {
				again++
			}
			return nil
		}
		if out, err := r.run(); again > 0 || fault.Is(err, fault.UnknownOutcome) == finds || err != nil && finds {
			t.Errorf("finds %v: %d that are there were created once more; %+v, %v", finds, again, out, err)
		}
	}
}
