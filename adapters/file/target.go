package file

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

var (
	_ adapter.Batcher   = (*target)(nil)
	_ adapter.Committer = (*target)(nil)
	_ adapter.Finder    = (*target)(nil)
	_ adapter.Auditor   = (*target)(nil)
	_ adapter.Unaudited = (*target)(nil)
	_ adapter.Closer    = (*target)(nil)
)

// target writes files. Changes are staged, on disk where they are many; Commit writes each file anew beside the old one and puts it in its place.
// Rows that are not changed keep their bytes and their place, new ones follow in the order of their keys.
type target struct {
	*files
	tables []*table // nil: not looked for yet
	stages []*stage
}

func newTarget(f *files) adapter.Source { return &target{files: f} }

// BatchSize implements adapter.Batcher.
func (w *target) BatchSize(*adapter.Model) int { return 1000 }

// Apply implements adapter.Batcher.
func (w *target) Apply(_ context.Context, m *adapter.Model, _ adapter.Action, cs []*adapter.Change) ([]adapter.Result, error) {
	s, t, err := w.stage(m)
	if err != nil {
		return nil, err
	}
	rs := make([]adapter.Result, len(cs))
	for i, c := range cs {
		if rs[i].Err = t.holds(c); rs[i].Err != nil {
			continue
		}
		if rs[i].Local, err = s.add(t, c); err != nil {
			return nil, err
		}
	}
	return rs, nil
}

// Audit implements adapter.Auditor.
func (w *target) Audit(_ context.Context, c *adapter.Change) error {
	if err := w.find(); err != nil {
		return err
	}
	t := w.table(c.Model.Name)
	if t == nil {
		return fault.Errorf(fault.Internal, "no file of model %q", c.Model.Name)
	}
	return t.holds(c)
}

// Unaudited implements adapter.Unaudited: JSON holds every value.
func (w *target) Unaudited(m *adapter.Model) bool {
	if w.find() != nil {
		return false // Audit says it
	}
	t := w.table(m.Name)
	return t != nil && t.format != "csv"
}

// find looks for the models' files, once.
func (w *target) find() (err error) {
	if w.tables != nil {
		return nil
	}
	if w.tables, err = w.resolve(w.models); err != nil {
		w.tables = nil
		return err
	}
	for _, g := range groups(w.tables) {
		if g.format == "yaml" {
			w.tables = nil
			return fault.Errorf(fault.Invalid, "file %q: YAML is read, not written; use CSV, JSON or NDJSON for a target", g.show)
		}
	}
	return nil
}

func (w *target) table(model string) *table {
	for _, t := range w.tables {
		if t.Name == model {
			return t
		}
	}
	return nil
}

// stage returns where the model's changes are staged.
func (w *target) stage(m *adapter.Model) (*stage, *table, error) {
	if err := w.find(); err != nil {
		return nil, nil, err
	}
	t := w.table(m.Name)
	if t == nil {
		return nil, nil, fault.Errorf(fault.Internal, "no file of model %q", m.Name)
	}
	for _, s := range w.stages {
		if slices.Contains(s.group.tables, t) {
			return s, t, nil
		}
	}
	for _, g := range groups(w.tables) {
		if slices.Contains(g.tables, t) {
			s, err := newStage(w.cfg, g)
			if err != nil {
				return nil, nil, err
			}
			w.stages = append(w.stages, s)
			return s, t, nil
		}
	}
	return nil, nil, fault.Errorf(fault.Internal, "no file of model %q", m.Name)
}

// Commit implements adapter.Committer. After an error nothing of what was staged is in the files, and it is forgotten.
// Changes of several files are put in place one after the other; each file wholly or not at all.
// The engine commits after each section, which is of one model: so one replacement is open at a time, and in a bucket one upload with what it holds in memory (see s3.Bucket).
func (w *target) Commit(ctx context.Context) error {
	defer w.drop()
	var files []*replacement
	defer func() {
		for _, r := range files {
			r.abort()
		}
	}()
	for _, s := range w.stages {
		r, err := s.write(ctx)
		if err != nil {
			return fmt.Errorf("write %q: %w", s.group.show, err)
		}
		files = append(files, r)
	}
	for i, r := range files {
		if err := r.commit(); err != nil {
			return fmt.Errorf("write %q: %w", w.stages[i].group.show, err)
		}
		for _, t := range w.stages[i].group.tables {
			t.absent = false
		}
	}
	return nil
}

func (w *target) drop() {
	for _, s := range w.stages {
		s.close()
	}
	w.stages = nil
}

// Close implements adapter.Closer.
func (w *target) Close() error {
	w.drop()
	return nil
}

// Find implements adapter.Finder, by a pass over the model's file.
func (w *target) Find(ctx context.Context, m *adapter.Model, keys []record.Key) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		want := map[record.Key]bool{}
		for _, k := range keys {
			want[k] = true
		}
		if err := w.find(); err != nil {
			yield(nil, err)
			return
		}
		f := &files{cfg: w.cfg, disk: w.disk, path: w.path, target: true, models: w.models}
		for r, err := range f.Load(ctx, adapter.Request{Models: w.models}) {
			if isBad(err) || r != nil && r.Model != m.Name {
				continue
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if k, ok := w.table(m.Name).key(r.Fields); ok && want[k] && !yield(r, nil) {
				return
			}
		}
	}
}
