package mapping

import (
	"slices"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Keeps returns how a target of a type that has Keeps, with its config, keeps the values of our fields, by model and field; nil where as they come. ms are the models as the target sees them.
// A field that names a parent, or refers to a record, is kept as the identifiers of those records are. What the map translates (values, split) is not looked at.
func Keeps(t *adapter.Type, config any, ms []*adapter.Model) func(model, field string) func(record.Value) record.Value {
	return (&keeper{t, config, ms}).field
}

type keeper struct {
	typ    *adapter.Type
	config any
	models []*adapter.Model
}

func (k *keeper) field(model, field string) func(record.Value) record.Value {
	return k.deep(model, field, 0)
}

// deep is field; depth counts the references that led here.
func (k *keeper) deep(model, field string, depth int) func(record.Value) record.Value {
	m := k.model(model)
	if m == nil || depth > 10 {
		return nil
	}
	for _, p := range m.Parents {
		if i := slices.Index(p.Fields, field); i >= 0 {
			if up := k.model(p.Model); up != nil && (up.Name != model || up.Identifiers[i].Name != field) {
				return k.deep(up.Name, up.Identifiers[i].Name, depth+1)
			}
		}
	}
	if at := m.Attribute(field); at != nil && at.References != "" {
		if to := k.model(at.References); to != nil {
			return k.identity(to, depth+1)
		}
	}
	fm := m.Mapping.Field(field)
	if fm == nil {
		return k.typ.Keeps(k.config, m, field)
	}
	if fm.Value != nil || fm.Expr != "" || fm.Split != "" || fm.Values != nil {
		return nil
	}
	return k.typ.Keeps(k.config, m, fm.Theirs())
}

// identity returns how values are kept that are identities of a model, or lists of them.
func (k *keeper) identity(to *adapter.Model, depth int) func(record.Value) record.Value {
	parts := map[string]func(record.Value) record.Value{}
	for _, id := range to.Identifiers {
		if f := k.deep(to.Name, id.Name, depth); f != nil {
			parts[id.Name] = f
		}
	}
	if len(parts) == 0 {
		return nil
	}
	one := func(v record.Value) record.Value {
		switch {
		case len(v) == 0 || v.IsNull():
			return v
		case len(to.Identifiers) == 1:
			return parts[to.Identifiers[0].Name](v)
		case v[0] != '{':
			return v
		}
		fs := v.Members()
		for i, f := range fs {
			if keep := parts[f.Name]; keep != nil && len(f.Value) > 0 && !f.Value.IsNull() {
				fs[i].Value = keep(f.Value)
			}
		}
		return record.AppendObject(nil, fs)
	}
	return func(v record.Value) record.Value {
		if v[0] != '[' {
			return one(v)
		}
		out := record.Value("[")
		for i, e := range v.Elements() {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, one(e)...)
		}
		return append(out, ']')
	}
}

func (k *keeper) model(name string) *adapter.Model {
	i := slices.IndexFunc(k.models, func(m *adapter.Model) bool { return m.Name == name })
	if i < 0 {
		return nil
	}
	return k.models[i]
}
