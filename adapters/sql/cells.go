package sql

import (
	"context"
	"fmt"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// cell is a column with the value to write.
type cell struct {
	column *column
	field  *field
	value  any
	shown  record.Value // as the change has it
}

// cells returns what a change writes, each column once.
func (b *batch) cells(ctx context.Context, c *adapter.Change) ([]cell, error) {
	cells := make([]cell, 0, len(c.Set))
	for i, s := range c.Set {
		f := b.field(i, s.Name)
		if f == nil {
			return nil, fault.Errorf(fault.Internal, "write %s: %s has no column for field %q", c.Key, b.m.table, s.Name)
		}
		if f.part != "" && has(cells, f.column) {
			continue // another part of the same key
		}
		if has(cells, f.column) {
			return nil, fault.Errorf(fault.Invalid, "column %q of %s is mapped to two fields", f.column.name, b.m.table)
		}
		x := cell{column: f.column, field: f, shown: s.Value}
		var err error
		if f.ref != nil {
			x.value, err = b.reference(ctx, c, f, s.Value)
		} else if x.value, err = b.d.bind(s.Value, f.column); err != nil {
			err = fault.Errorf(fault.Invalid, "column %q of %s %w", f.column.name, b.m.table, err)
		}
		if err != nil {
			return nil, err
		}
		cells = append(cells, x)
	}
	return cells, nil
}

// field returns the side's field of the i-th value of a change: most changes of a batch have the same ones in the same order.
func (b *batch) field(i int, name string) *field {
	if i < len(b.order) && b.order[i] != nil && b.order[i].name == name {
		return b.order[i]
	}
	f := b.m.fieldNamed(name)
	if i == len(b.order) {
		b.order = append(b.order, f)
	}
	return f
}

func has(cells []cell, c *column) bool {
	for _, x := range cells {
		if x.column == c {
			return true
		}
	}
	return false
}

// reference returns the key to write into a column with key_of: from the local values that came with the change, else by looking for the row.
func (b *batch) reference(ctx context.Context, c *adapter.Change, f *field, v record.Value) (any, error) {
	if err := b.whole(c, f); err != nil {
		return nil, fault.Errorf(fault.Invalid, "column %q of %s %w", f.column.name, b.m.table, err)
	}
	if v.IsNull() {
		return nil, nil
	}
	rel := b.related(c, f)
	if rel == nil {
		key, err := keyFrom(c, b.m, f, v)
		if err != nil {
			return nil, err
		}
		rel = &adapter.Related{Key: key}
	}
	target := rel.Local.Get(f.ref.target.name)
	if target == nil {
		local, err := b.lookup(ctx, f.ref.to, rel.Key)
		if err != nil {
			return nil, err
		}
		if target = local.Get(f.ref.target.name); target == nil {
			return nil, fault.Errorf(fault.Conflict, "%s: %s has no row of %s", f.column.name, f.ref.to.table, rel.Key)
		}
	}
	if target.IsNull() {
		return nil, fault.Errorf(fault.Conflict, "%s: %s has no %s in %s that could be referred to", f.column.name, rel.Key, f.ref.target.name, f.ref.to.table)
	}
	return unlocal(b.d, target)
}

// whole says that of a key whose parts are fields of their own a change has some and leaves others null: no row has such a key.
func (b *batch) whole(c *adapter.Change, f *field) error {
	if f.part == "" {
		return nil
	}
	var given, null []string
	for _, g := range b.m.fields {
		if g.column != f.column {
			continue
		}
		v := c.Set.Get(g.name)
		if v == nil {
			v = c.After.Get(g.name)
		}
		if v == nil || v.IsNull() {
			null = append(null, g.name)
		} else {
			given = append(given, g.name)
		}
	}
	if given == nil || null == nil {
		return nil
	}
	return fmt.Errorf("holds the key of one row of %s: %s has a value, but %s is null; want all of them or none", f.ref.to.table, strings.Join(given, ", "), strings.Join(null, ", "))
}

// related returns the record that a field of the change refers to, as far as the engine told it; nil where it did not.
func (b *batch) related(c *adapter.Change, f *field) *adapter.Related {
	for _, g := range b.m.fields {
		if g.column != f.column {
			continue
		}
		if p := c.Parent; p != nil && p.Field == g.name && p.Key.Kind() == f.ref.to.Name {
			return p
		}
		if rs := c.References[g.name]; len(rs) == 1 {
			return &rs[0]
		}
	}
	return nil
}

// keyFrom makes the identity that a field's value names: a scalar, an object of identifiers, or one identifier of several in fields of the same column.
func keyFrom(c *adapter.Change, m *model, f *field, v record.Value) (record.Key, error) {
	to := f.ref.to
	var ids []record.Value
	for _, a := range to.Identifiers {
		id := v
		switch {
		case f.part != "":
			name := f.column.name + "." + a.Name
			for _, g := range m.fields {
				if g.column == f.column && g.part == a.Name {
					name = g.name
				}
			}
			if id = c.Set.Get(name); id == nil {
				id = c.After.Get(name)
			}
		case len(to.Identifiers) > 1:
			id = v.Members().Get(a.Name)
		}
		if id == nil || id.IsNull() {
			return "", fault.Errorf(fault.Invalid, "%s: want the identifiers of model %q, {%s}, got %s", f.name, to.Name, strings.Join(idNames(to), ", "), shortened(string(v)))
		}
		ids = append(ids, id)
	}
	return record.MakeKey(to.Name, ids...), nil
}

func idNames(m *model) []string {
	var ns []string
	for _, a := range m.Identifiers {
		ns = append(ns, a.Name)
	}
	return ns
}
