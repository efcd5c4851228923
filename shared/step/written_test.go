package step_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// prepared is a shelf that is made ready before it is written to.
type prepared struct {
	*shelf
	prepare func() error
}

// Prepare implements adapter.Preparer.
func (p *prepared) Prepare(context.Context) error { return p.prepare() }

// TestWrittenThoughNotReadyAgain: what was written before a secret was looked up once more is told, also where the target opened anew cannot be made ready.
func TestWrittenThoughNotReadyAgain(t *testing.T) {
	w := newWorld(t)
	w.source.fill(9, "leaf")
	w.env.Secrets = &vault{kept: "old-password", now: "new-password"}
	w.job = strings.Replace(shelfJob, "adapter: shelf-target", `adapter: guarded, password: "${ssm:/x}"`, 1)
	opened := ""
	w.target.deny = func(string) error {
		if w.target.writes < 4 {
			return nil
		}
		return fault.Errorf(fault.Denied, "login refused")
	}
	w.env.Registry.Add(&adapter.Type{
		Name: "guarded", Title: "a shelf", Target: true, Config: func() any { return &locked{} },
		New: func(_ context.Context, s adapter.Setup) (_ adapter.Source, err error) {
			opened, err = s.Config.(*locked).Password.Reveal()
			return &prepared{w.target, func() error {
				if opened == "new-password" {
					return fault.Errorf(fault.Unavailable, "the server restarts")
				}
				return nil
			}}, err
		},
	})
	out, err := w.try(context.Background(), wetSync())
	if err != nil || w.target.writes != 4 || !out.Written || !strings.Contains(out.Message, "4 of 9 changes written") {
		t.Errorf("%d writes, %+v, %v", w.target.writes, out, err)
	}
}

// mute is a run store that nobody hears any more from a moment on, as when the process is killed.
type mute struct {
	run.Store
	mu  sync.Mutex
	off bool
}

func (m *mute) cut() { m.mu.Lock(); m.off = true; m.mu.Unlock() }

func (m *mute) dead() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.off {
		return fault.Errorf(fault.Internal, "dead")
	}
	return nil
}

func (m *mute) Update(ctx context.Context, id string, f func(*run.Run)) (*run.Run, error) {
	if err := m.dead(); err != nil {
		return nil, err
	}
	return m.Store.Update(ctx, id, f)
}

func (m *mute) PutStep(ctx context.Context, s *run.Step) error {
	if err := m.dead(); err != nil {
		return err
	}
	return m.Store.PutStep(ctx, s)
}

func (m *mute) Touch(ctx context.Context, name, id, invocation string, deadline time.Time) error {
	if err := m.dead(); err != nil {
		return err
	}
	return m.Store.Touch(ctx, name, id, invocation, deadline)
}

// TestWrittenByACallThatDied: a call of sync dies after it wrote, the next cannot even make the target ready; the run says that something was written.
func TestWrittenByACallThatDied(t *testing.T) {
	w := newWorld(t)
	w.source.fill(9, "leaf")
	broken := false
	w.env.Registry.Add(&adapter.Type{
		Name: "prepared", Title: "a shelf", Target: true, Config: func() any { return &struct{}{} },
		New: func(context.Context, adapter.Setup) (adapter.Source, error) {
			return &prepared{w.target, func() error {
				if broken {
					return fault.Errorf(fault.Unavailable, "the server restarts")
				}
				return nil
			}}, nil
		},
	})
	w.job = strings.Replace(shelfJob, "shelf-target", "prepared", 1)
	m := &mute{Store: w.env.Runs}
	w.target.deny = func(string) error {
		if w.target.writes == 4 {
			m.cut()
		}
		return nil
	}
	w.untilSync("r")
	ctx := context.Background()
	dying := *w.env
	dying.Runs = m
	if _, err := dying.Sync(ctx, step.In{Run: "r"}); err == nil || w.target.writes == 0 {
		t.Fatalf("want it dead after it wrote, got %v", err)
	}
	w.free("r")
	broken = true
	_, err := w.env.Sync(ctx, step.In{Run: "r"})
	out, ferr := w.env.Finish(ctx, step.FinishIn{Run: "r", Failure: step.FailureOf(step.StepSync, err), Gone: true})
	if err == nil || ferr != nil || !out.Written {
		t.Errorf("%d writes, and the run says %+v; %v, %v", w.target.writes, out, err, ferr)
	}
}

// untilSync carries a run to where its sync begins.
func (w *world) untilSync(id string) {
	w.t.Helper()
	ctx, in := context.Background(), step.In{Run: id}
	for _, do := range []func() error{
		func() error { _, err := w.env.Start(ctx, step.StartIn{Run: id, Input: wetSync()}); return err },
		func() error { _, err := w.env.LoadSource(ctx, in); return err },
		func() error { _, err := w.env.LoadTarget(ctx, in); return err },
		func() error { _, err := w.env.Diff(ctx, in); return err },
		func() error { _, err := w.env.LoadTarget(ctx, step.In{Run: id, Audit: true}); return err },
		func() error { _, err := w.env.Gate(ctx, in); return err },
	} {
		if err := do(); err != nil {
			w.t.Fatal(err)
		}
	}
}

// free takes out of the run's lock who died there, as if its deadline had passed.
func (w *world) free(id string) {
	w.t.Helper()
	locks, err := w.env.Runs.Locks(w.t.Context())
	for _, l := range locks {
		if err == nil {
			err = w.env.Runs.Touch(w.t.Context(), l.Name, id, "", time.Time{})
		}
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// before does something before an object is put.
type before struct {
	objects.Store
	do func()
}

// PutNew implements objects.Store.
func (b before) PutNew(ctx context.Context, name string, data []byte) error {
	b.do()
	return b.Store.PutNew(ctx, name, data)
}

// TestWrittenWhileItIsClosed: a run that is stopped at the moment in which its sync begins to write says that something may have been written.
func TestWrittenWhileItIsClosed(t *testing.T) {
	w := newWorld(t)
	w.source.fill(9, "leaf")
	ctx, e := context.Background(), *w.env
	e.Objects = before{w.env.Objects, sync.OnceFunc(func() {
		other := *w.env
		other.Invocation = "finish"
		if _, err := other.Finish(ctx, step.FinishIn{Run: "run-1", Failure: &step.Failure{Code: fault.Stopped, Message: "the execution was stopped"}}); err != nil {
			t.Error(err)
		}
	})}
	_, _ = w.try(ctx, wetSync(), func(l *step.Local) { l.Env = &e }) // it ends as it is told
	if r, err := w.env.Runs.Get(ctx, "run-1"); err != nil || r.Status != run.Aborted || w.target.writes == 0 || !r.Written {
		t.Errorf("%d writes, and the run says %+v, %v", w.target.writes, r, err)
	}
}
