package dashboard

import (
	"encoding/json"
	"html/template"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// functions are what templates may call.
func (d *Dashboard) functions() template.FuncMap {
	return template.FuncMap{
		"v": plan.Visible, "n": words.Thousands, "took": words.Seconds, "mb": words.Megabytes, "ago": func(t time.Time) string { return words.Ago(t, d.Now()) }, "stamp": stamp, "iso": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"kind": (*run.Run).Kind, "changes": changesOf, "duration": tookOf, "seg": url.PathEscape, "short": short, "plural": words.Count, "hide": d.Hide,
		"said": func(s string) string { return plan.Visible(d.Hide(s)) }, "command": func() string { return d.Command }, "word": statusWord, "lines": func(s string) []string { return strings.Split(d.Hide(s), "\n") }, "refused": func(r *run.Run) bool { return r.Status == run.Succeeded && step.WouldRefuse(r) },
		"heads": heads, "bad": func(r *run.Run) bool { return r.Status != run.Succeeded && r.Status != run.Running && r.Message != "" }, "running": func(r *run.Run) bool { return r.Status == run.Running }, "list": listWord, "len64": func(list []attention) int64 { return int64(len(list)) }, "cut": func(n int, s string) string { return plan.Cut(s, n) },
	}
}

func stamp(t time.Time) string { return t.Local().Format("2 Jan 2006, 15:04:05") }

// short shortens a digest.
func short(digest string) string { return digest[:min(12, len(digest))] }

// changesOf says what a run did in two words.
func changesOf(r *run.Run) string {
	planned, done := r.Planned(), r.Done()
	switch {
	case r.PlanDigest == "":
		return "none yet"
	case r.DryRun:
		return words.Thousands(planned) + " found"
	case done == planned:
		return words.Thousands(done) + " written"
	}
	return words.Thousands(done) + " of " + words.Thousands(planned) + " written"
}

func tookOf(r *run.Run) string {
	if r.Ended.IsZero() {
		return ""
	}
	return words.Seconds(r.Ended.Sub(r.Started))
}

// listWord is a list of a plan as a heading has it.
func listWord(name string) string {
	switch plan.List(name) {
	case plan.ListApplied:
		return "what sync applies"
	case plan.ListOutOfScope:
		return "out of scope"
	}
	return name
}

// statusWord is a status as a heading has it.
func statusWord(s run.Status) string {
	word := strings.ReplaceAll(string(s), "-", " ")
	if word == "" {
		return "Unknown"
	}
	return strings.ToUpper(word[:1]) + word[1:]
}

// clean returns a run as pages show it: without folders of the machine that it ran on.
func (d *Dashboard) clean(r *run.Run) *run.Run {
	c := *r
	c.JobDir, c.LockName = "", "" // a lock is named by its target, in full
	c.JobFile = filepath.Base(c.JobFile)
	if r.JobFile == "" {
		c.JobFile = ""
	}
	if len(c.Input) > 0 {
		c.Input = json.RawMessage(d.Hide(string(c.Input)))
	}
	c.Message, c.Override, c.Source, c.Target = d.Hide(c.Message), d.Hide(c.Override), d.Hide(c.Source), d.Hide(c.Target)
	return &c
}
