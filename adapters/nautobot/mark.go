package nautobot

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// marking reports whether records are marked with a tag.
func (a *system) marking() bool { return a.target && a.config.Mark != "" }

// marks reports whether objects of the model are marked: not all kinds have tags.
func (a *system) marks(m *model) bool {
	_, can := a.known.schema.field(m.typ, "tags")
	return can && a.marking()
}

// marked reports whether the tags, as GraphQL shows them, hold the mark.
func marked(tags record.Value, mark string) bool {
	for _, t := range tags.Elements() {
		if text(t.Members().Get("name")) == mark {
			return true
		}
	}
	return false
}

// without returns a list of names without one.
func without(list record.Value, name string) record.Value {
	out := record.Value("[")
	for _, e := range list.Elements() {
		if text(e) == name {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, e...)
	}
	return append(out, ']')
}

// Prepare implements adapter.Preparer: it makes the tag of Config.Mark where there is none, and lets the job's kinds have it.
func (a *system) Prepare(ctx context.Context) error {
	if !a.marking() {
		return nil
	}
	l, err := a.look(ctx)
	if err != nil {
		return err
	}
	tag, err := a.markTag(ctx)
	if err != nil {
		return fmt.Errorf("look for the mark %q: %w", a.config.Mark, err)
	}
	id, has := text(tag.Get("id")), texts(tag.Get("content_types"))
	want := has
	for _, m := range l.models {
		if a.marks(m) {
			want = union(want, m.content)
		}
	}
	if id != "" && len(want) == len(has) {
		a.setMark(id)
		return nil
	}
	method, path, body := http.MethodPost, "extras/tags", `{"name":`+quoted(a.config.Mark)+`,"description":"written by Plumbline","content_types":`
	if id != "" {
		method, path, body = http.MethodPatch, "extras/tags/"+id, `{"content_types":`
	}
	body += list(want) + "}"
	ans, err := a.client.write(ctx, method, path, 1, []byte(body))
	if err == nil && ans.status >= 300 {
		err = refused(method, path, ans)
	}
	if err != nil {
		return fmt.Errorf("make the mark %q: %w", a.config.Mark, err)
	}
	if id = text(ans.value.Members().Get("id")); id == "" {
		return fault.Errorf(fault.Internal, "make the mark %q: the answer has no id", a.config.Mark)
	}
	a.setMark(id)
	return nil
}

// markTag returns the tag of Config.Mark as REST shows it; nil where there is none.
func (a *system) markTag(ctx context.Context) (record.Fields, error) {
	ans, err := a.client.read(ctx, http.MethodGet, "extras/tags", url.Values{"name": {a.config.Mark}, "exclude_m2m": {"false"}}, nil)
	if err != nil {
		return nil, err
	}
	if tags := ans.value.Members().Get("results").Elements(); len(tags) > 0 {
		return tags[0].Members(), nil
	}
	return nil, nil
}

func (a *system) setMark(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.markID = id
}

func union(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list[:len(list):len(list)], s)
}

// list returns texts as a JSON list.
func list(texts []string) string {
	out := "["
	for i, t := range texts {
		if i > 0 {
			out += ","
		}
		out += quoted(t)
	}
	return out + "]"
}
