package nautobot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
)

// whole completes the selector of a field that holds a whole reference: by the identifiers of the job's model where it refers to one, else by the kind's natural key.
func (l *layout) whole(ctx context.Context, m *model, f *field, last *selector) error {
	if last.typ.name == "ContentTypeType" {
		last.subs = []*selector{{name: "app_label"}, {name: "model"}}
		return nil
	}
	if to := l.refersTo(m, f.name); to != nil {
		if to.typ != last.typ.name {
			return fmt.Errorf("it holds a %s, and model %q, to which the job lets it refer, is a %s", strings.TrimSuffix(last.typ.name, "Type"), to.Name, strings.TrimSuffix(to.typ, "Type"))
		}
		return l.identified(ctx, to, last, 0)
	}
	return l.natural(ctx, last)
}

// natural completes a selector by the natural key of its kind.
func (l *layout) natural(ctx context.Context, last *selector) error {
	k := l.kindOf(last.typ.name)
	if k == nil {
		return fmt.Errorf("nothing is known of a %s; say which of its fields is meant: %s.FIELD", strings.TrimSuffix(last.typ.name, "Type"), last.name)
	}
	for p := range strings.FieldsSeq(k.key) {
		first, end, err := l.walk(ctx, k.endpoint, last.typ.name, strings.Split(k.read(p), "."))
		if err != nil {
			return err
		}
		if end.enums != nil && k.endpoint != "" && !slices.Contains(l.choosy, k.endpoint) {
			l.choosy = append(l.choosy, k.endpoint)
		}
		last.subs, last.keys = append(last.subs, first), append(last.keys, k.short(p))
	}
	return nil
}

// identified completes a selector by the identifiers of a model of the job.
func (l *layout) identified(ctx context.Context, to *model, last *selector, depth int) error {
	if depth > 8 {
		return fmt.Errorf("model %q is identified by itself", to.Name)
	}
	for _, id := range to.Identifiers {
		name := id.Name
		if fm := to.Mapping.Field(id.Name); fm != nil {
			if fm.Value != nil || fm.Expr != "" || fm.Split != "" || fm.Values != nil {
				return fmt.Errorf("model %q, to which it refers, is identified by %q, which this side translates", to.Name, id.Name)
			}
			name = fm.Theirs()
		}
		first, end, err := l.walk(ctx, to.kind.endpoint, to.typ, strings.Split(to.kind.read(name), "."))
		if err != nil {
			return err
		}
		if end.typ.kind == "OBJECT" {
			if up := l.refersTo(to, name); up != nil {
				err = l.identified(ctx, up, end, depth+1)
			} else {
				err = l.natural(ctx, end)
			}
			if err != nil {
				return err
			}
		}
		last.subs, last.keys = append(last.subs, first), append(last.keys, id.Name)
	}
	return nil
}

// refersTo returns the model to which the job lets a field of the side refer, as a whole; nil where it says nothing.
func (l *layout) refersTo(m *model, name string) *model {
	ours := m.ours(name)
	for _, p := range m.Parents {
		if len(p.Fields) == 1 && p.Fields[0] == ours {
			return l.byName[p.Model]
		}
	}
	if at := attribute(m, ours); at != nil && at.References != "" {
		return l.byName[at.References]
	}
	return nil
}

// refers reports whether the record that the job lets the side's field of a name refer to is the object of f's attribute itself, and not one that a part of it refers to.
func (l *layout) refers(m *model, name string, f *field) bool {
	return l.means(m, f, l.refersTo(m, name), []string{m.ours(name)})
}

// below reports whether a change's parent is the object of f's attribute itself.
func (l *layout) below(m *model, f *field, c *adapter.Change) bool {
	return c.Parent != nil && slices.ContainsFunc(m.Parents, func(p job.Parent) bool {
		return p.Model == c.Parent.Key.Kind() && l.means(m, f, l.byName[p.Model], p.Fields)
	})
}

// means reports whether the record of a model that some of our fields name, one for each of its identifiers, is the object of f's attribute:
// the attribute as a whole is one such field, or what the record is identified by is that part of it.
func (l *layout) means(m *model, f *field, to *model, names []string) bool {
	if to == nil || to.typ != f.ref {
		return false
	}
	for i, n := range names {
		g := m.fieldNamed(m.path(n))
		switch {
		case g == nil || g.cf || g.attr != f.attr:
		case len(g.rest) == 0 && len(names) == 1:
			return true
		case len(g.rest) > 0 && i < len(to.Identifiers) && g.part() == to.path(to.Identifiers[i].Name):
			return true
		}
	}
	return false
}

func attribute(m *model, ours string) *job.Attribute {
	for i := range m.Identifiers {
		if m.Identifiers[i].Name == ours {
			return &m.Identifiers[i]
		}
	}
	return m.Attribute(ours)
}
