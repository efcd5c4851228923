package nautobot

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/plumbline-sync/plumbline/adapters/nautobot/nautobottest"
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

const prefixes = `
source: {adapter: nautobot, url: "%[1]s", token: "${env:PLUMB_TEST_TOKEN}"}
target: {adapter: nautobot, url: "%[1]s", token: "${env:PLUMB_TEST_TOKEN}"}
models: {prefix: {identifiers: [prefix, namespace], attributes: [description, status]}}
policy: sync
`

// BenchmarkNautobot writes prefixes (PLUMB_BENCH_N, 10,000 by default) by the adapter, and by bare bulk requests with as many connections as the server has workers and the same check before updates, and loads them.
// One iteration is all that makes sense: -benchtime 1x.
func BenchmarkNautobot(b *testing.B) {
	s := nautobottest.Start(b)
	n, err := strconv.Atoi(os.Getenv("PLUMB_BENCH_N"))
	if err != nil {
		n = 10_000
	}
	b.Setenv("PLUMB_TEST_TOKEN", nautobottest.Token)
	j, err := job.Parse("bench.yaml", fmt.Appendf(nil, prefixes, s.URL), b.TempDir(), adapter.NewRegistry(Type()))
	if err != nil {
		b.Fatal(err)
	}
	ms, err := mapping.Models(j, j.Target)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := secret.ResolveAll(b.Context(), secret.Env(), j.Target.Config); err != nil {
		b.Fatal(err)
	}
	src, err := Type().New(b.Context(), adapter.Setup{Config: j.Target.Config, Models: ms, Side: "target", Log: slog.New(slog.DiscardHandler), Run: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	a := src.(*system)
	var cs []*adapter.Change
	for i := range n {
		p := fmt.Sprintf("10.%d.%d.0/24", i/256, i%256)
		cs = append(cs, &adapter.Change{Model: ms[0], Key: record.MakeKey("prefix", record.MustOf(p), record.MustOf("Global")), Set: record.Fields{
			{Name: "description", Value: record.MustOf("a prefix")}, {Name: "namespace", Value: record.MustOf("Global")}, {Name: "prefix", Value: record.MustOf(p)}, {Name: "status", Value: record.MustOf("Active")},
		}})
	}
	byPrefix := map[string]*adapter.Change{}
	for _, c := range cs {
		byPrefix[string(c.Key.IDs()[0])] = c
	}
	read := func() {
		at := 0
		for r, err := range a.Load(b.Context(), adapter.Request{Models: ms}) {
			if err != nil {
				b.Fatal(err)
			}
			at++
			c := byPrefix[string(r.Fields.Get("prefix"))]
			c.Local = record.Fields{{Name: localID, Value: clone(r.Local.Get(localID))}, {Name: localUpdated, Value: clone(r.Local.Get(localUpdated))}}
		}
		if at != n {
			b.Fatalf("loaded %d of %d", at, n)
		}
	}
	timed := func(what string, connections int, do func(part []*adapter.Change) error) float64 {
		begun := time.Now()
		var g errgroup.Group
		g.SetLimit(connections)
		for at := 0; at < n; at += 100 {
			g.Go(func() error { return do(cs[at:min(at+100, n)]) })
		}
		if err := g.Wait(); err != nil {
			b.Fatalf("%s: %v", what, err)
		}
		return float64(n) / time.Since(begun).Seconds()
	}
	ours := func(action adapter.Action) func([]*adapter.Change) error {
		return func(part []*adapter.Change) error {
			rs, err := a.Apply(b.Context(), ms[0], action, part)
			for i, r := range rs {
				if r.Err != nil {
					return r.Err
				}
				part[i].Local = r.Local
			}
			return err
		}
	}
	raw := func(method, form string) func([]*adapter.Change) error {
		return func(part []*adapter.Change) error {
			var bodies, ids []string
			for _, c := range part {
				id := text(c.Local.Get(localID))
				ids = append(ids, id)
				bodies = append(bodies, strings.NewReplacer("ID", id, "PREFIX", text(c.Key.IDs()[0])).Replace(form))
			}
			if method != http.MethodPost {
				if _, err := a.now(b.Context(), a.layout.byName["prefix"], ids); err != nil {
					return err
				}
			}
			if status, answer := callAs(b, s, nautobottest.Token, method, "ipam/prefixes/", "["+strings.Join(bodies, ",")+"]"); status >= 300 {
				return fmt.Errorf("%d %s", status, shortened(answer))
			}
			return nil
		}
	}
	if _, err := a.look(b.Context()); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		what        string
		ours, yards func([]*adapter.Change) error
	}{
		{"create", ours(adapter.Create), raw(http.MethodPost, `{"prefix": "PREFIX", "namespace": "Global", "status": "Active", "description": "a prefix"}`)},
		{"update", ours(adapter.Update), raw(http.MethodPatch, `{"id": "ID", "description": "another"}`)},
		{"delete", ours(adapter.Delete), raw(http.MethodDelete, `{"id": "ID"}`)},
	} {
		fresh := func() { // both find the same
			if err := s.Empty(b.Context(), "ipam_prefix", "extras_objectchange"); err != nil {
				b.Fatal(err)
			}
			if c.what != "create" {
				timed("create", nautobottest.Workers, raw(http.MethodPost, `{"prefix": "PREFIX", "namespace": "Global", "status": "Active", "description": "a prefix"}`))
				begun := time.Now()
				read()
				b.Logf("load: %.0f records/s", float64(n)/time.Since(begun).Seconds())
			}
		}
		fresh()
		bare := timed(c.what+" by bare requests", nautobottest.Workers, c.yards)
		fresh()
		if c.what == "update" {
			for _, x := range cs {
				x.Set = record.Fields{{Name: "description", Value: record.MustOf("another")}}
			}
		}
		mine := timed(c.what, a.Workers(), c.ours)
		b.Logf("%s: %.0f records/s, bare bulk requests %.0f: %.2f of them", c.what, mine, bare, mine/bare)
		b.ReportMetric(mine/bare, c.what+"/bare")
	}
}
