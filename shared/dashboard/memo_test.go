package dashboard_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/adapters/memory"
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/dashboard"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// TestPagesAtOnce: two pages that open the same side at the same time have each a job of its own, since its secrets are resolved within it; the race detector sees the rest.
func TestPagesAtOnce(t *testing.T) {
	t.Setenv("PLUMB_TEST_TOKEN", "c4n4ry")
	m := &adapter.Model{Model: &job.Model{Name: "device", Identifiers: []job.Attribute{{Name: "name"}}}, Mapping: &job.Mapping{}}
	cmdb := memory.New(memory.Options{Locals: true, Pages: "https://cmdb.test/items"})
	cmdb.Put(m, map[string]any{"name": "new", "role": "leaf"})
	type config struct {
		Token secret.Text `json:"token" required:"true"`
	}
	var looking atomic.Bool
	var both sync.WaitGroup
	both.Add(2)
	opened := make(chan *config, 2)
	w := newWorld(t, func(o *dashboard.Options) {
		kind := cmdb.Type("cmdb")
		kind.Config = func() any { return &config{} }
		kind.New = func(_ context.Context, s adapter.Setup) (adapter.Source, error) {
			c := s.Config.(*config)
			if looking.Load() {
				both.Done()
				both.Wait() // until the other page is here too
				opened <- c
			}
			if _, err := c.Token.Reveal(); err != nil {
				return nil, err
			}
			return cmdb.Open(), nil
		}
		o.Env.Registry = adapters.All()
		o.Env.Registry.Add(kind)
		o.Env.Memo = &step.Memo{}
	})
	w.write("jobs/pages.yaml", "source: {adapter: cmdb, token: \"${env:PLUMB_TEST_TOKEN}\"}\ntarget: {adapter: file, path: ../out.csv, create: true}\nmodels: {device: {identifiers: [name], attributes: [role]}}\npolicy: sync\n")
	r := w.run(dry("pages"))
	looking.Store(true)
	var asked sync.WaitGroup
	for range 2 {
		asked.Go(func() {
			w.get("/runs/"+r.ID+"/changes").has(t, "a[href='https://cmdb.test/items/device/1']", "in the source")
		})
	}
	asked.Wait()
	if a, b := <-opened, <-opened; a == b {
		t.Error("two pages share a job's config")
	}
}
