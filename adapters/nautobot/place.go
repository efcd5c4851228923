package nautobot

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// views returns the endpoints of all that is looked at: the models' kinds, what they refer to, and what new objects are given.
func (a *system) views(ctx context.Context, l *layout) ([]string, error) {
	var es []string
	add := func(e string) {
		if !slices.Contains(es, e) {
			es = append(es, e)
		}
	}
	placed := map[string][]string{}
	for _, m := range l.models {
		add(m.kind.endpoint)
		if a.marks(m) {
			add("extras/tags")
		}
		fs := m.fields
		if m.Policy.Allows("create") {
			fs = slices.Concat(fs, m.fixed)
		}
		for _, f := range fs {
			for _, typ := range f.sel.objects() {
				if k := l.kindOf(typ); k != nil && k.endpoint != "" {
					add(k.endpoint)
					continue
				}
				if typ == "ContentTypeType" {
					continue // everybody may view those
				}
				if placed[typ] == nil {
					found, err := a.places(ctx, l, typ)
					if err != nil {
						return nil, err
					}
					if found == nil {
						return nil, fault.Errorf(fault.Invalid, "model %q: field %q: where REST has a %s of Nautobot is not to be found, so whether the token may view it cannot be told, and what it may not view looks like null; a model of the job says where (endpoint: plugins/APP/THINGS, key: [name])", m.Name, f.name, strings.TrimSuffix(typ, "Type"))
					}
					placed[typ] = found
				}
				for _, e := range placed[typ] {
					add(e)
				}
			}
		}
	}
	return es, nil
}

// objects returns the types of the objects that a selector comes across.
func (s *selector) objects() []string {
	if s == nil {
		return nil
	}
	var types []string
	if s.typ.kind == "OBJECT" {
		types = append(types, s.typ.name)
	}
	for _, sub := range s.subs {
		types = append(types, sub.objects()...)
	}
	return types
}

// places returns the endpoints of the kind whose objects are of a type, which nobody named: one that is only referred to need not be in the table.
// They are what REST's lists of endpoints name after it; several where several apps have a kind of that name, none where it is not to be found.
func (a *system) places(ctx context.Context, l *layout, typ string) ([]string, error) {
	name := strings.ToLower(strings.TrimSuffix(typ, "Type"))
	names := []string{name + "s", name + "es", strings.TrimSuffix(name, "y") + "ies"}
	if k := l.kindOf(typ); k != nil {
		names = append(names, plain(k.list))
	}
	labels, err := a.labels(ctx, name)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, label := range labels {
		roots := []string{strings.ReplaceAll(label, "_", "-")}
		all, err := a.links(ctx, roots[0])
		if fault.Is(err, fault.NotFound) { // not Nautobot's own: an app's API is not where the app's name says
			if roots, err = a.links(ctx, "plugins"); err == nil {
				all, err = a.links(ctx, roots...)
			}
		}
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			if last := e[strings.LastIndexByte(e, '/')+1:]; slices.Contains(names, plain(last)) && !slices.Contains(found, e) {
				found = append(found, e)
			}
		}
	}
	return found, nil
}

// links returns what REST lists below its paths, each as a path behind /api/. A path that is no list has none; one that there is not is NotFound.
func (a *system) links(ctx context.Context, paths ...string) ([]string, error) {
	var all []string
	for _, p := range paths {
		ans, err := a.client.read(ctx, http.MethodGet, p, nil, nil)
		if fault.Is(err, fault.Denied) {
			continue // what is installed is shown to administrators only
		}
		if err != nil {
			return nil, err
		}
		for _, m := range ans.value.Members() {
			if i := strings.LastIndex(text(m.Value), "/api/"); i >= 0 {
				all = append(all, strings.Trim(text(m.Value)[i+len("/api/"):], "/"))
			}
		}
	}
	return all, nil
}

// plain returns a name without what stands between its words.
func plain(name string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
}
