package typed

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
)

// role is what a field of a struct is for.
type role uint8

const (
	attribute role = iota
	identifier
	local
	parent // a local value of the parent, on writes
	refers // a local value of the record that a field refers to, on writes
	where
)

// field is one tagged field of a struct.
type field struct {
	name  string
	of    string // of refers: the field that refers
	index []int
	role  role
	omit  bool
}

// shape is what a struct's tags say.
type shape struct {
	name   string
	typ    reflect.Type
	fields []field
	err    error
}

// shapeOf reads the tags of a struct, or of a pointer to one.
func shapeOf(x any) *shape {
	t := reflect.TypeOf(x)
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return &shape{err: fmt.Errorf("a model is a struct, not a %v", t)}
	}
	s := &shape{name: snake(t.Name()), typ: t}
	var errs []error
	for _, f := range reflect.VisibleFields(t) {
		tag, ok := f.Tag.Lookup("plumb")
		if !ok || tag == "-" {
			continue
		}
		if err := s.add(f, tag); err != nil {
			errs = append(errs, fmt.Errorf("%v.%s: tag %q: %w", t, f.Name, tag, err))
		}
	}
	if s.ids() == nil {
		errs = append(errs, fmt.Errorf("%v: no field is an identifier (`plumb:\"name,id\"`)", t))
	}
	s.err = errors.Join(errs...)
	return s
}

func (s *shape) add(f reflect.StructField, tag string) error {
	name, opts, _ := strings.Cut(tag, ",")
	fd := field{name: name, index: f.Index}
	for o := range strings.SplitSeq(opts, ",") {
		of, isRef := strings.CutPrefix(o, "ref=")
		switch {
		case o == "model":
			s.name = name
			return nil
		case o == "id":
			fd.role = identifier
		case o == "local":
			fd.role = local
		case o == "parent":
			fd.role = parent
		case o == "where" && f.Type.Kind() == reflect.String:
			fd.role = where
		case isRef:
			fd.role, fd.of = refers, of
		case o == "omitempty":
			fd.omit = true
		case o != "":
			return fmt.Errorf("no such option %q; there are id, local, parent, ref=FIELD, omitempty, where, model", o)
		}
	}
	if !f.IsExported() {
		return errors.New("the field is not exported")
	}
	if name == "" && fd.role != where {
		return errors.New("the name is missing")
	}
	s.fields = append(s.fields, fd)
	return nil
}

// ids returns the names of the identifiers.
func (s *shape) ids() []string { return s.names(identifier) }

func (s *shape) names(roles ...role) []string {
	var ns []string
	for _, f := range s.fields {
		for _, r := range roles {
			if f.role == r {
				ns = append(ns, f.name)
			}
		}
	}
	return ns
}

// snake writes a Go name in snake_case.
func snake(name string) string {
	var b strings.Builder
	rs := []rune(name)
	for i, r := range rs {
		if unicode.IsUpper(r) && i > 0 && (unicode.IsLower(rs[i-1]) || i+1 < len(rs) && unicode.IsLower(rs[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// fits checks the job's models against the structs: the job may ask for less than they have, not for more or otherwise. All clashes at once.
func (sp *Spec[C, S]) fits(models []*adapter.Model) error {
	var errs []error
	var have []string
	for _, m := range sp.Models {
		have = append(have, m.shape.name)
	}
	for _, jm := range models {
		m := sp.model(jm.Name)
		if m == nil {
			errs = append(errs, fmt.Errorf("model %q: adapter %q has none of that name%s", jm.Name, sp.Name, instead(jm.Name, have)))
			continue
		}
		errs = append(errs, m.shape.fits(sp.Name, jm)...)
	}
	return fault.Wrap(fault.Invalid, errors.Join(errs...))
}

// fits checks one model of the job.
func (s *shape) fits(name string, jm *adapter.Model) []error {
	var errs []error
	have := s.names(identifier, attribute)
	for _, f := range jm.Fields {
		if !contains(have, f) {
			errs = append(errs, fmt.Errorf("model %q: the job asks for field %q, and adapter %q has none of that name%s", jm.Name, f, name, instead(f, have)))
		}
	}
	ids := s.ids()
	for _, a := range jm.Identifiers {
		theirs := a.Name
		if f := jm.Mapping.Field(a.Name); f != nil {
			if f.Expr != "" || f.Value != nil {
				return errs // identified in a way of the job's own
			}
			if f.From != "" {
				theirs = f.From
			}
		}
		if !contains(ids, theirs) && contains(have, theirs) {
			errs = append(errs, fmt.Errorf("model %q: the job identifies it by %q, adapter %q by %s", jm.Name, theirs, name, strings.Join(ids, ", ")))
		}
	}
	if len(errs) == 0 && len(jm.Identifiers) < len(ids) {
		errs = append(errs, fmt.Errorf("model %q: the job identifies it by %d fields, adapter %q by %s", jm.Name, len(jm.Identifiers), name, strings.Join(ids, ", ")))
	}
	return errs
}

func contains(names []string, n string) bool {
	return slices.Contains(names, n)
}

func instead(got string, names []string) string {
	if n := job.Nearest(got, names); n != "" {
		return fmt.Sprintf("; did you mean %q?", n)
	}
	return "; it has " + strings.Join(names, ", ")
}
