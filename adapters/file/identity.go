package file

import (
	"slices"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// key returns the identity of a row of the file, as the engine makes it; false where it has none.
func (t *table) key(fields record.Fields) (record.Key, bool) {
	ids := make([]record.Value, 0, len(t.Identifiers))
	for i := range t.Identifiers {
		a := &t.Identifiers[i]
		v, ok := t.ours(fields, a.Name, a.Type)
		if !ok || v.IsNull() {
			return "", false
		}
		if a.IgnoreCase {
			v = job.Fold(v)
		}
		ids = append(ids, v)
	}
	return record.MakeKey(t.Name, ids...), true
}

// ours returns our value of a field of the row; false where there is none.
func (t *table) ours(fields record.Fields, name string, typ job.Type) (record.Value, bool) {
	f := t.Mapping.Field(name)
	v := fields.Get(t.theirs(name))
	if f != nil {
		if f.Value != nil {
			return f.Value, true
		}
		if (v == nil || v.IsNull()) && f.Default != nil {
			v = f.Default
		} else if f.Values != nil && v != nil {
			v = f.Values[v.String()]
		}
	}
	if v == nil {
		return nil, false
	}
	v, err := job.Convert(v, typ)
	return v, err == nil
}

// order returns the file's names of the model's fields as the job has them: identifiers, parent fields, attributes, constants.
func (t *table) order() []string {
	var ns []string
	add := func(ours string) {
		n := t.theirs(ours)
		if f := t.Mapping.Field(ours); f != nil && f.Value != nil {
			n = f.Name
			if f.From != "" {
				n = f.From
			}
		}
		if slices.Contains(ns, n) {
			return
		}
		if n != "" {
			ns = append(ns, n)
		}
	}
	for _, a := range t.Identifiers {
		add(a.Name)
	}
	for _, p := range t.Parents {
		for _, f := range p.Fields {
			add(f)
		}
	}
	for _, a := range t.Attributes {
		add(a.Name)
	}
	for _, f := range t.Mapping.Fields {
		add(f.Name)
	}
	return ns
}
