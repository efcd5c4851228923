package statemachine

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/signed"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/step/lambda"
)

// TestAlarms: each alarm goes to the topic, only where there is one, and says in words what to look at; docs/operation.md has each by its name; only the one on the schedule takes no data for bad.
func TestAlarms(t *testing.T) {
	page, err := os.ReadFile("../docs/operation.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, alarm := range regexp.MustCompile("(?ms)^  \\w+Alarm:\n.*?\n\n").FindAllString(string(text), -1) {
		n++
		name := regexp.MustCompile(`AlarmName: !Sub \$\{AWS::StackName\}(-\S+)`).FindStringSubmatch(alarm)
		if name == nil || !strings.Contains(string(page), "`STACK"+name[1]+"`") {
			t.Errorf("docs/operation.md does not explain %v", name)
		}
		schedule := strings.Contains(alarm, "MetricName: Scheduled")
		condition := map[bool]string{true: "WatchSchedule", false: "HasTopic"}[schedule]
		missing := map[bool]string{true: "breaching", false: "notBreaching"}[schedule]
		contains(t, alarm, "Condition: "+condition+"\n", "TreatMissingData: "+missing, "AlarmActions: [!Ref AlarmTopicArn]", "Look", "docs/operation.md says what to do")
	}
	if n != 6 {
		t.Errorf("%d alarms, want 6", n)
	}
}

// query asks a service of the emulator by AWS Query, and decodes its answer.
func (w *world) query(service, version, action string, out any, pairs ...string) {
	w.Helper()
	form := url.Values{"Action": {action}, "Version": {version}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	answer, err := signed.Service{Name: service}.Post(w.Context(), w.stack.Config, signed.Request{
		Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, Body: []byte(form.Encode()),
		Refusal: func(status int, answer []byte) error { return signed.Refused(status, "", string(answer)) },
	})
	if err == nil {
		err = xml.Unmarshal(answer, out)
	}
	if err != nil {
		w.Fatalf("%s %s: %v", service, action, err)
	}
}

// topic makes a topic with a queue that hears it; what it returns waits for the next message, and gives its subject and text.
func (w *world) topic(name string) (arn string, next func() (subject, text string)) {
	w.Helper()
	const sns, sqs = "2010-03-31", "2012-11-05"
	var topic struct {
		ARN string `xml:"CreateTopicResult>TopicArn"`
	}
	var queue struct {
		URL string `xml:"CreateQueueResult>QueueUrl"`
	}
	w.query("sns", sns, "CreateTopic", &topic, "Name", name)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}]}`
	w.query("sqs", sqs, "CreateQueue", &queue, "QueueName", name, "Attribute.1.Name", "Policy", "Attribute.1.Value", policy)
	w.query("sns", sns, "Subscribe", &struct{}{}, "TopicArn", topic.ARN, "Protocol", "sqs", "Endpoint", strings.Replace(topic.ARN, ":sns:", ":sqs:", 1))
	return topic.ARN, func() (string, string) {
		w.Helper()
		for range 300 {
			var got struct {
				Messages []struct {
					Handle string `xml:"ReceiptHandle"`
					Body   string `xml:"Body"`
				} `xml:"ReceiveMessageResult>Message"`
			}
			w.query("sqs", sqs, "ReceiveMessage", &got, "QueueUrl", queue.URL)
			if len(got.Messages) == 0 {
				time.Sleep(100 * time.Millisecond)
				continue
			}
			w.query("sqs", sqs, "DeleteMessage", &struct{}{}, "QueueUrl", queue.URL, "ReceiptHandle", got.Messages[0].Handle)
			var message struct{ Subject, Message string }
			if err := json.Unmarshal([]byte(got.Messages[0].Body), &message); err != nil {
				w.Fatal(err)
			}
			return message.Subject, message.Message
		}
		w.Fatal("no message comes")
		return "", ""
	}
}

// alarmed deploys a stack that tells a topic: of runs that end badly each is told with the command to look, by the function's own role; a run that succeeds is not.
func alarmed(w *world, e func(name string, parameters ...string) *world, built string) {
	arn, next := w.topic("plumbline-night")
	w = e("plumbline-alarms", "StepSeconds=0", "AlarmTopicArn="+arn, "ScheduleAlarmHours=26")
	w.alarmsExist()
	w.put("data/a.csv", devices(20, "leaf"))
	w.put("jobs/night.yaml", jobOf("data/a.csv", "data/a-out.csv", "limits: {delete: 10%}\n"))
	w.want(w.execute(`{"job":"night","dry_run":false}`), run.Succeeded, "")
	w.put("data/a.csv", devices(4, "leaf"))
	refused := w.execute(`{"job":"night","dry_run":false,"by":"the night"}`)
	w.want(refused, run.Refused, "")
	subject, text := next()
	if subject != "Plumbline plumbline-alarms: night refused" {
		w.Errorf("subject %q", subject)
	}
	contains(w.T, text, "night: refused: ", "16 deletes", "written   0, 0 failed", "nothing was written", "sync by the night", "look      plumb show "+refused.id+" --stack plumbline-alarms\n")
	w.plumb(0, strings.Fields("show "+refused.id+" --stack plumbline-alarms")...)
	failed := w.execute(`{"job":"no-such-job"}`)
	w.want(failed, run.Failed, "")
	_, text = next()
	contains(w.T, text, "run "+failed.id+": failed: job \"no-such-job\"", "step      start", "plumb show "+failed.id+" --stack plumbline-alarms")
	partlyWritten(w, built, arn, next)
}

// alarmsExist names the deployed alarms; TestAlarms has what they say.
func (w *world) alarmsExist() {
	var got struct {
		Alarms []struct {
			Name      string `xml:"AlarmName"`
			Namespace string `xml:"Namespace"`
			Metric    string `xml:"MetricName"`
		} `xml:"DescribeAlarmsResult>MetricAlarms>member"`
	}
	w.query("monitoring", "2010-08-01", "DescribeAlarms", &got)
	var names []string
	for _, a := range got.Alarms {
		names = append(names, fmt.Sprintf("%s %s/%s", a.Name, a.Namespace, a.Metric))
	}
	slices.Sort(names)
	want := []string{
		"plumbline-alarms-failed Plumbline/Failed", "plumbline-alarms-finish AWS/Lambda/Errors", "plumbline-alarms-no-scheduled-run Plumbline/Scheduled",
		"plumbline-alarms-partial Plumbline/Partial", "plumbline-alarms-refused Plumbline/Refused", "plumbline-alarms-undelivered AWS/SQS/ApproximateNumberOfMessagesVisible",
	}
	if d := cmp.Diff(want, names); d != "" {
		w.Errorf("alarms (-want +got):\n%s", d)
	}
}

// partlyWritten closes a run of which two changes failed with the binary of finish: called by the state machine it prints the metrics, called by EventBridge it tells the topic, and each only once.
func partlyWritten(w *world, built, topic string, next func() (subject, text string)) {
	started := time.Now().Add(-time.Minute)
	r := &run.Run{
		ID: run.NewID(started), Job: "büro", Status: run.Running, Started: started, Trigger: "schedule", By: "night", Input: []byte(`{"job":"büro"}`), Written: true,
		Counts:  map[string]run.Counts{"device": {Create: 100, Update: 18, Move: 1, Delete: 1, Held: 3, Source: 500, Target: 400}},
		Results: map[string]int64{"done": 117, "adopted": 1, "failed": 2}, Findings: map[string]int64{"source": 4},
	}
	if err := w.runs.Create(w.Context(), r); err != nil {
		w.Fatal(err)
	}
	for _, s := range []*run.Step{
		{Run: r.ID, Name: step.StepLoadSource, Status: "succeeded", Started: started, Duration: 1500 * time.Millisecond, Handled: 500, Unit: "records", Memory: run.Memory{Peak: 70 << 20}},
		{Run: r.ID, Name: step.StepSync, Status: "succeeded", Started: started.Add(time.Second), Duration: 2 * time.Second, Handled: 120, Unit: "changes", Told: true, Memory: run.Memory{Peak: 60 << 20}},
	} {
		if err := w.runs.PutStep(w.Context(), s); err != nil {
			w.Fatal(err)
		}
	}
	printed := filepath.Join(w.TempDir(), "stdout")
	invoke := w.serveWith(built, "FinishFunction", func(cmd *exec.Cmd) {
		f, err := os.Create(printed)
		if err != nil {
			w.Fatal(err)
		}
		w.Cleanup(func() { _ = f.Close() })
		cmd.Stdout = f
		cmd.Env = append(cmd.Env, "PLUMBLINE_TOPIC="+topic, "PLUMBLINE_STACK="+w.stack.Name)
	})
	for _, input := range []string{`{"run":"` + r.ID + `"}`, `{"run":"` + r.ID + `"}`, `{"detail":{"name":"` + r.ID + `","status":"FAILED","error":"Partial"}}`} {
		if out, ok := invoke([]byte(input)); !ok || !strings.Contains(out, `"partial"`) {
			w.Fatalf("finish: %s", out)
		}
	}
	subject, text := next()
	if subject != "Plumbline plumbline-alarms: b?ro partial" {
		w.Errorf("subject %q", subject)
	}
	contains(w.T, text, "büro: partial: 118 of 120 changes written, 2 failed, 0 skipped", "100 creates, 18 updates, 1 moves, 1 deletes; 3 held", "findings  4", "plumb show "+r.ID+" --stack plumbline-alarms")
	lines, err := os.ReadFile(printed)
	if err != nil {
		w.Fatal(err)
	}
	got := metricsOf(w.T, string(lines))
	want := map[string]string{
		"stack: Runs": "1 Count", "stack: Partial": "1 Count", "stack: Scheduled": "1 Count",
		"stack,job: Creates": "100 Count", "stack,job: Updates": "18 Count", "stack,job: Moves": "1 Count", "stack,job: Deletes": "1 Count", "stack,job: Held": "3 Count",
		"stack,job: Written": "118 Count", "stack,job: Failures": "2 Count", "stack,job: Findings": "4 Count", "stack,job: Records": "900 Count", "stack,job: Duration": "Milliseconds",
		"stack,job,step load-source: StepDuration": "1500 Milliseconds", "stack,job,step load-source: PeakMemory": "73400320 Bytes", "stack,job,step load-source: StepRecords": "500 Count",
		"stack,job,step sync: StepDuration": "2000 Milliseconds", "stack,job,step sync: PeakMemory": "62914560 Bytes",
	}
	if d := cmp.Diff(want, got); d != "" {
		w.Errorf("metrics (-want +got):\n%s\n%s", d, lines)
	}
}

// metricsOf reads lines of the embedded metric format as CloudWatch does: dimensions and name of each metric, with its value and unit. How long the run took is left out.
func metricsOf(t *testing.T, lines string) map[string]string {
	t.Helper()
	got := map[string]string{}
	for line := range strings.Lines(lines) {
		var head struct {
			AWS struct {
				Timestamp         int64
				CloudWatchMetrics []struct {
					Namespace  string
					Dimensions [][]string
					Metrics    []struct{ Name, Unit string }
				}
			} `json:"_aws"`
		}
		var all map[string]any
		if json.Unmarshal([]byte(line), &head) != nil || json.Unmarshal([]byte(line), &all) != nil {
			t.Fatalf("no JSON: %q", line)
		}
		if at := time.UnixMilli(head.AWS.Timestamp); time.Since(at).Abs() > time.Hour {
			t.Errorf("the time is %v", at)
		}
		for _, d := range head.AWS.CloudWatchMetrics {
			for _, names := range d.Dimensions {
				for _, name := range names {
					if s, ok := all[name].(string); !ok || s == "" || strings.ContainsFunc(s, func(c rune) bool { return c > '~' }) {
						t.Errorf("dimension %q is %v", name, all[name])
					}
				}
				where := strings.Join(names, ",")
				if slices.Contains(names, "step") {
					where += " " + all["step"].(string)
				}
				for _, m := range d.Metrics {
					key := where + ": " + m.Name
					if _, twice := got[key]; twice || d.Namespace != lambda.Namespace {
						t.Errorf("%s: namespace %s, there already: %v", key, d.Namespace, twice)
					}
					if got[key] = fmt.Sprintf("%.0f %s", all[m.Name], m.Unit); m.Name == "Duration" {
						got[key] = m.Unit
					}
				}
			}
		}
	}
	return got
}
