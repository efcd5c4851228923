package run_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/sqlite"
)

// withRun returns a store with the open run "x".
func withRun(t *testing.T) *sqlite.Store {
	t.Helper()
	s := openStore(t, filepath.Join(t.TempDir(), "runs.db"))
	if err := s.Create(t.Context(), &run.Run{ID: "x", Status: run.Running}); err != nil {
		t.Fatal(err)
	}
	return s
}

func lines(t *testing.T, s run.Store) []run.LogLine {
	t.Helper()
	all, err := s.Lines(t.Context(), "x", 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestLogger(t *testing.T) {
	s := withRun(t)
	handler := run.NewLogger(s, "x", "load-source", run.LogOptions{Redact: func(s string) string { return strings.ReplaceAll(s, "hunter2", "**redacted**") }})
	log := slog.New(handler)
	log.Debug("not taken")
	log.Info("page", "number", 3, "url", "http://x?y=1", "took", 1500*time.Millisecond)
	log.With("adapter", "file").WithGroup("row").Warn("odd hunter2", "text", "two words", "empty", "", slog.Group("in", "a", true))
	log.Error("no", "error", errors.New(`login with "hunter2" refused`))
	if got := lines(t, s); len(got) != 0 {
		t.Errorf("before the flush: %v", got)
	}
	if err := handler.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`info load-source page | number=3 url="http://x?y=1" took=1.5s`,
		`warn load-source odd **redacted** | adapter=file row.text="two words" row.empty="" row.in.a=true`,
		`error load-source no | error="login with \"**redacted**\" refused"`,
	}
	var got []string
	for _, l := range lines(t, s) {
		got = append(got, fmt.Sprintf("%s %s %s | %s", l.Level, l.Step, l.Message, l.Attrs))
		if age := time.Since(l.Time); age < 0 || age > time.Minute {
			t.Errorf("time: %v", l.Time)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("lines (-want +got):\n%s", d)
	}
}

// TestLoggerBounds: a long text is cut, and many lines do not pile up.
func TestLoggerBounds(t *testing.T) {
	s := withRun(t)
	handler := run.NewLogger(s, "x", "sync", run.LogOptions{Level: slog.LevelDebug})
	log := slog.New(handler)
	log.Debug(strings.Repeat("ä", 10_000), "text", strings.Repeat("x", 1<<20), "bad", "\xff")
	for n := range 12_000 {
		log.Info("line", "n", n)
	}
	if got := len(lines(t, s)); got < 10_000 {
		t.Errorf("%d lines are there before the flush", got)
	}
	if err := handler.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := lines(t, s)
	if last := all[len(all)-1].Message; len(all) != 10_001 || !strings.HasPrefix(last, "2001 more lines") {
		t.Errorf("%d lines, the last says %q", len(all), last)
	}
	if first := all[0]; len(first.Message) > 4200 || len(first.Attrs) > 4200 || !strings.Contains(first.Message, "ä… (") {
		t.Errorf("%d bytes of message, %d of attributes", len(first.Message), len(first.Attrs))
	}
}

// TestLoggerLost: a log that cannot be written stops nobody, and is told at the end.
func TestLoggerLost(t *testing.T) {
	s := withRun(t)
	handler := run.NewLogger(s, "none", "sync", run.LogOptions{})
	slog.New(handler).Info("one")
	slog.New(handler).Info("two")
	if err := handler.Flush(t.Context()); err == nil || !strings.Contains(err.Error(), `2 lines of the log are lost: append to log: there is no run "none"`) {
		t.Errorf("flush: %v", err)
	}
	if err := handler.Flush(t.Context()); err != nil {
		t.Errorf("the next flush: %v", err)
	}
}

// TestLoggerStopped: what is logged while the work is being stopped is kept.
func TestLoggerStopped(t *testing.T) {
	s := withRun(t)
	handler := run.NewLogger(s, "x", "sync", run.LogOptions{})
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for range 200 {
		slog.New(handler).InfoContext(ctx, "stopping")
	}
	if got := len(lines(t, s)); got != 200 {
		t.Errorf("%d lines", got)
	}
}

// TestLoggerIsHandler holds the logger to the rules for handlers of package slog.
func TestLoggerIsHandler(t *testing.T) {
	s := withRun(t)
	n := 0
	var handler *run.Logger
	slogtest.Run(t, func(*testing.T) slog.Handler {
		handler = run.NewLogger(s, "x", "", run.LogOptions{})
		n = len(lines(t, s))
		return handler
	}, func(t *testing.T) map[string]any {
		if err := handler.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		l := lines(t, s)[n]
		result := map[string]any{slog.LevelKey: l.Level, slog.MessageKey: l.Message}
		if !l.Time.IsZero() {
			result[slog.TimeKey] = l.Time
		}
		for pair := range strings.FieldsSeq(l.Attrs) {
			key, value, _ := strings.Cut(pair, "=")
			in := result
			for group, rest, found := strings.Cut(key, "."); found; group, rest, found = strings.Cut(key, ".") {
				if in[group] == nil {
					in[group] = map[string]any{}
				}
				in, key = in[group].(map[string]any), rest
			}
			in[key] = value
		}
		return result
	})
}
