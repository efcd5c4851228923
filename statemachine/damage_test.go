package statemachine

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// harms are what can become of an object between two steps; "" is that it is gone.
var harms = map[string]func(text string) string{
	"gone":      func(string) string { return "" },
	"cut short": func(s string) string { return s[:len(s)/2] },
	"altered":   func(s string) string { return s[:len(s)/2] + string(s[len(s)/2]^0x15) + s[len(s)/2+1:] },
}

func (w *world) remove(key string) {
	w.Helper()
	if _, err := w.s3.DeleteObject(w.Context(), &awss3.DeleteObjectInput{Bucket: aws.String(w.stack.Outputs["BucketName"]), Key: &key}); err != nil {
		w.Fatal(err)
	}
}

// harmed calls f with each harm done to each of the objects, and puts them back.
func (w *world) harmed(keys []string, f func(key, harm string)) {
	w.Helper()
	for _, key := range keys {
		text := w.get(key)
		if text == "" {
			w.Fatalf("there is no object %s", key)
		}
		for harm, do := range harms {
			if bad := do(text); bad == "" {
				w.remove(key)
			} else {
				w.put(key, bad)
			}
			f(key, harm)
		}
		w.put(key, text)
	}
}

// objectsOf are the objects of a run: its copy of the job, and the containers.
func objectsOf(id string, containers ...string) []string {
	keys := []string{step.RunPrefix(id) + "job.yaml"}
	for _, c := range containers {
		keys = append(keys, snapshot.Objects(step.RunPrefix(id)+c)...)
	}
	return keys
}

// damagedPlan damages what an earlier run keeps, and has its plan applied: nothing is written, and the message names the object and says what to do.
func damagedPlan(w *world) {
	target := devices(1500, "spine")
	w.put("data/damage.csv", devices(2000, "leaf"))
	w.put("data/damage-out.csv", target)
	w.put("jobs/damage.yaml", jobOf("data/damage.csv", "data/damage-out.csv", "limits: {update: 100%}\n"))
	dry := w.execute(`{"job":"damage"}`)
	w.want(dry, run.Succeeded, "")
	input := `{"plan":"` + dry.id + `","dry_run":false}`
	w.harmed(objectsOf(dry.id, step.PlanName), func(key, harm string) {
		r := w.want(w.execute(input), run.Failed, "")
		wants := []string{key, "a new run"}
		if strings.HasSuffix(key, "plan.index") && harm == "gone" { // so far as anybody can tell, there is no plan
			wants = []string{"the plan of run \"" + dry.id + "\" is no longer there", "make a new one"}
		}
		contains(w.T, r.Message, wants...)
		if strings.HasSuffix(key, "plan.ndjson.zst") && harm == "cut short" {
			contains(w.T, w.plumb(1, "sync", "--plan", dry.id, "--yes"), "damaged", "failed", "Nothing was written")
		}
		if r.Written || w.get("data/damage-out.csv") != target {
			w.Errorf("%s %s: the target was written: %s", key, harm, r.Message)
		}
	})
	w.want(w.execute(input), run.Succeeded, "") // all is whole again
}

// damagedSnapshots damages what one step left for the next, and calls that as the state machine does, and finish with what it caught.
func damagedSnapshots(w *world, built string) {
	call := map[string]func([]byte) (string, bool){}
	for _, s := range steps {
		call[s[0]] = w.serve(built, s[1])
	}
	const id = "example-damaged"
	w.put("data/devices.csv", devices(2000, "leaf"))
	w.put("data/inventory.csv", devices(1500, "spine"))
	for _, name := range []string{"start", "load-source", "load-target"} {
		if out, ok := call[name](event(w.T, name, id)); !ok {
			w.Fatalf("%s: %s", name, out)
		}
	}
	last := ""
	w.harmed(objectsOf(id, step.SnapshotSource, step.SnapshotTarget), func(key, harm string) {
		out, ok := call["diff"](event(w.T, "diff", id))
		if ok || !strings.Contains(out, key) || !strings.Contains(out, "a new run") {
			w.Errorf("%s %s: diff answers %s", key, harm, out)
		}
		last = out
	})
	out, ok := call["finish"]([]byte(`{"run":"` + id + `","step":"diff","caught":{"Error":"Invalid","Cause":` + quoted(last) + `}}`))
	if !ok || !strings.Contains(out, `"status":"failed","written":false`) || !strings.Contains(out, "a new run") {
		w.Errorf("finish answers %s", out)
	}
}
