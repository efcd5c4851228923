package nautobot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// body is what is sent for one change: attributes as REST names them.
type body struct {
	attrs  record.Fields
	custom record.Fields
}

// body makes what a change sends. tags are the names that the object has now, where the mark is to be added to them; nil where the change sets them or they are not known.
func (a *system) body(ctx context.Context, l *layout, m *model, c *adapter.Change, tags record.Value) (*body, error) {
	b := &body{}
	done := map[string]bool{}
	tagged := false
	for _, s := range m.writes(c) {
		f := m.fieldNamed(s.Name)
		if f == nil {
			return nil, fault.Errorf(fault.Internal, "write %s: %s has no field %q", c.Key, m.kind, s.Name)
		}
		if f.cf {
			b.custom = append(b.custom, record.Field{Name: f.attr, Value: s.Value})
			continue
		}
		if done[f.attr] {
			continue // another part of the same reference
		}
		done[f.attr] = true
		v := s.Value
		if f.attr == "tags" && a.marking() {
			v, tagged = with(v, a.config.Mark), true
		}
		v, err := a.written(ctx, l, m, f, c, v)
		if err != nil {
			return nil, err
		}
		b.attrs = append(b.attrs, record.Field{Name: f.attr, Value: v})
	}
	if a.marks(m) && !tagged && (c.Action == adapter.Create || tags != nil && !has(tags, a.config.Mark)) {
		ids, err := a.tagIDs(ctx, l, tags)
		if err != nil {
			return nil, err
		}
		b.attrs = append(b.attrs, record.Field{Name: "tags", Value: record.Value(list(union(ids, a.markID)))})
	}
	return b, nil
}

// written returns a field's value as REST takes it: references by id, one or several.
func (a *system) written(ctx context.Context, l *layout, m *model, f *field, c *adapter.Change, v record.Value) (record.Value, error) {
	if v.IsNull() {
		if e := f.empty(); e != nil {
			return e, nil
		}
	}
	if f.ref == "" || f.ref == "ContentTypeType" {
		return v, nil
	}
	if f.many {
		els := v.Elements()
		ids := several(l, m, f, c, len(els))
		if ids != nil {
			return record.Value(list(ids)), nil
		}
		ids = make([]string, len(els))
		for i, e := range els {
			var err error
			if ids[i], err = a.reference(ctx, l, f, nil, e); err != nil {
				return nil, err
			}
		}
		return record.Value(list(ids)), nil
	}
	if id := related(l, m, f, c); id != "" {
		return record.Value(quoted(id)), nil
	}
	parts := m.parts(l, f)
	values := make([]record.Value, len(parts))
	null := true
	for i, p := range parts {
		if values[i] = m.writes(c).Get(p.name); values[i] == nil {
			values[i] = c.After.Get(p.name)
		}
		if values[i] == nil { // an update writes no constants, and may need them to say which object is meant
			values[i] = m.constant(p.name)
		}
		if values[i] == nil {
			values[i] = record.Value(record.Null)
		}
		null = null && values[i].IsNull()
	}
	if null {
		return record.Value(record.Null), nil
	}
	if len(parts) == 1 && len(parts[0].rest) == 0 {
		id, err := a.reference(ctx, l, parts[0], nil, values[0])
		return record.Value(quoted(id)), err
	}
	id, err := a.reference(ctx, l, f, parts, combined(parts, values))
	return record.Value(quoted(id)), err
}

// parts returns the fields that name the object of f's attribute together. One whose value is a key of several parts does so alone.
func (m *model) parts(l *layout, f *field) []*field {
	if len(f.rest) == 0 {
		return []*field{f}
	}
	var parts []*field
	for _, g := range slices.Concat(m.fields, m.fixed) {
		switch {
		case g.cf || g.attr != f.attr:
		case len(g.rest) == 0 && len(g.root(l).subs) > 1:
			return []*field{g}
		default:
			parts = append(parts, g)
		}
	}
	return parts
}

// part is what a field is called among the parts of a reference: as others call that part of an object of the kind.
func (f *field) part() string { return strings.Join(f.rest, ".") }

// constant returns the value that the job lets creates set a field of the side to; nil where it says none.
func (m *model) constant(name string) record.Value {
	if v := m.set.Get(name); v != nil {
		return v
	}
	for i := range m.Mapping.Fields {
		if fm := &m.Mapping.Fields[i]; fm.Value != nil && fm.Theirs() == name {
			return fm.Value
		}
	}
	return nil
}

// empty returns what Nautobot has in the place of null: an empty text, an empty list; nil where it has null.
func (f *field) empty() record.Value {
	switch {
	case f.cf || f.sel == nil:
		return nil
	case f.many:
		return record.Value("[]")
	case f.sel.typ.full && f.sel.typ.name == "String":
		return record.Value(`""`)
	}
	return nil
}

// combined makes the natural key of a reference whose parts are several fields.
func combined(parts []*field, values []record.Value) record.Value {
	if len(parts) == 1 {
		return values[0]
	}
	var fs record.Fields
	for i, p := range parts {
		fs = append(fs, record.Field{Name: p.part(), Value: values[i]})
	}
	fs.Sort()
	return record.Value(record.AppendObject(nil, fs))
}

// several returns the ids of the n objects that a to-many field refers to, where the engine knows them all; else nil.
func several(l *layout, m *model, f *field, c *adapter.Change, n int) []string {
	for name, rs := range c.References {
		if len(rs) != n || !l.refers(m, name, f) {
			continue
		}
		ids := make([]string, 0, n)
		for _, r := range rs {
			if id := text(r.Local.Get(localID)); id != "" {
				ids = append(ids, id)
			}
		}
		if len(ids) == n && n > 0 {
			return ids
		}
	}
	return nil
}

// related returns the id of the object that a field refers to, as far as the engine knows it.
func related(l *layout, m *model, f *field, c *adapter.Change) string {
	if l.below(m, f, c) {
		return text(c.Parent.Local.Get(localID))
	}
	for name, rs := range c.References {
		if len(rs) == 1 && l.refers(m, name, f) {
			return text(rs[0].Local.Get(localID))
		}
	}
	return ""
}

// reference returns the id of the object with the natural key. parts are the fields that make up the key together; nil: the field alone.
func (a *system) reference(ctx context.Context, l *layout, f *field, parts []*field, key record.Value) (string, error) {
	root := f.root(l)
	subs, keys := root.subs, root.keys
	if parts != nil {
		subs, keys = nil, nil
		for _, p := range parts {
			subs, keys = append(subs, p.root(l).subs...), append(keys, p.part())
		}
	}
	d, err := a.directoryOf(l, f.ref, subs, keys)
	if err != nil {
		return "", err
	}
	ids, err := a.find(ctx, d, key)
	switch {
	case err != nil:
		return "", err
	case len(ids) == 0:
		return "", fault.Wrap(fault.Invalid, &absentError{fmt.Sprintf("%s: Nautobot has no %s %s", f.name, strings.TrimSuffix(f.ref, "Type"), shortened(key.String()))})
	case len(ids) > 1:
		return "", fault.Errorf(fault.Invalid, "%s: Nautobot has %d of the %s %s; name more of it (%s.FIELD)", f.name, len(ids), strings.TrimSuffix(f.ref, "Type"), shortened(key.String()), f.attr)
	}
	return ids[0], nil
}

// absentError is the error of a reference to what Nautobot does not have.
type absentError struct{ text string }

func (e *absentError) Error() string { return e.text }

// root returns the selector of the object that the field's attribute refers to.
func (f *field) root(*layout) *selector {
	s := f.sel
	for s.typ.name != f.ref && len(s.subs) == 1 {
		s = s.subs[0]
	}
	return s
}

func (a *system) tagIDs(ctx context.Context, l *layout, names record.Value) ([]string, error) {
	var ids []string
	for _, e := range names.Elements() {
		d, err := a.directoryOf(l, "TagType", []*selector{{name: "name"}}, nil)
		if err != nil {
			return nil, err
		}
		found, err := a.find(ctx, d, e)
		if err != nil {
			return nil, err
		}
		ids = append(ids, found...)
	}
	return ids, nil
}

func has(list record.Value, name string) bool {
	for _, e := range list.Elements() {
		if text(e) == name {
			return true
		}
	}
	return false
}

// with returns a list of names with one more.
func with(list record.Value, name string) record.Value {
	if has(list, name) {
		return list
	}
	l := without(list, name)
	if len(l) > 2 {
		l = append(l[:len(l)-1], ',')
	} else {
		l = record.Value("[")
	}
	return append(append(l, quoted(name)...), ']')
}

// append writes the body as JSON, with the id of the object.
func (b *body) append(dst []byte, id string) []byte {
	dst = append(append(dst, `{"id":`...), quoted(id)...)
	for _, f := range b.attrs {
		dst = append(append(append(append(dst, ','), quoted(f.Name)...), ':'), f.Value...)
	}
	if len(b.custom) > 0 {
		dst = append(dst, `,"custom_fields":`...)
		b.custom.Sort()
		dst = record.AppendObject(dst, b.custom)
	}
	return append(dst, '}')
}

// fieldNamed returns the side's field, constants too; nil where there is none.
func (m *model) fieldNamed(name string) *field {
	for _, fs := range [][]*field{m.fields, m.fixed} {
		for _, f := range fs {
			if f.name == name {
				return f
			}
		}
	}
	return nil
}
