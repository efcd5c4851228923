package step_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// TestEvents delivers what functions are called with twice, late, out of order and at once, under clocks that are wrong.
func TestEvents(t *testing.T) {
	c := newCloud(t)
	for _, e := range []struct {
		name string
		run  func(*site)
	}{
		{"each event twice", eachTwice},
		{"late events", lateEvents},
		{"out of order", outOfOrder},
		{"the end before the start", endBeforeStart},
		{"the end in the midst of the start", endAmidStart},
		{"two syncs of one run at once", twoSyncs},
		{"two runs of one target at once", twoRuns},
		{"clocks that are wrong by five minutes", wrongClocks},
	} {
		t.Run(e.name, func(t *testing.T) { e.run(c.site(t)) })
	}
}

func eachTwice(s *site) {
	s.twice = true
	id, out := s.execute(wetSync())
	if out.Status != run.Succeeded || !out.Written {
		s.Errorf("%+v", out)
	}
	out.Closed = false                       // the first of the two calls closed it
	if again := s.closed(id); again != out { // EventBridge's, too
		s.Errorf("finish called again: %+v, want %+v", again, out)
	}
	s.law(id, out)
	s.twice = false
	s.settle(id, out.Status)
}

// lateEvents come when the run is closed: none does anything.
func lateEvents(s *site) {
	id, out := s.execute(wetSync())
	s.target.roles["device-0000"] = "changed since"
	ctx := context.Background()
	for name, f := range map[string]func(*step.Env, context.Context, step.In) (step.Out, error){
		"load-source": (*step.Env).LoadSource, "load-target": (*step.Env).LoadTarget, "diff": (*step.Env).Diff, "sync": (*step.Env).Sync,
	} {
		if _, err := f(s.env(), ctx, step.In{Run: id}); !fault.Is(err, fault.Stopped) {
			s.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.env().Gate(ctx, step.In{Run: id}); !fault.Is(err, fault.Stopped) {
		s.Errorf("gate: %v", err)
	}
	if _, err := s.env().Start(ctx, step.StartIn{Run: id, Input: wetSync()}); !fault.Is(err, fault.Conflict) {
		s.Errorf("start: %v", err)
	}
	if !out.Closed {
		s.Errorf("nobody closed the run: %+v", out)
	}
	out.Closed = false // a second time it closes nothing
	if again := s.closed(id); again != out {
		s.Errorf("finish: %+v, want %+v", again, out)
	}
	s.target.roles["device-0000"] = "leaf"
	s.law(id, out)
	s.settle(id, out.Status)
}

// outOfOrder calls each step before the one that it needs: it is refused, and the run goes on as if nothing had been.
func outOfOrder(s *site) {
	ctx := context.Background()
	early := map[string][]func(id string) error{}
	of := func(f func(*step.Env, context.Context, step.In) (step.Out, error)) func(string) error {
		return func(id string) error { _, err := f(s.env(), ctx, step.In{Run: id}); return err }
	}
	gate := func(id string) error { _, err := s.env().Gate(ctx, step.In{Run: id}); return err }
	early["LoadSource"] = []func(string) error{of((*step.Env).Sync), gate, of((*step.Env).Diff)}
	early["LoadTarget"] = early["LoadSource"]
	early["Diff"] = []func(string) error{of((*step.Env).Sync), gate}
	s.before = func(state string) {
		for i, f := range early[state] {
			if err := f(s.id()); err == nil || fault.Retryable(err) {
				s.Errorf("before %s, %d: %v", state, i, err)
			}
		}
		if s.target.writes > 0 && state != "Finish" {
			s.Errorf("before %s: %d changes were written", state, s.target.writes)
		}
	}
	id, out := s.execute(wetSync())
	if out.Status != run.Succeeded {
		s.Errorf("%+v", out)
	}
	s.law(id, out)
	s.settle(id, out.Status)
}

// endBeforeStart: the execution was stopped, and finish heard of it before start was done.
func endBeforeStart(s *site) {
	s.n++
	id := s.id()
	out := s.closed(id)
	if _, err := s.env().Start(context.Background(), step.StartIn{Run: id, Input: wetSync()}); !fault.Is(err, fault.Conflict) {
		s.Errorf("start: %v", err)
	}
	s.law(id, out)
	s.settle(id, out.Status)
}

// between calls f before the lock is taken.
type between struct {
	run.Store
	f func()
}

func (b between) Lock(ctx context.Context, name, id string) (run.Lock, error) {
	b.f()
	return b.Store.Lock(ctx, name, id)
}

// endAmidStart: the run is closed after start made its record and before it takes the lock. No lock is left.
func endAmidStart(s *site) {
	s.n++
	id := s.id()
	e := s.env()
	var out step.FinishOut
	e.Runs = between{s.runs, sync.OnceFunc(func() { out = s.closed(id) })}
	if _, err := e.Start(context.Background(), step.StartIn{Run: id, Input: wetSync()}); !fault.Is(err, fault.Conflict) {
		s.Errorf("start: %v", err)
	}
	s.law(id, out)
	s.settle(id, out.Status)
}

// twoSyncs: one of them works, the other stops and says so.
func twoSyncs(s *site) {
	s.target.slow = 10 * time.Millisecond
	var second error
	s.before = func(state string) {
		if state != "Sync" {
			return
		}
		begun := make(chan struct{})
		deny, once := s.target.deny, sync.OnceFunc(func() { close(begun) })
		s.target.deny = func(name string) error { once(); return deny(name) }
		e, id := s.env(), s.id()
		s.other.Go(func() {
			<-begun
			_, second = e.Sync(context.Background(), step.In{Run: id})
		})
	}
	s.after = func(string) { s.other.Wait() }
	id, out := s.execute(wetSync())
	if out.Status != run.Succeeded || !fault.Is(second, fault.Stopped) || !strings.Contains(second.Error(), "no longer this run's") {
		s.Errorf("%+v; the other: %v", out, second)
	}
	s.law(id, out)
	s.settle(id, out.Status)
}

// twoRuns: the second is refused for the lock, whatever the clocks say, and the first is not disturbed.
func twoRuns(s *site) {
	s.before = func(state string) {
		if state != "Sync" && state != "Gate" {
			return
		}
		e := s.env()
		e.Now = func() time.Time { return time.Now().Add(5 * time.Minute) }
		other := s.id() + "-" + state
		_, err := e.Start(context.Background(), step.StartIn{Run: other, Input: wetSync()})
		if !fault.Is(err, fault.Refused) {
			s.Errorf("the second run: %v", err)
		}
		out, err := e.Finish(context.Background(), step.FinishIn{Run: other, Failure: step.FailureOf("start", err), Gone: true})
		if err != nil || out.Status != run.Refused || out.Written {
			s.Errorf("the second run: %+v, %v", out, err)
		}
	}
	id, out := s.execute(wetSync())
	if out.Status != run.Succeeded {
		s.Errorf("%+v", out)
	}
	s.law(id, out)
	s.settle(id, out.Status)
}

// wrongClocks: each invocation is on a machine whose clock is up to five minutes off.
func wrongClocks(s *site) {
	seed := uint64(time.Now().UnixNano())
	s.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's dice
	s.clock = func(int) time.Duration { return time.Duration(dice.IntN(3)-1) * 5 * time.Minute }
	id, out := s.execute(wetSync())
	if out.Status != run.Succeeded {
		s.Errorf("%+v", out)
	}
	s.law(id, out)
	s.settle(id, out.Status)
}
