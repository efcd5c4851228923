package nautobot

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// owner says whose the token is, and what Nautobot tells of its permissions. An error is Denied: it may not do what the job needs.
func (a *system) owner(ctx context.Context, l *layout) ([]string, error) {
	const untold = "the token is one that Nautobot lets in; whose it is needs the permission to view users.token"
	tokens, err := a.client.read(ctx, http.MethodGet, "users/tokens", url.Values{"limit": {"1000"}}, nil)
	if err != nil {
		return []string{untold}, nil //nolint:nilerr // it may not look, and the job does not need it
	}
	var name string
	for _, t := range tokens.value.Members().Get("results").Elements() {
		f := t.Members()
		if text(f.Get("key")) != a.client.token {
			continue
		}
		_, rest, _ := strings.Cut(text(f.Get("display")), "(")
		name = strings.TrimSuffix(rest, ")")
		if may, ok := f.Get("write_enabled").Bool(); ok && !may && a.target {
			err = fault.Errorf(fault.Denied, "the token may only read: writing is not enabled for it")
		}
	}
	if name == "" {
		return []string{untold}, err
	}
	lines := []string{"the token is " + name + "'s"}
	if l != nil {
		lines = append(lines, a.limits(ctx, l, name)...)
	}
	return lines, err
}

// grant is a permission of the token's owner.
type grant struct {
	name           string
	actions, kinds []string
	only           string // what its objects must match; "": all
}

// limits says which permissions of a user are for some objects of the job's kinds only: what the token may not see looks as if it were not there.
func (a *system) limits(ctx context.Context, l *layout, user string) []string {
	const untold = "whether it may see all objects of a kind needs the permission to view users.user and users.objectpermission"
	users, err := a.client.read(ctx, http.MethodGet, "users/users", url.Values{"username": {user}, "exclude_m2m": {"false"}}, nil)
	if err != nil || len(users.value.Members().Get("results").Elements()) != 1 {
		return []string{untold}
	}
	u := users.value.Members().Get("results").Elements()[0].Members()
	if all, _ := u.Get("is_superuser").Bool(); all {
		return nil
	}
	mine := []string{text(u.Get("id"))}
	for _, g := range u.Get("groups").Elements() {
		mine = append(mine, idOf(g))
	}
	answer, err := a.client.read(ctx, http.MethodGet, "users/permissions", url.Values{"limit": {"1000"}, "enabled": {"true"}, "exclude_m2m": {"false"}}, nil)
	if err != nil {
		return []string{untold}
	}
	var grants []grant
	for _, p := range answer.value.Members().Get("results").Elements() {
		f := p.Members()
		holders := append(f.Get("users").Elements(), f.Get("groups").Elements()...)
		if !slices.ContainsFunc(holders, func(h record.Value) bool { return slices.Contains(mine, idOf(h)) }) {
			continue
		}
		g := grant{name: text(f.Get("name")), actions: texts(f.Get("actions")), kinds: texts(f.Get("object_types"))}
		if c := f.Get("constraints"); !c.IsNull() && string(c) != "{}" && string(c) != "[]" {
			g.only = string(c)
		}
		grants = append(grants, g)
	}
	return narrow(grants, l)
}

// narrow returns a line for each grant that holds for some objects only, and that no other makes up for.
func narrow(grants []grant, l *layout) []string {
	var lines []string
	for _, g := range grants {
		if g.only == "" {
			continue
		}
		for _, m := range l.models {
			if !slices.Contains(g.kinds, m.content) {
				continue
			}
			var actions []string
			for _, a := range g.actions {
				if !slices.ContainsFunc(grants, func(o grant) bool {
					return o.only == "" && slices.Contains(o.actions, a) && slices.Contains(o.kinds, m.content)
				}) {
					actions = append(actions, a)
				}
			}
			if actions != nil {
				lines = append(lines, fmt.Sprintf("%s: by the permission %q it may %s only objects that match %s; others look as if they were not there", m.Name, g.name, strings.Join(actions, ", "), g.only))
			}
		}
	}
	return lines
}

// idOf returns the id in a reference: {"id": ..}, or an id itself.
func idOf(v record.Value) string {
	if len(v) > 0 && v[0] == '{' {
		v = v.Members().Get("id")
	}
	return strings.Trim(string(v), `"`)
}

func texts(list record.Value) []string {
	var out []string
	for _, e := range list.Elements() {
		out = append(out, text(e))
	}
	return out
}
