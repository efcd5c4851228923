package job

import (
	"slices"
	"strings"
)

// edge says that a model's records need another model's to be there first.
type edge struct {
	to        string
	attribute string // the reference; "" : the parent
}

// needs returns what must come before a model; what is deferred need not.
func needs(m *Model) []edge {
	var es []edge
	for _, p := range m.Parents {
		if p.Model != m.Name {
			es = append(es, edge{to: p.Model})
		}
	}
	for _, a := range m.Attributes {
		if a.References != "" && !a.Defer {
			es = append(es, edge{to: a.References, attribute: a.Name})
		}
	}
	return es
}

// order puts the models into the order in which changes are applied: parents and references first, the file's order breaks ties. A circle is a problem.
func (r *reader) order(ds []*draft) []*Model {
	var out []*Model
	done := map[string]bool{}
	for len(out) < len(ds) {
		i := slices.IndexFunc(ds, func(d *draft) bool {
			return !done[d.Name] && !slices.ContainsFunc(needs(d.Model), func(e edge) bool { return !done[e.to] })
		})
		if i < 0 {
			r.circle(ds, done)
			return modelsOf(ds)
		}
		done[ds[i].Name] = true
		out = append(out, ds[i].Model)
	}
	return out
}

// circle reports one shortest way round among the models that are not done.
func (r *reader) circle(ds []*draft, done map[string]bool) {
	byName := map[string]*draft{}
	for _, d := range ds {
		byName[d.Name] = d
	}
	var best []string // model, edge, model, ..
	var first *draft
	var attrs []string
	for _, d := range ds {
		if done[d.Name] {
			continue
		}
		type step struct {
			at    string
			trail []string
			attrs []string
		}
		seen := map[string]bool{}
		queue := []step{{at: d.Name, trail: []string{d.Name}}}
		for len(queue) > 0 && (best == nil || len(queue[0].trail) < len(best)) {
			s := queue[0]
			queue = queue[1:]
			for _, e := range needs(byName[s.at].Model) {
				if done[e.to] || seen[e.to] {
					continue
				}
				n := step{e.to, append(slices.Clip(s.trail), e.to), slices.Clip(s.attrs)}
				if e.attribute != "" {
					n.trail[len(n.trail)-2] += "." + e.attribute
					n.trail = slices.Clone(n.trail)
					n.attrs = append(n.attrs, "models."+s.at+".rules."+e.attribute)
				}
				if e.to == d.Name {
					if best == nil || len(n.trail) < len(best) {
						best, first, attrs = n.trail, d, n.attrs
					}
					continue
				}
				seen[e.to] = true
				queue = append(queue, n)
			}
		}
	}
	if first == nil {
		return
	}
	way := strings.Join(best, " -> ")
	if len(attrs) == 0 {
		r.problem(first.at, first.path, "the parents go round in a circle: %s", way)
		return
	}
	r.problem(first.at, first.path, "what must be there first goes round in a circle: %s; break it by defer: true in %s", way, strings.Join(attrs, " or "))
}

// inherit hands the types of parents' identifiers down, into the parents' declarations and into identifiers that are parent fields and have no type of their own. Models are in order.
func (r *reader) inherit(j *Job, ds []*draft) {
	for _, m := range j.Models {
		d := ds[slices.IndexFunc(ds, func(d *draft) bool { return d.Model == m })]
		for i := range m.Parents {
			p := &m.Parents[i]
			up := j.Model(p.Model)
			for k, f := range p.Fields {
				id := up.Identifiers[k]
				p.Types = append(p.Types, id.Type)
				p.IgnoreCase = append(p.IgnoreCase, id.IgnoreCase)
				own := m.Attribute(f)
				switch {
				case own == nil || p.Model == m.Name:
				case own.Type == "":
					own.Type = id.Type
				case id.Type != "" && id.Type != own.Type:
					r.problem(d.attrAt[f], d.path+".identifiers", "%s is of type %s, but names the parent by %s.%s of type %s", quote(f), own.Type, up.Name, id.Name, id.Type)
				}
				if own != nil && p.Model != m.Name {
					own.IgnoreCase = own.IgnoreCase || id.IgnoreCase
				}
			}
		}
	}
}
