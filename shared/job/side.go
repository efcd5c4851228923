package job

import (
	"slices"
	"strconv"
	"strings"
)

// engineKeys are the keys of a side that are the engine's own; all others are the adapter's options.
func engineKeys() []string {
	return []string{"adapter", "name", "label", "icon", "links", "batch", "workers", "rate", "map"}
}

// side reads source or target.
func (r *reader) side(top object, which string, j *Job) *Side {
	s := &Side{Side: which, Name: which}
	n := top.val(which)
	if n == nil {
		return s
	}
	if n.shape != shapeMap {
		r.problem(n.place, which, "want a mapping with adapter and its options, got %s", n)
		return s
	}
	keys, config, model, fieldKeys, known := r.adapterOf(object{reader: r, n: n, at: top.key(which), path: which}, s)
	o := object{reader: r, n: n, at: top.key(which), path: which}
	if known {
		o = r.object(n, top.key(which), which, append(engineKeys(), keys...)...)
	}
	if name := o.name("name"); name != "" {
		s.Name = name
	}
	s.Label = strings.TrimSpace(o.text("label"))
	s.Icon = o.text("icon")
	s.Links = r.links(o)
	s.Batch, s.Workers = int(o.count("batch")), int(o.count("workers"))
	s.Rate = r.rate(o)
	s.Config = config
	if config != nil {
		r.options(o, engineKeys(), config)
	}
	r.maps(o, s, j, model, fieldKeys, known)
	r.clear(n, which)
	if !known { // which options are secrets is not known either
		r.refs = slices.DeleteFunc(r.refs, func(x reference) bool { return strings.HasPrefix(x.path, which+".") })
	}
	return s
}

// adapterOf reads which adapter a side has, and what it takes.
func (r *reader) adapterOf(o object, s *Side) (keys []string, config any, model func() any, fieldKeys []string, known bool) {
	if !o.has("adapter") {
		o.missing("adapter", "one of "+strings.Join(r.catalog.Names(), ", "))
		return nil, nil, nil, nil, false
	}
	name := o.name("adapter")
	if name == "" {
		return nil, nil, nil, nil, false
	}
	config, _, fieldKeys, target, ok := r.catalog.Options(name)
	at := o.val("adapter").place
	if !ok {
		r.problem(at, o.sub("adapter"), "no such adapter %s%s", quote(name), instead(name, r.catalog.Names()))
		return nil, nil, nil, nil, false
	}
	s.Adapter = name
	if s.Side == "target" && !target {
		r.problem(at, o.sub("adapter"), "the adapter %s only reads; it cannot be a target", quote(name))
	}
	model = func() any {
		_, m, _, _, _ := r.catalog.Options(name)
		return m
	}
	return optionNames(config), config, model, fieldKeys, true
}

// links reads named addresses.
func (r *reader) links(o object) []Link {
	n := o.val("links")
	if n == nil {
		return nil
	}
	if n.shape != shapeMap {
		r.problem(n.place, o.sub("links"), "want a mapping of names and addresses, got %s", n)
		return nil
	}
	var ls []Link
	for _, e := range n.entries {
		path := dot(o.sub("links"), e.key)
		if !r.goodName(e.key, e.place, path) {
			continue
		}
		if e.val.shape != shapeText || !strings.HasPrefix(e.val.text, "https://") && !strings.HasPrefix(e.val.text, "http://") {
			r.problem(e.val.place, path, "want an address that begins with https:// or http://, got %s", e.val)
			continue
		}
		ls = append(ls, Link{Name: e.key, URL: e.val.text})
	}
	return ls
}

// rate reads changes a second.
func (r *reader) rate(o object) float64 {
	n := o.val("rate")
	if n == nil {
		return 0
	}
	f, err := strconv.ParseFloat(n.text, 64)
	if n.shape != shapeNumber || err != nil || f <= 0 {
		r.problem(n.place, o.sub("rate"), "want changes a second, a number above 0, got %s", n)
		return 0
	}
	return f
}

// maps reads how a side keeps the models.
func (r *reader) maps(o object, s *Side, j *Job, model func() any, fieldKeys []string, known bool) {
	n := o.val("map")
	s.Map = map[string]*Mapping{}
	if n == nil {
		return
	}
	if n.shape != shapeMap {
		r.problem(n.place, o.sub("map"), "want a mapping of models, got %s", n)
		return
	}
	for _, e := range n.entries {
		path := dot(o.sub("map"), e.key)
		m := j.Model(e.key)
		if m == nil {
			if !slices.Contains(j.FileOrder, e.key) && len(j.FileOrder) > 0 {
				r.problem(e.place, path, "no model %s%s", quote(e.key), instead(e.key, j.FileOrder))
			}
			continue
		}
		mp := &Mapping{}
		mo := object{reader: r, n: e.val, at: e.place, path: path}
		if known {
			mp.Config = model()
			mo = r.object(e.val, e.place, path, append([]string{"fields"}, optionNames(mp.Config)...)...)
		}
		if mp.Config != nil {
			r.options(mo, []string{"fields"}, mp.Config)
		}
		r.fieldMaps(mo, s.Side, m, mp, fieldKeys, known, j)
		s.Map[e.key] = mp
	}
}
