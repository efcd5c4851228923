package mapping

import (
	"bytes"
	"fmt"
	"strings"
	"unsafe"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// In appends to dst our fields of their record, sorted by name: identifiers, parent fields and attributes, as far as theirs has them.
// Values alias theirs or live until the next call. An error is a *record.BadError with all troubles as its reason; dst then has the other fields.
func (t *Mapping) In(theirs, dst record.Fields) (record.Fields, error) {
	err := t.Slots(theirs, t.values)
	for i, v := range t.values {
		if v != nil {
			dst = append(dst, record.Field{Name: t.names[i], Value: v})
		}
	}
	return dst, err
}

// Slots is In for a caller that wants each value at the place that Names gives it: dst is as long as Names, an absent value is nil.
// Where no field needs more than a rename it allocates nothing.
func (t *Mapping) Slots(theirs record.Fields, dst []record.Value) error {
	if !t.same(theirs) {
		if err := t.layout(theirs); err != nil {
			clear(dst)
			t.failed = t.failed[:0]
			for i := range t.slots {
				t.failed = append(t.failed, i)
			}
			return err
		}
	}
	t.buf, t.failed = t.buf[:0], t.failed[:0]
	var troubles []string
	for i := range t.slots {
		s := &t.slots[i]
		if s.plain {
			if at := t.src[s.input]; at >= 0 {
				dst[i] = theirs[at].Value
			} else {
				dst[i] = nil
			}
			continue
		}
		v, err := t.value(s, theirs)
		if err != nil {
			troubles = append(troubles, t.Label(i)+": "+err.Error())
			v = nil
			t.failed = append(t.failed, i)
		}
		dst[i] = v
	}
	if troubles != nil {
		return &record.BadError{Model: t.model, Reason: strings.Join(troubles, "; ")}
	}
	return nil
}

// same reports whether the record has the names of the one before in the same order.
func (t *Mapping) same(theirs record.Fields) bool {
	if len(theirs) != len(t.last) || t.last == nil {
		return false
	}
	for i := range theirs {
		a, b := theirs[i].Name, t.last[i]
		if len(a) != len(b) || unsafe.StringData(a) != unsafe.StringData(b) && a != b {
			return false
		}
	}
	return true
}

// layout notes where the inputs stand in the record.
func (t *Mapping) layout(theirs record.Fields) error {
	for i := range t.src {
		t.src[i] = -1
	}
	last := t.last[:0]
	t.last = nil
	for i := range theirs {
		n := theirs[i].Name
		if in, ok := t.index[n]; ok {
			if t.src[in] >= 0 {
				return &record.BadError{Model: t.model, Reason: fmt.Sprintf("field %q stands in it twice", n)}
			}
			t.src[in] = i
		}
		last = append(last, n)
	}
	t.last = last
	return nil
}

// at returns the input's value in the record; nil: absent.
func (t *Mapping) at(input int, theirs record.Fields) record.Value {
	if i := t.src[input]; i >= 0 {
		return theirs[i].Value
	}
	return nil
}

// value works out a field that is more than a rename.
func (t *Mapping) value(s *slot, theirs record.Fields) (record.Value, error) {
	switch {
	case s.silent:
		return nil, nil
	case s.value != nil:
		return s.value, nil
	case s.expr != nil:
		return t.evaluate(s, theirs)
	}
	v := t.at(s.input, theirs)
	switch {
	case v == nil:
		return s.def, nil
	case string(v) == record.Null:
		if s.def != nil {
			return s.def, nil
		}
		return v, nil
	case s.split != "":
		return t.splitValue(s, v)
	case s.values != nil:
		return s.lookup(v)
	}
	return v, nil
}

// evaluate runs the field's expression on the record.
func (t *Mapping) evaluate(s *slot, theirs record.Fields) (record.Value, error) {
	t.args = t.args[:0]
	for _, in := range s.reads {
		t.args = append(t.args, t.at(in, theirs))
	}
	return s.expr.Eval(t.args, theirs)
}

// text returns the text that a scalar stands for: a string's own, else its JSON; false for a list, an object and null.
// fast says that it is a part of the value.
func text(v record.Value) (s []byte, ok bool) {
	switch {
	case len(v) == 0 || v[0] == '[' || v[0] == '{' || v[0] == 'n':
		return nil, false
	case v[0] != '"':
		return v, true
	case bytes.IndexByte(v, '\\') < 0:
		return v[1 : len(v)-1], true
	}
	x, ok := v.Text()
	return []byte(x), ok
}

// lookup translates a scalar by `values`.
func (s *slot) lookup(v record.Value) (record.Value, error) {
	x, ok := text(v)
	if !ok {
		return nil, fmt.Errorf("want one of %s, got %s", s.known(), kindOf(v))
	}
	ours, ok := s.values[string(x)]
	if !ok {
		return nil, fmt.Errorf("%s is not among its values: %s", quote(string(x)), s.known())
	}
	return ours, nil
}

// splitValue cuts a text into a list, and translates its elements where the field has values too.
func (t *Mapping) splitValue(s *slot, v record.Value) (record.Value, error) {
	x, ok := text(v)
	if !ok {
		return nil, fmt.Errorf("want a text to split at %q, got %s", s.split, kindOf(v))
	}
	start := len(t.buf)
	t.buf = append(t.buf, '[')
	sep := []byte(s.split)
	for rest, more := x, len(x) > 0; more; {
		var el []byte
		el, rest, more = bytes.Cut(rest, sep)
		if len(t.buf) > start+1 {
			t.buf = append(t.buf, ',')
		}
		if s.values == nil {
			t.buf = record.AppendString(t.buf, string(el))
			continue
		}
		ours, ok := s.values[string(el)]
		if !ok {
			return nil, fmt.Errorf("%s is not among its values: %s", quote(string(el)), s.known())
		}
		t.buf = append(t.buf, ours...)
	}
	t.buf = append(t.buf, ']')
	return record.Value(t.buf[start:len(t.buf):len(t.buf)]), nil
}

// Failed returns the positions in Names of the fields that the last Slots had trouble with.
func (t *Mapping) Failed() []int { return t.failed }

// Identify returns our field of a record of which only some fields are known; false where not all that it is made from are among them.
func (t *Mapping) Identify(theirs record.Fields, ours string) (record.Value, bool) {
	i, ok := t.byOurs[ours]
	if !ok || t.layout(theirs) != nil {
		return nil, false
	}
	s := &t.slots[i]
	if s.expr != nil && s.expr.All() || s.input >= 0 && t.at(s.input, theirs) == nil {
		return nil, false
	}
	for _, in := range s.reads {
		if t.at(in, theirs) == nil {
			return nil, false
		}
	}
	v, err := t.value(s, theirs)
	return v, err == nil && v != nil
}
