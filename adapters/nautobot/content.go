package nautobot

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// contentType returns Nautobot's own name of a model's kind: dcim.location. Of a kind of an app it is asked for: where an app's API is need not be what the app is called.
// Where several apps have kinds of that name it is the one that is called as its API is, or the only one that is not Nautobot's own; else it is as if the app were called as its API is.
func (a *system) contentType(ctx context.Context, m *model) (string, error) {
	app, rest, _ := strings.Cut(m.kind.endpoint, "/")
	name := strings.ToLower(strings.TrimSuffix(m.typ, "Type"))
	if app != "plugins" {
		return strings.ReplaceAll(app, "-", "_") + "." + name, nil
	}
	labels, err := a.labels(ctx, name)
	if err != nil {
		return "", fmt.Errorf("model %q: %w", m.Name, err)
	}
	app, _, _ = strings.Cut(rest, "/")
	app = strings.ReplaceAll(app, "-", "_")
	var apps []string
	for _, label := range labels {
		if !slices.ContainsFunc(kinds, func(k kind) bool { return strings.HasPrefix(k.endpoint, label+"/") }) {
			apps = append(apps, label)
		}
	}
	if len(apps) == 1 {
		app = apps[0]
	}
	return app + "." + name, nil
}

// labels returns what the apps are called, Nautobot's own among them, that have a kind of a name.
func (a *system) labels(ctx context.Context, name string) ([]string, error) {
	ans, err := a.client.read(ctx, http.MethodGet, "extras/content-types", url.Values{"model": {name}}, nil)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, t := range ans.value.Members().Get("results").Elements() {
		all = append(all, text(t.Members().Get("app_label")))
	}
	return all, nil
}

// kindOf returns the kind whose objects are of a type, as the job names it, or as the schema tells; nil where there is none.
func (l *layout) kindOf(typ string) *kind {
	for _, m := range l.models {
		if m.typ == typ && m.kind.key != "" {
			return m.kind
		}
	}
	return l.schema.kindOf(typ)
}
