package statemachine

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/plumbline-sync/plumbline/shared/faulttest"
	"github.com/plumbline-sync/plumbline/shared/objects/s3"
	"github.com/plumbline-sync/plumbline/shared/objects/s3/s3test"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb/dynamodbtest"
	"github.com/plumbline-sync/plumbline/statemachine/stacktest"
)

// fleet runs the functions' binaries, a process for each invocation, before a real S3 server and DynamoDB Local; what the state machine does stands in execute.
type fleet struct {
	*testing.T
	dir    string // of the binaries
	env    []string
	bucket *s3.Bucket
	runs   *dynamodb.Store

	objects, table *faulttest.Proxy // before the services

	before func(step string) // is told which step is called next; nil: nobody
	limit  time.Duration     // an invocation is killed at its deadline, so long after its start; 0: it has time enough

	fuse func() time.Duration // how long until what runs is killed, asked anew after each kill; nil: never
	burn *time.Timer
	hit  map[string]int // kills, by step
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	client, server := s3test.Start(t), dynamodbtest.Start(t)
	o := client.Options()
	server.Region = o.Region
	objects, table := faulttest.HTTP(t, aws.ToString(o.BaseEndpoint), o.HTTPClient.(*http.Client).Transport), faulttest.HTTP(t, server.Endpoint, nil)
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB") {
			table.ServeHTTP(w, r)
			return
		}
		objects.ServeHTTP(w, r)
	}))
	t.Cleanup(aws.Close)
	f := &fleet{T: t, dir: t.TempDir(), hit: map[string]int{}, objects: objects, table: table}
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-o", f.dir, "../functions/...")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	name, tableName := s3test.Bucket(t, client), server.Table(t)
	f.bucket, f.runs = s3.New(client, name), dynamodb.New(server.Client(), tableName)
	f.env = append(stacktest.Environ(aws.URL), "PLUMBLINE_TABLE="+tableName, "PLUMBLINE_BUCKET="+name, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=testtest", "LAMBDA_TASK_ROOT="+f.dir)
	return f
}

// invoke calls a function in a new process. died: it was killed before it answered.
func (f *fleet) invoke(name string, event any) (out answer, died bool) {
	f.Helper()
	step := name
	if e, ok := event.(map[string]any); ok && e["audit"] == true {
		step = "audit"
	}
	text, err := json.Marshal(event)
	if err != nil {
		f.Fatal(err)
	}
	if f.before != nil {
		f.before(step)
	}
	api := &runtimeAPI{events: make(chan []byte, 1), answers: make(chan answer, 1), allowed: cmp.Or(f.limit, time.Minute)}
	server := httptest.NewServer(api)
	cmd := exec.Command(filepath.Join(f.dir, name)) //nolint:gosec // built above
	cmd.Env = append(f.env, "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(server.URL, "http://"), "AWS_LAMBDA_FUNCTION_NAME="+name)
	said := &strings.Builder{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		f.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	defer func() {
		_ = cmd.Process.Kill()
		<-ended
		server.CloseClientConnections()
		server.Close()
	}()
	api.events <- text
	var fuse <-chan time.Time
	switch {
	case f.limit > 0:
		fuse = time.After(f.limit)
	case f.fuse != nil:
		if f.burn == nil {
			f.burn = time.NewTimer(f.fuse())
		}
		fuse = f.burn.C
	}
	select {
	case out = <-api.answers:
		return out, false
	case <-ended:
		f.Fatalf("%s ended by itself: %s", name, said)
	case <-fuse:
		f.burn = nil
		f.hit[step]++
	}
	return answer{}, true
}

// task calls a function as the state machine does; caught is what Catch hands on.
func (f *fleet) task(name string, event any, out any) (caught map[string]string) {
	f.Helper()
	for try := 0; ; try++ {
		a, died := f.invoke(name, event)
		switch {
		case died && try == 0 && name != "sync":
		case died:
			if f.limit > 0 {
				return map[string]string{"Error": "Sandbox.Timedout", "Cause": `{"errorMessage":"RequestId: 1 Error: Task timed out","errorType":"Sandbox.Timedout"}`}
			}
			return map[string]string{"Error": "Lambda.Unknown", "Cause": "the process was killed"}
		case a.bad:
			var e struct{ ErrorType string }
			_ = json.Unmarshal(a.text, &e)
			if try < 6 && (e.ErrorType == "Throttled" || e.ErrorType == "Unavailable") {
				continue
			}
			f.Logf("%s: %s", name, a.text)
			return map[string]string{"Error": e.ErrorType, "Cause": string(a.text)}
		default:
			if err := json.Unmarshal(a.text, out); err != nil {
				f.Fatalf("%s: %v in %s", name, err, a.text)
			}
			return nil
		}
	}
}

// execute carries a run from start to finish; whoever is killed in finish, too, is followed by EventBridge's event.
func (f *fleet) execute(id, input string) *run.Run {
	f.Helper()
	caught := f.steps(id, input)
	end := map[string]any{"run": id}
	if caught != nil {
		end["caught"] = caught
	}
	var closed struct{ Status string }
	if f.task("finish", end, &closed) != nil {
		f.fuse = nil
		detail := map[string]any{"detail": map[string]string{"name": id, "status": "FAILED", "error": "NotClosed", "cause": "finish was killed"}}
		if c := f.task("finish", detail, &closed); c != nil {
			f.Fatalf("finish: %v", c)
		}
		f.unlock()
	}
	r, err := f.runs.Get(f.Context(), id)
	if err != nil || r.Status == run.Running {
		f.Fatalf("run %s: %+v, %v", id, r, err)
	}
	return r
}

// unlock does what plumb unlock does, where finish was not told that the sync in flight was killed, too: the lock is free by itself only after that one's deadline and five minutes.
func (f *fleet) unlock() {
	f.Helper()
	locks, err := f.runs.Locks(f.Context())
	for _, l := range locks {
		err = errors.Join(err, f.runs.Unlock(f.Context(), l.Name, l.Run))
	}
	if err != nil {
		f.Fatal(err)
	}
}

func (f *fleet) steps(id, input string) map[string]string {
	if c := f.begin(id, input); c != nil {
		return c
	}
	var gate struct{ Decision string }
	if c := f.task("gate", map[string]any{"run": id}, &gate); c != nil || gate.Decision != "sync" {
		return c
	}
	var out struct{ More bool }
	return f.task("sync", map[string]any{"run": id}, &out)
}

// begin goes as far as the plan.
func (f *fleet) begin(id, input string) map[string]string {
	var begun struct {
		LoadSource bool `json:"load_source"`
		Diff       bool
		Fresh      bool
	}
	if c := f.task("start", map[string]any{"run": id, "input": json.RawMessage(input)}, &begun); c != nil {
		return c
	}
	type arg = map[string]any
	calls := []string{"load-source", "load-target", "diff"}
	for _, name := range calls {
		var out struct{ More, Audit, Again bool }
		if name == "load-source" && !begun.LoadSource || name == "diff" && !begun.Diff {
			continue
		}
		if c := f.task(name, arg{"run": id, "fresh": begun.Fresh && name == "load-target"}, &out); c != nil {
			return c
		}
		for name == "diff" && out.Audit {
			if c := f.task("load-target", arg{"run": id, "audit": true}, &out); c != nil {
				return c
			}
			if out.Audit = out.Again; out.Again {
				if c := f.task("diff", arg{"run": id}, &out); c != nil {
					return c
				}
			}
		}
	}
	return nil
}

func (f *fleet) put(name, text string) {
	f.Helper()
	w, err := f.bucket.Foreign().Create(f.Context(), name)
	if err == nil {
		if _, err = w.Write([]byte(text)); err == nil {
			err = w.Commit()
		}
	}
	if err != nil {
		f.Fatal(err)
	}
}

// TestKilledFunctions kills the functions' processes at random moments of every step, resumes, kills again, and holds the end to the law:
// the target equals the source, the next plan is empty, the lock is free. PLUMB_KILLS sets how often (50).
func TestKilledFunctions(t *testing.T) {
	kills := 50
	if s := os.Getenv("PLUMB_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	f := newFleet(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's dice
	f.put("jobs/kill.yaml", strings.Replace(jobOf("data/kill.csv", "data/kill-out.csv", "limits: {delete: 100%, update: 100%, shrink: 100%}\n"), "target: {", "target: {batch: 5, ", 1))
	whole := time.Duration(0)
	fuse := func() time.Duration { return time.Duration(dice.Int64N(int64(whole))) }
	done := func() (sum int) {
		for _, n := range f.hit {
			sum += n
		}
		return sum
	}
	for n := 0; done() < kills; n++ {
		f.put("data/kill.csv", devices(30+n%7, fmt.Sprint("role", n)))
		input := `{"job":"kill","dry_run":false}`
		for try := 0; ; try++ {
			if f.fuse = nil; whole > 0 && try < 5 {
				f.fuse = fuse
			}
			begun, before := time.Now(), done()
			r := f.execute(fmt.Sprintf("kill-%d-%d", n, try), input)
			if took := time.Since(begun); try == 0 && done() == before && (whole == 0 || took < whole) { // the first may wait for what starts
				whole = took
			}
			if r.Status == run.Succeeded {
				break
			}
			if try == 8 {
				t.Fatalf("resumes that nobody killed, and still: %+v", r)
			}
			if r.Job != "" {
				input = `{"resume":"` + r.ID + `","dry_run":false}`
			}
		}
		f.fuse, f.burn = nil, nil
		f.judge(n)
	}
	t.Logf("killed in %v; a run takes %v", f.hit, whole)
}

func (f *fleet) judge(n int) {
	f.Helper()
	source, err := f.bucket.Get(f.Context(), "data/kill.csv")
	if err != nil {
		f.Fatal(err)
	}
	target, err := f.bucket.Get(f.Context(), "data/kill-out.csv")
	if err != nil || string(source) != string(target) {
		f.Fatalf("round %d: the target is not the source: %v\n%s", n, err, target)
	}
	if locks, err := f.runs.Locks(f.Context()); err != nil || len(locks) > 0 {
		f.Errorf("round %d: locks are left: %+v, %v", n, locks, err)
	}
	if n%5 != 0 { // equal files give an empty plan
		return
	}
	if r := f.execute(run.NewID(time.Now()), `{"job":"kill"}`); r.Status != run.Succeeded || r.Counts["device"].Unchanged == 0 || r.Counts["device"].Update > 0 {
		f.Fatalf("round %d: the next plan is not empty: %+v", n, r)
	}
}
