package lambda

import (
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

func TestNotice(t *testing.T) {
	for _, status := range []run.Status{run.Running, run.Succeeded, run.Partial, run.Failed, run.Refused, run.Aborted, run.TimedOut} {
		n, told := noticeOf("s", &run.Run{ID: "r1", Job: "a\x1b[2J\nbüro" + strings.Repeat("x", 200), Status: status, Message: "why"})
		if told != (status != run.Running && status != run.Succeeded) {
			t.Errorf("%s: told %v", status, told)
		}
		if !told {
			continue
		}
		if len(n.subject) > 99 || strings.ContainsFunc(n.subject, func(c rune) bool { return c < ' ' || c > '~' }) {
			t.Errorf("subject %q", n.subject)
		}
		if !strings.Contains(n.text, "plumb show r1 --stack s\n") || !strings.Contains(n.text, string(status)+": why") || strings.Contains(n.text, "\x1b") {
			t.Errorf("%s: %q", status, n.text)
		}
	}
}

func TestTopicIsNamed(t *testing.T) {
	if err := publish(t.Context(), config(func(string) string { return "" }), "night", notice{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v", err)
	}
}

func TestMetricsOfAlarmsAlone(t *testing.T) {
	var b strings.Builder
	r := &run.Run{ID: "r1", Status: run.TimedOut, Trigger: "schedule", Started: time.Now(), Ended: time.Now()}
	if err := printRun(&b, "", r, []*run.Step{{Name: "sync"}}, false); err != nil {
		t.Fatal(err)
	}
	if s := b.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, `"Failed":1`) || !strings.Contains(s, `"Scheduled":1`) || !strings.Contains(s, `"stack":"-"`) || strings.Contains(s, "Duration") {
		t.Errorf("got %s", s)
	}
}
