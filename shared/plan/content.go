package plan

import (
	"encoding/binary"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// What changes between two records, as JSON fragments of the plan's line.

// creates makes the fragments of a create: all the source's attributes, the deferred ones apart.
func (w *differ) creates(a record.Line) {
	d, k := &w.d, w.d.kind
	if !k.deferred && !k.refers {
		d.main = w.fragment(nil, w.a.attrs, nil)
		return
	}
	w.fa = a.Attrs(w.fa)
	w.now, w.late = w.now[:0], w.late[:0]
	for i := range w.fa {
		f := &w.fa[i]
		r := k.rules[f.Name]
		switch {
		case r == nil || !r.Defer:
			w.now = append(w.now, changed{r, f.Name, f.Value})
		case !f.Value.IsNull():
			w.late = append(w.late, changed{r, f.Name, f.Value})
		}
	}
	if !k.deferred {
		d.main = w.fragment(nil, w.a.attrs, nil)
	} else {
		set := w.members(w.now)
		d.main = w.fragment(nil, set, nil)
		if len(w.late) > 0 {
			d.late = w.numbers(w.late)
			late := w.members(w.late)
			d.deferred = w.references(w.fragment(set, late, nil), w.late, partLate)
		}
	}
	d.main = w.references(d.main, w.now, partMain)
}

// deletes makes the fragments of a delete: all the target's attributes, and what clears the deferred ones.
func (w *differ) deletes(b record.Line) {
	d, k := &w.d, w.d.kind
	d.main = w.fragment(w.b.attrs, nil, w.b.local)
	if !k.deferred {
		return
	}
	w.fb = b.Attrs(w.fb)
	w.late = w.late[:0]
	for i := range w.fb {
		if r := k.rules[w.fb[i].Name]; r != nil && r.Defer && !w.fb[i].Value.IsNull() {
			w.late = append(w.late, changed{r, w.fb[i].Name, record.Value(record.Null)})
		}
	}
	if len(w.late) > 0 {
		d.clear = w.fragment(w.b.attrs, w.members(w.late), w.b.local)
	}
}

// updates makes the fragments of an update or move; false where nothing differs under the model's rules.
func (w *differ) updates() bool {
	d, k := &w.d, w.d.kind
	w.now, w.late = w.now[:0], w.late[:0]
	if string(w.a.attrs) != string(w.b.attrs) {
		w.compareFields(k)
	}
	moved := string(w.a.parent) != string(w.b.parent)
	if !moved && len(w.now)+len(w.late) == 0 {
		return false
	}
	d.op = Update
	if moved {
		d.op, d.old = Move, w.b.parent
	}
	if moved || len(w.now) > 0 {
		d.attrs = w.numbers(w.now)
		d.main = w.references(w.fragment(w.b.attrs, w.members(w.now), w.b.local), w.now, partMain)
	} else {
		d.marks |= onlyDeferred
	}
	if len(w.late) > 0 {
		d.late = w.numbers(w.late)
		d.deferred = w.references(w.fragment(w.b.attrs, w.members(w.late), w.b.local), w.late, partLate)
	}
	return true
}

// compareFields collects the attributes that differ under the model's rules.
func (w *differ) compareFields(k *kind) {
	differences(w.a.attrs, w.b.attrs, func(raw []byte, x, y record.Value) {
		r := k.rules[string(raw)]
		var name string
		if r != nil {
			name = r.Name
		} else {
			name = nameOf(raw)
			r = k.rules[name]
		}
		if r != nil && !r.compared || k.model.Equal(name, x, y) {
			return
		}
		if r != nil && r.refers != nil && sameReferences(r, x, y) {
			return
		}
		if x == nil {
			x = record.Value(record.Null) // absent_is_null
		}
		if r != nil && r.Defer {
			w.late = append(w.late, changed{r, name, x})
		} else {
			w.now = append(w.now, changed{r, name, x})
		}
	})
}

// nameOf returns a member's name from its text without quotes.
func nameOf(raw []byte) string {
	s, _ := record.Value(append(append([]byte{'"'}, raw...), '"')).Text()
	return s
}

// fragment returns the members before, set and local of a line, each left out where it is empty.
func (w *differ) fragment(before, set, local []byte) []byte {
	from := len(w.buf)
	w.buf = appendKeyed(w.buf, `,"before":`, before)
	w.buf = appendKeyed(w.buf, `,"set":`, set)
	w.buf = appendKeyed(w.buf, `,"local":`, local)
	return w.buf[from:len(w.buf):len(w.buf)]
}

// members returns the attributes as an object.
func (w *differ) members(cs []changed) []byte {
	from := len(w.buf)
	w.buf = append(w.buf, '{')
	for i, c := range cs {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = record.AppendString(w.buf, c.name)
		w.buf = append(w.buf, ':')
		w.buf = append(w.buf, c.to...)
	}
	w.buf = append(w.buf, '}')
	return w.buf[from:len(w.buf):len(w.buf)]
}

// numbers returns the attributes' numbers.
func (w *differ) numbers(cs []changed) []byte {
	from := len(w.buf)
	for _, c := range cs {
		if c.rule != nil {
			w.buf = binary.BigEndian.AppendUint16(w.buf, uint16(c.rule.number))
		}
	}
	return w.buf[from:len(w.buf):len(w.buf)]
}
