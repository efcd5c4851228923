package apply

import (
	"slices"
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

// lostResults is a rig whose first call died after it created 012, and whose last results died with it; somebody then changed 008.
func lostResults(t *testing.T, f *fake) *rig {
	t.Helper()
	l := &life{}
	r := newRig(t, manySites(20), side{}, f)
	r.in.Tuning.Together = time.Hour
	r.store.life = l
	f.restart(l)
	f.fault = func(c *call) error {
		if c.after && slices.ContainsFunc(c.cs, func(c *adapter.Change) bool { return c.Name == "012" }) {
			l.kill()
		}
		return nil
	}
	if _, err := r.run(); err == nil || f.rows[key("site", "012")] == nil {
		t.Fatalf("want it dead after it created 012, got %v", err)
	}
	r.store.life = &life{}
	f.restart(r.store.life)
	f.rows[key("site", "008")].fields["code"] = record.MustOf("elsewhere")
	f.fault = nil
	return r
}

// TestStopBeforeWhatWasLost: a call that stops before it comes to what an earlier call may have sent does not take that for not sent.
func TestStopBeforeWhatWasLost(t *testing.T) {
	for _, finds := range []bool{true, false} {
		f, again := newFake(), 0
		r := lostResults(t, f)
		f.finds = true
		r.in.Deadline = time.Now().Add(20 * time.Millisecond)
		f.fault = func(c *call) error { // the update of 008 takes until the deadline
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

// TestNothingIsSentAfterALook: what was looked up until the deadline is not sent any more.
func TestNothingIsSentAfterALook(t *testing.T) {
	f := newFake()
	f.finds, f.size = true, 5
	r := lostResults(t, f)
	delete(f.rows, key("site", "009")) // of the same batch as 008
	r.in.Deadline = time.Now().Add(50 * time.Millisecond)
	late := 0
	f.fault = func(c *call) error {
		switch {
		case c.after:
		case c.action == adapter.Update:
			time.Sleep(time.Until(r.in.Deadline) + 5*time.Millisecond)
		case time.Now().After(r.in.Deadline):
			late += len(c.cs)
		}
		return nil
	}
	if out, err := r.run(); err != nil || !out.More || late > 0 {
		t.Errorf("%d creates were sent after the deadline: %+v, %v", late, out, err)
	}
}

// TestDeniedWhileAdopting: a target that lets nobody in when a record that was found is to be updated ends the call; the next goes on to the same end.
func TestDeniedWhileAdopting(t *testing.T) {
	f := newFake()
	r := lostResults(t, f)
	f.finds = true
	f.fault = func(c *call) error {
		if c.action == adapter.Update {
			return fault.Errorf(fault.Denied, "who are you?")
		}
		return nil
	}
	if out, err := r.run(); !fault.Is(err, fault.Denied) || out.Results[adapter.Failed] > 0 {
		t.Errorf("%+v, %v", out, err)
	}
	f.fault = nil
	r.wantResults(r.mustRun(), map[adapter.Status]int64{adapter.Done: 19, adapter.Adopted: 1})
	r.same()
}

// TestFoundAndInConflict: a record that was found, and whose update was refused as a conflict, is updated at its second try and not created once more.
func TestFoundAndInConflict(t *testing.T) {
	f := newFake()
	r := lostResults(t, f)
	f.finds = true
	f.rows[key("site", "zzz")] = &row{id: 999, model: "site", fields: map[string]record.Value{"name": record.MustOf("zzz"), "code": record.MustOf("8")}}
	tries := 0
	f.fault = func(c *call) error {
		switch {
		case c.after || c.action == "complete":
		case c.action == adapter.Create && c.cs[0].Name <= "012":
			t.Errorf("%s was created once more", c.cs[0].Name)
		default:
			if tries++; tries > 1 { // after the first refusal
				delete(f.rows, key("site", "zzz"))
			}
		}
		return nil
	}
	r.wantResults(r.mustRun(), map[adapter.Status]int64{adapter.Done: 19, adapter.Adopted: 1})
	r.same()
}

// TestLostThenAway: an update whose answer was lost, by a target that then does not answer at all, is not called failed: a resume finds out.
func TestLostThenAway(t *testing.T) {
	f, away := newFake(), false
	r := newRig(t, side{key("site", "a"): site("11")}, side{key("site", "a"): site("1")}, f)
	f.fault = func(c *call) error {
		switch {
		case away:
			return fault.Errorf(fault.Unavailable, "away")
		case c.after:
			away = true
			return fault.Errorf(fault.UnknownOutcome, "reset")
		}
		return nil
	}
	if out, err := r.run(); !fault.Is(err, fault.Unavailable) || len(out.Results) > 0 || !out.Written {
		t.Errorf("%+v, %v", out, err)
	}
	f.fault = nil
	r.resumes("runs/r2/journal/")
	r.notStale(0)
	r.wantResults(r.mustRun(), map[adapter.Status]int64{adapter.Done: 1})
	r.same()
}
