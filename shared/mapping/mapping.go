// Package mapping translates between a side's fields and the model's: their record into ours on a load, ours into theirs on a write.
package mapping

import (
	"maps"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/expression"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Mapping is a job's map of one model on one side, compiled. In, Slots and Identify use its buffers and are for one goroutine at a time; all else may be called concurrently.
type Mapping struct {
	model  string
	names  []string // our fields, sorted
	slots  []slot   // one for each name
	byOurs map[string]int
	target bool
	extra  []slot // constants of a target that go into fields of theirs that the model has not; Names and Slots leave them out

	// inputs are the names of their fields that slots read; src says where each stood in the last record (-1: nowhere), last which names that had.
	inputs []string
	index  map[string]int
	all    bool // some expression may read any field
	src    []int
	last   []string

	args   []record.Value // of the expression that is evaluated
	buf    []byte         // holds values that were made; valid until the next record
	values []record.Value // In's
	failed []int          // the slots that the last record had trouble with
}

// slot is one of our fields.
type slot struct {
	name   string
	from   string // theirs; "" with an expression
	input  int    // index into inputs; -1 with a constant or an expression
	plain  bool   // nothing but a rename
	silent bool   // a constant that In leaves out
	key    bool   // an identifier or parent field

	def     record.Value
	value   record.Value
	split   string
	values  map[string]record.Value
	inverse map[string]string // our value -> their text
	expr    *expression.Expression
	reads   []int // inputs that the expression reads
	fm      *job.FieldMap
}

// Compile compiles the map of a model for a source; mp may be nil. Errors: Invalid, naming the field.
func Compile(m *job.Model, mp *job.Mapping) (*Mapping, error) { return compile(m, mp, false) }

// CompileTarget compiles the map of a model for a target: there a constant is written by creates and not compared, so In leaves it out
// (but for identifiers and parent fields), and what cannot be inverted is an error.
func CompileTarget(m *job.Model, mp *job.Mapping) (*Mapping, error) {
	t, err := compile(m, mp, true)
	if err != nil {
		return nil, err
	}
	return t, t.Invertible()
}

func compile(m *job.Model, mp *job.Mapping, target bool) (*Mapping, error) {
	if mp == nil {
		mp = &job.Mapping{}
	}
	t := &Mapping{model: m.Name, target: target, byOurs: map[string]int{}, index: map[string]int{}}
	keys := keyFields(m)
	ours := maps.Clone(keys)
	for _, a := range m.Attributes {
		ours[a.Name] = true
	}
	t.names = slices.Sorted(maps.Keys(ours))
	for i := range mp.Fields {
		fm := &mp.Fields[i]
		switch {
		case ours[fm.Name]:
		case target && fm.Value != nil:
			t.extra = append(t.extra, slot{name: fm.Name, from: fm.Name, input: -1, value: fm.Value, silent: true, fm: fm})
		default:
			return nil, fault.Errorf(fault.Invalid, "map model %q: the model has no field %q", m.Name, fm.Name)
		}
	}
	for i, n := range t.names {
		s := slot{name: n, from: n, input: -1, key: keys[n], fm: mp.Field(n)}
		if err := t.fill(&s, m); err != nil {
			return nil, err
		}
		t.slots = append(t.slots, s)
		t.byOurs[n] = i
	}
	t.src = make([]int, len(t.inputs))
	t.values = make([]record.Value, len(t.names))
	return t, nil
}

// keyFields returns the names of the identifiers and parent fields.
func keyFields(m *job.Model) map[string]bool {
	keys := map[string]bool{}
	for _, a := range m.Identifiers {
		keys[a.Name] = true
	}
	for _, p := range m.Parents {
		for _, f := range p.Fields {
			keys[f] = true
		}
	}
	return keys
}

func (t *Mapping) fill(s *slot, m *job.Model) error {
	fm := s.fm
	if fm == nil {
		s.input, s.plain = t.read(s.name), true
		return nil
	}
	switch {
	case fm.Value != nil:
		s.value, s.silent = fm.Value, t.target && !s.key
		return nil
	case fm.Expr != "":
		e, err := expression.Compile(fm.Expr)
		if err != nil {
			return fault.Errorf(fault.Invalid, "map model %q: field %q: %w", t.model, s.name, err)
		}
		s.from, s.expr, t.all = "", e, t.all || e.All()
		for _, n := range e.Names() {
			s.reads = append(s.reads, t.read(n))
		}
		return nil
	case fm.From != "":
		s.from = fm.From
	}
	s.input, s.def, s.split, s.values = t.read(s.from), fm.Default, fm.Split, fm.Values
	s.plain = s.def == nil && s.split == "" && s.values == nil
	if s.values != nil {
		return s.invert(t.model, m.Attribute(s.name))
	}
	return nil
}

// read returns the index of their field among the inputs.
func (t *Mapping) read(name string) int {
	i, ok := t.index[name]
	if !ok {
		i = len(t.inputs)
		t.index[name] = i
		t.inputs = append(t.inputs, name)
	}
	return i
}

// Wanted returns the names of their fields that the mapping reads, sorted; nil where that cannot be told: then every field of theirs is wanted.
func (t *Mapping) Wanted() []string {
	if t.all {
		return nil
	}
	return append([]string{}, slices.Sorted(slices.Values(t.inputs))...)
}

// Names returns our fields in the order of Slots: identifiers, parent fields and attributes, sorted by name. The caller does not change it.
func (t *Mapping) Names() []string { return t.names }

// TheirName returns the name of their field that holds our field: our own name where nothing maps it or where it is a constant to write, "" for an expression.
func (t *Mapping) TheirName(ours string) string {
	if i, ok := t.byOurs[ours]; ok {
		return t.slots[i].from
	}
	return ours
}
