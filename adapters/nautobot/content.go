package nautobot

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// contentType returns Nautobot's own name of a model's kind: dcim.location. Of a kind of an app it is asked for: where an app's API is need not be what the app is called.
func (a *system) contentType(ctx context.Context, m *model) (string, error) {
	app, _, _ := strings.Cut(m.kind.endpoint, "/")
	name := strings.ToLower(strings.TrimSuffix(m.typ, "Type"))
	if app != "plugins" {
		return app + "." + name, nil
	}
	ans, err := a.client.read(ctx, http.MethodGet, "extras/content-types", url.Values{"model": {name}}, nil)
	if err != nil {
		return "", fmt.Errorf("model %q: %w", m.Name, err)
	}
	for _, t := range ans.value.Members().Get("results").Elements() {
		app = text(t.Members().Get("app_label"))
	}
	return app + "." + name, nil
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
