package adaptertest

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/adapters/memory"
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// world is a system in memory (origin), the adapter's system, and another in memory (copy), with jobs that sync one to the next.
type world struct {
	*testing.T
	h            Harness
	dir, options string
	origin, copy *memory.System
	models       map[string]*adapter.Model
	env          *step.Env
	runs         int
	hooks        *hooks
}

// The jobs of a world.
const (
	push = "push" // origin -> the adapter's system
	pull = "pull" // the adapter's system -> copy
)

func newWorld(t *testing.T, h Harness) *world {
	t.Helper()
	state := t.TempDir()
	runs, err := run.OpenSQLite(filepath.Join(state, "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = runs.Shutdown() })
	store, err := objects.NewFolder(filepath.Join(state, "objects"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, h: h, dir: t.TempDir(), hooks: &hooks{}, models: map[string]*adapter.Model{}}
	w.options = h.New(t, w.dir)
	w.origin = memory.New(memory.Options{Shuffle: true, Cursor: true})
	w.copy = memory.New(memory.Options{Batch: 7, Guard: true})
	w.env = &step.Env{
		Registry: adapter.NewRegistry(w.origin.Type("origin"), w.copy.Type("copy"), w.hooks.wrap(h.Type)),
		Runs:     runs, Objects: store, Secrets: secret.Env(), Jobs: w, Temp: t.TempDir(), Invocation: "test", Version: "test",
		Buckets: h.Buckets,
	}
	j := w.job(push)
	ms, err := mapping.Models(j, j.Source)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range ms {
		w.models[m.Name] = m
	}
	return w
}

// Open implements step.Jobs.
func (w *world) Open(_ context.Context, name string) (step.JobFile, error) {
	side := "  adapter: " + w.h.Type.Name + "\n" + indent(w.options)
	source, target := "  adapter: origin\n", side
	if name == pull {
		source, target = side, "  adapter: copy\n"
	}
	models := Models
	if w.h.has(SelfParents) {
		models += Areas
	}
	text := "source:\n" + source + "target:\n" + target + "models:\n" + models + "policy: sync\nlimits: {create: 100%, update: 100%, delete: 100%, shrink: 100%, findings: 100%}\n"
	return step.JobFile{File: filepath.Join(w.dir, name+".yaml"), Dir: w.dir, Text: []byte(text)}, nil
}

// indent moves YAML two columns to the right.
func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		b.WriteString("  " + line)
	}
	return b.String()
}

func (w *world) job(name string) *job.Job {
	w.Helper()
	f, _ := w.Open(w.Context(), name)
	j, err := job.Parse(f.File, f.Text, f.Dir, w.env.Registry)
	if err == nil {
		j, err = j.WithVars(nil)
	}
	if err != nil {
		w.Fatal(err)
	}
	return j
}

// put adds a record to the origin: "site", and its fields.
func (w *world) put(model string, fields map[string]any) {
	w.Helper()
	w.origin.Put(w.models[model], fields)
}

// sync runs a job to its end, and returns how it went.
func (w *world) sync(name string) *run.Run {
	w.Helper()
	return w.start(w.Context(), step.Input{Job: name})
}

func (w *world) start(ctx context.Context, in step.Input) *run.Run {
	w.Helper()
	wet := false
	in.DryRun, in.OverrideLimits = &wet, "a test"
	w.runs++
	id := fmt.Sprintf("run-%d", w.runs)
	if _, err := (&step.Local{Env: w.env}).Run(ctx, step.StartIn{Run: id, By: "tester", Trigger: "test", Input: in}); err != nil {
		w.Fatalf("%s %s: %v", id, in.Job, err)
	}
	r, err := w.env.Runs.Get(context.WithoutCancel(ctx), id)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

// ok fails the test unless the run succeeded.
func (w *world) ok(r *run.Run) *run.Run {
	w.Helper()
	var findings int64
	for _, n := range r.Findings {
		findings += n
	}
	if r.Status != run.Succeeded || findings > 0 {
		w.Fatalf("%s of %s ended %s: %s (findings %v)", r.ID, r.Job, r.Status, r.Message, r.Findings)
	}
	return r
}

// counts adds up a run's planned changes.
func counts(r *run.Run) run.Counts {
	var all run.Counts
	for _, c := range r.Counts {
		all.Create += c.Create
		all.Update += c.Update
		all.Move += c.Move
		all.Delete += c.Delete
		all.Held += c.Held
	}
	return all
}

// settled pushes what the origin holds, and proves the laws: a second sync has nothing to do, and the system reads back as the origin.
func (w *world) settled() {
	w.Helper()
	w.ok(w.sync(push))
	w.laws()
}

func (w *world) laws() {
	w.Helper()
	if c := counts(w.ok(w.sync(push))); c != (run.Counts{}) {
		w.Errorf("a second sync finds something to do: %+v\n%s", c, w.plan())
	}
	w.ok(w.sync(pull))
	if d := cmp.Diff(render(w.origin), render(w.copy)); d != "" {
		w.Fatalf("what was written does not read back (-origin +read)\n%s", d)
	}
}

// render returns a system's records as text, ordered; null is the same as absent there.
func render(s *memory.System) string {
	var lines []string
	for line := range strings.Lines(s.String()) {
		var kept []string
		for i, part := range splitFields(line) {
			if i == 0 || !strings.HasSuffix(part, "=null") {
				kept = append(kept, part)
			}
		}
		lines = append(lines, strings.Join(kept, " "))
	}
	return strings.Join(lines, "\n")
}
