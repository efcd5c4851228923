package load

import (
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
)

// scope returns the conditions that the source applies by itself. Only such are pushed down whose records nothing else in the job looks at when they are out of scope:
// on plain identifiers of a kind without kinds below it, that no reference names; and not where the target keeps values in a form of its own, in which the source does not have them. The plan applies all conditions again.
func (l *loader) scope() map[string]job.Where {
	s, ok := l.in.Source.(adapter.Scoper)
	if !ok {
		return nil
	}
	var scope map[string]job.Where
	for _, m := range l.in.Models {
		if len(m.Where) == 0 || l.needed(m.Name) {
			continue
		}
		for _, c := range m.Where {
			changed := l.in.Keeps != nil && l.in.Keeps(m.Name, c.Field) != nil
			if changed || !plainIdentifier(m, c.Field) || !s.Scopes(m, c.Field) {
				continue
			}
			if scope == nil {
				scope = map[string]job.Where{}
			}
			scope[m.Name] = append(scope[m.Name], c)
		}
	}
	return scope
}

// needed reports whether other records may name one of the model.
func (l *loader) needed(model string) bool {
	for _, m := range l.in.Models {
		for _, p := range m.Parents {
			if p.Model == model {
				return true
			}
		}
		for _, a := range m.Attributes {
			if a.References == model {
				return true
			}
		}
	}
	return false
}

// plainIdentifier reports whether the field is an identifier that the side keeps as it is.
func plainIdentifier(m *adapter.Model, field string) bool {
	for _, a := range m.Identifiers {
		if a.Name != field {
			continue
		}
		f := m.Mapping.Field(field)
		return !a.IgnoreCase && (f == nil || f.Value == nil && f.Expr == "" && f.Values == nil && f.Split == "" && f.Default == nil && f.KeyOf == "")
	}
	return false
}
