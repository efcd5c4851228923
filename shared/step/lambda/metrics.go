package lambda

import (
	"cmp"
	"encoding/json"
	"io"
	"strconv"
	"time"

	"github.com/plumbline-sync/plumbline/shared/run"
)

// Namespace is where CloudWatch keeps the metrics.
const Namespace = "Plumbline"

// The units of CloudWatch that the metrics have.
const (
	unitCount = "Count"
	unitMS    = "Milliseconds"
	unitBytes = "Bytes"
)

// metric is one number of a run or a step.
type metric struct {
	name, unit string
	value      int64
}

// group is metrics under one list of dimensions.
type group struct {
	dimensions []string
	metrics    []metric
}

// ends has the metric of each status that a run ends with. What has an alarm in the template is named by it.
func ends(s run.Status) string {
	switch s {
	case run.Succeeded:
		return "Succeeded"
	case run.Partial:
		return "Partial"
	case run.Refused:
		return "Refused"
	case run.Aborted:
		return "Aborted"
	}
	return "Failed" // a run that took too long, too
}

// printRun prints the metrics of a run that was closed: one line, and with detail one for each of its steps. The lines are CloudWatch's embedded metric format:
// docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
func printRun(out io.Writer, stack string, r *run.Run, steps []*run.Step, detail bool) error {
	whole := group{dimensions: []string{"stack"}, metrics: []metric{{"Runs", unitCount, 1}, {ends(r.Status), unitCount, 1}}}
	if r.Trigger == "schedule" {
		whole.metrics = append(whole.metrics, metric{"Scheduled", unitCount, 1})
	}
	labels := map[string]string{"stack": ascii(stack), "job": ascii(r.Job), "run": r.ID, "status": string(r.Status)}
	if !detail {
		return printLine(out, r.Ended, labels, whole)
	}
	if err := printLine(out, r.Ended, labels, whole, group{dimensions: []string{"stack", "job"}, metrics: ofRun(r)}); err != nil {
		return err
	}
	for _, s := range steps {
		labels["step"] = ascii(s.Name)
		ms := []metric{{"StepDuration", unitMS, s.Duration.Milliseconds()}, {"PeakMemory", unitBytes, s.Memory.Peak}}
		if s.Unit == "records" {
			ms = append(ms, metric{"StepRecords", unitCount, s.Handled})
		}
		if err := printLine(out, r.Ended, labels, group{dimensions: []string{"stack", "job", "step"}, metrics: ms}); err != nil {
			return err
		}
	}
	return nil
}

// ofRun are a run's own metrics: what its plan had by action, what became of it, and what was looked at.
func ofRun(r *run.Run) []metric {
	sum := run.Total(r.Counts)
	return []metric{
		{"Creates", unitCount, sum.Create},
		{"Updates", unitCount, sum.Update},
		{"Moves", unitCount, sum.Move},
		{"Deletes", unitCount, sum.Delete},
		{"Held", unitCount, sum.Held},
		{"Written", unitCount, r.Done()},
		{"Failures", unitCount, r.Results["failed"] + r.Results["skipped"]},
		{"Findings", unitCount, r.Unusable()},
		{"Records", unitCount, sum.Source + sum.Target},
		{"Duration", unitMS, r.Ended.Sub(r.Started).Milliseconds()},
	}
}

// printLine prints one line; labels become its properties, and those that a group names its dimensions.
func printLine(out io.Writer, at time.Time, labels map[string]string, groups ...group) error {
	type definition struct {
		Name string `json:"Name"`
		Unit string `json:"Unit"`
	}
	type directive struct {
		Namespace  string       `json:"Namespace"`
		Dimensions [][]string   `json:"Dimensions"`
		Metrics    []definition `json:"Metrics"`
	}
	var directives []directive
	line := map[string]any{}
	for name, value := range labels {
		line[name] = value
	}
	for _, g := range groups {
		d := directive{Namespace: Namespace, Dimensions: [][]string{g.dimensions}}
		for _, m := range g.metrics {
			d.Metrics = append(d.Metrics, definition{m.name, m.unit})
			line[m.name] = m.value
		}
		directives = append(directives, d)
	}
	line["_aws"] = map[string]any{"Timestamp": at.UnixMilli(), "CloudWatchMetrics": directives}
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	_, err = out.Write(append(text, '\n'))
	return err
}

// ascii makes a dimension's value of a name: not empty, ASCII, at most 255 bytes.
func ascii(name string) string {
	q := strconv.QuoteToASCII(name)
	q = q[1 : len(q)-1]
	return cmp.Or(q[:min(len(q), 255)], "-")
}
