package typed

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// writer is a target.
type writer[C, S any] struct{ *source[C, S] }

var _ adapter.Writer = (*writer[struct{}, struct{}])(nil)

// Create implements adapter.Writer.
func (w *writer[C, S]) Create(ctx context.Context, c *adapter.Change) (adapter.Result, error) {
	m, create := w.spec.model(c.Model.Name), w.spec.Create
	if m.create != nil {
		create = m.create
	}
	if create == nil {
		return adapter.Result{}, w.cannot(c)
	}
	return m.shape.create(c, func(x any) error { return create(w.sys, ctx, x) })
}

// Update implements adapter.Writer.
func (w *writer[C, S]) Update(ctx context.Context, c *adapter.Change) (adapter.Result, error) {
	m, update := w.spec.model(c.Model.Name), w.spec.Update
	if m.update != nil {
		update = m.update
	}
	if update == nil {
		return adapter.Result{}, w.cannot(c)
	}
	return m.shape.update(c, func(now, was any) error { return update(w.sys, ctx, now, was) })
}

// Delete implements adapter.Writer.
func (w *writer[C, S]) Delete(ctx context.Context, c *adapter.Change) (adapter.Result, error) {
	m, del := w.spec.model(c.Model.Name), w.spec.Delete
	if m.delete != nil {
		del = m.delete
	}
	if del == nil {
		return adapter.Result{}, w.cannot(c)
	}
	return m.shape.delete(c, func(x any) error { return del(w.sys, ctx, x) })
}

func (w *writer[C, S]) cannot(c *adapter.Change) error {
	return fault.Errorf(fault.Invalid, "adapter %q cannot %s a %s", w.spec.Name, c.Action, c.Model.Name)
}

// create calls a function with the struct of a create, and returns the local values that it set.
func (s *shape) create(c *adapter.Change, call func(x any) error) (adapter.Result, error) {
	x, err := s.value(c, c.Set)
	if err == nil {
		err = call(x.Interface())
	}
	if err != nil {
		return adapter.Result{}, err
	}
	l, err := s.locals(x)
	return adapter.Result{Local: l}, err
}

func (s *shape) update(c *adapter.Change, call func(now, was any) error) (adapter.Result, error) {
	was, err := s.value(c, c.Before, c.Local)
	if err != nil {
		return adapter.Result{}, err
	}
	now, err := s.value(c, c.After, c.Set, c.Local)
	if err != nil {
		return adapter.Result{}, err
	}
	if err := call(now.Interface(), was.Interface()); err != nil {
		return adapter.Result{}, err
	}
	l, err := s.locals(now)
	if err != nil || sameFields(l, c.Local) {
		l = nil
	}
	return adapter.Result{Local: l}, err
}

func (s *shape) delete(c *adapter.Change, call func(x any) error) (adapter.Result, error) {
	x, err := s.value(c, c.IDs, c.Before, c.Local)
	if err == nil {
		err = call(x.Interface())
	}
	return adapter.Result{}, err
}

// value returns a pointer to a new struct filled from the fields; of one name the last counts.
func (s *shape) value(c *adapter.Change, all ...record.Fields) (reflect.Value, error) {
	x := reflect.New(s.typ)
	for i := range s.fields {
		f := &s.fields[i]
		var v record.Value
		switch f.role {
		case where:
			continue
		case parent:
			if c.Parent != nil {
				v = c.Parent.Local.Get(f.name)
			}
		case refers:
			if r := c.References[f.of]; len(r) > 0 {
				v = r[0].Local.Get(f.name)
			}
		default:
			for _, fs := range all {
				if o := fs.Get(f.name); o != nil {
					v = o
				}
			}
		}
		if v == nil || v.IsNull() {
			continue
		}
		if err := json.Unmarshal(v, x.Elem().FieldByIndex(f.index).Addr().Interface()); err != nil {
			return x, fault.Errorf(fault.Invalid, "%s: %s does not fit into %v", f.name, v, s.typ.FieldByIndex(f.index).Type)
		}
	}
	return x, nil
}

// locals returns the local values in a struct.
func (s *shape) locals(x reflect.Value) (record.Fields, error) {
	var l record.Fields
	for _, f := range s.fields {
		if f.role != local {
			continue
		}
		v, err := valueOf(x.Elem().FieldByIndex(f.index))
		if err != nil {
			return nil, fault.Errorf(fault.Internal, "local value %s: %w", f.name, err)
		}
		l = append(l, record.Field{Name: f.name, Value: v})
	}
	return l, nil
}

func sameFields(a, b record.Fields) bool {
	for _, f := range a {
		if !bytes.Equal(f.Value, b.Get(f.Name)) {
			return false
		}
	}
	return true
}
