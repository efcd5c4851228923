package nautobot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
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
	if l.customized() {
		if all, err := a.customFields(ctx); err != nil {
			errs = append(errs, err)
		} else if all == nil {
			lines = append(lines, "whether there are the custom fields of the job, and what they take, needs the permission to view extras.customfield")
		}
	}
	if a.marking() {
		errs = append(errs, a.mayMark(ctx, l)...)
	}
	if err := errors.Join(errs...); err != nil {
		return lines, fault.Wrap(fault.Of(err), err)
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
	if r == nil && m.Policy.Allows("create") {
		errs = append(errs, fault.Errorf(fault.Denied, "model %q: the token may not add to %s", m.Name, m.kind.endpoint))
	}
	if m.Policy.Allows("update") {
		errs = append(errs, a.try(ctx, http.MethodPatch, m.kind.endpoint, fmt.Sprintf("model %q: the token may not change", m.Name)))
	}
	if m.Policy.Allows("delete") {
		errs = append(errs, a.try(ctx, http.MethodDelete, m.kind.endpoint, fmt.Sprintf("model %q: the token may not delete from", m.Name)))
	}
	for _, f := range append(m.fields[:len(m.fields):len(m.fields)], m.fixed...) {
		if r != nil && !f.cf && (r.attrs[f.attr] == nil || r.attrs[f.attr].readOnly) {
			errs = append(errs, fault.Errorf(fault.Invalid, "model %q: Nautobot's REST API lets nobody write %q of %s", m.Name, f.attr, m.kind.name))
		}
	}
	return errs
}

// try returns an error that begins so where the token may not send objects to an endpoint by a method. It sends one that there is not, or to create, one that lacks all.
func (a *system) try(ctx context.Context, method, endpoint, denied string) error {
	body := `[{"id":"` + nobody + `"}]`
	if method == http.MethodPost {
		body = "[{}]"
	}
	ans, err := a.client.write(ctx, method, endpoint, 1, []byte(body))
	if err == nil && (ans.status == http.StatusForbidden || ans.status == http.StatusUnauthorized) {
		err = fault.Errorf(fault.Denied, "%s %s", denied, endpoint)
	}
	return err
}

// mayMark returns what the token may not do that Prepare needs. Whether it may view tags is not said here.
func (a *system) mayMark(ctx context.Context, l *layout) []error {
	tag, err := a.markTag(ctx)
	if fault.Is(err, fault.Denied) {
		return nil
	}
	if err != nil {
		return []error{err}
	}
	if tag == nil {
		return []error{a.try(ctx, http.MethodPost, "extras/tags", fmt.Sprintf("mark: Nautobot has no tag %q, and the token may not add to", a.config.Mark))}
	}
	has := texts(tag.Get("content_types"))
	for _, m := range l.models {
		if a.marks(m) && !slices.Contains(has, m.content) {
			return []error{a.try(ctx, http.MethodPatch, "extras/tags", fmt.Sprintf("mark: the tag %q is not for %s, and the token may not change", a.config.Mark, m.content))}
		}
	}
	return nil
}
