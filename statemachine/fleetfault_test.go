package statemachine

import (
	"encoding/json"
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

// work gives a fleet's next run something to do, by a job that sends five changes at once; more is more of the target's configuration.
func (f *fleet) work(n int, more string) (input string) {
	f.put("jobs/kill.yaml", strings.Replace(jobOf("data/kill.csv", "data/kill-out.csv", "limits: {delete: 100%, update: 100%, shrink: 100%}\n"), "target: {", "target: {batch: 5, "+more, 1))
	f.put("data/kill.csv", devices(30+n%7, fmt.Sprint("role", n)))
	return `{"job":"kill","dry_run":false}`
}

// settle resumes a run that did not succeed until one does, and holds the end to the law.
func (f *fleet) settle(n int, r *run.Run) {
	f.Helper()
	for try := 0; r.Status != run.Succeeded; try++ {
		if try == 3 {
			f.Fatalf("resumes without a fault, and still: %+v", r)
		}
		input := `{"resume":"` + r.ID + `","dry_run":false}`
		if r.Job == "" {
			input = `{"job":"kill","dry_run":false}`
		}
		r = f.execute(fmt.Sprintf("%s-%d", r.ID, try), input)
	}
	f.judge(n * 5)
}

// at is the fleet of a subtest.
func (f *fleet) at(t *testing.T) *fleet {
	c := *f
	c.T, c.before, c.limit = t, nil, 0
	return &c
}

// fleetSteps are the steps of a run; audit is load-target's function.
var fleetSteps = []string{"start", "load-source", "load-target", "diff", "audit", "gate", "sync", "finish"}

// TestTroubledFunctions puts the functions' processes into trouble that only AWS makes, and has runs go on after it.
func TestTroubledFunctions(t *testing.T) {
	f := newFleet(t)
	f.settle(0, f.execute("first", f.work(0, "")))
	t.Run("timed out", func(t *testing.T) { timedOut(f.at(t)) })
	t.Run("closed by an event", func(t *testing.T) { closedByEvent(f.at(t)) })
	t.Run("faults", func(t *testing.T) { faults(f.at(t)) })
}

// timedOut has DynamoDB stop answering in each function, until that is killed at its deadline, as Lambda does. All but sync are called once more and go on; after sync a resume does.
func timedOut(f *fleet) {
	dice := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1)) //nolint:gosec // a test's dice
	for n, name := range fleetSteps {
		skip, limit := dice.IntN(4), 1500*time.Millisecond
		if name == "sync" { // it keeps 20 s for its end, and is to be in the midst of its work
			skip, limit = 12+dice.IntN(10), 22*time.Second
		}
		f.Run(fmt.Sprintf("%s from request %d", name, skip), func(t *testing.T) {
			f := f.at(t)
			over := 0
			f.before = func(now string) {
				f.table.Set()
				if f.limit = 0; now != name || over > 0 {
					return
				}
				over++
				f.limit = limit
				f.table.Set(faulttest.Rule{Skip: skip, Fault: func(_ http.ResponseWriter, r *http.Request, _ func() *faulttest.Answer) { <-r.Context().Done() }})
			}
			before := f.hit[name]
			r := f.execute("late-"+name, f.work(n+1, ""))
			f.before, f.limit = nil, 0
			if f.hit[name] != before+1 {
				t.Errorf("%s was killed %d times", name, f.hit[name]-before)
			}
			if name != "sync" && r.Status != run.Succeeded || name == "sync" && (r.Status == run.Succeeded || !strings.Contains(r.Message, "timed out")) {
				t.Errorf("the run ended %s: %s", r.Status, r.Message)
			}
			f.settle(n+1, r)
		})
	}
}

// closedByEvent closes a run by EventBridge's event while an invocation of its sync is at work: that one stops, says in the journal what it wrote and frees the lock; a resume goes on.
func closedByEvent(f *fleet) {
	id, input := "slow", f.work(3, "rate: 5, ")
	if c := f.begin(id, input); c != nil {
		f.Fatal(c)
	}
	type end struct{ Status, Message string }
	ended := make(chan map[string]string)
	go func() { ended <- f.task("sync", map[string]any{"run": id}, &struct{}{}) }()
	for r := (&run.Run{}); r.Step != "sync"; time.Sleep(20 * time.Millisecond) {
		var err error
		if r, err = f.runs.Get(f.Context(), id); err != nil {
			f.Fatal(err)
		}
	}
	time.Sleep(700 * time.Millisecond) // some of 33 changes at 5 a second
	var closed end
	event := json.RawMessage(`{"detail-type":"Step Functions Execution Status Change","detail":{"name":"` + id + `","status":"TIMED_OUT"}}`)
	if c := f.task("finish", event, &closed); c != nil {
		f.Fatal(c)
	}
	if closed.Status != string(run.TimedOut) || !strings.Contains(closed.Message, "ran longer than it may") {
		f.Errorf("finish answers %+v", closed)
	}
	if c := <-ended; c["Error"] != "Stopped" || !strings.Contains(c["Cause"], "closed meanwhile") {
		f.Errorf("the sync in flight ended with %v", c)
	}
	r, err := f.runs.Get(f.Context(), id)
	if err != nil || r.Status != run.TimedOut {
		f.Errorf("%+v, %v", r, err)
	}
	if locks, err := f.runs.Locks(f.Context()); err != nil || len(locks) > 0 {
		f.Errorf("locks are left: %+v, %v", locks, err)
	}
	f.settle(3, r)
}

// faults has S3 and DynamoDB make faults in each step: once, which nobody notices, and for as long as the function is at work, after which it is called again or the run is resumed.
// PLUMB_FAULTS=all makes every kind with each service in every step, once and throughout; else each kind comes with one service in one step, each step at least once, and one of them throughout, which takes long.
func faults(f *fleet) {
	asked := f.requests()
	f.Logf("requests: %v", asked)
	seed := uint64(time.Now().UnixNano())
	f.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's dice
	kinds, n, met := faulttest.AWS(), 0, 0
	at := dice.Perm(len(kinds)) // in the sample a kind comes in this step, of which there are fewer
	turn, long := dice.IntN(2), dice.IntN(len(kinds))
	for which, kind := range kinds {
		for i, name := range fleetSteps {
			for cell := range 4 {
				service, times := [2]string{"S3", "DynamoDB"}[cell%2], cell/2
				if os.Getenv("PLUMB_FAULTS") != "all" && (at[which]%len(fleetSteps) != i || (which+turn)%2 != cell%2 || (which == long) != (times == 0)) {
					continue
				}
				if asked[service+" "+name] == 0 { // finish asks S3 only where it has to look for a journal
					if os.Getenv("PLUMB_FAULTS") == "all" {
						continue
					}
					service = "DynamoDB"
				}
				proxy, rule := f.objects, faulttest.Rule{Times: times, Fault: kind.Objects}
				if service == "DynamoDB" {
					proxy, rule.Fault = f.table, kind.Table
				}
				rule.Skip = dice.IntN(asked[service+" "+name])
				n++
				f.Run(fmt.Sprintf("%s of %s in %s from request %d, %s", kind.Name, service, name, rule.Skip, [2]string{"throughout", "once"}[times]), func(t *testing.T) {
					data := kind.Name == "garbled" && service == "S3" && strings.HasPrefix(name, "load-")
					if f.at(t).meet(n, proxy, name, rule, kind.Late, data) {
						met++
					}
				})
			}
		}
	}
	f.Logf("%d of %d runs met a fault", met, n)
	if met*10 < n*8 { // fewer requests may be made than in the run that was counted
		f.Error("that is too few")
	}
}

// requests counts what each step asks of each service.
func (f *fleet) requests() map[string]int {
	asked, now := map[string]int{}, ""
	note := func() {
		for service, proxy := range map[string]*faulttest.Proxy{"S3": f.objects, "DynamoDB": f.table} {
			if seen, _ := proxy.Counts(); now != "" {
				asked[service+" "+now] += seen
			}
			proxy.Set()
		}
	}
	f.before = func(step string) { note(); now = step }
	r := f.execute("counted", f.work(99, ""))
	note()
	f.before = nil
	f.settle(1, r)
	return asked
}

// meet carries a run through a fault of one step's first call, and what comes after it. late: it is no more than a delay. data: it may change bytes of a user's own file, which nothing tells from
// what that holds: findings may then refuse the run before anything is written.
func (f *fleet) meet(n int, proxy *faulttest.Proxy, name string, rule faulttest.Rule, late, data bool) (met bool) {
	calls := 0
	f.before = func(now string) {
		_, hit := proxy.Counts()
		met = met || hit > 0
		proxy.Set()
		if now == name && calls == 0 {
			calls++
			proxy.Set(rule)
		}
	}
	r := f.execute(fmt.Sprint("faulty-", n), f.work(n, ""))
	if data && r.Status == run.Refused && !r.Written {
		f.before("")
		f.before = nil
		return met
	}
	if (rule.Times == 1 || late) && r.Status != run.Succeeded {
		f.Errorf("the run ended %s: %s", r.Status, r.Message)
	}
	f.before("")
	f.before = nil
	f.settle(n, r)
	return met
}
