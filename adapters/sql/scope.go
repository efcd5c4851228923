package sql

import (
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// scope is the part of a job's scope that a load applies: conditions on identifiers that are plain columns.
// The database drops most of what is out of it; what counts is Where.Match on what came.
type scope struct {
	m     *model
	where job.Where
	typ   map[string]job.Type
}

// newScope returns the scope of a model; nil where there is none.
func newScope(m *model, w job.Where) *scope {
	if len(w) == 0 {
		return nil
	}
	s := &scope{m: m, where: w, typ: map[string]job.Type{}}
	for _, c := range w {
		if a := m.Attribute(c.Field); a != nil {
			s.typ[c.Field] = a.Type
		}
	}
	return s
}

// Scopes implements adapter.Scoper.
func (a *database) Scopes(m *adapter.Model, name string) bool {
	if !slices.ContainsFunc(m.Identifiers, func(id job.Attribute) bool { return id.Name == name }) {
		return false
	}
	if slices.ContainsFunc(m.Parents, func(p job.Parent) bool { return p.Model == m.Name }) {
		return false // what hangs below a record in scope is in it
	}
	fm := m.Mapping.Field(name)
	return fm == nil || fm.KeyOf == "" && fm.Values == nil && fm.Split == "" && fm.Default == nil && fm.Value == nil && fm.Expr == ""
}

// conditions returns what the database can drop by itself, and the parameters: whatever Match lets through must pass.
func (s *scope) conditions(d dialect, _ []any) (conds []string, args []any) {
	if s == nil {
		return nil, nil
	}
	for _, c := range s.where {
		f, a := s.column(c.Field), s.m.Attribute(c.Field)
		if f == nil || a == nil || a.IgnoreCase || len(c.Values) == 0 || c.Regexp != "" || len(c.CIDRs) > 0 || !exact(a.Type, f.class) {
			continue
		}
		var params []string
		var vs []any
		for _, v := range c.Values {
			b, err := d.bind(v, f)
			if err != nil || b == nil {
				params = nil
				break
			}
			vs, params = append(vs, b), append(params, d.param(len(args)+len(vs)))
		}
		if params != nil && len(vs) <= 100 {
			conds, args = append(conds, "t0."+f.quoted+" IN ("+strings.Join(params, ", ")+")"), append(args, vs...)
		}
	}
	return conds, args
}

// exact reports whether equal values of the type are equal for the database too.
func exact(t job.Type, c class) bool {
	switch c {
	case classText:
		return t == "" || t == job.String
	case classInteger:
		return t == "" || t == job.Integer || t == job.String
	}
	return false
}

// column returns the column of our field.
func (s *scope) column(ours string) *column {
	name := ours
	if fm := s.m.Mapping.Field(ours); fm != nil {
		name = fm.Theirs()
	}
	for _, f := range s.m.fields {
		if f.name == name && f.ref == nil {
			return f.column
		}
	}
	return nil
}

// match reports whether a record is in the scope. What cannot be told is: the engine says what is wrong with it.
func (s *scope) match(r *record.Record) bool {
	if s == nil {
		return true
	}
	sure := true
	in := s.where.Match(func(ours string) record.Value {
		name := ours
		if fm := s.m.Mapping.Field(ours); fm != nil {
			name = fm.Theirs()
		}
		v := r.Fields.Get(name)
		c, err := job.Convert(v, s.typ[ours])
		if v == nil || err != nil {
			sure = false
			return v
		}
		return c
	})
	return in || !sure
}
