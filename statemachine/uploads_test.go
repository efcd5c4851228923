package statemachine

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/sqlite"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// counting counts the objects that are being written over others at the same time: each may hold an upload's parts in memory.
type counting struct {
	*objects.Folder
	open, most, all atomic.Int32
}

func (c *counting) CreateOver(ctx context.Context, name, version string) (objects.Writer, error) {
	w, err := c.Folder.CreateOver(ctx, name, version)
	if err != nil {
		return nil, err
	}
	c.all.Add(1)
	if n := c.open.Add(1); n > c.most.Load() {
		c.most.Store(n)
	}
	return &counted{Writer: w, of: c}, nil
}

type counted struct {
	objects.Writer
	of   *counting
	over bool
}

func (w *counted) end() {
	if !w.over {
		w.over = true
		w.of.open.Add(-1)
	}
}

func (w *counted) Commit() error { defer w.end(); return w.Writer.Commit() }

func (w *counted) Abort() { w.end(); w.Writer.Abort() }

// TestOneUploadAtATime: a job that writes many files of a bucket holds one upload open at a time, so memory does not grow with their number.
func TestOneUploadAtATime(t *testing.T) {
	const files = 30
	var b strings.Builder
	b.WriteString("source: {adapter: file, path: \"s3:///in/\"}\ntarget: {adapter: file, path: \"s3:///out/\", create: true}\npolicy: sync\nmodels:\n")
	store := &counting{Folder: folderOf(t)}
	for i := range files {
		fmt.Fprintf(&b, "  m%02d: {identifiers: [name], attributes: [role]}\n", i)
		for dir, text := range map[string]string{"in": "name,role\na,new\nb,new\n", "out": "name,role\na,old\nc,old\n"} {
			if err := store.PutNew(t.Context(), fmt.Sprintf("%s/m%02d.csv", dir, i), []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.WriteString("limits: {delete: 100%, update: 100%}\n")
	runs, err := sqlite.Open(filepath.Join(t.TempDir(), "runs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = runs.Shutdown() }()
	env := &step.Env{
		Registry: adapters.All(), Runs: runs, Objects: folderOf(t), Secrets: secret.Env(), Jobs: oneJob(b.String()), Temp: t.TempDir(), Invocation: "here", Version: step.Release, NoLocal: true,
		Buckets: func(context.Context, string) (objects.Store, error) { return store, nil },
	}
	wet := false
	out, err := (&step.Local{Env: env}).Run(t.Context(), step.StartIn{Run: "here", Input: step.Input{Job: "same", DryRun: &wet}})
	if err != nil || out.Status != run.Succeeded {
		t.Fatalf("%+v, %v", out, err)
	}
	if n, all := store.most.Load(), store.all.Load(); n != 1 || all != 3*files {
		t.Errorf("%d writes were open at once, of %d in all", n, all)
	}
}
