package statemachine

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/dynamodb"
	"github.com/plumbline-sync/plumbline/statemachine/stacktest"
)

// world is a deployed stack and what a user would hold in the hand.
type world struct {
	*testing.T
	stack *stacktest.Stack
	sfn   *sfn.Client
	s3    *awss3.Client
	runs  *dynamodb.Store

	patience time.Duration // with one execution
}

func newWorld(t *testing.T, s *stacktest.Stack) *world {
	return &world{
		T: t, stack: s, patience: 2 * time.Minute, sfn: sfn.NewFromConfig(s.Config), s3: awss3.NewFromConfig(s.Config, func(o *awss3.Options) { o.UsePathStyle = true }),
		runs: dynamodb.New(awsdynamodb.NewFromConfig(s.Config), s.Outputs["TableName"]),
	}
}

// at is the world of a subtest.
func (w *world) at(t *testing.T) *world {
	c := *w
	c.T = t
	return &c
}

// ended is an execution that ended.
type ended struct {
	*sfn.DescribeExecutionOutput
	id   string
	path []string // the states that were entered
}

// start starts an execution with an input.
func (w *world) start(input string) (arn, id string) {
	w.Helper()
	id = run.NewID(time.Now())
	out, err := w.sfn.StartExecution(w.Context(), &sfn.StartExecutionInput{StateMachineArn: aws.String(w.stack.Outputs["StateMachineArn"]), Input: &input, Name: &id})
	if err != nil {
		w.Fatal(err)
	}
	return *out.ExecutionArn, id
}

// wait waits for an execution's end.
func (w *world) wait(arn, id string) ended {
	w.Helper()
	for end := time.Now().Add(w.patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		d, err := w.sfn.DescribeExecution(w.Context(), &sfn.DescribeExecutionInput{ExecutionArn: &arn})
		if err != nil {
			w.Fatal(err)
		}
		if d.Status != types.ExecutionStatusRunning {
			return ended{DescribeExecutionOutput: d, id: id, path: w.path(arn)}
		}
	}
	w.Fatalf("execution %s does not end: %v", id, w.path(arn))
	return ended{}
}

// path returns the states that an execution entered.
func (w *world) path(arn string) []string {
	var names []string
	p := sfn.NewGetExecutionHistoryPaginator(w.sfn, &sfn.GetExecutionHistoryInput{ExecutionArn: &arn})
	for p.HasMorePages() {
		page, err := p.NextPage(context.Background())
		if err != nil {
			w.Fatal(err)
		}
		for _, e := range page.Events {
			if d := e.TaskFailedEventDetails; d != nil {
				w.Logf("%s: %.600s", aws.ToString(d.Error), aws.ToString(d.Cause))
			}
			if d := e.StateEnteredEventDetails; d != nil && !strings.HasSuffix(*d.Name, "?") {
				names = append(names, *d.Name)
			}
		}
	}
	return names
}

// execute runs an execution to its end.
func (w *world) execute(input string) ended {
	w.Helper()
	return w.wait(w.start(input))
}

// want says how an execution has to end, and by what way.
func (w *world) want(e ended, status run.Status, path string) *run.Run {
	w.Helper()
	r, err := w.runs.Get(w.Context(), e.id)
	if err != nil {
		w.Fatalf("%s: %v (%s: %s)", e.id, err, aws.ToString(e.Error), aws.ToString(e.Cause))
	}
	if r.Status != status {
		w.Errorf("the run is %s (%s), want %s", r.Status, r.Message, status)
	}
	if succeeded := e.Status == types.ExecutionStatusSucceeded; succeeded != (status == run.Succeeded) {
		w.Errorf("the execution is %s (%s: %s), the run %s", e.Status, aws.ToString(e.Error), aws.ToString(e.Cause), r.Status)
	}
	if got := strings.Join(e.path, " "); path != "" && got != path {
		w.Errorf("states: %s\nwant:   %s", got, path)
	}
	return r
}

func (w *world) put(key, text string) {
	w.Helper()
	if _, err := w.s3.PutObject(w.Context(), &awss3.PutObjectInput{Bucket: aws.String(w.stack.Outputs["BucketName"]), Key: &key, Body: strings.NewReader(text)}); err != nil {
		w.Fatal(err)
	}
}

// get returns an object; "" where there is none.
func (w *world) get(key string) string {
	w.Helper()
	out, err := w.s3.GetObject(w.Context(), &awss3.GetObjectInput{Bucket: aws.String(w.stack.Outputs["BucketName"]), Key: &key})
	if err != nil {
		return ""
	}
	defer out.Body.Close()
	text, err := io.ReadAll(out.Body)
	if err != nil {
		w.Fatal(err)
	}
	return string(text)
}

func devices(n int, role string) string {
	var b bytes.Buffer
	b.WriteString("name,site,role,serial\n")
	for i := range n {
		fmt.Fprintf(&b, "device-%05d,site-%02d,%s,S%05d\n", i, i%7, role, i)
	}
	return b.String()
}

// jobOf is a job from one object of the stack's bucket to another.
func jobOf(from, to, more string) string {
	return fmt.Sprintf("source: {adapter: file, path: \"s3:///%s\"}\ntarget: {adapter: file, path: \"s3:///%s\", create: true}\nmodels:\n  device:\n    identifiers: [name]\n    attributes: [site, role, serial]\npolicy: sync\n%s", from, to, more)
}

// TestDeployed deploys the template and uses the stack as a user does.
func TestDeployed(t *testing.T) {
	e := stacktest.Start(t)
	built := stacktest.Build(t)
	w := newWorld(t, e.Deploy(t, built, "plumbline-test", "StepSeconds=0"))
	for _, c := range []struct {
		name string
		run  func(*world)
	}{
		{"a dry run is the default and writes nothing", dryRun},
		{"sync, and sync again", syncTwice},
		{"a job in the bucket wins over a bundled one", jobInBucket},
		{"bad input is refused with a name", badInput},
		{"a plan made earlier is applied", planLater},
		{"a plan that was damaged is not", damagedPlan},
		{"functions without permission", deniedRoles},
		{"people without permission", deniedUsers},
		{"people with the permissions of the docs", allowedUser},
		{"a stack of another version", otherVersion},
		{"two at once: one works", twoAtOnce},
		{"stopped from outside", stoppedOutside},
		{"plumb --stack", commandLine},
		{"plumb ui --stack", dashboard},
		{"plumb ui over a stack that refuses", dashboardTrouble},
		{"the commands of the docs", docs},
		{"the laptop gives the same bytes", sameBytes},
		{"a job of the laptop reads what AWS keeps", laptopOnAWS},
		{"a schedule fires", scheduled},
		{"killed anywhere, resumed", killed},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(w.at(t)) })
	}
	t.Run("many small loads end as one does", func(t *testing.T) {
		manyLoads(w.at(t), func(budget time.Duration) *world {
			return newWorld(t, e.Deploy(t, built, "plumbline-loads", fmt.Sprintf("StepSeconds=%.3f", budget.Seconds())))
		})
	})
	t.Run("many small syncs end as one does", func(t *testing.T) {
		syncs := newWorld(t, e.Deploy(t, built, "plumbline-syncs", "StepSeconds=1"))
		manySyncs(syncs)
		dashboardOfDeleted(syncs)
	})
	t.Run("a secret is told nowhere", func(t *testing.T) {
		secretsStay(newWorld(t, e.Deploy(t, built, "plumbline-secrets", "SecretPrefix=plumb/")))
	})
	t.Run("people are told of runs that end badly", func(t *testing.T) {
		alarmed(w.at(t), func(name string, parameters ...string) *world {
			return newWorld(t, e.Deploy(t, built, name, parameters...))
		}, built)
	})
	t.Run("event files run through the binaries", func(t *testing.T) { eventFiles(w.at(t), built) })
	t.Run("what a step left was damaged", func(t *testing.T) { damagedSnapshots(w.at(t), built) })
	t.Run("an event file under the Runtime Interface Emulator", func(t *testing.T) { interfaceEmulator(w.at(t), built) })
	t.Run("a function of one's own in the place of a step", func(t *testing.T) { ownFunction(w.at(t), built) })
}

func dryRun(w *world) {
	w.put("data/devices.csv", devices(50, "leaf"))
	e := w.execute(`{"job":"inventory"}`)
	r := w.want(e, run.Succeeded, "")
	if strings.Contains(strings.Join(e.path, " "), "Sync") {
		w.Errorf("sync was called: %v", e.path)
	}
	if r.Written || !r.DryRun || r.Counts["device"].Create != 50 || r.JobFile != "bundle:jobs/inventory.yaml" || r.JobDigest == "" || r.Trigger != "api" {
		w.Errorf("run: %+v", r)
	}
	if text := w.get("data/inventory.csv"); text != "" {
		w.Errorf("a dry run wrote %q", text)
	}
	steps, err := w.runs.Steps(w.Context(), e.id)
	if err != nil {
		w.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range steps {
		seen[s.Name] = true
		if s.Status != "succeeded" || s.Memory.Peak == 0 || s.Duration == 0 {
			w.Errorf("step: %+v", s)
		}
	}
	for _, name := range []string{"load-source", "load-target", "diff"} {
		if !seen[name] {
			w.Errorf("step %s is not recorded", name)
		}
	}
}

func syncTwice(w *world) {
	w.put("data/devices.csv", devices(50, "leaf"))
	r := w.want(w.execute(`{"job":"inventory","dry_run":false}`), run.Succeeded, "")
	if !r.Written || r.Results["done"] != 50 {
		w.Errorf("run: %+v", r)
	}
	if got := w.get("data/inventory.csv"); strings.Count(got, "\n") != 51 {
		w.Errorf("the target is\n%s", got)
	}
	second := w.execute(`{"job":"inventory","dry_run":false}`)
	if r := w.want(second, run.Succeeded, ""); r.Written || r.Counts["device"].Unchanged != 50 {
		w.Errorf("the second run: %+v", r)
	}
	if strings.Contains(strings.Join(second.path, " "), "Sync") {
		w.Errorf("the second run called sync: %v", second.path)
	}
}

func jobInBucket(w *world) {
	w.put("data/other.csv", devices(3, "spine"))
	w.put("jobs/inventory.yaml", jobOf("data/other.csv", "data/other-out.csv", ""))
	defer func() {
		w.remove("jobs/inventory.yaml")
	}()
	r := w.want(w.execute(`{"job":"inventory"}`), run.Succeeded, "")
	if r.JobFile != "s3:jobs/inventory.yaml" || r.Counts["device"].Create != 3 {
		w.Errorf("run: %+v", r)
	}
}

func badInput(w *world) {
	defer func() {
		for _, name := range []string{"local", "lite", "broken"} {
			w.remove("jobs/" + name + ".yaml")
		}
	}()
	w.put("jobs/local.yaml", strings.ReplaceAll(jobOf("x", "y", ""), "s3:///", "./"))
	w.put("jobs/lite.yaml", strings.Replace(jobOf("data/x.csv", "y", ""), "target: {adapter: file, path: \"s3:///y\", create: true}", "target: {adapter: sql, url: \"sqlite:inventory.db\"}", 1))
	w.put("jobs/broken.yaml", "source: {adapter: file}\nmodles: {}\n")
	for input, want := range map[string]string{
		`{}`: "job is missing", `{"jop":"x","dry_run":"yes"}`: "jop: no such key", `{"job":"none"}`: `job "none": there is neither`, `{"job":"inventory","dry_run":"yes"}`: "dry_run",
		`{"job":"inventory","colour":"red"}`: "colour", `"inventory"`: "execution input", `{"job":"inventory","vars":{"x":"1"}}`: "x",
		`{"job":"../x"}`: "want the name of a job", `{"plan":"nosuchrun"}`: "nosuchrun", `{"plan":"a","resume":"b"}`: "exclude each other",
		`{"job":"broken"}`: "modles", `{"job":"local"}`: "s3://", `{"job":"lite"}`: "target: open sql: url: SQLite is a file of one machine", `{"job":"` + strings.Repeat("x", 200_000) + `"}`: "200",
	} {
		e := w.execute(input)
		r := w.want(e, run.Failed, "Start FinishBadly Failed")
		if !strings.Contains(r.Message, want) || r.Written || !strings.Contains(aws.ToString(e.Cause), want) || aws.ToString(e.Error) != "Failed" {
			w.Errorf("%.60s: %q, execution: %s: %.200s", input, r.Message, aws.ToString(e.Error), aws.ToString(e.Cause))
		}
	}
}

func planLater(w *world) {
	w.put("data/p.csv", devices(20, "leaf"))
	w.put("jobs/later.yaml", jobOf("data/p.csv", "data/p-out.csv", "limits: {shrink: 100%}\n"))
	dry := w.execute(`{"job":"later"}`)
	w.want(dry, run.Succeeded, "")
	w.put("data/p.csv", devices(30, "leaf")) // what was planned is applied, not what there is now
	e := w.execute(`{"plan":"` + dry.id + `","dry_run":false}`)
	if r := w.want(e, run.Succeeded, "Start LoadTargetAgain Gate Sync Finish Succeeded"); r.Results["done"] != 20 {
		w.Errorf("run: %+v", r)
	}
	stale := w.execute(`{"plan":"` + dry.id + `","dry_run":false}`)
	if r := w.want(stale, run.Refused, "Start LoadTargetAgain Gate FinishBadly Refused"); !strings.Contains(r.Message, "stale") {
		w.Errorf("a plan that was applied already: %+v", r)
	}
}

func twoAtOnce(w *world) {
	w.put("data/two.csv", devices(4000, "leaf"))
	w.put("jobs/two.yaml", jobOf("data/two.csv", "data/two-out.csv", ""))
	arnA, a := w.start(`{"job":"two","dry_run":false}`)
	arnB, b := w.start(`{"job":"two","dry_run":false}`)
	ea, eb := w.wait(arnA, a), w.wait(arnB, b)
	if ea.Status != types.ExecutionStatusSucceeded {
		ea, eb = eb, ea
	}
	w.want(ea, run.Succeeded, "")
	if eb.Status == types.ExecutionStatusSucceeded { // the first had ended before the second asked for the lock
		return
	}
	if r := w.want(eb, run.Refused, "Start FinishBadly Refused"); !strings.Contains(r.Message, fmt.Sprintf("run %q holds the lock", ea.id)) {
		w.Errorf("the second: %+v", r)
	}
}

// closed waits for a run to be closed from outside.
func (w *world) closed(id string) *run.Run {
	w.Helper()
	for range 300 {
		r, err := w.runs.Get(w.Context(), id)
		if err == nil && r.Status != run.Running {
			return r
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.Fatalf("run %s stays open", id)
	return nil
}

func stoppedOutside(w *world) {
	w.put("data/slow.csv", devices(300, "leaf"))
	w.put("jobs/slow.yaml", strings.Replace(jobOf("data/slow.csv", "data/slow-out.csv", ""), "target: {", "target: {rate: 20, batch: 1, ", 1))
	arn, id := w.start(`{"job":"slow","dry_run":false}`)
	for range 300 {
		if r, err := w.runs.Get(w.Context(), id); err == nil && r.Step == "sync" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if _, err := w.sfn.StopExecution(w.Context(), &sfn.StopExecutionInput{ExecutionArn: &arn, Cause: aws.String("enough")}); err != nil {
		w.Fatal(err)
	}
	if r := w.closed(id); r.Status != run.Aborted || !strings.Contains(r.Message, "the execution was stopped") {
		w.Errorf("run: %+v", r)
	}
	// The sync in flight sees it, journals what it did and frees the lock; who starts at once is refused, or works.
	var r *run.Run
	for range 60 {
		e := w.execute(`{"resume":"` + id + `","dry_run":false}`)
		var err error
		if r, err = w.runs.Get(w.Context(), e.id); err != nil {
			w.Fatal(err)
		}
		if r.Status != run.Refused {
			break
		}
		time.Sleep(time.Second)
	}
	if r.Status != run.Succeeded {
		w.Errorf("the resume: %+v", r)
	}
	if got := w.get("data/slow-out.csv"); strings.Count(got, "\n") != 301 {
		w.Errorf("the target has %d lines", strings.Count(got, "\n"))
	}
}
