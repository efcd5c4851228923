package nautobot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Ping implements adapter.Pinger: the server's version, who the token is, what the models are in it, and which permissions are missing.
// What a token may change is tried on an object that there is not.
func (a *system) Ping(ctx context.Context, models []*adapter.Model) ([]string, error) {
	status, err := a.client.read(ctx, http.MethodGet, "status", nil, nil)
	if err != nil {
		return nil, err
	}
	if err := supported(status.version); err != nil {
		return nil, err
	}
	lines := []string{fmt.Sprintf("Nautobot %s at %s", text(status.value.Members().Get("nautobot-version")), a.client.shown)}
	l, err := a.look(ctx)
	owner, lacks := a.owner(ctx, l)
	lines = append(lines, owner...)
	var errs []error
	if l == nil {
		return lines, err
	}
	if lacks != nil {
		errs = append(errs, lacks)
	}
	if err != nil {
		errs = append(errs, err)
	}
	if err := a.visible(ctx, l); err != nil {
		errs = append(errs, err)
	}
	for _, am := range models {
		m := l.byName[am.Name]
		if m == nil {
			continue
		}
		var names []string
		for _, f := range m.fields {
			names = append(names, f.name)
		}
		for _, f := range m.fixed {
			names = append(names, f.name+" (constant)")
		}
		lines = append(lines, fmt.Sprintf("%s: %s (%s)", m.Name, m.kind.endpoint, strings.Join(names, ", ")))
		if a.target {
			errs = append(errs, a.may(ctx, m)...)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return lines, fault.Wrap(fault.Of(errs[0]), err)
	}
	return lines, nil
}

// nobody is the id of no object.
const nobody = "00000000-0000-4000-8000-000000000000"

// may returns what the token may not do that the job may need, and what of the model cannot be written.
func (a *system) may(ctx context.Context, m *model) []error {
	r, err := a.rulesOf(ctx, m)
	if err != nil {
		return []error{err}
	}
	var errs []error
	policy := string(m.Policy)
	if r == nil && policy != "update-only" && policy != "none" {
		errs = append(errs, fault.Errorf(fault.Denied, "model %q: the token may not add to %s", m.Name, m.kind.endpoint))
	}
	tryOn := func(method, what string) {
		ans, err := a.client.write(ctx, method, m.kind.endpoint, 1, []byte(`[{"id":"`+nobody+`"}]`))
		switch {
		case err != nil:
			errs = append(errs, err)
		case ans.status == http.StatusForbidden || ans.status == http.StatusUnauthorized:
			errs = append(errs, fault.Errorf(fault.Denied, "model %q: the token may not %s %s", m.Name, what, m.kind.endpoint))
		}
	}
	if policy != "create-only" && policy != "none" {
		tryOn(http.MethodPatch, "change")
	}
	if policy == "" || policy == "sync" {
		tryOn(http.MethodDelete, "delete from")
	}
	for _, f := range append(m.fields[:len(m.fields):len(m.fields)], m.fixed...) {
		if r != nil && !f.cf && (r.attrs[f.attr] == nil || r.attrs[f.attr].readOnly) {
			errs = append(errs, fault.Errorf(fault.Invalid, "model %q: Nautobot's REST API lets nobody write %q of %s", m.Name, f.attr, m.kind.name))
		}
	}
	return errs
}
