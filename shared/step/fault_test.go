package step_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/faulttest"
	"github.com/plumbline-sync/plumbline/shared/run"
)

var states = []string{"Start", "LoadSource", "LoadTarget", "Diff", "Audit", "Gate", "Sync", "Finish"}

// TestFaults has S3 and DynamoDB make faults in every step, once and for good, at a random request of the step: of each kind some, in another step each time.
// PLUMB_FAULTS=all makes every kind in every step.
func TestFaults(t *testing.T) {
	c := newCloud(t)
	asked := requests(t, c)
	t.Logf("requests: %v", asked)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's dice
	runs, met, all := 0, 0, os.Getenv("PLUMB_FAULTS") == "all"
	cell, kinds := dice.IntN(1000), faulttest.AWS()
	for which, kind := range kinds {
		for _, service := range []string{"S3", "DynamoDB"} {
			proxy, fault := c.objects, kind.Objects
			if service == "DynamoDB" {
				proxy, fault = c.table, kind.Table
			}
			for _, state := range states {
				for _, times := range []int{1, 0} {
					cell++
					n := asked[service+" "+state]
					if n == 0 || !all && (cell+which)%len(kinds) != 0 {
						continue
					}
					rule := faulttest.Rule{Skip: dice.IntN(n), Times: times, Fault: fault}
					t.Run(fmt.Sprintf("%s of %s in %s from request %d, %s", kind.Name, service, state, rule.Skip, map[int]string{1: "once", 0: "for good"}[times]), func(t *testing.T) {
						runs++
						if meet(c.site(t), proxy, state, rule, kind.Late) > 0 {
							met++
						}
					})
				}
			}
		}
	}
	t.Logf("%d of %d runs met a fault", met, runs)
	if met*10 < runs*9 { // fewer requests may be made than in the run that was counted
		t.Error("that is too few")
	}
}

// requests counts what each step asks of each service.
func requests(t *testing.T, c *cloud) map[string]int {
	s := c.site(t)
	n := map[string]int{}
	s.before = func(string) { c.objects.Set(); c.table.Set() }
	s.after = func(state string) {
		a, _ := c.objects.Counts()
		b, _ := c.table.Counts()
		n["S3 "+state] += a
		n["DynamoDB "+state] += b
	}
	id, out := s.execute(wetSync())
	if out.Status != run.Succeeded {
		t.Fatalf("without a fault: %+v", out)
	}
	s.law(id, out)
	s.settle(id, out.Status)
	return n
}

// meet carries a run through a fault and what comes after it. late: it is no more than a delay.
func meet(s *site, proxy *faulttest.Proxy, state string, rule faulttest.Rule, late bool) (met int) {
	s.before = func(now string) {
		if now == state || state == "Finish" && now == "FinishBadly" {
			proxy.Set(rule)
		}
	}
	s.after = func(string) {
		_, n := proxy.Counts()
		met += n
		proxy.Set()
	}
	id, out := s.execute(wetSync())
	way := strings.Join(s.path, " ")
	switch {
	case met == 0:
		s.Logf("no request met it")
	case (rule.Times > 0 || late) && out.Status != run.Succeeded:
		s.Errorf("a fault for a while: %+v, by %s", out, way)
	case out.Status == "" && state != "Finish":
		s.Errorf("finish did not close the run, by %s", way)
	case out.Status != "" && out.Status != run.Succeeded && !strings.HasSuffix(way, state+" FinishBadly"):
		s.Errorf("the states: %s", way)
	case out.Status != "" && out.Status != run.Succeeded && out.Status != run.Failed && out.Status != run.Partial:
		s.Errorf("a fault: %+v", out)
	}
	if out.Status == "" {
		out = s.closed(id)
	}
	s.law(id, out)
	s.settle(id, out.Status)
	return met
}

// TestHangs has a service stop answering: the function comes to its deadline, and what it wanted to say at the end is lost, too; a resume goes on.
func TestHangs(t *testing.T) {
	c := newCloud(t)
	const limit = time.Second
	for service, proxy := range map[string]*faulttest.Proxy{"S3": c.objects, "DynamoDB": c.table} {
		for _, state := range []string{"LoadTarget", "Diff", "Audit", "Sync"} {
			t.Run(service+" in "+state, func(t *testing.T) {
				s := c.site(t)
				s.limit = map[string]time.Duration{state: limit}
				over := make(chan struct{})
				s.before = func(now string) {
					if now != state {
						return
					}
					time.AfterFunc(2*limit, func() { close(over) }) // the process is ended
					proxy.Set(faulttest.Rule{Skip: 6, Fault: func(w http.ResponseWriter, r *http.Request, pass func() *faulttest.Answer) {
						select {
						case <-over:
							faulttest.Reset(w, r, pass)
						case <-r.Context().Done():
						}
					}})
				}
				s.after = func(string) { proxy.Set() }
				id, out := s.execute(wetSync())
				if out.Status != run.TimedOut && out.Status != run.Failed {
					t.Errorf("%+v", out)
				}
				s.law(id, out)
				s.settle(id, out.Status)
			})
		}
	}
}
