package job

import (
	"slices"
)

// describe completes the models that name no identifiers by what the adapters of the sides know of them.
func (r *reader) describe(o object) {
	models := o.val("models")
	if models == nil || models.shape != shapeMap || !slices.ContainsFunc(models.entries, func(e entry) bool { return undescribed(e.val) }) {
		return
	}
	known := map[string]*node{}
	for _, which := range []string{"source", "target"} {
		for name, d := range r.described(o.val(which), models) {
			if old := known[name]; old != nil && !slices.Equal(fieldNames(old.get("identifiers")), fieldNames(d.get("identifiers"))) {
				if e := models.get(name); undescribed(e.val) {
					r.problem(e.place, dot("models", name), "the source knows it by %v and the target by %v; write its identifiers", fieldNames(old.get("identifiers")), fieldNames(d.get("identifiers")))
				}
			}
			known[name] = d
		}
	}
	for i := range models.entries {
		e := &models.entries[i]
		if d := known[e.key]; d != nil && undescribed(e.val) {
			e.val = completed(e.val, placed(d, e.place))
		}
	}
}

// undescribed reports whether a model says nothing of its identifiers.
func undescribed(n *node) bool {
	return n == nil || n.shape == shapeNull || n.shape == shapeMap && n.get("identifiers") == nil
}

// described returns what a side's adapter knows of the models, by name, with our names of fields.
func (r *reader) described(side *node, models *node) map[string]*node {
	a := side.get("adapter")
	if a == nil {
		return nil
	}
	maps := side.get("map")
	mapOf := func(name string) *node {
		if maps == nil {
			return nil
		}
		if e := maps.val.get(name); e != nil {
			return e.val
		}
		return nil
	}
	configs := map[string]any{}
	for _, e := range models.entries {
		_, config, _, _, _ := r.catalog.Options(a.val.text)
		if m := mapOf(e.key); m != nil && config != nil && m.shape == shapeMap {
			quiet := &reader{file: r.file, catalog: r.catalog, values: r.values} // what is wrong with them is reported where they are read
			quiet.options(object{reader: quiet, n: m}, []string{"fields"}, config)
		}
		configs[e.key] = config
	}
	out := map[string]*node{}
	for name, text := range r.catalog.Describe(a.val.text, configs) {
		if d := tree([]byte(text), r.problem); d != nil {
			renamed(d, mapOf(name))
			out[name] = d
		}
	}
	return out
}

// renamed gives a description our names of the fields that a map names.
func renamed(d, m *node) {
	ours := map[string]string{}
	if f := m.get("fields"); f != nil {
		for _, e := range f.val.entries {
			theirs := e.val.text
			for _, k := range []string{"from", "column"} {
				if x := e.val.get(k); x != nil {
					theirs = x.val.text
				}
			}
			ours[theirs] = e.key
		}
	}
	rename := func(s *string) {
		if n, ok := ours[*s]; ok {
			*s = n
		}
	}
	for _, key := range []string{"identifiers", "attributes"} {
		if e := d.get(key); e != nil {
			for _, n := range e.val.items {
				if n.shape == shapeMap {
					rename(&n.entries[0].key)
				} else {
					rename(&n.text)
				}
			}
		}
	}
	if e := d.get("parent"); e != nil {
		for _, p := range e.val.entries {
			rename(&p.val.text)
			for _, f := range p.val.entries {
				rename(&f.val.text)
			}
		}
	}
	if e := d.get("rules"); e != nil {
		for i := range e.val.entries {
			rename(&e.val.entries[i].key)
		}
	}
}

// completed returns a model with what a description has and it has not: all of its fields where it lists none, and of those that it lists types and rules.
func completed(m, d *node) *node {
	out := &node{place: d.place, shape: shapeMap}
	if m != nil {
		out.place = m.place
		out.entries = slices.DeleteFunc(slices.Clone(m.entries), func(e entry) bool { return e.key == "rules" || e.key == "attributes" })
	}
	for _, key := range []string{"identifiers", "parent"} {
		if e := d.get(key); e != nil && out.get(key) == nil {
			out.entries = append(out.entries, *e)
		}
	}
	attributes, own := d.get("attributes"), m.get("attributes")
	if own != nil && own.val.shape == shapeList && attributes != nil {
		listed := &node{place: own.val.place, shape: shapeList}
		for _, n := range own.val.items {
			if i := slices.Index(fieldNames(attributes), n.text); i >= 0 && n.shape == shapeText {
				n = attributes.val.items[i]
			}
			listed.items = append(listed.items, n)
		}
		own = &entry{own.place, own.key, listed}
	}
	if own == nil {
		own = attributes
	}
	if own != nil {
		out.entries = append(out.entries, *own)
	}
	return ruled(out, m.get("rules"), d.get("rules"))
}

// ruled adds to a model its own rules, and those of a description for fields that it has.
func ruled(m *node, own, known *entry) *node {
	if own != nil && own.val.shape != shapeMap && own.val.shape != shapeNull {
		m.entries = append(m.entries, *own)
		return m // it is reported where it is read
	}
	all := entry{m.place, "rules", &node{place: m.place, shape: shapeMap}}
	if own != nil {
		all.place = own.place
		all.val.entries = slices.Clone(own.val.entries)
	}
	fields := append(fieldNames(m.get("identifiers")), fieldNames(m.get("attributes"))...)
	if known != nil {
		for _, e := range known.val.entries {
			i := slices.IndexFunc(all.val.entries, func(x entry) bool { return x.key == e.key })
			switch {
			case !slices.Contains(fields, e.key):
			case i < 0:
				all.val.entries = append(all.val.entries, e)
			default:
				x := *all.val.entries[i].val
				x.entries = slices.Clone(x.entries)
				for _, rule := range e.val.entries {
					if x.shape == shapeMap && x.get(rule.key) == nil {
						x.entries = append(x.entries, rule)
					}
				}
				all.val.entries[i].val = &x
			}
		}
	}
	m.entries = append(m.entries, all)
	return m
}

// fieldNames returns the names in a list of fields: each a name, or {name: type}.
func fieldNames(e *entry) []string {
	if e == nil {
		return nil
	}
	var out []string
	for _, n := range e.val.items {
		if n.shape == shapeMap && len(n.entries) == 1 {
			out = append(out, n.entries[0].key)
		} else {
			out = append(out, n.text)
		}
	}
	return out
}

// placed gives a node, and all below it, a place in the file.
func placed(n *node, at place) *node {
	n.place = at
	for _, i := range n.items {
		placed(i, at)
	}
	for i := range n.entries {
		n.entries[i].place = at
		placed(n.entries[i].val, at)
	}
	return n
}
