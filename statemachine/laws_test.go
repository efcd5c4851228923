package statemachine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/plumbline-sync/plumbline/adapters"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/sqlite"
	"github.com/plumbline-sync/plumbline/shared/secret"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// folderOf is an object store in a folder that stands for the stack's bucket.
func folderOf(t *testing.T) *objects.Folder {
	t.Helper()
	f, err := objects.NewFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

type oneJob string

func (j oneJob) Open(context.Context, string) (step.JobFile, error) {
	return step.JobFile{File: "s3:jobs/same.yaml", Dir: "/jobs", Text: []byte(j)}, nil
}

// sameBytes runs one job here and there: snapshots and plan are the same bytes, and the records differ in times and ids only.
func sameBytes(w *world) {
	text := jobOf("data/same.csv", "data/same-out.csv", "limits: {delete: 100%, update: 100%, shrink: 100%}\n")
	source, target := devices(3000, "leaf"), strings.Replace(devices(2500, "spine"), "device-00007", "device-90007", 1)
	w.put("data/same.csv", source)
	w.put("data/same-out.csv", target)
	w.put("jobs/same.yaml", text)
	there := w.want(w.execute(`{"job":"same"}`), run.Succeeded, "")

	store := folderOf(w.T)
	for name, content := range map[string]string{"data/same.csv": source, "data/same-out.csv": target} {
		if err := store.PutNew(w.Context(), name, []byte(content)); err != nil {
			w.Fatal(err)
		}
	}
	runs, err := sqlite.Open(filepath.Join(w.TempDir(), "runs.db"))
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = runs.Shutdown() }()
	env := &step.Env{
		Registry: adapters.All(), Runs: runs, Objects: store, Secrets: secret.Env(), Jobs: oneJob(text), Temp: w.TempDir(), Invocation: "here", Version: step.Release, NoLocal: true,
		Buckets: func(context.Context, string) (objects.Store, error) { return store, nil },
	}
	if _, err := (&step.Local{Env: env}).Run(w.Context(), step.StartIn{Run: "here", Input: step.Input{Job: "same"}}); err != nil {
		w.Fatal(err)
	}
	here, err := runs.Get(w.Context(), "here")
	if err != nil {
		w.Fatal(err)
	}
	for _, name := range []string{step.SnapshotSource, step.SnapshotTarget, step.PlanName, step.FindingsSource, step.FindingsTarget, step.FindingsPlan} {
		for _, part := range []string{"", ".index"} {
			a, err := store.Get(w.Context(), step.RunPrefix("here")+name+part)
			if err != nil {
				continue
			}
			if b := w.get(step.RunPrefix(there.ID) + name + part); !bytes.Equal(a, []byte(b)) {
				w.Errorf("%s%s: %d bytes here, %d there, and not the same", name, part, len(a), len(b))
			}
		}
	}
	if here.PlanDigest == "" || here.SourceDigest == "" {
		w.Errorf("here: %+v", here)
	}
	plain := func(r *run.Run) string {
		c := *r
		c.ID, c.Started, c.Ended = "", time.Time{}, time.Time{}
		text, err := json.Marshal(c)
		if err != nil {
			w.Fatal(err)
		}
		return string(text)
	}
	if a, b := plain(here), plain(there); a != b {
		w.Errorf("the records differ:\nhere  %s\nthere %s", a, b)
	}
}

// scheduled has the template's schedule start a run.
func scheduled(w *world) {
	w.put("data/devices.csv", devices(5, "leaf"))
	client := scheduler.NewFromConfig(w.stack.Config)
	name := w.stack.Name + "-schedule"
	s, err := client.GetSchedule(w.Context(), &scheduler.GetScheduleInput{Name: &name})
	if err != nil {
		w.Fatal(err)
	}
	if s.State != "DISABLED" || !strings.Contains(aws.ToString(s.Target.Input), `"trigger":"schedule"`) {
		w.Errorf("schedule: %s, %s", s.State, aws.ToString(s.Target.Input))
	}
	before, err := w.runs.List(w.Context(), run.Filter{Job: "inventory"})
	if err != nil {
		w.Fatal(err)
	}
	_, err = client.UpdateSchedule(w.Context(), &scheduler.UpdateScheduleInput{
		Name: &name, FlexibleTimeWindow: s.FlexibleTimeWindow, Target: s.Target, State: "ENABLED",
		ScheduleExpression: aws.String("at(" + time.Now().UTC().Add(2*time.Second).Format("2006-01-02T15:04:05") + ")"), ScheduleExpressionTimezone: aws.String("UTC"),
	})
	if err != nil {
		w.Fatal(err)
	}
	for range 900 {
		after, err := w.runs.List(w.Context(), run.Filter{Job: "inventory"})
		if err != nil {
			w.Fatal(err)
		}
		if len(after) > len(before) && after[0].Status != run.Running {
			if r := after[0]; r.Status != run.Succeeded || !r.DryRun || r.Trigger != "schedule" || r.By != name {
				w.Errorf("run: %+v", r)
			}
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	w.Error("the schedule started nothing")
}

// bootstraps returns the processes of functions.
func (w *world) bootstraps() []int {
	var pids []int
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		var pid, parent int
		var state string
		at := bytes.LastIndexByte(text, ')')
		if at < 0 {
			continue
		}
		_, _ = fmt.Sscan(string(text[:bytes.IndexByte(text, ' ')]), &pid)
		_, _ = fmt.Sscan(string(text[at+1:]), &state, &parent)
		if parent == w.stack.PID {
			pids = append(pids, pid)
		}
	}
	return pids
}

// killed kills functions at random moments, resumes, and holds the end to the law: the target equals the source, and the next plan is empty.
func killed(w *world) {
	const kills = 20 // in all functions
	seed := uint64(time.Now().UnixNano())
	w.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 1))
	w.put("jobs/kill.yaml", strings.Replace(jobOf("data/kill.csv", "data/kill-out.csv", "limits: {delete: 100%, update: 100%, shrink: 100%}\n"), "target: {", "target: {batch: 20, ", 1))
	hit := map[string]int{}
	for done, round := 0, 0; done < kills; round++ {
		w.put("data/kill.csv", devices(400+round, fmt.Sprint("role", round)))
		input := `{"job":"kill","dry_run":false}`
		for range 6 {
			arn, id := w.start(input)
			if done < kills {
				time.Sleep(time.Duration(dice.IntN(900)) * time.Millisecond)
				if pids := w.bootstraps(); len(pids) > 0 {
					if r, err := w.runs.Get(w.Context(), id); err == nil && r.Status == run.Running {
						hit[r.Step]++
						done++
					}
					for _, pid := range pids {
						_ = syscall.Kill(pid, syscall.SIGKILL)
					}
				}
			}
			if e := w.wait(arn, id); e.Status == types.ExecutionStatusSucceeded {
				break
			}
			r := w.closed(id)
			if r.Code != "refused" {
				input = `{"resume":"` + id + `","dry_run":false}`
			}
		}
		r := w.want(w.execute(`{"job":"kill"}`), run.Succeeded, "")
		if n := r.Counts["device"]; n.Create+n.Update+n.Delete+n.Move > 0 {
			w.Fatalf("round %d: the plan after the resume is not empty: %+v", round, n)
		}
	}
	w.Logf("killed in %v", hit)
}

// calls returns how many invocations each step of a run needed.
func (w *world) calls(id string) map[string]int {
	w.Helper()
	steps, err := w.runs.Steps(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	n := map[string]int{}
	for _, s := range steps {
		w.Logf("%s: %d calls, %d handled, %v, %d MB", s.Name, s.Calls, s.Handled, s.Duration, s.Memory.Peak>>20)
		n[s.Name] = s.Calls
	}
	return n
}

const manyRecords = 600_000

// manyLoads gives loads so little time that each needs 20 invocations and more; the snapshots are the same as those of one.
// How little that is depends on the machine: it is what one takes, divided until it is little enough.
func manyLoads(one *world, deploy func(budget time.Duration) *world) {
	source := devices(manyRecords, "leaf")
	target := strings.Replace(source, ",leaf,", ",spine,", 400)
	load := func(w *world) *run.Run {
		w.put("data/many.csv", source)
		w.put("data/many-out.csv", target)
		w.put("jobs/many.yaml", jobOf("data/many.csv", "data/many-out.csv", ""))
		return w.want(w.execute(`{"job":"many"}`), run.Succeeded, "")
	}
	whole := load(one)
	budget := one.spent(whole.ID, step.StepLoadSource) / 10
	for range 5 {
		w := deploy(budget)
		r := load(w)
		if whole.SourceDigest != r.SourceDigest || whole.TargetDigest != r.TargetDigest || whole.PlanDigest != r.PlanDigest {
			w.Fatalf("the digests differ:\n%+v\n%+v", whole, r)
		}
		if n := w.calls(r.ID); n[step.StepLoadSource] >= 20 && n[step.StepLoadTarget] >= 20 {
			return
		}
		budget = budget * 7 / 10
	}
	one.Errorf("loads never needed 20 calls, down to %v for one", budget)
}

// spent returns the time that a step of a run took.
func (w *world) spent(id, name string) time.Duration {
	w.Helper()
	steps, err := w.runs.Steps(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	for _, s := range steps {
		if s.Name == name {
			return s.Duration
		}
	}
	w.Fatalf("run %s has no step %s", id, name)
	return 0
}

// manySyncs gives sync so little time, and the target so low a rate, that sync needs 20 invocations and more. A second a call is many times what one takes before it writes:
// two in a row that write nothing would end the run.
func manySyncs(w *world) {
	const records, changed = 2000, 400
	source := devices(records, "leaf")
	w.put("data/slowly.csv", source)
	w.put("data/slowly-out.csv", strings.Replace(source, ",leaf,", ",spine,", changed))
	w.put("jobs/slowly.yaml", strings.Replace(jobOf("data/slowly.csv", "data/slowly-out.csv", ""), "target: {", "target: {batch: 4, rate: 10, ", 1))
	e := w.execute(`{"job":"slowly","dry_run":false}`)
	if r := w.want(e, run.Succeeded, ""); r.Results["done"] != changed {
		w.Errorf("run: %+v", r)
	}
	if n := w.calls(e.id); n[step.StepSync] < 20 {
		w.Errorf("sync needed only so many calls: %v", n)
	}
	if w.get("data/slowly-out.csv") != source {
		w.Error("the target is not the source")
	}
}

// ownFunction puts a function of one's own in the place of load-source, as docs/aws.md says.
func ownFunction(w *world, built string) {
	dir := w.TempDir()
	text, err := os.ReadFile("../examples/ownfunction/template.yaml")
	if err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "template.yaml"), text, 0o600); err != nil {
		w.Fatal(err)
	}
	build := exec.CommandContext(w.Context(), "go", "build", "-tags", "lambda.norpc", "-o", filepath.Join(dir, "bin", "bootstrap"), "../examples/ownfunction")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := build.CombinedOutput(); err != nil {
		w.Fatalf("%v\n%s", err, out)
	}
	own := w.stack.Emulator.Deploy(w.T, dir, "own-load", "TableName="+w.stack.Outputs["TableName"], "BucketName="+w.stack.Outputs["BucketName"])
	w.stack.Emulator.Deploy(w.T, built, w.stack.Name, "StepSeconds=0", "LoadSourceFunctionArn="+own.Outputs["FunctionArn"])
	w.put("data/devices.csv", devices(7, "leaf"))
	e := w.execute(`{"job":"inventory"}`)
	w.want(e, run.Succeeded, "")
	lines, err := w.runs.Lines(w.Context(), e.id, 0, 0)
	if err != nil {
		w.Fatal(err)
	}
	for _, l := range lines {
		if l.Message == "loaded by a function of our own" {
			return
		}
	}
	w.Errorf("its line is not in the log: %v", lines)
}
