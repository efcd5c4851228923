package apply

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func manySites(n int) side {
	s := side{}
	for i := range n {
		s[key("site", fmt.Sprintf("%03d", i))] = site(fmt.Sprint(i))
	}
	return s
}

// TestStops is every way to stop before the end, with what is said.
func TestStops(t *testing.T) {
	failing := func(from int, code fault.Code) func(c *call) error {
		return func(c *call) error {
			if c.action == adapter.Create && !c.after && c.cs[0].Name >= fmt.Sprintf("%03d", from) {
				return fault.Errorf(code, "the server says %s with password hunter2", code)
			}
			return nil
		}
	}
	tests := map[string]struct {
		change  func(r *rig)
		code    fault.Code
		err     string
		message string
		results map[adapter.Status]int64
		partial bool
	}{
		"denied": {
			func(r *rig) { r.target.fault = failing(5, fault.Denied) },
			fault.Denied, `create site 005: the server says denied with password **`, "",
			map[adapter.Status]int64{"done": 5},
			false,
		},
		"unavailable for good": {
			func(r *rig) { r.target.fault = failing(5, fault.Unavailable) },
			fault.Unavailable, `create site 005: given up after 6 tries: the server says unavailable with password **`, "",
			map[adapter.Status]int64{"done": 5, "failed": 1},
			false,
		},
		"unknown outcome, no lookup": {
			func(r *rig) { r.target.fault = failing(5, fault.UnknownOutcome) },
			fault.UnknownOutcome, `create site 005: nobody knows whether it was done: the call was sent, its answer never came, and the target cannot look up single records; resume the run, which loads the target again`, "",
			map[adapter.Status]int64{"done": 5},
			false,
		},
		"first failure": {
			func(r *rig) { r.in.Job.ContinueOnFailure = false; r.target.fault = failing(5, fault.Invalid) },
			"", "", `stopped after the first failure (continue_on_failure: false): create site 005: the server says invalid with password **`,
			map[adapter.Status]int64{"done": 5, "failed": 1},
			true,
		},
		"failures in a row": {
			func(r *rig) { r.in.Job.Limits.Failures = 3; r.target.fault = failing(5, fault.Invalid) },
			"", "", `stopped after 3 failures in a row (limits.failures), the last: create site 007: the server says invalid with password **`,
			map[adapter.Status]int64{"done": 5, "failed": 3},
			true,
		},
		"failures, but not in a row": {
			func(r *rig) {
				r.in.Job.Limits.Failures = 3
				r.target.fault = func(c *call) error {
					if c.action == adapter.Create && !c.after && c.cs[0].Name[2]%2 == 0 {
						return fault.Errorf(fault.Invalid, "even")
					}
					return nil
				}
			},
			"", "", ``,
			map[adapter.Status]int64{"done": 10, "failed": 10},
			false,
		},
		"sync_complete": {
			func(r *rig) {
				r.target.fault = func(c *call) error {
					if c.action == "complete" {
						return fault.Errorf(fault.Internal, "webhook with hunter2")
					}
					return nil
				}
			},
			"", "", `all changes were tried, but the target's hook at the end of a sync went wrong: webhook with **`,
			map[adapter.Status]int64{"done": 20},
			true,
		},
		"touch": {
			func(r *rig) {
				n := 0
				r.in.Touch = func(context.Context) error {
					if n++; n > 1 {
						return fault.Errorf(fault.Stopped, "the lock is gone")
					}
					return nil
				}
			},
			fault.Stopped, "the lock is gone", "",
			map[adapter.Status]int64{},
			false,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, manySites(20), side{}, newFake())
			r.in.Redact = func(s string) string { return strings.ReplaceAll(s, "hunter2", "**") }
			tt.change(r)
			if name == "touch" {
				r.in.Tuning.Together = time.Hour
			}
			out, err := r.run()
			r.sound()
			if fault.Of(err) != tt.code || err != nil && err.Error() != tt.err {
				t.Errorf("got %s: %v\nwant %s: %s", fault.Of(err), err, tt.code, tt.err)
			}
			if out.Message != tt.message || out.Partial != tt.partial || out.More {
				t.Errorf("outcome %+v, want message %s", out, tt.message)
			}
			if name != "touch" {
				r.wantResults(out, tt.results)
			}
			for _, l := range r.journal(r.in.Journal) {
				if strings.Contains(l, "hunter2") {
					t.Errorf("a secret in the journal: %s", l)
				}
			}
		})
	}
}

// TestTouchStops says that after Touch's error nothing is written any more, to journal or target.
func TestTouchStops(t *testing.T) {
	f := newFake()
	r := newRig(t, manySites(300), side{}, f)
	var stopped atomic.Bool
	var after atomic.Int64
	f.fault = func(c *call) error {
		time.Sleep(time.Millisecond)
		if stopped.Load() {
			after.Add(1)
		}
		return nil
	}
	var objects int
	r.in.Tuning.Touch = 5 * time.Millisecond
	start := time.Now()
	r.in.Touch = func(context.Context) error {
		if time.Since(start) < 50*time.Millisecond {
			return nil
		}
		stopped.Store(true)
		r.store.mu.Lock()
		objects = len(r.store.data)
		r.store.mu.Unlock()
		return fault.Errorf(fault.Stopped, "the run was closed")
	}
	out, err := r.run()
	if !fault.Is(err, fault.Stopped) || !out.Written || out.More {
		t.Errorf("%+v, %v", out, err)
	}
	if len(r.store.data) != objects {
		t.Error("the journal was written after Touch said no")
	}
	if n := after.Load(); n > 2 {
		t.Errorf("%d calls after Touch said no", n)
	}
}

// TestTouched asks often enough, also while one call takes long.
func TestTouched(t *testing.T) {
	f := newFake()
	f.fault = func(c *call) error {
		if !c.after {
			time.Sleep(60 * time.Millisecond)
		}
		return nil
	}
	r := newRig(t, manySites(1), side{}, f)
	var n atomic.Int64
	r.in.Tuning.Touch = 10 * time.Millisecond
	r.in.Touch = func(context.Context) error { n.Add(1); return nil }
	r.mustRun()
	if n.Load() < 4 {
		t.Errorf("asked %d times", n.Load())
	}
}

// TestTwoWriters lets one of two runs on the same journal stop.
func TestTwoWriters(t *testing.T) {
	a := newRig(t, manySites(50), side{}, newFake())
	b := newRig(t, manySites(50), side{}, newFake())
	b.store = a.store
	b.in.Store = a.store
	var wg sync.WaitGroup
	errs := make([]error, 2)
	engines := make([]*engine, 2)
	for i, r := range []*rig{a, b} {
		r.target.fault = func(c *call) error { time.Sleep(time.Millisecond); return nil }
		r.in.Target = r.target.target()
		e, err := newEngine(r.ctx, r.in, r.plan, nil, r.snap)
		if err != nil {
			t.Fatal(err)
		}
		engines[i] = e
	}
	for i, e := range engines {
		wg.Go(func() { _, errs[i] = e.run() })
	}
	wg.Wait()
	lost := 0
	for _, err := range errs {
		if fault.Is(err, fault.Conflict) {
			lost++
		} else if err != nil {
			t.Error(err)
		}
	}
	if lost != 1 {
		t.Errorf("%d of two lost: %v", lost, errs)
	}
}

// TestHang cuts off what does not end, or leaves it alone, and goes on from there.
func TestHang(t *testing.T) {
	for name, deaf := range map[string]bool{"hears the context": false, "deaf": true} {
		for _, finds := range []bool{true, false} {
			t.Run(fmt.Sprint(name, ", finds ", finds), func(t *testing.T) {
				f := newFake()
				f.finds, f.workers = finds, 2
				free := make(chan struct{})
				defer close(free)
				var once atomic.Bool
				f.fault = func(c *call) error {
					if c.cs[0].Name != "007" || once.Swap(true) {
						return nil
					}
					if deaf {
						<-free
						return fault.Errorf(fault.UnknownOutcome, "late")
					}
					return hang(c)
				}
				r := newRig(t, manySites(30), side{}, f)
				r.in.Deadline = time.Now().Add(30 * time.Millisecond)
				out, err := r.run()
				if err != nil || !out.More {
					t.Fatalf("%+v, %v", out, err)
				}
				f.mu.Lock()
				f.busy = 0
				f.mu.Unlock()
				r.in.Deadline = time.Time{}
				out, err = r.run()
				if !finds {
					if !fault.Is(err, fault.UnknownOutcome) {
						t.Fatalf("want to be resumed, got %+v, %v", out, err)
					}
					r.in.Earlier, r.in.Journal, r.fresh = []string{r.in.Journal}, "runs/r2/journal/", cursorOf(f)
					out, err = r.run()
				}
				if err != nil || out.More {
					t.Fatalf("%+v, %v", out, err)
				}
				r.same()
				r.wantResults(out, map[adapter.Status]int64{adapter.Done: 30})
			})
		}
	}
}

// TestCommitFails counts nothing that was not committed.
func TestCommitFails(t *testing.T) {
	f := newFake()
	f.size, f.staged = 10, true
	n := 0
	f.fault = func(c *call) error {
		if c.action == "commit" {
			if n++; n >= 2 {
				return fault.Errorf(fault.Internal, "disk is full")
			}
		}
		return nil
	}
	want := manySites(20)
	want[key("tenant", "t")] = rec{attrs: attrs("label", "x")}
	r := newRig(t, want, side{}, f)
	out, err := r.run()
	if err == nil || err.Error() != "commit: disk is full" {
		t.Fatal(err)
	}
	r.wantResults(out, map[adapter.Status]int64{adapter.Done: 1})
	if got := r.journal(r.in.Journal); len(got) != 1 {
		t.Errorf("journal: %v", got)
	}
	f.fault = nil
	f.restart(&life{})
	r.in.Earlier, r.in.Journal, r.fresh = []string{r.in.Journal}, "runs/r2/journal/", cursorOf(f)
	out = r.mustRun()
	r.same()
	r.wantResults(out, map[adapter.Status]int64{adapter.Done: 21})
}

// lies answers as no adapter should.
type lies struct {
	batcher
	answer func(cs []*adapter.Change) []adapter.Result
}

func (l lies) Apply(_ context.Context, _ *adapter.Model, _ adapter.Action, cs []*adapter.Change) ([]adapter.Result, error) {
	return l.answer(cs), nil
}

// TestLies is what becomes of answers that cannot be.
func TestLies(t *testing.T) {
	tests := map[string]struct {
		answer func(cs []*adapter.Change) []adapter.Result
		want   string
	}{
		"too few": {func([]*adapter.Change) []adapter.Result { return nil }, `create site 000: failed: the adapter gave 0 answers to 2 changes: what was done is not known`},
		"unknown status": {func([]*adapter.Change) []adapter.Result {
			return []adapter.Result{{Status: "perhaps", Message: "m"}, {}}
		}, `create site 000: failed: the adapter answered with the status "perhaps", which there is not: m`},
		"no reason": {func([]*adapter.Change) []adapter.Result { return []adapter.Result{{Status: adapter.Failed}, {}} }, `create site 000: failed: the target gave no reason`},
		"panic":     {func([]*adapter.Change) []adapter.Result { panic("nil map") }, `create site 000: failed: the adapter panicked: nil map`},
		"no code":   {func([]*adapter.Change) []adapter.Result { return []adapter.Result{{Err: errors.New("some error")}, {}} }, `create site 000: failed: some error`},
		"warned": {func([]*adapter.Change) []adapter.Result {
			return []adapter.Result{{Status: adapter.Warned, Message: "old"}, {}}
		}, `create site 000: warned: old`},
		"long": {func([]*adapter.Change) []adapter.Result {
			return []adapter.Result{{Err: errors.New(strings.Repeat("é", 3000))}, {}}
		}, `create site 000: failed: ` + strings.Repeat("é", 1000) + ` ..`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.size = 2
			r := newRig(t, manySites(2), side{}, f)
			r.in.Log = slog.New(slog.DiscardHandler)
			r.in.Target = lies{batcher{f}, tt.answer}
			e, err := newEngine(t.Context(), r.in, r.plan, nil, r.snap)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.run(); err != nil {
				t.Fatal(err)
			}
			if got := r.journal(r.in.Journal)[0]; got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func (lies) Load(ctx context.Context, req adapter.Request) iter.Seq2[*record.Record, error] {
	panic("not called")
}
