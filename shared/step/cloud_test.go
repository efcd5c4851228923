package step_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/faulttest"
	"github.com/plumbline-sync/plumbline/shared/objects/s3"
	"github.com/plumbline-sync/plumbline/shared/objects/s3/s3test"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb/dynamodbtest"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// cloud is what functions have: a bucket and a table, each behind a proxy that makes faults.
type cloud struct {
	objects, table *faulttest.Proxy
	bucket         *s3.Bucket
	runs           *dynamodb.Store
	n              int // runs so far
}

func newCloud(t *testing.T) *cloud {
	t.Helper()
	hasty := func() aws.Retryer { // as the functions', with less patience between tries
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts, o.MaxBackoff, o.RateLimiter = 3, 2*time.Millisecond, ratelimit.None
		})
	}
	direct := s3test.Start(t)
	o := direct.Options()
	c := &cloud{objects: faulttest.HTTP(t, aws.ToString(o.BaseEndpoint), o.HTTPClient.(*http.Client).Transport)}
	server := dynamodbtest.Start(t)
	c.table = faulttest.HTTP(t, server.Endpoint, nil)
	c.bucket = s3.New(awss3.New(o, func(o *awss3.Options) {
		o.BaseEndpoint, o.HTTPClient, o.Retryer = &c.objects.URL, http.DefaultClient, hasty()
	}), s3test.Bucket(t, direct))
	c.runs = dynamodb.New(server.Client(func(o *awsdynamodb.Options) {
		o.BaseEndpoint, o.HTTPClient, o.Retryer = &c.table.URL, http.DefaultClient, hasty()
	}), server.Table(t))
	return c
}

// site is one source and one target on the cloud, and the state machine that runs them.
type site struct {
	*testing.T
	*cloud
	source, target *shelf
	written        map[string]int // how often each device was
	lock           string
	calls          int
	clock          func(call int) time.Duration // how wrong the clock of an invocation is; nil: not at all
	before, after  func(state string)           // told around each task; nil: nobody listens
	limit          map[string]time.Duration     // of one call, by state
	path           []string
	twice          bool           // each event is delivered a second time
	other          sync.WaitGroup // invocations beside those of the state machine
	job            string         // "": the shelf's
	secrets        secret.Resolver
	extra          *adapter.Type // an adapter beside the shelves'; nil: none
}

// id is that of the newest run.
func (s *site) id() string { return fmt.Sprint("run-", s.n) }

func (c *cloud) site(t *testing.T) *site {
	c.n++
	s := &site{
		T: t, cloud: c, source: &shelf{roles: map[string]string{}}, target: &shelf{roles: map[string]string{}}, written: map[string]int{}, secrets: secret.Env(), lock: fmt.Sprint("target-", c.n),
	}
	s.source.fill(24, "leaf")
	s.target.fill(12, "spine")
	for i := range 6 {
		s.target.roles[fmt.Sprintf("old-%d", i)] = "leaf"
	}
	s.target.deny = func(name string) error { s.written[name]++; return nil }
	return s
}

// changes is what a run of a new site has to do: 12 creates, 12 updates, 6 deletes.
const changes = 30

// Open implements step.Jobs.
func (s *site) Open(context.Context, string) (step.JobFile, error) {
	job := strings.Replace(cmp.Or(s.job, shelfJob), "shelf-target", "shelf-target, batch: 4", 1) + "lock: " + s.lock + "\nlimits: {update: 100%, delete: 100%}\n"
	return step.JobFile{File: "shelf.yaml", Dir: "/", Text: []byte(job)}, nil
}

// env is the environment of one invocation.
func (s *site) env() *step.Env {
	of := func(name string, at *shelf) *adapter.Type {
		return &adapter.Type{Name: name, Title: "a shelf", Target: true, Config: func() any { return &struct{}{} }, New: func(context.Context, adapter.Setup) (adapter.Source, error) {
			return at, nil
		}}
	}
	s.calls++
	all := adapter.NewRegistry(of("shelf-source", s.source), of("shelf-target", s.target))
	if s.extra != nil {
		all.Add(s.extra)
	}
	e := &step.Env{
		Registry: all, Runs: s.runs, Objects: s.bucket, Secrets: s.secrets,
		Jobs: s, Temp: s.TempDir(), Invocation: fmt.Sprint(s.lock, "-request-", s.calls), Version: "test",
	}
	if s.clock != nil {
		off := s.clock(s.calls)
		e.Now = func() time.Time { return time.Now().Add(off) }
	}
	return e
}

// attempts is how often the state machine calls a function that answers Throttled or Unavailable.
const attempts = 7

// task calls a function as the state machine does.
func (s *site) task(state string, f func(context.Context, *step.Env) error) error {
	s.path = append(s.path, state)
	if s.before != nil {
		s.before(state)
	}
	if s.after != nil {
		defer s.after(state)
	}
	var err error
	for range attempts {
		ctx, cancel := context.Background(), context.CancelFunc(func() {})
		if d := s.limit[state]; d > 0 {
			ctx, cancel = context.WithTimeout(ctx, d)
		}
		if err = f(ctx, s.env()); err == nil && s.twice {
			err = f(ctx, s.env())
		}
		cancel()
		if !fault.Retryable(err) {
			break
		}
	}
	return err
}

// more calls a function until it has no more to do.
func (s *site) more(state string, f func(*step.Env, context.Context, step.In) (step.Out, error), in step.In) error {
	_, err := s.last(state, f, in)
	return err
}

// last calls a function until it has no more to do, and returns its last answer.
func (s *site) last(state string, f func(*step.Env, context.Context, step.In) (step.Out, error), in step.In) (out step.Out, err error) {
	for {
		err := s.task(state, func(ctx context.Context, e *step.Env) (err error) {
			out, err = f(e, ctx, in)
			return err
		})
		if err != nil || !out.More {
			return out, err
		}
	}
}

// execute is the state machine: sync.asl.json, both loads one after the other. It returns the run's id and how finish closed it; the zero value where it did not.
func (s *site) execute(in step.Input) (id string, out step.FinishOut) {
	s.Helper()
	s.n++
	id, s.path = s.id(), nil
	state, err := s.steps(id, in)
	end := step.FinishIn{Run: id}
	last := "Finish"
	if err != nil {
		last = "FinishBadly"
		end.Failure, end.Gone = step.FailureOf("", err), true
		s.Logf("%s: %s: %v", id, state, err)
	}
	err = s.task(last, func(ctx context.Context, e *step.Env) (err error) {
		out, err = e.Finish(ctx, end)
		return err
	})
	if err != nil {
		s.Logf("%s: %s: %v", id, last, err)
		s.path = append(s.path, "NotClosed")
		return id, step.FinishOut{}
	}
	return id, out
}

func (s *site) steps(id string, in step.Input) (state string, err error) {
	var begun step.StartOut
	err = s.task("Start", func(ctx context.Context, e *step.Env) (err error) {
		begun, err = e.Start(ctx, step.StartIn{Run: id, Input: in})
		return err
	})
	if err != nil {
		return "Start", err
	}
	arg := step.In{Run: id}
	if begun.LoadSource {
		if err := s.more("LoadSource", (*step.Env).LoadSource, arg); err != nil {
			return "LoadSource", err
		}
	}
	if err := s.more("LoadTarget", (*step.Env).LoadTarget, step.In{Run: id, Fresh: begun.Fresh}); err != nil {
		return "LoadTarget", err
	}
	for diff := begun.Diff; diff; {
		out, err := s.last("Diff", (*step.Env).Diff, arg)
		if err != nil {
			return "Diff", err
		}
		if out.Audit {
			if out, err = s.last("Audit", (*step.Env).LoadTarget, step.In{Run: id, Audit: true}); err != nil {
				return "Audit", err
			}
		}
		diff = out.Again
	}
	for {
		var gate step.GateOut
		err := s.task("Gate", func(ctx context.Context, e *step.Env) (err error) {
			gate, err = e.Gate(ctx, arg)
			return err
		})
		switch {
		case err != nil:
			return "Gate", err
		case gate.Decision == step.DecideSync:
			return "Sync", s.more("Sync", (*step.Env).Sync, arg)
		case gate.Decision != step.DecideReload:
			return "", nil
		}
		if err := s.more("LoadTarget", (*step.Env).LoadTarget, step.In{Run: id, Fresh: true}); err != nil {
			return "LoadTarget", err
		}
	}
}

// closed is what EventBridge does after an execution that ended badly: it tells finish.
func (s *site) closed(id string) step.FinishOut {
	s.Helper()
	out, err := s.env().Finish(context.Background(), step.FinishIn{Run: id, Failure: &step.Failure{Code: fault.Internal, Message: "the execution ended"}})
	if err != nil {
		s.Fatal(err)
	}
	return out
}

// law holds the end of a run to what is true of every end.
func (s *site) law(id string, out step.FinishOut) {
	s.Helper()
	r, err := s.runs.Get(context.Background(), id)
	if err != nil {
		s.Fatal(err)
	}
	equal := maps.Equal(s.source.roles, s.target.roles)
	switch {
	case r.Status == run.Running || out.Status != r.Status:
		s.Errorf("the run is %s, finish said %s", r.Status, out.Status)
	case r.Status == run.Succeeded && !equal:
		s.Errorf("it succeeded, and the target is not the source: %+v", r)
	case s.target.writes > 0 && !r.Written && r.Resumes == "":
		s.Errorf("%d changes were written, and the run says that nothing was: %+v", s.target.writes, r)
	case r.Status != run.Succeeded && (r.Message == "" || r.Code == "" && r.Status != run.Partial):
		s.Errorf("it does not say why: %+v", r)
	}
	s.lawOfLock()
	s.lawOfPlan()
}

// lawOfLock: a run that is over, and that nobody works for, holds no lock.
func (s *site) lawOfLock() {
	s.Helper()
	locks, err := s.runs.Locks(context.Background())
	if err != nil {
		s.Fatal(err)
	}
	for _, l := range locks {
		if l.Name == s.lock {
			s.Errorf("the lock is left: %+v", l)
		}
	}
}

// lawOfPlan: what was written was planned, and nothing was made twice. An update or a delete whose batch was cut off may be sent again.
func (s *site) lawOfPlan() {
	s.Helper()
	for name, n := range s.written {
		switch created := name >= "device-0012" && name < "device-0024"; {
		case created && n > 1:
			s.Errorf("%s was created %d times", name, n)
		case !created && name >= "device-0012" && !strings.HasPrefix(name, "old-"):
			s.Errorf("%s was written, and is not in the plan", name)
		}
	}
}

// settle resumes a run that ended badly, and holds the end to the law: all is done, once, and the next plan is empty.
func (s *site) settle(id string, status run.Status) {
	s.Helper()
	s.before, s.after, s.limit = nil, nil, nil
	if status != run.Succeeded {
		in := step.Input{Resume: id, DryRun: &wet}
		if r, err := s.runs.Get(context.Background(), id); err != nil || r.Job == "" {
			in = wetSync() // start did not get so far as to note what was asked
		}
		next, out := s.execute(in)
		if out.Status != run.Succeeded {
			s.Errorf("the resume: %+v, by %v", out, s.path)
		}
		s.law(next, out)
	}
	if !maps.Equal(s.source.roles, s.target.roles) || len(s.written) != changes {
		s.Errorf("in the end %d records were written, want %d", len(s.written), changes)
	}
	dry, out := s.execute(step.Input{Job: "shelf"})
	r, err := s.runs.Get(context.Background(), dry)
	if err != nil || out.Status != run.Succeeded {
		s.Fatalf("the next dry run: %+v, %v", out, err)
	}
	if n := r.Counts["device"]; n.Create+n.Update+n.Delete+n.Move > 0 {
		s.Errorf("the next plan is not empty: %+v", n)
	}
}
