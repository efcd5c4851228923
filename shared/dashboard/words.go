package dashboard

import (
	"fmt"
	"html/template"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// functions are what templates may call.
func (d *Dashboard) functions() template.FuncMap {
	return template.FuncMap{
		"v": plan.Visible, "n": thousands, "took": seconds, "mb": megabytes, "ago": d.ago, "stamp": stamp, "iso": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"kind": kindOf, "changes": changesOf, "duration": tookOf, "seg": url.PathEscape, "short": short, "plural": plural, "hide": d.Hide,
		"said": func(s string) string { return plan.Visible(d.Hide(s)) }, "command": func() string { return d.Command }, "word": statusWord, "lines": func(s string) []string { return strings.Split(d.Hide(s), "\n") }, "refused": func(r *run.Run) bool { return r.Status == run.Succeeded && wouldRefuse(r) },
		"cut": func(n int, s string) string { return plan.Cut(s, n) },
	}
}

// thousands writes a number with commas.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return thousands(n) + " " + what + "s"
}

// seconds writes a duration as people compare them.
func seconds(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// megabytes writes a size of memory; "" where it was not taken.
func megabytes(n int64) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("%d MB", (n+1<<19)>>20)
}

// ago says how long ago something was.
func (d *Dashboard) ago(t time.Time) string {
	since := d.Now().Sub(t)
	for _, u := range []struct {
		size time.Duration
		most time.Duration
		name string
	}{{time.Second, time.Minute, "second"}, {time.Minute, time.Hour, "minute"}, {time.Hour, 24 * time.Hour, "hour"}, {24 * time.Hour, 14 * 24 * time.Hour, "day"}} {
		if since < u.most {
			return plural(max(int64(since/u.size), 0), u.name) + " ago"
		}
	}
	return t.Local().Format("2 Jan 2006")
}

func stamp(t time.Time) string { return t.Local().Format("2 Jan 2006, 15:04:05") }

// short shortens a digest.
func short(digest string) string { return digest[:min(12, len(digest))] }

func kindOf(r *run.Run) string {
	if r.DryRun {
		return "dry run"
	}
	return "sync"
}

// changesOf says what a run did in two words.
func changesOf(r *run.Run) string {
	planned, done := plannedOf(r), writtenOf(r)
	switch {
	case r.PlanDigest == "":
		return "none yet"
	case r.DryRun:
		return thousands(planned) + " found"
	case done == planned:
		return thousands(done) + " written"
	}
	return thousands(done) + " of " + thousands(planned) + " written"
}

func plannedOf(r *run.Run) (n int64) {
	for _, c := range r.Counts {
		n += c.Create + c.Update + c.Move + c.Delete
	}
	return n
}

func writtenOf(r *run.Run) int64 {
	return r.Results["done"] + r.Results["adopted"] + r.Results["warned"]
}

func findingsOf(r *run.Run) (n int64) {
	for _, v := range r.Findings {
		n += v
	}
	return n
}

func tookOf(r *run.Run) string {
	if r.Ended.IsZero() {
		return ""
	}
	return seconds(r.Ended.Sub(r.Started))
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
	c.Message, c.Source, c.Target = d.Hide(c.Message), d.Hide(c.Source), d.Hide(c.Target)
	return &c
}
