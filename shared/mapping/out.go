package mapping

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Out appends to dst their fields of ours; constants are added only for a create. Fields that the model does not know keep their names.
// An error is a *record.BadError: a list element that contains the separator, a value that `values` does not know.
func (t *Mapping) Out(ours, dst record.Fields, create bool) (record.Fields, error) {
	var troubles []string
	for _, f := range ours {
		i, ok := t.byOurs[f.Name]
		if !ok {
			dst = append(dst, f)
			continue
		}
		s := &t.slots[i]
		v := f.Value
		switch {
		case s.expr != nil:
			troubles = append(troubles, fmt.Sprintf("%s: an expression cannot be written back", f.Name))
			continue
		case s.value != nil:
			if !s.key || create {
				continue
			}
			v = s.value
		case s.split != "" || s.inverse != nil:
			var err error
			if v, err = s.out(v); err != nil {
				troubles = append(troubles, f.Name+": "+err.Error())
				continue
			}
		}
		dst = append(dst, record.Field{Name: s.from, Value: v})
	}
	if create {
		for i := range t.slots {
			if s := &t.slots[i]; s.value != nil {
				dst = append(dst, record.Field{Name: s.from, Value: s.value})
			}
		}
		for i := range t.extra {
			dst = append(dst, record.Field{Name: t.extra[i].from, Value: t.extra[i].value})
		}
	}
	if troubles != nil {
		return dst, &record.BadError{Model: t.model, Reason: strings.Join(troubles, "; ")}
	}
	return dst, nil
}

// out turns a value of ours that is split or translated into theirs.
func (s *slot) out(v record.Value) (record.Value, error) {
	if v == nil {
		return nil, nil
	}
	if s.split == "" || string(v) == record.Null {
		if x, ok := s.inverse[string(v)]; ok {
			return record.StringValue(x)
		}
		if string(v) == record.Null {
			return v, nil
		}
		return nil, fmt.Errorf("%s is not among its values: %s", short(v), s.knownOurs())
	}
	if v[0] != '[' {
		return nil, fmt.Errorf("want a list to join with %q, got %s", s.split, kindOf(v))
	}
	els := v.Elements()
	texts := make([]string, len(els))
	for i, el := range els {
		x, err := s.element(el)
		if err != nil {
			return nil, err
		}
		texts[i] = x
	}
	joined := strings.Join(texts, s.split)
	if err := s.splitsBack(joined, texts); err != nil {
		return nil, err
	}
	return record.StringValue(joined)
}

// element returns their text of one element of a list.
func (s *slot) element(el record.Value) (string, error) {
	if s.inverse != nil {
		x, ok := s.inverse[string(el)]
		if !ok {
			return "", fmt.Errorf("element %s is not among its values: %s", short(el), s.knownOurs())
		}
		return x, nil
	}
	x, ok := text(el)
	switch {
	case !ok:
		return "", fmt.Errorf("element %s cannot be joined with %q: it is %s", short(el), s.split, kindOf(el))
	case strings.Contains(string(x), s.split):
		return "", fmt.Errorf("element %s contains the separator %q", short(el), s.split)
	}
	return string(x), nil
}

// splitsBack refuses what would come back as another list: a single empty element, or elements that form a separator where they meet.
func (s *slot) splitsBack(joined string, texts []string) error {
	switch {
	case joined == "" && len(texts) == 0:
		return nil
	case joined == "":
		return fmt.Errorf("a list of one empty element cannot be told from an empty list when it is joined with %q", s.split)
	case !slices.Equal(strings.Split(joined, s.split), texts):
		return fmt.Errorf("its elements, joined with %q, would be split elsewhere", s.split)
	}
	return nil
}

// invert prepares the way back through `values`, in terms of values as the attribute's type makes them.
func (s *slot) invert(model string, a *job.Attribute) error {
	s.inverse = map[string]string{}
	for x, v := range s.values {
		if a != nil && a.Type != "" && s.split == "" {
			c, err := job.Convert(v, a.Type)
			if err != nil {
				return fault.Errorf(fault.Invalid, "map model %q: field %q: value of %q: %w", model, s.name, x, err)
			}
			v = c
		}
		// Of several texts for one value the least is kept, whatever the map's order; Invertible reports it.
		if old, ok := s.inverse[string(v)]; !ok || x < old {
			s.inverse[string(v)] = x
		}
	}
	return nil
}

// Invertible returns nil where the mapping can write, else an Invalid that names each field that cannot be inverted.
func (t *Mapping) Invertible() error {
	var troubles []string
	held := map[string]string{} // theirs -> ours
	for i := range t.slots {
		s := &t.slots[i]
		if s.expr != nil {
			troubles = append(troubles, fmt.Sprintf("field %q: an expression can only be read, a target needs a form that can be written", s.name))
			continue
		}
		if s.inverse != nil && len(s.inverse) < len(s.values) {
			troubles = append(troubles, fmt.Sprintf("field %q: two of its values stand for one of ours: it cannot be told which to write", s.name))
		}
		for x := range s.values {
			if s.split != "" && strings.Contains(x, s.split) {
				troubles = append(troubles, fmt.Sprintf("field %q: value %q contains the separator %q", s.name, x, s.split))
			}
		}
		if other, ok := held[s.from]; ok {
			troubles = append(troubles, fmt.Sprintf("fields %q and %q are both kept in %q", other, s.name, s.from))
		}
		held[s.from] = s.name
	}
	for i := range t.extra {
		if other, ok := held[t.extra[i].from]; ok {
			troubles = append(troubles, fmt.Sprintf("fields %q and %q are both kept in %q", other, t.extra[i].name, t.extra[i].from))
		}
	}
	if troubles == nil {
		return nil
	}
	slices.Sort(troubles)
	return fault.Errorf(fault.Invalid, "map model %q: %s", t.model, strings.Join(troubles, "; "))
}
