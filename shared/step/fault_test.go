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

const (
	xml    = "application/xml"
	json10 = "application/x-amz-json-1.0"
)

// trouble is one kind of fault, as S3 and as DynamoDB make it; nil: that one does not.
type trouble struct {
	name           string
	objects, table faulttest.Fault
	// heals says that a function, or the state machine, asks again: for a while it is no more than a delay.
	heals bool
}

func both(name string, f faulttest.Fault, heals bool) trouble { return trouble{name, f, f, heals} }

func troubles() []trouble {
	s3Error := func(code string) string { return "<Error><Code>" + code + "</Code><Message>not now</Message></Error>" }
	tableError := func(code string) string {
		return `{"__type":"com.amazonaws.dynamodb.v20120810#` + code + `","message":"not now"}`
	}
	return []trouble{
		{"500", faulttest.Say(http.StatusInternalServerError, xml, s3Error("InternalError")), faulttest.Say(http.StatusInternalServerError, json10, tableError("InternalServerError")), true},
		{"slow down", faulttest.Say(http.StatusServiceUnavailable, xml, s3Error("SlowDown")), faulttest.Say(http.StatusBadRequest, json10, tableError("ProvisionedThroughputExceededException")), true},
		{"throttled", faulttest.Say(http.StatusTooManyRequests, xml, s3Error("TooManyRequests")), faulttest.Say(http.StatusBadRequest, json10, tableError("ThrottlingException")), true},
		both("a gateway's page", faulttest.Say(http.StatusBadGateway, "text/html", "<html>502"), true),
		both("reset", faulttest.Reset, true),
		both("answer lost", faulttest.Lose, true),
		both("truncated", faulttest.Truncate, true),
		both("garbled", faulttest.Garble, true),
		both("slow", faulttest.Slow(30*time.Millisecond), true),
	}
}

var states = []string{"Start", "LoadSource", "LoadTarget", "Diff", "Audit", "Gate", "Sync", "Finish"}

// TestFaults has S3 and DynamoDB make faults in every step, once and for good, at a random request of the step: of each kind some, in another step each time.
// PLUMB_FAULTS=all makes every kind in every step.
func TestFaults(t *testing.T) {
	c := newCloud(t)
	services := map[string]*faulttest.Proxy{"S3": c.objects, "DynamoDB": c.table}
	asked := requests(t, c)
	t.Logf("requests: %v", asked)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's dice
	met, all := 0, os.Getenv("PLUMB_FAULTS") == "all"
	cell, kinds := dice.IntN(1000), troubles()
	for which, kind := range kinds {
		for _, service := range []string{"S3", "DynamoDB"} {
			proxy := services[service]
			for _, state := range states {
				for _, times := range []int{1, 0} {
					cell++
					n := asked[service+" "+state]
					if n == 0 || !all && (cell+which)%len(kinds) != 0 {
						continue
					}
					f := kind.objects
					if service == "DynamoDB" {
						f = kind.table
					}
					rule := faulttest.Rule{Skip: dice.IntN(n), Times: times, Fault: f}
					t.Run(fmt.Sprintf("%s of %s in %s from request %d, %s", kind.name, service, state, rule.Skip, map[int]string{1: "once", 0: "for good"}[times]), func(t *testing.T) {
						met += meet(c.site(t), proxy, state, rule, kind)
					})
				}
			}
		}
	}
	t.Logf("%d requests met a fault", met)
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

// meet carries a run through a fault and what comes after it.
func meet(s *site, proxy *faulttest.Proxy, state string, rule faulttest.Rule, kind trouble) (met int) {
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
		s.Logf("no request met it") // fewer were made than in the run that was counted
	case (rule.Times > 0 && kind.heals || kind.name == "slow") && out.Status != run.Succeeded:
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
