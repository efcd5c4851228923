package nautobot

import (
	"context"
	"crypto/sha1"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/adapters/nautobot/nautobottest"
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

// places is a job of what most tests write.
const places = `  map:
    place: {kind: location, fields: {up: parent, type: location_type, note: cf.note, rank: cf.rank2}}
models:
  tenant: {identifiers: [name], attributes: [description]}
  place:
    identifiers: [name]
    parent: {place: {name: up}}
    attributes: [description, status, type, tenant, note, {rank: integer}]
    rules: {tenant: {references: tenant}}
  port:
    identifiers: [device, name]
    attributes: [type, status]
policy: sync
`

// side is the adapter, opened as a target.
type side struct {
	*testing.T
	*system
	models map[string]*adapter.Model
}

// open opens the adapter at an address; options are further keys of its side, each line with two blanks in front.
func (b *bench) open(t *testing.T, address, options string) *side {
	t.Helper()
	return b.openJob(t, address, options+"  map:\n    port: {kind: interface}\n"+places[len("  map:\n"):])
}

// openJob is open for a job of which the rest, from the options of the target on, is text.
func (b *bench) openJob(t *testing.T, address, rest string) *side {
	t.Helper()
	t.Setenv("PLUMB_TEST_TOKEN", b.token)
	text := "source:\n  adapter: nautobot\n  url: " + address + "\n  token: ${env:PLUMB_TEST_TOKEN}\ntarget:\n  adapter: nautobot\n  url: " + address + "\n  token: ${env:PLUMB_TEST_TOKEN}\n" + rest
	j, err := job.Parse("test.yaml", []byte(text), t.TempDir(), adapter.NewRegistry(Type()))
	if err == nil {
		j, err = j.WithVars(nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	ms, err := mapping.Models(j, j.Target)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := secret.ResolveAll(t.Context(), secret.Env(), j.Target.Config); err != nil {
		t.Fatal(err)
	}
	a, err := Type().New(t.Context(), adapter.Setup{Config: j.Target.Config, Models: ms, Dir: t.TempDir(), Side: "target", Log: slog.New(slog.DiscardHandler), Run: "run-1"})
	if err != nil {
		t.Fatal(err)
	}
	s := &side{T: t, system: a.(*system), models: map[string]*adapter.Model{}}
	s.client.pause = time.Millisecond
	for _, m := range ms {
		s.models[m.Name] = m
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// load returns what a load yields of some models, by name, and its error.
func (s *side) load(models ...string) (map[string]*record.Record, error) {
	s.Helper()
	var req adapter.Request
	for _, m := range models {
		req.Models = append(req.Models, s.models[m])
	}
	got, ids := map[string]*record.Record{}, map[string]bool{}
	for r, err := range s.Load(s.Context(), req) {
		if err != nil {
			return got, err
		}
		id := text(r.Local.Get(localID))
		if ids[id] {
			s.Errorf("%s came twice", id)
		}
		ids[id] = true
		got[text(r.Fields.Get("name"))] = r
	}
	return got, nil
}

// change makes a change of a model's record with a name; set are the side's fields and their values.
func (s *side) change(a adapter.Action, model, name string, local record.Fields, set map[string]any) *adapter.Change {
	s.Helper()
	c := &adapter.Change{Action: a, Model: s.models[model], Key: record.MakeKey(model, record.MustOf(name)), Name: name, Local: local}
	for n, v := range set {
		c.Set = append(c.Set, record.Field{Name: n, Value: record.MustOf(v)})
	}
	if a == adapter.Create && c.Set.Get("name") == nil {
		c.Set = append(c.Set, record.Field{Name: "name", Value: record.MustOf(name)})
	}
	c.Set.Sort()
	return c
}

// apply applies changes to a model.
func (s *side) apply(cs ...*adapter.Change) ([]adapter.Result, error) {
	return s.Apply(context.WithoutCancel(s.Context()), cs[0].Model, cs[0].Action, cs)
}

// bench is the server of the tests, with a token.
type bench struct {
	*nautobottest.Server
	token string
	user  string // the id of the token's owner, where it is not the superuser
}

// reader makes a user who may only view some kinds ("dcim.device").
func (b *bench) reader(t *testing.T, name string, kinds ...string) *bench {
	t.Helper()
	u := call(t, b.Server, http.MethodPost, "users/users/", `{"username": "`+name+`", "password": "`+name+`-2026", "is_active": true}`)
	r := &bench{Server: b.Server, token: fmt.Sprintf("%x", sha1.Sum([]byte(name))), user: text(u.Get("id"))}
	r.may(t, "view", kinds...)
	if _, err := b.SQL(t.Context(), `INSERT INTO users_token (id, created, key, write_enabled, description, user_id) VALUES (gen_random_uuid(), now(), '`+r.token+`', true, '', '`+r.user+`')`); err != nil {
		t.Fatal(err)
	}
	return r
}

// may lets the user do something with some kinds.
func (b *bench) may(t *testing.T, action string, kinds ...string) {
	t.Helper()
	call(t, b.Server, http.MethodPost, "users/permissions/", `{"name": "`+action+" "+strings.Join(kinds, " ")+`", "users": ["`+b.user+`"], "actions": ["`+action+`"], "object_types": `+list(kinds)+`}`)
}

// proxy stands before the server; fault sees every request, and reports whether it answered.
func (b *bench) proxy(t *testing.T, fault func(w http.ResponseWriter, r *http.Request) bool) string {
	t.Helper()
	u, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) }}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !fault(w, r) {
			p.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}
