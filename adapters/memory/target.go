package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

type writer struct{ *side }

// Create implements adapter.Writer.
func (w writer) Create(_ context.Context, c *adapter.Change) (adapter.Result, error) {
	return w.one("create", c)
}

// Update implements adapter.Writer.
func (w writer) Update(_ context.Context, c *adapter.Change) (adapter.Result, error) {
	return w.one("update", c)
}

// Delete implements adapter.Writer.
func (w writer) Delete(_ context.Context, c *adapter.Change) (adapter.Result, error) {
	return w.one("delete", c)
}

func (w writer) one(op string, c *adapter.Change) (adapter.Result, error) {
	call := Call{Op: op, Model: c.Model.Name, Changes: []*adapter.Change{c}}
	if err := w.fault(call); err != nil {
		return adapter.Result{}, err
	}
	w.mu.Lock()
	r, err := w.change(c)
	w.mu.Unlock()
	if err != nil {
		return r, err
	}
	call.After = true
	return r, w.fault(call)
}

type batcher struct{ *side }

// BatchSize implements adapter.Batcher.
func (b batcher) BatchSize(*adapter.Model) int { return b.opts.Batch }

// Apply implements adapter.Batcher.
func (b batcher) Apply(_ context.Context, m *adapter.Model, a adapter.Action, cs []*adapter.Change) ([]adapter.Result, error) {
	if len(cs) > b.opts.Batch {
		return nil, fault.Errorf(fault.Internal, "batch of %d %s: at most %d were asked for", len(cs), m.Name, b.opts.Batch)
	}
	call := Call{Op: "batch", Model: m.Name, Changes: cs}
	if err := b.fault(call); err != nil {
		return nil, err
	}
	rs, err := b.apply(a, cs)
	if err != nil {
		return nil, err
	}
	call.After = true
	return rs, b.fault(call)
}

func (b batcher) apply(a adapter.Action, cs []*adapter.Change) ([]adapter.Result, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.rows
	b.load(before)
	rs := make([]adapter.Result, len(cs))
	for i, c := range cs {
		if c.Action != a {
			return nil, fault.Errorf(fault.Internal, "batch of %s: %s is a %s", a, c.Name, c.Action)
		}
		r, err := b.change(c)
		if err != nil && b.opts.WholeBatch {
			b.load(before)
			return nil, err
		}
		r.Err = err
		rs[i] = r
	}
	return rs, nil
}

// change carries out one change; s.mu is held.
func (s *System) change(c *adapter.Change) (adapter.Result, error) {
	if c.Action == adapter.Create {
		return s.create(c)
	}
	r := s.find(c.Key)
	if s.opts.Locals {
		id, ok := c.Local.Get("id").Int64()
		if !ok {
			return adapter.Result{}, fault.Errorf(fault.Internal, "%s %s: came without the local value id", c.Action, c.Name)
		}
		r = s.rows[id]
	}
	if r == nil {
		return adapter.Result{}, fault.Errorf(fault.NotFound, "%s %s: there is none", c.Model.Name, c.Name)
	}
	if c.Action == adapter.Delete {
		return adapter.Result{}, s.delete(r)
	}
	n := *r
	n.Fields = set(r.Fields, c.Set)
	n.Parent = parentOf(c.Model, n.Fields)
	if err := s.check(&n, c); err != nil {
		return adapter.Result{}, err
	}
	s.rows[n.ID] = &n
	s.version++
	return adapter.Result{}, nil
}

func (s *System) create(c *adapter.Change) (adapter.Result, error) {
	if s.find(c.Key) != nil {
		return adapter.Result{}, fault.Errorf(fault.Conflict, "%s %s exists already", c.Model.Name, c.Name)
	}
	n := &Row{Model: c.Model.Name, Key: record.Key(bytes.Clone([]byte(c.Key))), Fields: set(nil, c.Set)}
	n.Parent = parentOf(c.Model, n.Fields)
	if err := s.check(n, c); err != nil {
		return adapter.Result{}, err
	}
	s.insert(n)
	if !s.opts.Locals {
		return adapter.Result{}, nil
	}
	return adapter.Result{Local: record.Fields{{Name: "id", Value: record.MustOf(n.ID)}}}, nil
}

func (s *System) delete(r *Row) error {
	below := s.children(r.Key)
	if s.opts.Guard && !s.opts.Cascade && len(below) > 0 {
		return fault.Errorf(fault.Conflict, "%s is still the parent of %s", r.Key, below[0].Key)
	}
	s.remove(r)
	if !s.opts.Cascade {
		return nil
	}
	for _, b := range below {
		if err := s.delete(b); err != nil {
			return err
		}
	}
	return nil
}

// uniqueError is a conflict that knows its fields.
type uniqueError struct {
	fields []string
	other  record.Key
}

func (e *uniqueError) Error() string { return fmt.Sprintf("%v is taken by %s", e.fields, e.other) }

// check refuses a row that breaks a rule of the system.
func (s *System) check(n *Row, c *adapter.Change) error {
	if s.opts.Guard && n.Parent != "" {
		p := s.find(n.Parent)
		if p == nil {
			return fault.Errorf(fault.Conflict, "%s: no parent %s", c.Name, n.Parent)
		}
		if s.opts.Locals && c.Parent != nil {
			if id, ok := c.Parent.Local.Get("id").Int64(); !ok || id != p.ID {
				return fault.Errorf(fault.Internal, "%s: its parent came with local values %v, want id %d", c.Name, c.Parent.Local, p.ID)
			}
		}
	}
	for _, group := range s.opts.Unique[n.Model] {
		for _, o := range s.rows {
			if o.Model == n.Model && o.ID != n.ID && same(group, o.Fields, n.Fields) {
				return fault.Wrap(fault.Conflict, &uniqueError{fields: group, other: o.Key})
			}
		}
	}
	return nil
}

// same reports whether all fields of the group are equal and none is null.
func same(group []string, a, b record.Fields) bool {
	return !slices.ContainsFunc(group, func(f string) bool {
		x, y := a.Get(f), b.Get(f)
		return x == nil || x.IsNull() || !bytes.Equal(x, y)
	})
}

// Conflicting implements adapter.Conflicter.
func (a *side) Conflicting(err error) []string {
	if u, ok := errors.AsType[*uniqueError](err); ok {
		return u.fields
	}
	return nil
}

// Commit implements adapter.Committer.
func (a *side) Commit(context.Context) error {
	if err := a.fault(Call{Op: "commit"}); err != nil {
		return err
	}
	a.mu.Lock()
	a.commit()
	a.mu.Unlock()
	return a.fault(Call{Op: "commit", After: true})
}

// Audit implements adapter.Auditor.
func (a *side) Audit(_ context.Context, c *adapter.Change) error {
	if a.opts.Audit == nil {
		return nil
	}
	return a.opts.Audit(c)
}

// Workers implements adapter.Concurrent.
func (a *side) Workers() int { return max(1, a.opts.Workers) }

// Cascades implements adapter.Cascader.
func (a *side) Cascades(context.Context, *adapter.Model, *adapter.Model) (bool, error) {
	return a.opts.Cascade, nil
}

// SyncComplete implements adapter.Completer.
func (a *side) SyncComplete(_ context.Context, sum adapter.Summary) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.done = &sum
	return nil
}
