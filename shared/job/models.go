package job

import (
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// draft is a model while it is read, with the places of what refers to other models.
type draft struct {
	*Model
	at          place
	path        string
	attrAt      map[string]place
	parents     []parentDraft
	hasParent   bool
	children    []named
	hasChildren bool
	refAt       map[string]place // of references, by attribute
}

// named is a name with its place.
type named struct {
	place
	name string
}

// models reads all models, ties them together and puts them into order.
func (r *reader) models(o object, j *Job) {
	n := o.val("models")
	if n == nil {
		return
	}
	if n.shape != shapeMap || len(n.entries) == 0 {
		r.problem(n.place, "models", "want a mapping of at least one model, got %s", n)
		return
	}
	var ds []*draft
	for _, e := range n.entries {
		path := dot("models", e.key)
		if !r.goodName(e.key, e.place, path) {
			continue
		}
		ds = append(ds, r.model(e, path, j))
		j.FileOrder = append(j.FileOrder, e.key)
	}
	before := len(r.found.List)
	r.tie(ds)
	if len(r.found.List) > before {
		j.Models = modelsOf(ds)
		return // what does not hang together has no order
	}
	j.Models = r.order(ds)
	if len(r.found.List) > before {
		return
	}
	r.inherit(j, ds)
	r.wheres(n, ds)
}

func modelsOf(ds []*draft) []*Model {
	var ms []*Model
	for _, d := range ds {
		ms = append(ms, d.Model)
	}
	return ms
}

// model reads one model.
func (r *reader) model(e entry, path string, j *Job) *draft {
	o := r.object(e.val, e.place, path, "identifiers", "attributes", "parent", "children", "shortname", "rules", "where", "flags", "policy", "limits")
	d := &draft{Model: &Model{Name: e.key}, at: e.place, path: path, attrAt: map[string]place{}, refAt: map[string]place{}}
	d.Identifiers = r.attributes(o, "identifiers", d)
	switch {
	case !o.has("identifiers"):
		o.missing("identifiers", "the names of the fields that tell one record from another")
	case len(d.Identifiers) == 0 && o.val("identifiers").shape == shapeList && len(o.val("identifiers").items) == 0:
		r.problem(o.key("identifiers"), o.sub("identifiers"), "want at least one name")
	}
	d.Attributes = r.attributes(o, "attributes", d)
	r.rules(o, d)
	d.hasChildren = o.n.get("children") != nil
	for _, c := range o.list("children", "models") {
		if s := r.asName(c, o.sub("children")); s != "" {
			if slices.ContainsFunc(d.children, func(x named) bool { return x.name == s }) {
				r.problem(c.place, o.sub("children"), "%s stands twice", quote(s))
				continue
			}
			d.children = append(d.children, named{c.place, s})
		}
	}
	d.hasParent = o.has("parent")
	d.parents = r.parents(o)
	r.shortname(o, d)
	d.Flags = record.Flags(r.flags(o, modelFlags()))
	if d.Policy = r.policy(o); d.Policy != "" && j.Policy != "" && !d.Policy.narrows(j.Policy) {
		r.problem(o.val("policy").place, o.sub("policy"), "%s allows what the job's policy %s forbids; a model's policy only narrows", d.Policy, j.Policy)
	}
	if o.has("limits") {
		l := r.limits(o, true)
		d.Limits = &l
	}
	return d
}

// attributes reads identifiers or attributes: names, or {name: type}.
func (r *reader) attributes(o object, key string, d *draft) []Attribute {
	var out []Attribute
	for _, n := range o.list(key, "names") {
		a, at := Attribute{}, n.place
		switch {
		case n.shape == shapeMap && len(n.entries) == 1:
			e := n.entries[0]
			if !r.goodName(e.key, e.place, o.sub(key)) {
				continue
			}
			a.Name, at = e.key, e.place
			a.Type = r.typeOf(e.val, dot(o.sub(key), e.key))
		case n.shape == shapeMap:
			r.problem(n.place, o.sub(key), "want a name or {name: type}, got a mapping with %d keys", len(n.entries))
			continue
		default:
			if a.Name = r.asName(n, o.sub(key)); a.Name == "" {
				continue
			}
		}
		if d.Attribute(a.Name) != nil || slices.ContainsFunc(out, func(x Attribute) bool { return x.Name == a.Name }) {
			what := "stands twice"
			if key == "attributes" && slices.ContainsFunc(d.Identifiers, func(x Attribute) bool { return x.Name == a.Name }) {
				what = "is an identifier already; it cannot be an attribute, too"
			}
			r.problem(at, o.sub(key), "%s %s", quote(a.Name), what)
			continue
		}
		d.attrAt[a.Name] = at
		out = append(out, a)
	}
	return out
}

func types() []string {
	return []string{string(String), string(Integer), string(Number), string(Boolean), string(Time), string(List), string(Object)}
}

// typeOf reads the name of a type; "" with a problem where it is none.
func (r *reader) typeOf(n *node, path string) Type {
	if n.shape != shapeText || !slices.Contains(types(), n.text) {
		hint := ""
		if n.shape == shapeText {
			hint = meant(n.text, types())
		}
		r.problem(n.place, path, "want a type (%s), got %s%s", strings.Join(types(), ", "), n, hint)
		return ""
	}
	return Type(n.text)
}

// shortname reads the names by which siblings are told apart, by default all identifiers.
func (r *reader) shortname(o object, d *draft) {
	var ids []string
	for _, a := range d.Identifiers {
		ids = append(ids, a.Name)
	}
	for _, s := range o.names("shortname") {
		if !slices.Contains(ids, s) {
			r.problem(o.key("shortname"), o.sub("shortname"), "%s is no identifier of %s%s", quote(s), d.Name, instead(s, ids))
			continue
		}
		d.Shortname = append(d.Shortname, s)
	}
	if len(d.Shortname) == 0 {
		d.Shortname = ids
	}
}
