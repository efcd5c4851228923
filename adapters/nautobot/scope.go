package nautobot

import (
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// scope is the part of a job's scope that a load applies: conditions on identifiers that are plain fields.
// Nautobot drops most of what is out of it; what counts is Where.Match on what came.
type scope struct {
	m     *model
	where job.Where
}

func newScope(m *model, w job.Where) *scope {
	if len(w) == 0 {
		return nil
	}
	return &scope{m, w}
}

// Scopes implements adapter.Scoper.
func (a *system) Scopes(m *adapter.Model, name string) bool {
	if !slices.ContainsFunc(m.Identifiers, func(id job.Attribute) bool { return id.Name == name }) {
		return false
	}
	if slices.ContainsFunc(m.Parents, func(p job.Parent) bool { return p.Model == m.Name }) {
		return false // what hangs below a record in scope is in it
	}
	fm := m.Mapping.Field(name)
	return fm == nil || fm.Values == nil && fm.Split == "" && fm.Default == nil && fm.Value == nil && fm.Expr == ""
}

// path returns the side's name of our field.
func (m *model) path(ours string) string {
	if fm := m.Mapping.Field(ours); fm != nil {
		return fm.Theirs()
	}
	return ours
}

// arguments returns what Nautobot can drop by itself: whatever match lets through must pass. It may refuse them, for a device that there is not.
func (s *scope) arguments() []string {
	if s == nil {
		return nil
	}
	var args []string
	for _, c := range s.where {
		at := attribute(s.m, c.Field)
		path := strings.TrimSuffix(s.m.path(c.Field), ".name")
		if at == nil || at.IgnoreCase || len(c.Values) == 0 || len(c.Values) > 100 || c.Regexp != "" || len(c.CIDRs) > 0 || !strings.Contains(filters, " "+path+" ") || !s.m.kind.listed() {
			continue
		}
		var vs []string
		for _, v := range c.Values {
			if _, whole := v.Int64(); whole || text(v) != "" {
				vs = append(vs, string(v))
			}
		}
		if len(vs) == len(c.Values) {
			args = append(args, path+": ["+strings.Join(vs, ", ")+"]")
		}
	}
	return args
}

// match reports whether a record is in the scope. What cannot be told is: the engine says what is wrong with it.
func (s *scope) match(r *record.Record) bool {
	if s == nil {
		return true
	}
	sure := true
	in := s.where.Match(func(ours string) record.Value {
		v := r.Fields.Get(s.m.path(ours))
		var typ job.Type
		if at := attribute(s.m, ours); at != nil {
			typ = at.Type
		}
		c, err := job.Convert(v, typ)
		if v == nil || err != nil {
			sure = false
			return v
		}
		return c
	})
	return in || !sure
}
