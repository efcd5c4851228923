package nautobot

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// visible checks that the token may see all kinds that are read, and that there are the custom fields that are. GraphQL leaves out what one may not see without a word:
// a kind would look empty, a reference as null, and the other side's records of it be deleted. A custom field that there is not would be null too.
func (a *system) visible(ctx context.Context, l *layout) error {
	vs, err := a.views(ctx, l)
	if err != nil {
		return err
	}
	vs = slices.DeleteFunc(vs, a.sees)
	wrong := make([]error, len(vs)+1)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(a.config.Connections)
	g.Go(func() error {
		var err error
		wrong[len(vs)], err = a.missing(ctx, l)
		return err
	})
	for i, e := range vs {
		g.Go(func() error {
			ans, err := a.client.read(ctx, http.MethodGet, e, url.Values{"limit": {"1"}, "id": {nobody}}, nil)
			if fault.Is(err, fault.Denied) {
				wrong[i] = fault.Errorf(fault.Denied, "the token may not view %s: %w", e, err)
				return supported(ans.version)
			}
			if err == nil {
				err = supported(ans.version)
			}
			if err == nil {
				a.maySee(e)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return errors.Join(wrong...)
}

// maySee notes that the token may view an endpoint. That is learned anew by each adapter: what it may no longer view would look empty.
func (a *system) maySee(endpoint string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen[endpoint] = true
}

// sees reports whether the token may view an endpoint, as far as that is known.
func (a *system) sees(endpoint string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.seen[endpoint]
}

// count asks how many objects REST has at an endpoint.
func (a *system) count(ctx context.Context, endpoint string, query url.Values) (int64, error) {
	q := url.Values{"limit": {"1"}, "offset": {"1000000000"}} // behind the last: nothing is to be shown but the number
	maps.Copy(q, query)
	ans, err := a.client.read(ctx, http.MethodGet, endpoint, q, nil)
	if err != nil {
		return 0, err
	}
	n, ok := ans.value.Members().Get("count").Int64()
	if !ok {
		return 0, fault.Errorf(fault.Invalid, "GET %q: want a list of Nautobot, got %s", endpoint, shortened(string(ans.value)))
	}
	if supported(ans.version) == nil {
		a.maySee(endpoint)
	}
	return n, nil
}

// Count implements adapter.Counter; what the job's scope leaves out is counted too. Meanwhile the schema is read.
func (a *system) Count(ctx context.Context, req adapter.Request) int64 {
	var all atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(a.config.Connections + 1)
	g.Go(func() error { _, err := a.look(ctx); return err }) // which takes as long
	for _, am := range req.Models {
		g.Go(func() error {
			k, err := kindOf(am)
			if err != nil {
				return err
			}
			q := url.Values{}
			if c, ok := am.Config.(*ModelConfig); ok && c != nil {
				for f, v := range c.Filter {
					q[f] = parameters(v)
				}
			}
			n, err := a.count(ctx, k.endpoint, q)
			if err != nil {
				return err
			}
			all.Add(n)
			a.mu.Lock()
			defer a.mu.Unlock()
			a.counts[am.Name] = n
			return nil
		})
	}
	if g.Wait() != nil {
		return -1
	}
	return all.Load()
}

// parameters returns a filter's value as REST takes it.
func parameters(v any) []string {
	if l, ok := v.([]any); ok {
		var ps []string
		for _, e := range l {
			ps = append(ps, parameters(e)...)
		}
		return ps
	}
	return []string{fmt.Sprint(v)}
}

// supported says what is wrong with a version of the API; nil where we speak it.
func supported(version string) error {
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err != nil || n < 2 {
		return fault.Errorf(fault.Invalid, "want a Nautobot of version 2 or newer, the server says it is %q", version)
	}
	return nil
}
