// Package nautobot loads from and writes to a Nautobot, over its GraphQL and REST APIs, with nothing to install in it.
// Models are kinds of Nautobot (location, prefix, interface), fields are paths in its own words (name, location.name, cf.KEY, tags);
// a field that refers to another object is read and written by that object's natural key, or as the job's model identifies it.
package nautobot

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Type returns the adapter's type, named nautobot.
func Type() *adapter.Type {
	return &adapter.Type{
		Name:        "nautobot",
		Title:       "a Nautobot, over its REST and GraphQL APIs",
		Icon:        "network",
		Config:      func() any { return newConfig() },
		ModelConfig: func() any { return &ModelConfig{} },
		Target:      true,
		Pages:       true,
		Keeps:       keeps,
		Models:      describe,
		New:         (&memory{all: map[string]*known{}}).open,
	}
}

var (
	_ adapter.Source     = (*system)(nil)
	_ adapter.Batcher    = (*system)(nil)
	_ adapter.Resumer    = (*system)(nil)
	_ adapter.Scoper     = (*system)(nil)
	_ adapter.Counter    = (*system)(nil)
	_ adapter.Auditor    = (*system)(nil)
	_ adapter.Finder     = (*system)(nil)
	_ adapter.Concurrent = (*system)(nil)
	_ adapter.Linker     = (*system)(nil)
	_ adapter.Describer  = (*system)(nil)
	_ adapter.Pinger     = (*system)(nil)
	_ adapter.Preparer   = (*system)(nil)
	_ adapter.Locker     = (*system)(nil)
	_ adapter.Closer     = (*system)(nil)
)

// system is one side's adapter. Nautobot is asked for its schema when something is first wanted of it.
type system struct {
	client *client
	known  *known
	config *Config
	setup  adapter.Setup
	target bool

	laying sync.Mutex // held while the layout is made
	layout *layout

	mu     sync.Mutex
	lists  map[string]*directory
	seen   map[string]bool  // endpoints that the token may view
	sizes  map[string]int   // how many records of a model one request may have, where that is fewer than bulkSize
	counts map[string]int64 // of models' objects, the scope aside, as Count found them
	markID string           // the id of the tag of Config.Mark; "" until it was looked up

	cursor position // of the running load
}

func (m *memory) open(_ context.Context, s adapter.Setup) (adapter.Source, error) {
	c := s.Config.(*Config)
	if s.NoLocal && c.CAFile != "" {
		return nil, fault.Errorf(fault.Invalid, "ca_file: a file of a laptop, which no function can read (got %q)", c.CAFile)
	}
	cl, err := newClient(c, s.Dir, s.Log)
	if err != nil {
		return nil, err
	}
	return &system{client: cl, known: m.of(cl), config: c, setup: s, target: s.Side == "target", lists: map[string]*directory{}, seen: map[string]bool{}, counts: map[string]int64{}, sizes: map[string]int{}}, nil
}

// Describe implements adapter.Describer.
func (a *system) Describe() []adapter.Item {
	items := []adapter.Item{{Name: "url", Value: a.client.shown}}
	if a.config.Mark != "" && a.target {
		items = append(items, adapter.Item{Name: "mark", Value: a.config.Mark})
	}
	if a.config.OnlyMarked && a.target {
		items = append(items, adapter.Item{Name: "delete_only_marked", Value: "true"})
	}
	return items
}

// LockName implements adapter.Locker.
func (a *system) LockName() string {
	u := *a.client.base
	u.User, u.Host = nil, strings.ToLower(u.Host)
	if p := u.Port(); p == "80" && u.Scheme == "http" || p == "443" && u.Scheme == "https" {
		u.Host = u.Hostname()
	}
	return "nautobot " + strings.TrimRight(u.String(), "/")
}

// Workers implements adapter.Concurrent.
func (a *system) Workers() int { return a.config.Connections }

// Link implements adapter.Linker.
func (a *system) Link(m *adapter.Model, key record.Key, local record.Fields) string {
	k, err := kindOf(m)
	if err != nil || k.pageless {
		return ""
	}
	page := a.client.base.JoinPath(k.endpoint).String() + "/"
	if key == "" {
		return page
	}
	id := text(local.Get(localID))
	if id == "" {
		return ""
	}
	return page + url.PathEscape(id) + "/"
}

// Close implements adapter.Closer.
func (a *system) Close() error {
	a.client.http.CloseIdleConnections()
	return nil
}

// text returns the text of a string value; "" for anything else.
func text(v record.Value) string {
	if len(v) == 0 || v[0] != '"' {
		return ""
	}
	return v.String()
}

// quoted returns a text as JSON.
func quoted(s string) string {
	v, err := record.StringValue(strings.ToValidUTF8(s, "\ufffd"))
	if err != nil {
		return fmt.Sprintf("%q", s)
	}
	return string(v)
}
