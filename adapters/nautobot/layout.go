package nautobot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// layout says what the job's models are in this Nautobot.
type layout struct {
	client *client
	schema *schema
	models []*model
	byName map[string]*model
	choosy []string // endpoints of kinds that are referred to by a choice, among others: which there are must be known
	// problems are what is missing, with the model; nothing can be loaded or written while there are any.
	problems []error
}

// model is a model with its kind.
type model struct {
	*adapter.Model
	kind    *kind
	typ     string // of GraphQL
	content string // Nautobot's own name of it, dcim.location
	fields  []*field
	fixed   []*field      // of a target: constants, which are only written
	set     record.Fields // what creates write beside the model's fields
	dated   bool          // its objects have last_updated
	where   string        // arguments of its list: `location_type: "Site"`
}

// field is one of the side's fields of a model.
type field struct {
	name string    // theirs, as the job has it: a path
	attr string    // what REST calls what the path begins with; the key of a custom field
	cf   bool      // a custom field
	sel  *selector // what is read; nil of a constant that is only written
	rest []string  // the path behind attr, where the field is one part of a reference
	ref  string    // the type of objects that attr refers to; "": none
	many bool
}

// err returns all problems as one error, nil where there are none.
func (l *layout) err() error {
	if len(l.problems) == 0 {
		return nil
	}
	return fault.Wrap(fault.Invalid, errors.Join(l.problems...))
}

// look returns the layout; the first call asks Nautobot.
func (a *system) look(ctx context.Context) (*layout, error) {
	a.laying.Lock()
	defer a.laying.Unlock()
	if a.layout != nil {
		return a.layout, a.layout.err()
	}
	s := &a.known.schema
	if err := s.begin(ctx, a.client, likely(a.setup.Models)); err != nil {
		return nil, err
	}
	l := &layout{client: a.client, schema: s, byName: map[string]*model{}}
	var types []string
	var err error
	for _, am := range a.setup.Models {
		m := &model{Model: am}
		if m.kind, err = kindOf(am); err != nil {
			l.problems = append(l.problems, err)
			continue
		}
		if m.typ = s.lists[m.kind.list]; m.typ == "" {
			l.problems = append(l.problems, fmt.Errorf("model %q: Nautobot's GraphQL has no list %q", am.Name, m.kind.list))
			continue
		}
		if m.content, err = a.contentType(ctx, m); err != nil {
			return nil, err
		}
		if m.where, err = arguments(am); err != nil {
			l.problems = append(l.problems, fmt.Errorf("model %q: %w", am.Name, err))
		}
		l.models, l.byName[am.Name] = append(l.models, m), m
		types = append(types, m.typ)
	}
	if err := s.know(ctx, a.client, types...); err != nil {
		return nil, err
	}
	if err := s.know(ctx, a.client, l.referred()...); err != nil {
		return nil, err
	}
	for _, m := range l.models {
		_, m.dated = s.field(m.typ, localUpdated)
		if err := l.settle(ctx, m, a.target); err != nil {
			return nil, err
		}
	}
	for _, e := range l.choosy {
		if _, err := a.rulesAt(ctx, e); err != nil {
			return nil, err
		}
	}
	a.known.teach()
	a.layout = l
	return l, l.err()
}

// referred returns the types that the models' fields refer to.
func (l *layout) referred() []string {
	var types []string
	for _, m := range l.models {
		for _, n := range m.Fields {
			first, _, _ := strings.Cut(m.kind.read(n), ".")
			if t, ok := l.schema.field(m.typ, first); ok && t.kind == "OBJECT" {
				types = append(types, t.name)
			}
		}
	}
	return types
}

// arguments returns what a model's filter asks of its list.
func arguments(am *adapter.Model) (string, error) {
	c, _ := am.Config.(*ModelConfig)
	if c == nil {
		return "", nil
	}
	var parts []string
	for n, v := range c.Filter {
		s, err := literal(v)
		if err != nil {
			return "", fmt.Errorf("filter %q: %w", n, err)
		}
		parts = append(parts, n+": "+s)
	}
	slices.Sort(parts)
	return strings.Join(parts, ", "), nil
}

// settle finds the fields of a model. An error is one of the way to Nautobot.
func (l *layout) settle(ctx context.Context, m *model, target bool) error {
	names := m.Fields
	if names == nil {
		l.problems = append(l.problems, fmt.Errorf("model %q: an expression does not tell which of Nautobot's fields it reads; name the fields of the map", m.Name))
		return nil
	}
	constant := map[string]bool{}
	if target {
		for _, fm := range m.Mapping.Fields {
			if fm.Value != nil {
				constant[fm.Theirs()] = true
			}
		}
	}
	for n := range constant {
		if !slices.Contains(names, n) {
			names = append(slices.Clip(names), n)
		}
	}
	if c, ok := m.Config.(*ModelConfig); ok && c != nil && target {
		for n, v := range c.Set {
			x, err := record.Plain(v)
			if err != nil {
				return fault.Wrap(fault.Invalid, err) // it was validated
			}
			m.set = append(m.set, record.Field{Name: n, Value: x})
			if constant[n] = true; !slices.Contains(names, n) {
				names = append(slices.Clip(names), n)
			}
		}
		m.set.Sort()
	}
	for _, n := range names {
		f, err := l.field(ctx, m, n)
		var way *fault.Error
		switch {
		case errors.As(err, &way):
			return err
		case err != nil:
			l.problems = append(l.problems, fmt.Errorf("model %q: field %q: %w", m.Name, n, err))
		case constant[n]:
			m.fixed = append(m.fixed, f)
		default:
			m.fields = append(m.fields, f)
		}
	}
	return nil
}

// writes returns all that a change writes: what it sets, and of a create what the map sets beside that.
func (m *model) writes(c *adapter.Change) record.Fields {
	if c.Action != adapter.Create || m.set == nil {
		return c.Set
	}
	all := slices.Clone(c.Set)
	for _, f := range m.set {
		if all.Get(f.Name) == nil {
			all = append(all, f)
		}
	}
	return all
}

// field finds what a path of a model leads to.
func (l *layout) field(ctx context.Context, m *model, name string) (*field, error) {
	if key, ok := strings.CutPrefix(name, "cf."); ok {
		t, known := l.schema.field(m.typ, "_custom_field_data")
		if !known {
			return nil, errors.New("the kind has no custom fields")
		}
		return &field{name: name, attr: key, cf: true, sel: &selector{name: "_custom_field_data", typ: t, cf: key}}, nil
	}
	attr, rest, _ := strings.Cut(name, ".")
	f := &field{name: name, attr: attr}
	if rest != "" {
		f.rest = strings.Split(rest, ".")
	}
	path := strings.Split(m.kind.read(name), ".")
	root := strings.Split(m.kind.read(attr), ".")
	sel, last, err := l.walk(ctx, m.kind.endpoint, m.typ, path)
	if err != nil {
		return nil, err
	}
	f.sel, f.many = sel, last.typ.many
	if last.typ.kind == "OBJECT" {
		f.ref = last.typ.name
		if err := l.whole(ctx, m, f, last); err != nil {
			return nil, err
		}
	}
	if len(path) > len(root) {
		_, at, err := l.walk(ctx, m.kind.endpoint, m.typ, root)
		if err != nil {
			return nil, err
		}
		f.ref = at.typ.name
	}
	return f, nil
}

// walk makes the selector of a path, and returns its last part too.
func (l *layout) walk(ctx context.Context, endpoint, typ string, path []string) (first, last *selector, err error) {
	for i, n := range path {
		if err := l.schema.know(ctx, l.client, typ); err != nil {
			return nil, nil, err
		}
		t, ok := l.schema.field(typ, n)
		switch {
		case !ok:
			return nil, nil, fmt.Errorf("a %s of Nautobot has no %q", strings.TrimSuffix(typ, "Type"), n)
		case t.kind != "SCALAR" && t.kind != "ENUM" && t.kind != "OBJECT":
			return nil, nil, fmt.Errorf("%q may be of several kinds; name one of its fields that begins with it", n)
		case t.kind != "OBJECT" && i < len(path)-1:
			return nil, nil, fmt.Errorf("%q is no object that could have a %q", n, path[i+1])
		}
		s := &selector{name: n, typ: t}
		if t.kind == "ENUM" {
			if i > 0 {
				endpoint = ""
				if k := l.kindOf(typ); k != nil {
					endpoint = k.endpoint
				}
			}
			s.enums = l.schema.enum(endpoint, n)
		}
		if last != nil {
			last.subs = []*selector{s}
		} else {
			first = s
		}
		last, typ = s, t.name
	}
	return first, last, nil
}
