package nautobot

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// meanwhile is about others who change what we load and write.
func (b *bench) meanwhile(t *testing.T) {
	var sent atomic.Int64
	s := b.open(t, b.proxy(t, func(_ http.ResponseWriter, r *http.Request) bool {
		// Each id asked for is a request of its own (page: 1): before the first one tenant goes, and another comes.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if bytes.Contains(body, []byte("$ids")) && sent.Add(1) == 1 {
			if _, err := b.SQL(r.Context(), `DELETE FROM tenancy_tenant WHERE name = 't1'`); err != nil {
				t.Error(err)
			}
			callAs(t, b.Server, b.token, http.MethodPost, "tenancy/tenants/", `{"name": "late"}`)
		}
		return false
	}), "  page: 1\n")
	got, err := s.load("tenant")
	if err != nil || got["t0"] == nil || got["t2"] == nil || got["late"] != nil {
		t.Errorf("loaded %v: %v", got, err)
	}

	s = b.open(t, b.URL, "")
	if got, err = s.load("tenant"); err != nil {
		t.Fatal(err)
	}
	t0 := got["t0"]
	call(t, b.Server, http.MethodPatch, "tenancy/tenants/"+text(t0.Local.Get("id"))+"/", `{"description": "another's"}`)
	c := s.change(adapter.Update, "tenant", "t0", t0.Local, map[string]any{"description": "ours"})
	c.Before = t0.Fields
	rs, err := s.apply(c)
	if err != nil || !fault.Is(rs[0].Err, fault.Conflict) || !strings.Contains(rs[0].Err.Error(), "another's") {
		t.Errorf("an update of what was changed meanwhile: %v %v", rs, err)
	}
	d := s.change(adapter.Delete, "tenant", "t0", t0.Local, nil)
	d.Before = t0.Fields
	if rs, err = s.apply(d); err != nil || !fault.Is(rs[0].Err, fault.Conflict) {
		t.Errorf("a delete of what was changed meanwhile: %v %v", rs, err)
	}
	same := s.change(adapter.Update, "tenant", "t0", t0.Local, map[string]any{"description": "another's"})
	same.Before = t0.Fields
	if rs, err = s.apply(same); err != nil || rs[0].Err != nil || text(rs[0].Local.Get("last_updated")) == text(t0.Local.Get("last_updated")) {
		t.Errorf("an update to what it is by now: %v %v", rs, err)
	}
	over := b.open(t, b.URL, "  changed: overwrite\n")
	c.Model = over.models["tenant"]
	if rs, err = over.apply(c); err != nil || rs[0].Err != nil {
		t.Errorf("changed: overwrite: %v %v", rs, err)
	}
	if _, err := b.SQL(t.Context(), `DELETE FROM tenancy_tenant WHERE name = 't0'`); err != nil {
		t.Fatal(err)
	}
	if rs, err = s.apply(c); err != nil || !fault.Is(rs[0].Err, fault.NotFound) {
		t.Errorf("an update of what is gone: %v %v", rs, err)
	}
}

// writes are about what the server refuses, and about requests whose answer never came.
func (b *bench) writes(t *testing.T) {
	empty(t, b.Server)
	site := map[string]any{"location_type": "Site", "status": "Active"}
	s := b.open(t, b.URL, "")
	t.Run("a bad record among good ones", func(t *testing.T) {
		var cs []*adapter.Change
		for _, n := range []string{"a", "b", strings.Repeat("x", 300), "c"} {
			cs = append(cs, s.change(adapter.Create, "tenant", n, nil, nil))
		}
		rs, err := s.apply(cs...)
		if err != nil || rs[0].Err != nil || rs[3].Err != nil || !fault.Is(rs[2].Err, fault.Invalid) || !strings.Contains(rs[2].Err.Error(), "name: Ensure this field has no more than 255") {
			t.Errorf("got %v %v", rs, err)
		}
	})
	t.Run("a name that is taken", func(t *testing.T) {
		o := b.open(t, b.URL, "")
		o.setup.Run = "run-2"
		rs, err := o.apply(o.change(adapter.Create, "tenant", "a", nil, nil))
		if err != nil || !fault.Is(rs[0].Err, fault.Conflict) {
			t.Fatalf("got %v %v", rs, err)
		}
		n := 0
		for r, err := range o.Find(t.Context(), o.models["tenant"], []record.Key{record.MakeKey("tenant", record.MustOf("a")), record.MakeKey("tenant", record.MustOf("nobody"))}) {
			if err != nil || text(r.Fields.Get("name")) != "a" {
				t.Fatal(r, err)
			}
			n++
		}
		if n != 1 {
			t.Errorf("found %d of one", n)
		}
	})
	t.Run("the same name twice in a request", func(t *testing.T) {
		_, err := s.apply(s.change(adapter.Create, "tenant", "twice", nil, nil), &adapter.Change{Action: adapter.Create, Model: s.models["tenant"], Key: "x", Set: record.Fields{{Name: "name", Value: record.MustOf("twice")}}})
		if !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
			t.Errorf("the engine cannot halve %s: %v", fault.Of(err), err)
		}
	})
	t.Run("the answer never comes", func(t *testing.T) {
		cut := b.open(t, b.proxy(t, func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost || !strings.Contains(r.URL.Path, "tenants") {
				return false
			}
			body := make([]byte, r.ContentLength)
			_, _ = r.Body.Read(body)
			callAs(t, b.Server, b.token, http.MethodPost, "tenancy/tenants/", string(body))
			panic(http.ErrAbortHandler)
		}), "")
		var cs []*adapter.Change
		for _, n := range []string{"p", "q", "r"} {
			cs = append(cs, cut.change(adapter.Create, "tenant", n, nil, nil))
		}
		if _, err := cut.apply(cs...); !fault.Is(err, fault.UnknownOutcome) {
			t.Fatalf("got %s: %v", fault.Of(err), err)
		}
		again := b.open(t, b.URL, "")
		for _, c := range cs {
			c.Model = again.models["tenant"]
		}
		rs, err := again.apply(cs...)
		if err != nil || rs[0].Err != nil || rs[2].Err != nil || text(rs[1].Local.Get("id")) != again.newID(cs[1].Key) {
			t.Errorf("repeated: %v %v", rs, err)
		}
		if n, err := b.SQL(t.Context(), `SELECT count(*) FROM tenancy_tenant WHERE name IN ('p', 'q', 'r')`); err != nil || n != "3" {
			t.Errorf("there are %s: %v", n, err)
		}
	})
	t.Run("what is referred to", func(t *testing.T) {
		tenants, err := s.load("tenant")
		if err != nil {
			t.Fatal(err)
		}
		c := s.change(adapter.Create, "place", "home", nil, site)
		c.Set = append(c.Set, record.Field{Name: "tenant", Value: record.MustOf("a")})
		c.References = map[string][]adapter.Related{"tenant": {{Field: "tenant", Local: tenants["a"].Local}}}
		if rs, err := s.apply(c); err != nil || rs[0].Err != nil {
			t.Fatal(rs, err)
		}
		_, err = s.apply(s.change(adapter.Delete, "tenant", "a", tenants["a"].Local, nil))
		if !fault.Is(err, fault.Conflict) || !strings.Contains(err.Error(), "home") {
			t.Errorf("got %s: %v; want it to name the location home", fault.Of(err), err)
		}
	})
	t.Run("a circle", func(t *testing.T) {
		got, err := s.load("place")
		if err != nil {
			t.Fatal(err)
		}
		home := got["home"].Local
		inner := s.change(adapter.Create, "place", "inner", nil, site)
		inner.Set = append(inner.Set, record.Field{Name: "parent", Value: record.MustOf("home")})
		inner.Parent = &adapter.Related{Field: "parent", Key: record.MakeKey("place", record.MustOf("home")), Local: home}
		rs, err := s.apply(inner)
		if err != nil || rs[0].Err != nil {
			t.Fatal(rs, err)
		}
		move := s.change(adapter.Update, "place", "home", home, map[string]any{"parent": "inner"})
		move.Parent = &adapter.Related{Field: "parent", Key: record.MakeKey("place", record.MustOf("inner")), Local: rs[0].Local}
		move.Before = got["home"].Fields
		rs, err = s.apply(move)
		if err == nil && rs[0].Err == nil {
			t.Errorf("home is in inner, which is in home: %v", rs)
		}
	})
}

// audits are about what is refused before anything is written.
func (b *bench) audits(t *testing.T) {
	s := b.open(t, b.URL, "")
	for name, c := range map[string]struct {
		model string
		set   map[string]any
		says  string
	}{
		"a name of 300 characters": {"tenant", map[string]any{"name": strings.Repeat("x", 300)}, "300 characters, Nautobot keeps 255"},
		"blanks":                   {"tenant", map[string]any{"name": " a"}, `keep " a" as "a"`},
		"null for an empty text":   {"tenant", map[string]any{"description": nil}, "empty_is_null"},
		"a custom field's type":    {"place", map[string]any{"location_type": "Site", "status": "Active", "cf.rank2": "high"}, "cf.rank2"},
		"a custom field's rule":    {"place", map[string]any{"location_type": "Site", "status": "Active", "cf.rank2": 101}, "101 is above 100"},
		"a reference to nothing":   {"place", map[string]any{"location_type": "Site", "status": "Nope"}, "no Status Nope"},
		"what is required":         {"place", map[string]any{"location_type": "Site"}, "status: Nautobot requires it"},
		"no such choice":           {"port", map[string]any{"type": "1000base-zzz", "status": "Active"}, "none of its choices"},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.Audit(t.Context(), s.change(adapter.Create, c.model, "x", nil, c.set))
			if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %s: %v\nwant it to say %q", fault.Of(err), err, c.says)
			}
		})
	}
	o := b.openJob(t, b.URL, "models: {tenant: {identifiers: [name], attributes: [cf.note]}}\npolicy: sync\n")
	if err := o.Audit(t.Context(), o.change(adapter.Create, "tenant", "x", nil, map[string]any{"cf.note": "x"})); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "is not one of tenancy.tenant") {
		t.Errorf("a custom field that is gone: got %s: %v", fault.Of(err), err)
	}
	if err := s.Audit(t.Context(), s.change(adapter.Create, "port", "x", nil, map[string]any{"type": "1000base-t", "status": "Active"})); err != nil {
		t.Errorf("a port as it should be: %v", err)
	}
}

// marks are about the tag of what we wrote.
func (b *bench) marks(t *testing.T) {
	empty(t, b.Server)
	call(t, b.Server, http.MethodPost, "tenancy/tenants/", `{"name": "by hand"}`)
	s := b.open(t, b.URL, "  mark: Ours\n  delete_only_marked: true\n")
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rs, err := s.apply(s.change(adapter.Create, "tenant", "ours", nil, nil)); err != nil || rs[0].Err != nil {
		t.Fatal(rs, err)
	}
	got, err := s.load("tenant")
	if err != nil {
		t.Fatal(err)
	}
	if got["by hand"].Flags&record.SkipUnmatchedDst == 0 || got["ours"].Flags&record.SkipUnmatchedDst != 0 {
		t.Errorf("flags: by hand %v, ours %v", got["by hand"].Flags, got["ours"].Flags)
	}
	c := s.change(adapter.Update, "tenant", "by hand", got["by hand"].Local, map[string]any{"description": "now ours"})
	if rs, err := s.apply(c); err != nil || rs[0].Err != nil {
		t.Fatal(rs, err)
	}
	if got, err = s.load("tenant"); err != nil || got["by hand"].Flags != 0 {
		t.Errorf("an update does not mark: %v %v", got["by hand"].Flags, err)
	}
	// Whose mark was taken off after the plan was made is kept, whatever else the plan knows of it.
	ours := got["ours"]
	call(t, b.Server, http.MethodPatch, "tenancy/tenants/"+text(ours.Local.Get("id"))+"/", `{"tags": []}`)
	now, err := s.load("tenant")
	if err != nil {
		t.Fatal(err)
	}
	over := b.open(t, b.URL, "  mark: Ours\n  delete_only_marked: true\n  changed: overwrite\n")
	if err := over.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		s     *side
		local record.Fields
	}{"changed since": {s, ours.Local}, "as it was loaded": {s, now["ours"].Local}, "changed: overwrite": {over, ours.Local}} {
		d, marked := c.s.change(adapter.Delete, "tenant", "ours", c.local, nil), c.s.change(adapter.Delete, "tenant", name, nil, nil)
		d.Before = ours.Fields
		rs, err := c.s.apply(c.s.change(adapter.Create, "tenant", name, nil, nil))
		if err != nil || rs[0].Err != nil {
			t.Fatal(name, rs, err)
		}
		marked.Local = rs[0].Local
		rs, err = c.s.apply(d, marked)
		if err != nil || !fault.Is(rs[0].Err, fault.Conflict) || !strings.Contains(rs[0].Err.Error(), `has not the mark "Ours" any more`) || rs[1].Err != nil {
			t.Errorf("%s: a delete of what has no mark, and of what has it: %v %v", name, rs, err)
		}
	}
	if got, err = s.load("tenant"); err != nil || len(got) != 2 || got["ours"] == nil {
		t.Errorf("what is left is %v: %v", got, err)
	}
	call(t, b.Server, http.MethodPatch, "tenancy/tenants/"+text(ours.Local.Get("id"))+"/", `{"tags": ["Ours"]}`)
	// The mark itself is nobody's to delete, and no tag of a record's own.
	s = b.openJob(t, b.URL, "  mark: Ours\nmodels: {tag: {identifiers: [name]}, tenant: {identifiers: [name], attributes: [tags]}}\npolicy: sync\n")
	if got, err = s.load("tag", "tenant"); err != nil || got["Ours"].Flags&record.SkipUnmatchedDst == 0 || string(got["ours"].Fields.Get("tags")) != "[]" {
		t.Errorf("loaded %v and %v: %v", got["Ours"], got["ours"], err)
	}
}
