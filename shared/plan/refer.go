package plan

import (
	"encoding/binary"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// The part of a change that a reference belongs to.
const (
	partMain byte = iota
	partLate
)

// What was found out about a reference that is not on the target, or may be deleted there; any other one leaves no trace.
const (
	refNowhere byte = iota // neither on the target nor created
	refCreated             // the source has it and the target does not: it depends on that create
	refNoKey               // the value is no identity of that model
	refGoes                // the target has it, and the plan may delete it
)

// references appends the member references for the attributes that refer to others, and notes their lookups.
func (w *differ) references(fragment []byte, cs []changed, part byte) []byte {
	from := -1
	for _, c := range cs {
		if c.rule == nil || c.rule.refers == nil {
			continue
		}
		for _, v := range referring(c.to) {
			if v.IsNull() {
				continue
			}
			key, ok := referenceKey(c.rule.refers, v)
			w.refer(part, c, key, v, ok)
			if !ok {
				continue
			}
			if from < 0 {
				from = len(w.buf)
				w.buf = append(w.buf, fragment...)
				w.buf = append(w.buf, `,"references":[`...)
			} else {
				w.buf = append(w.buf, ',')
			}
			w.buf = append(w.buf, '[')
			w.buf = record.AppendString(w.buf, c.name)
			w.buf = append(w.buf, ',')
			w.buf = append(w.buf, key...)
			w.buf = append(w.buf, ']')
		}
	}
	if from < 0 {
		return fragment
	}
	w.buf = append(w.buf, ']')
	return w.buf[from:len(w.buf):len(w.buf)]
}

// referenceKey returns the key that a value refers to: a scalar where the model has one identifier, else an object of them.
func referenceKey(k *kind, v record.Value) (record.Key, bool) {
	ids := make([]record.Value, 0, 4)
	for i := range k.model.Identifiers {
		a := &k.model.Identifiers[i]
		x := v
		if v.Kind() == record.ObjectKind {
			x = v.Members().Get(a.Name)
		} else if len(k.model.Identifiers) > 1 {
			return "", false
		}
		if x == nil || x.IsNull() {
			return "", false
		}
		if a.Type != "" {
			c, err := job.Convert(x, a.Type)
			if err != nil {
				return "", false
			}
			x = c
		}
		if a.IgnoreCase {
			x = job.Fold(x)
		}
		ids = append(ids, x)
	}
	return record.MakeKey(k.model.Name, ids...), true
}

// refer notes the lookup of one reference: target key, then number of the draft, part, attribute.
func (w *differ) refer(part byte, c changed, key record.Key, v record.Value, ok bool) {
	w.refers = true
	if w.err != nil {
		return
	}
	if !ok {
		w.err = w.refFound(w.n, part, c.rule.number, refNoKey, v)
		return
	}
	w.rec = append(w.rec[:0], key...)
	n := len(w.rec)
	w.rec = binary.BigEndian.AppendUint64(w.rec, w.n)
	w.rec = append(w.rec, part)
	w.rec = binary.BigEndian.AppendUint16(w.rec, uint16(c.rule.number))
	w.err = w.refs.Add(w.rec, 0, n, w.n)
}

func (w *differ) refFound(n uint64, part byte, attr int, what byte, text []byte) error {
	w.rec = binary.BigEndian.AppendUint64(w.rec[:0], n)
	w.rec = append(w.rec, part, what)
	w.rec = binary.BigEndian.AppendUint16(w.rec, uint16(attr))
	w.rec = append(w.rec, text...)
	return w.refOut.Add(w.rec, 0, len(w.rec), n)
}

// lookUpReferences looks up what the drafts refer to, in the order of the keys.
func (w *differ) lookUpReferences() error {
	target, source := w.in.Target.Cursor(), w.in.Source.Cursor()
	var last []byte
	what, found := refNowhere, false
	for it, err := range w.refs.Sorted() {
		if err != nil {
			return err
		}
		key := it.Key()
		if last == nil || string(last) != string(key) {
			last = append(last[:0], key...)
			if _, found, err = target.Find(w.ctx, record.Key(key)); err != nil {
				return err
			}
			what = refNowhere
			if found && w.goes.has(key) {
				what = refGoes
			}
			if !found {
				_, created, err := source.Find(w.ctx, record.Key(key))
				if err != nil {
					return err
				}
				if created {
					what = refCreated
				}
			}
		}
		if found && what != refGoes {
			continue
		}
		rest := it.Rec[it.KeyOff+it.KeyLen:]
		n, part, attr := binary.BigEndian.Uint64(rest), rest[8], int(binary.BigEndian.Uint16(rest[9:]))
		if err := w.refFound(n, part, attr, what, last); err != nil {
			return err
		}
	}
	return w.refs.Close()
}

// sameReferences reports whether two values name the same records, however they are spelled; both one, or both a list.
func sameReferences(r *rule, x, y record.Value) bool {
	if x == nil || y == nil || x.IsNull() || y.IsNull() || (x.Kind() == record.ArrayKind) != (y.Kind() == record.ArrayKind) {
		return false
	}
	a, ok := referenceKeys(r, x)
	b, also := referenceKeys(r, y)
	return ok && also && slices.Equal(a, b)
}

// referenceKeys returns the keys of the records that a value names, in its order, or sorted where that is not compared; false where one of them is none.
func referenceKeys(r *rule, v record.Value) (keys []record.Key, ok bool) {
	for _, e := range referring(v) {
		k, ok := referenceKey(r.refers, e)
		if !ok {
			return nil, false
		}
		keys = append(keys, k)
	}
	if r.Set {
		slices.Sort(keys)
		keys = slices.Compact(keys)
	}
	return keys, true
}
