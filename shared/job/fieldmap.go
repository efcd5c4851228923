package job

import (
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// fieldMaps reads `fields` of a mapped model.
func (r *reader) fieldMaps(mo object, side string, m *Model, mp *Mapping, extra []string, known bool, j *Job) {
	n := mo.val("fields")
	if n == nil {
		return
	}
	path := mo.sub("fields")
	if n.shape != shapeMap {
		r.problem(n.place, path, "want a mapping of our fields to theirs, got %s", n)
		return
	}
	theirs := map[string]string{}
	for _, e := range n.entries {
		fp := dot(path, e.key)
		if !r.goodName(e.key, e.place, fp) {
			continue
		}
		f := r.fieldMap(e, fp, side, m, extra, known, j)
		if !m.hasField(e.key) && (side == "source" || f.Value == nil) {
			r.problem(e.place, fp, "%s has no field of that name%s", quote(m.Name), instead(e.key, m.fields()))
			continue
		}
		if name := theirName(f); side == "target" && name != "" {
			if other, ok := theirs[name]; ok {
				r.problem(e.place, fp, "writes to %s, and so does %s", quote(name), quote(other))
			}
			theirs[name] = e.key
		}
		mp.Fields = append(mp.Fields, f)
	}
}

func theirName(f FieldMap) string {
	if f.From != "" {
		return f.From
	}
	return f.Name
}

// fieldMap reads how one field is kept: a name, or a mapping.
func (r *reader) fieldMap(e entry, path, side string, m *Model, extra []string, known bool, j *Job) FieldMap {
	f := FieldMap{Name: e.key}
	if e.val.shape != shapeMap {
		if e.val.shape == shapeNull {
			r.problem(e.place, path, "want their name of the field, or a mapping with from, value or expr, got nothing")
		} else {
			f.From = r.asName(e.val, path)
		}
		return f
	}
	o := object{reader: r, n: e.val, at: e.place, path: path}
	if known {
		o = r.object(e.val, e.place, path, append([]string{"from", "values", "split", "default", "value", "expr"}, extra...)...)
	}
	typ, _ := m.ruleOf(e.key)
	f.From = o.name("from")
	if slices.Contains(extra, "column") && o.has("column") {
		if f.From != "" {
			r.problem(o.key("column"), path, "from and column say the same; leave one out")
		}
		f.From = o.name("column")
	}
	if s := o.n.get("split"); s != nil {
		f.Split = o.text("split")
		if f.Split == "" {
			r.problem(s.val.place, o.sub("split"), "want the text between the elements, got %s", s.val)
		}
		if typ != "" && typ != List {
			r.problem(s.place, o.sub("split"), "split makes a list, but %s is of type %s", quote(e.key), typ)
		}
	}
	f.Values = r.valueMap(o, typ, side)
	f.Default = r.constant(o, "default", typ)
	f.Value = r.constant(o, "value", typ)
	f.Expr = o.text("expr")
	if slices.Contains(extra, "key_of") {
		f.KeyOf = o.name("key_of")
		if f.KeyOf != "" && !slices.Contains(j.FileOrder, f.KeyOf) {
			r.problem(o.val("key_of").place, o.sub("key_of"), "no model %s%s", quote(f.KeyOf), instead(f.KeyOf, j.FileOrder))
		}
	}
	r.fieldSense(o, side, f)
	return f
}

// fieldSense reports forms that go against each other or against the side.
func (r *reader) fieldSense(o object, side string, f FieldMap) {
	leads := slices.DeleteFunc([]string{"from", "column", "value", "expr"}, func(k string) bool { return !o.n.hasKey(k) })
	if both := []string{"from", "column"}; len(leads) > 1 && !slices.Equal(leads, both) { // these two were reported before
		r.problem(o.key(leads[1]), o.path, "%s go against each other; leave one of them", strings.Join(leads, " and "))
	}
	for _, lead := range []string{"value", "expr", "key_of"} {
		for _, k := range []string{"values", "split", "default"} {
			if o.n.hasKey(lead) && o.n.hasKey(k) {
				r.problem(o.key(k), o.sub(k), "%s has no use for %s", lead, k)
			}
		}
	}
	if o.n.hasKey("key_of") && (o.n.hasKey("value") || o.n.hasKey("expr")) {
		r.problem(o.key("key_of"), o.sub("key_of"), "key_of needs their field, by from or column")
	}
	if f.Expr != "" {
		if side == "target" {
			r.problem(o.key("expr"), o.sub("expr"), "an expression cannot be turned round to write; it is for the source")
		} else if err := checkExpr(f.Expr); err != nil {
			r.problem(o.val("expr").place, o.sub("expr"), "%s", err)
		}
	}
	if side == "target" && f.Default != nil {
		r.problem(o.key("default"), o.sub("default"), "a default cannot be turned round to write; it is for the source")
	}
}

// hasKey reports whether the key stands there at all.
func (n *node) hasKey(key string) bool { return n.get(key) != nil }

// valueMap reads `values`: their text to our value. On a target no two may mean the same.
func (r *reader) valueMap(o object, typ Type, side string) map[string]record.Value {
	n := o.val("values")
	if n == nil {
		return nil
	}
	if n.shape != shapeMap || len(n.entries) == 0 {
		r.problem(n.place, o.sub("values"), "want a mapping of their values to ours, got %s", n)
		return nil
	}
	if typ == List || typ == Object {
		typ = "" // of a list each element is translated
	}
	out, back := map[string]record.Value{}, map[string]string{}
	for _, e := range n.entries {
		v, ok := r.value(e.val, dot(o.sub("values"), e.key), typ)
		if !ok {
			continue
		}
		if other, ok := back[string(v)]; ok && side == "target" {
			r.problem(e.place, dot(o.sub("values"), e.key), "%s means %s, and so does %s; to write, each of ours needs one of theirs", quote(e.key), v, quote(other))
		}
		out[e.key], back[string(v)] = v, e.key
	}
	return out
}

// constant reads a value of the file, converted to the field's type; nil where it is left out. A written null is null.
func (r *reader) constant(o object, key string, typ Type) record.Value {
	e := o.n.get(key)
	if e == nil {
		return nil
	}
	v, ok := r.value(e.val, o.sub(key), typ)
	if !ok {
		return record.Value(record.Null)
	}
	return v
}

// value takes a node as a value of the type.
func (r *reader) value(n *node, path string, typ Type) (record.Value, bool) {
	v, err := valueOf(n)
	if err == nil && !n.pending {
		if typ == String && n.shape == shapeNumber {
			v, err = record.StringValue(n.text) // as it is spelled
		} else {
			v, err = Convert(v, typ)
		}
	}
	if err != nil {
		r.problem(n.place, path, "%s", err)
		return nil, false
	}
	return v, true
}
