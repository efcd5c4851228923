package job

import (
	"fmt"
	"slices"
	"strings"
)

// parentDraft is a parent as a model names it, before the models are known.
type parentDraft struct {
	named
	field    string  // one field for a parent with one identifier; "" : the default
	fields   []entry // identifier: field, where it is written so
	explicit bool
}

// parents reads `parent`: a name, a list of names, {name: field} or {name: {identifier: field}}.
func (r *reader) parents(o object) []parentDraft {
	n := o.val("parent")
	if n == nil {
		return nil
	}
	path := o.sub("parent")
	var ps []parentDraft
	add := func(p parentDraft) {
		if slices.ContainsFunc(ps, func(x parentDraft) bool { return x.name == p.name }) {
			r.problem(p.place, path, "%s stands twice", quote(p.name))
			return
		}
		ps = append(ps, p)
	}
	switch n.shape {
	case shapeText:
		if s := r.asName(n, path); s != "" {
			add(parentDraft{named: named{n.place, s}})
		}
	case shapeList:
		for _, c := range n.items {
			if s := r.asName(c, path); s != "" {
				add(parentDraft{named: named{c.place, s}})
			}
		}
	case shapeMap:
		for _, e := range n.entries {
			p := parentDraft{named: named{e.place, e.key}}
			switch e.val.shape {
			case shapeNull:
			case shapeMap:
				p.fields, p.explicit = e.val.entries, true
			default:
				p.field = r.asName(e.val, dot(path, e.key))
			}
			add(p)
		}
	default:
		r.problem(n.place, path, "want the name of a model, or {MODEL: {identifier: field}}, got %s", n)
	}
	return ps
}

// tie checks and fills in what models say of each other: parents, children, references.
func (r *reader) tie(ds []*draft) {
	byName := map[string]*draft{}
	var names []string
	for _, d := range ds {
		byName[d.Name] = d
		names = append(names, d.Name)
	}
	known := func(n named, path string) bool {
		if byName[n.name] == nil {
			r.problem(n.place, path, "no model %s%s", quote(n.name), instead(n.name, names))
			return false
		}
		return true
	}
	for _, d := range ds {
		d.children = slices.DeleteFunc(d.children, func(c named) bool { return !known(c, d.path+".children") })
		d.parents = slices.DeleteFunc(d.parents, func(p parentDraft) bool { return !known(p.named, d.path+".parent") })
	}
	r.agree(ds, byName)
	for _, d := range ds {
		for _, p := range d.parents {
			r.parent(d, p, byName[p.name])
		}
		r.overlap(d)
		for _, a := range d.Attributes {
			if a.References != "" {
				known(named{d.refAt[a.Name], a.References}, d.path+".rules."+a.Name+".references")
			}
		}
	}
	for _, d := range ds { // children that only they themselves name come last, in file order
		for _, c := range d.children {
			d.Children = append(d.Children, c.name)
		}
		for _, x := range ds {
			if !slices.Contains(d.Children, x.Name) && slices.ContainsFunc(x.parents, func(p parentDraft) bool { return p.name == d.Name }) {
				d.Children = append(d.Children, x.Name)
			}
		}
		for _, c := range d.Children {
			if at, ok := d.attrAt[c]; ok {
				r.problem(at, d.path, "%s is the name of a child kind and of an identifier or attribute; give the field another name", quote(c))
			}
		}
	}
}

// agree holds `children` on parents against `parent` on children: either may be left out, both must say the same.
func (r *reader) agree(ds []*draft, byName map[string]*draft) {
	for _, d := range ds {
		for _, c := range d.children {
			child := byName[c.name]
			names := slices.ContainsFunc(child.parents, func(p parentDraft) bool { return p.name == d.Name })
			switch {
			case names:
			case child.hasParent:
				r.problem(c.place, d.path+".children", "lists %s, but %s.parent does not name %s", quote(c.name), child.path, quote(d.Name))
			default:
				child.parents = append(child.parents, parentDraft{named: named{c.place, d.Name}})
			}
		}
	}
	for _, d := range ds {
		for _, p := range d.parents {
			up := byName[p.name]
			if d.hasParent && up.hasChildren && !slices.ContainsFunc(up.children, func(c named) bool { return c.name == d.Name }) {
				r.problem(p.place, d.path+".parent", "names %s, but %s.children does not list %s", quote(p.name), up.path, quote(d.Name))
			}
		}
	}
}

// parent fills in by which fields a model names a parent of the kind.
func (r *reader) parent(d *draft, p parentDraft, up *draft) {
	path := d.path + ".parent"
	out := Parent{Model: up.Name}
	var ids []string
	for _, a := range up.Identifiers {
		ids = append(ids, a.Name)
	}
	if len(ids) == 0 {
		return // said already
	}
	if !p.explicit {
		if len(ids) > 1 {
			r.problem(p.place, path, "%s has %d identifiers; say which of our fields holds each: parent: {%s: {%s}}", quote(up.Name), len(ids), up.Name, strings.Join(fieldsFor(ids), ", "))
			return
		}
		if p.field == "" {
			p.field = up.Name
		}
		out.Fields = []string{p.field}
		d.Parents = append(d.Parents, out)
		return
	}
	for _, e := range p.fields {
		if !slices.Contains(ids, e.key) {
			r.problem(e.place, dot(dot(path, up.Name), e.key), "%s has no identifier of that name%s", quote(up.Name), instead(e.key, ids))
		}
	}
	for _, id := range ids {
		i := slices.IndexFunc(p.fields, func(e entry) bool { return e.key == id })
		if i < 0 {
			r.problem(p.place, dot(path, up.Name), "leaves out the identifier %s of %s: which of our fields holds it?", quote(id), up.Name)
			return
		}
		f := r.asName(p.fields[i].val, dot(dot(path, up.Name), id))
		if f == "" {
			return
		}
		if slices.Contains(out.Fields, f) {
			r.problem(p.fields[i].place, dot(dot(path, up.Name), id), "the field %s holds another identifier already", quote(f))
		}
		out.Fields = append(out.Fields, f)
	}
	d.Parents = append(d.Parents, out)
}

func fieldsFor(ids []string) []string {
	var out []string
	for _, id := range ids {
		out = append(out, fmt.Sprintf("%s: ..", id))
	}
	return out
}

// overlap reports parent fields that are attributes, and parents that cannot be told apart.
func (r *reader) overlap(d *draft) {
	at := func(model string) place {
		i := slices.IndexFunc(d.parents, func(p parentDraft) bool { return p.name == model })
		return d.parents[i].place
	}
	for i, p := range d.Parents {
		for _, f := range p.Fields {
			if slices.ContainsFunc(d.Attributes, func(a Attribute) bool { return a.Name == f }) {
				r.problem(d.attrAt[f], d.path+".attributes", "%s names the parent %s and is compared as such; leave it out of the attributes", quote(f), quote(p.Model))
			}
		}
		for _, q := range d.Parents[:i] {
			if !slices.ContainsFunc(p.Fields, func(f string) bool { return !slices.Contains(q.Fields, f) }) ||
				!slices.ContainsFunc(q.Fields, func(f string) bool { return !slices.Contains(p.Fields, f) }) {
				r.problem(at(p.Model), d.path+".parent", "%s and %s are told apart by no field: each kind of parent needs one that the other has not", quote(q.Model), quote(p.Model))
			}
		}
	}
}
