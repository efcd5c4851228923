package sql

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// layout says where in a database the job's models are.
type layout struct {
	catalog *catalog
	models  []*model
	byName  map[string]*model
	// problems are what is missing, with the model; nothing can be loaded or written while there are any.
	problems []error
}

// model is a model with its table.
type model struct {
	*adapter.Model
	table  *table
	fields []*field  // in the order of Model.Fields
	fixed  []*field  // of a target: constants, which are only written
	key    []*column // tells a row and orders a load; nil: nothing does
	local  []*column // carried as local values: the key and what key_of of other models points to
}

// field is one of the side's fields of a model.
type field struct {
	name   string // theirs
	column *column
	ref    *reference // of a column with key_of
	part   string     // of a reference to a model with several identifiers: the one that the field holds; "": all, as an object
}

// reference is a column that holds a key of another model's rows.
type reference struct {
	column *column
	to     *model
	target *column // the column of to's table whose values it holds
}

// find returns the model; nil where the job has none of the name.
func (l *layout) find(name string) *model { return l.byName[name] }

// err returns all problems as one error, nil where there are none.
func (l *layout) err() error {
	if len(l.problems) == 0 {
		return nil
	}
	return fault.Wrap(fault.Invalid, errors.Join(l.problems...))
}

// newLayout finds the models' tables and columns. queries has the results of models that are queries.
func newLayout(c *catalog, models []*adapter.Model, queries map[string]*table, target bool) *layout {
	l := &layout{catalog: c, byName: map[string]*model{}}
	for _, am := range models {
		m := &model{Model: am}
		if err := m.locate(c, queries); err != nil {
			l.problem(am, err)
			continue
		}
		l.models = append(l.models, m)
		l.byName[am.Name] = m
	}
	for _, m := range l.models {
		m.local = slices.Clone(m.key)
	}
	for _, m := range l.models {
		l.fill(m)
		if target {
			l.writable(m)
		}
	}
	return l
}

func (l *layout) problem(m *adapter.Model, err error) {
	l.problems = append(l.problems, fmt.Errorf("model %q: %w", m.Name, err))
}

func (m *model) options() *ModelConfig {
	if c, ok := m.Config.(*ModelConfig); ok && c != nil {
		return c
	}
	return &ModelConfig{}
}

// locate finds the model's table.
func (m *model) locate(c *catalog, queries map[string]*table) error {
	o := m.options()
	switch {
	case o.Query != "":
		m.table = queries[m.Name]
	case o.Table != "":
		if m.table = c.table(o.Table); m.table == nil {
			return fmt.Errorf("there is no table %q%s", o.Table, instead(o.Table, c.names()))
		}
	default:
		for _, n := range []string{m.Name, m.Name + "s"} {
			if m.table == nil {
				m.table = c.table(n)
			}
		}
		if m.table == nil {
			return fmt.Errorf("there is no table %q or %q%s", m.Name, m.Name+"s", instead(m.Name, c.names()))
		}
	}
	if m.table.broken != "" {
		if m.table.name == "" {
			return fmt.Errorf("the query: %s", m.table.broken)
		}
		return fmt.Errorf("view %q cannot be read: %s", m.table.name, m.table.broken)
	}
	m.key = m.table.key
	if o.Key != "" {
		k := m.table.column(o.Key)
		if k == nil {
			return fmt.Errorf("key: %s has no column %q%s", m.table, o.Key, instead(o.Key, m.table.columnNames()))
		}
		m.key = []*column{k}
	}
	return nil
}

// String returns the table for people.
func (t *table) String() string {
	if t.name == "" {
		return "the query"
	}
	return fmt.Sprintf("table %q", t.name)
}

// instead returns what to say after "there is no": the names that were probably meant, else all.
func instead(name string, names []string) string {
	if ns := near(name, names); len(ns) > 0 {
		return "; did you mean " + strings.Join(ns, " or ") + "?"
	}
	switch {
	case len(names) == 0:
		return "; there is none at all"
	case len(names) > 12:
		names = append(slices.Clone(names[:12]), "..")
	}
	return "; there are " + strings.Join(names, ", ")
}

// fill finds the columns of a model's fields.
func (l *layout) fill(m *model) {
	names := m.Fields
	if names == nil { // an expression may read anything
		names = m.table.columnNames()
		for i := range m.Mapping.Fields {
			if fm := &m.Mapping.Fields[i]; fm.KeyOf != "" && !slices.Contains(names, fm.Theirs()) {
				names = append(names, fm.Theirs())
			}
		}
	}
	for _, n := range names {
		f, err := l.field(m, n)
		if err != nil {
			l.problem(m.Model, err)
			continue
		}
		m.fields = append(m.fields, f)
	}
}

// writable finds the columns of the constants, and checks that a target can be written to at all.
func (l *layout) writable(m *model) {
	for i := range m.Mapping.Fields {
		fm := &m.Mapping.Fields[i]
		if fm.Value == nil {
			continue
		}
		f, err := l.field(m, fm.Theirs())
		if err != nil {
			l.problem(m.Model, err)
			continue
		}
		m.fixed = append(m.fixed, f)
	}
	switch {
	case m.options().Query != "":
		l.problem(m.Model, errors.New("a query can only be read; a target needs a table"))
	case m.table.view:
		l.problem(m.Model, fmt.Errorf("%q is a view or a virtual table, which can only be read", m.table.name))
	}
}

// mapped returns the mapping of the side's field; nil where it is not mapped.
func (m *model) mapped(name string) *job.FieldMap {
	for i := range m.Mapping.Fields {
		if fm := &m.Mapping.Fields[i]; fm.Expr == "" && fm.Theirs() == name {
			return fm
		}
	}
	return nil
}

// field finds the column of the side's field, and what it refers to.
func (l *layout) field(m *model, name string) (*field, error) {
	f := &field{name: name, column: m.table.column(name)}
	fm := m.mapped(name)
	keyOf := fm != nil && fm.KeyOf != ""
	if at := strings.LastIndexByte(name, '.'); f.column == nil && keyOf && at > 0 {
		f.column, f.part = m.table.column(name[:at]), name[at+1:]
	}
	if f.column == nil {
		return nil, fmt.Errorf("%s has no column %q%s", m.table, name, instead(name, m.table.columnNames()))
	}
	if !keyOf {
		return f, nil
	}
	to := l.find(fm.KeyOf)
	if to == nil {
		return nil, fmt.Errorf("field %q: key_of names model %q, which has no table here", fm.Name, fm.KeyOf)
	}
	f.ref = &reference{column: f.column, to: to, target: target(f.column, to)}
	if f.ref.target == nil {
		return nil, fmt.Errorf("field %q: key_of: %s of model %q has no single column as its key, nor a foreign key from %s", fm.Name, to.table, to.Name, dotted(m.table, []*column{f.column}))
	}
	if !slices.Contains(to.local, f.ref.target) {
		to.local = append(to.local, f.ref.target)
	}
	if f.part != "" && !slices.ContainsFunc(to.Identifiers, func(a job.Attribute) bool { return a.Name == f.part }) {
		return nil, fmt.Errorf("field %q: model %q has no identifier %q", fm.Name, to.Name, f.part)
	}
	return f, l.readable(to, 0)
}

// target returns the column of the other model's table whose values the column holds: by its foreign key, else the table's only key column.
func target(c *column, to *model) *column {
	for _, f := range c.table.foreign {
		if from, col := f.single(); from == c && f.to == to.table {
			return col
		}
	}
	if len(to.key) == 1 {
		return to.key[0]
	}
	return nil
}

// readable checks that the identifiers of a model can be read where another one refers to it.
func (l *layout) readable(m *model, depth int) error {
	if depth > len(l.models) {
		return fmt.Errorf("key_of: the identifiers of model %q lead back to itself", m.Name)
	}
	for _, a := range m.Identifiers {
		fm := m.Mapping.Field(a.Name)
		switch {
		case fm == nil || fm.Value != nil:
		case fm.Expr != "" || fm.Split != "":
			return fmt.Errorf("key_of: identifier %q of model %q is computed: map it to a column", a.Name, m.Name)
		case fm.KeyOf != "" && l.find(fm.KeyOf) != nil:
			if err := l.readable(l.find(fm.KeyOf), depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// ours returns the model's own name of a side's field; "" where none is mapped to it.
func (m *model) ours(name string) string {
	if fm := m.mapped(name); fm != nil {
		return fm.Name
	}
	if fm := m.Mapping.Field(name); fm != nil && fm.Theirs() != name {
		return "" // our field of that name is kept elsewhere
	}
	return name
}

// fieldOf returns the first field that a column holds; nil where none is mapped to it.
func (m *model) fieldOf(c *column) *field {
	for _, f := range m.fields {
		if f.column == c {
			return f
		}
	}
	return nil
}

// keyValues returns the local values of the columns, nil where one is missing.
func keyValues(cs []*column, local record.Fields) []record.Value {
	vs := make([]record.Value, len(cs))
	for i, c := range cs {
		if vs[i] = local.Get(c.name); vs[i] == nil {
			return nil
		}
	}
	return vs
}
