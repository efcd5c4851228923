package step_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run/sqlite"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// shelf is a system for these tests: devices with a role, loaded from a cursor, each record and each write taking a while.
type shelf struct {
	mu     sync.Mutex
	roles  map[string]string
	slow   time.Duration
	writes int
	at     int
	deny   func(name string) error
	full   func(name string) error // said at the audit
	asked  map[string]int
	// backwards has it yield the devices in no useful order.
	backwards bool
	trims     bool // keeps texts without blanks around them
	nameless  bool // yields a device without a name first
}

// keeps is what the shelf makes of texts, as adapter.Type.Keeps wants it.
func (s *shelf) keeps(any, *adapter.Model, string) func(record.Value) record.Value {
	if !s.trims {
		return nil
	}
	return func(v record.Value) record.Value {
		t, _ := v.Text()
		return record.MustOf(strings.TrimSpace(t))
	}
}

var (
	_ adapter.Target  = (*shelf)(nil)
	_ adapter.Resumer = (*shelf)(nil)
	_ adapter.Auditor = (*shelf)(nil)
)

// Load yields the devices in order, unless it is to do otherwise.
func (s *shelf) Load(ctx context.Context, req adapter.Request) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		s.mu.Lock()
		names := slices.Sorted(maps.Keys(s.roles))
		roles := maps.Clone(s.roles)
		if s.backwards {
			slices.Reverse(names)
		}
		s.mu.Unlock()
		s.at, _ = strconv.Atoi(string(req.Cursor))
		if s.nameless && s.at == 0 && !yield(&record.Record{Model: "device", Fields: record.Fields{{Name: "role", Value: record.MustOf("leaf")}}}, nil) {
			return
		}
		for ; s.at < len(names); s.at++ {
			time.Sleep(s.slow)
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			n := names[s.at]
			r := &record.Record{Model: "device", Fields: record.Fields{{Name: "name", Value: record.MustOf(n)}, {Name: "role", Value: record.MustOf(roles[n])}}}
			if !yield(r, nil) {
				s.at++
				return
			}
		}
	}
}

// Cursor returns the number of devices yielded.
func (s *shelf) Cursor() []byte { return []byte(strconv.Itoa(s.at + 1)) }

func (s *shelf) write(c *adapter.Change, f func(name string)) (adapter.Result, error) {
	time.Sleep(s.slow)
	s.mu.Lock()
	defer s.mu.Unlock()
	name, _ := c.IDs.Get("name").Text()
	if s.deny != nil {
		if err := s.deny(name); err != nil {
			return adapter.Result{}, err
		}
	}
	s.writes++
	if s.trims {
		name = strings.TrimSpace(name)
	}
	f(name)
	return adapter.Result{}, nil
}

// Audit says what the shelf has no room for.
func (s *shelf) Audit(_ context.Context, c *adapter.Change) error {
	time.Sleep(s.slow)
	s.mu.Lock()
	defer s.mu.Unlock()
	name, _ := c.IDs.Get("name").Text()
	if s.asked == nil {
		s.asked = map[string]int{}
	}
	s.asked[name]++
	if s.full == nil {
		return nil
	}
	return s.full(name)
}

func (s *shelf) kept(c *adapter.Change) string {
	role, _ := c.Set.Get("role").Text()
	if s.trims {
		role = strings.TrimSpace(role)
	}
	return role
}

// Create adds a device; Conflict where it is there.
func (s *shelf) Create(_ context.Context, c *adapter.Change) (adapter.Result, error) {
	name, _ := c.IDs.Get("name").Text()
	s.mu.Lock()
	_, there := s.roles[name]
	s.mu.Unlock()
	if there {
		return adapter.Result{}, fault.Errorf(fault.Conflict, "%s is there", name)
	}
	return s.write(c, func(name string) { s.roles[name] = s.kept(c) })
}

// Update changes a device.
func (s *shelf) Update(_ context.Context, c *adapter.Change) (adapter.Result, error) {
	return s.write(c, func(name string) { s.roles[name] = s.kept(c) })
}

// Delete removes a device.
func (s *shelf) Delete(_ context.Context, c *adapter.Change) (adapter.Result, error) {
	return s.write(c, func(name string) { delete(s.roles, name) })
}

// world is a source and a target shelf with an environment over a real store.
type world struct {
	t              *testing.T
	source, target *shelf
	env            *step.Env
	clock          sync.Mutex
	now            time.Time
	job            string
	runs           int
}

const shelfJob = `
source: {adapter: shelf-source}
target: {adapter: shelf-target}
models:
  device: {identifiers: [name], attributes: [role]}
policy: sync
`

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	runs, err := sqlite.Open(filepath.Join(dir, "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = runs.Shutdown() })
	store, err := objects.NewFolder(filepath.Join(dir, "objects"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, source: &shelf{roles: map[string]string{}}, target: &shelf{roles: map[string]string{}}, job: shelfJob, now: time.Now()}
	of := func(name string, s *shelf) *adapter.Type {
		return &adapter.Type{
			Name: name, Title: "a shelf", Target: true, Config: func() any { return &struct{}{} }, Keeps: s.keeps,
			New: func(context.Context, adapter.Setup) (adapter.Source, error) { return s, nil },
		}
	}
	w.env = &step.Env{
		Registry: adapter.NewRegistry(of("shelf-source", w.source), of("shelf-target", w.target)), Runs: runs, Objects: store, Secrets: secret.Env(),
		Jobs: w, Temp: t.TempDir(), Invocation: "test", Version: "test", Now: func() time.Time { return w.pass(time.Millisecond) },
	}
	return w
}

// pass lets time go by, from any goroutine.
func (w *world) pass(d time.Duration) time.Time {
	w.clock.Lock()
	defer w.clock.Unlock()
	w.now = w.now.Add(d)
	return w.now
}

// Open implements step.Jobs.
func (w *world) Open(context.Context, string) (step.JobFile, error) {
	return step.JobFile{File: "shelf.yaml", Dir: w.t.TempDir(), Text: []byte(w.job)}, nil
}

// fill puts n devices with the role on a shelf.
func (s *shelf) fill(n int, role string) {
	for i := range n {
		s.roles[fmt.Sprintf("device-%04d", i)] = role
	}
}

// run carries one run to its end.
func (w *world) run(in step.Input, change ...func(*step.Local)) step.FinishOut {
	w.t.Helper()
	out, err := w.try(context.Background(), in, change...)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *world) try(ctx context.Context, in step.Input, change ...func(*step.Local)) (step.FinishOut, error) {
	w.t.Helper()
	w.runs++
	l := &step.Local{Env: w.env}
	for _, c := range change {
		c(l)
	}
	return l.Run(ctx, step.StartIn{Run: fmt.Sprintf("run-%d", w.runs), By: "tester", Trigger: "test", Input: in})
}
