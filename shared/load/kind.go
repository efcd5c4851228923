package load

import (
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// kind is a model prepared for loading: every name is looked up once, so that a record is handled by positions alone.
// A slot is the position of one of our fields in mapping.Names.
type kind struct {
	model   *adapter.Model
	mapping *mapping.Mapping
	names   []string
	typed   []typed // slots with a declared type
	kept    []kept  // slots whose values the target keeps in a form of its own
	ids     []ident
	attrs   []int // slots of the attributes, sorted by name
	parents []parent
	shared  []bool // slots that are an identifier or attribute, or belong to several parents
	folds   bool   // some identifier ignores case
	shape   *record.Shape

	// The record that is worked on; used again for the next.
	values  []record.Value
	bad     []bool
	keys    []record.Value // identifiers as the key has them
	own     []record.Value // identifiers in their own spelling
	sent    []record.Value // attributes
	local   record.Fields
	trouble []string
}

type typed struct {
	slot int
	typ  job.Type
}

type kept struct {
	slot int
	keep func(record.Value) record.Value
}

type ident struct {
	slot int
	fold bool
}

type parent struct {
	kind  string
	slots []int
	types []job.Type
	folds []bool
	ids   []record.Value // the record's, folded
}

func newKind(m *adapter.Model, side string) (*kind, error) {
	t, err := mapping.For(m, side)
	if err != nil {
		return nil, err
	}
	k := &kind{model: m, mapping: t, names: t.Names()}
	n := len(k.names)
	k.values, k.bad, k.shared = make([]record.Value, n), make([]bool, n), make([]bool, n)
	at := map[string]int{}
	for i, name := range k.names {
		at[name] = i
		a := m.Attribute(name)
		if a == nil {
			continue
		}
		k.shared[i] = true
		if a.Type != "" {
			k.typed = append(k.typed, typed{i, a.Type})
		}
	}
	for _, a := range m.Identifiers {
		k.ids = append(k.ids, ident{at[a.Name], a.IgnoreCase})
		k.folds = k.folds || a.IgnoreCase
	}
	isAttr := map[string]bool{}
	for _, a := range m.Attributes {
		isAttr[a.Name] = true
	}
	var attrs []string
	for i, name := range k.names {
		if isAttr[name] {
			k.attrs, attrs = append(k.attrs, i), append(attrs, name)
		}
	}
	k.shape, k.sent = record.NewShape(attrs), make([]record.Value, len(attrs))
	k.keys, k.own = make([]record.Value, len(k.ids)), make([]record.Value, len(k.ids))
	k.addParents(at)
	return k, nil
}

// keeps notes the fields whose values the target keeps in a form of its own.
func (k *kind) keeps(how func(model, field string) func(record.Value) record.Value) {
	for i, name := range k.names {
		if keep := how(k.model.Name, name); keep != nil {
			k.kept = append(k.kept, kept{i, keep})
		}
	}
}

func (k *kind) addParents(at map[string]int) {
	seen := map[int]bool{}
	for _, p := range k.model.Parents {
		q := parent{kind: p.Model, types: p.Types, folds: p.IgnoreCase, ids: make([]record.Value, len(p.Fields))}
		for _, f := range p.Fields {
			s := at[f]
			k.shared[s] = k.shared[s] || seen[s]
			seen[s] = true
			q.slots = append(q.slots, s)
		}
		k.parents = append(k.parents, q)
	}
}
