package run

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// What a Logger holds at most, and for how long, before it sends its lines.
const (
	logBatch = 200
	logWait  = time.Second
	logText  = 4 << 10 // bytes of a message, and of its attributes; what is longer is cut
)

// LogOptions say what a Logger takes and how.
type LogOptions struct {
	Level  slog.Leveler        // nil: info
	Redact func(string) string // applied to messages and attributes; nil: none
}

// Logger is a slog.Handler whose lines become the run's log. It buffers up to 200 lines and for about a second: Flush sends what is in it. It may be used concurrently.
type Logger struct {
	sink  *logSink
	level slog.Leveler
	attrs string // of WithAttrs, as text
	group string // of WithGroup, "a.b."
}

var _ slog.Handler = (*Logger)(nil)

// logSink is what a Logger and those made from it share.
type logSink struct {
	store     Store
	run, step string
	redact    func(string) string

	mu    sync.Mutex
	lines []LogLine
	sent  time.Time
	err   error // the first since the last Flush
}

// NewLogger returns a handler for the lines of one step of a run.
func NewLogger(store Store, run, step string, o LogOptions) *Logger {
	if o.Level == nil {
		o.Level = slog.LevelInfo
	}
	if o.Redact == nil {
		o.Redact = func(s string) string { return s }
	}
	return &Logger{sink: &logSink{store: store, run: run, step: step, redact: o.Redact, sent: time.Now()}, level: o.Level}
}

// Flush sends the lines that are buffered. Lines that could not be sent are dropped, and the first error since the last Flush is returned.
func (l *Logger) Flush(ctx context.Context) error {
	s := l.sink
	s.mu.Lock()
	defer s.mu.Unlock()
	s.send(ctx)
	err := s.err
	s.err = nil
	return err
}

// Enabled reports whether lines of the level are taken.
func (l *Logger) Enabled(_ context.Context, level slog.Level) bool { return level >= l.level.Level() }

// Handle takes a line. A log that cannot be written never stops the work: the error is kept for Flush.
func (l *Logger) Handle(ctx context.Context, r slog.Record) error {
	var attrs strings.Builder
	attrs.WriteString(l.attrs)
	r.Attrs(func(a slog.Attr) bool {
		appendAttr(&attrs, l.group, a)
		return attrs.Len() < 2*logText
	})
	s := l.sink
	line := LogLine{
		Time: r.Time.Round(0), Level: levelName(r.Level), Step: s.step,
		Message: cutText(s.redact(r.Message)), Attrs: cutText(s.redact(attrs.String())),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
	if len(s.lines) >= logBatch || time.Since(s.sent) >= logWait {
		s.send(context.WithoutCancel(ctx))
	}
	return nil
}

// send is called with the lock held.
func (s *logSink) send(ctx context.Context) {
	s.sent = time.Now()
	if len(s.lines) == 0 {
		return
	}
	if err := s.store.Log(ctx, s.run, s.lines); err != nil && s.err == nil {
		s.err = fmt.Errorf("%d lines of the log are lost: %w", len(s.lines), err)
	}
	clear(s.lines)
	s.lines = s.lines[:0]
}

// WithAttrs returns a handler whose lines have the attributes too.
func (l *Logger) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	b.WriteString(l.attrs)
	for _, a := range attrs {
		appendAttr(&b, l.group, a)
	}
	other := *l
	other.attrs = b.String()
	return &other
}

// WithGroup returns a handler whose later attributes are in the group.
func (l *Logger) WithGroup(name string) slog.Handler {
	other := *l
	if name != "" {
		other.group += name + "."
	}
	return &other
}

// appendAttr writes key=value, values with blanks or signs in quotes, as slog's own text form has them.
func appendAttr(b *strings.Builder, group string, a slog.Attr) {
	v := a.Value.Resolve()
	switch {
	case a.Equal(slog.Attr{}):
		return
	case v.Kind() == slog.KindGroup:
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, inner := range v.Group() {
			appendAttr(b, group, inner)
		}
		return
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	b.WriteString(quoted(group + a.Key))
	b.WriteByte('=')
	text := v.String()
	if v.Kind() == slog.KindTime {
		text = v.Time().Format(time.RFC3339Nano)
	}
	b.WriteString(quoted(text))
}

func quoted(s string) string {
	plain := s != "" && utf8.ValidString(s) && !strings.ContainsFunc(s, func(c rune) bool {
		return c == '"' || c == '=' || c == ' ' || !unicode.IsPrint(c)
	})
	if plain {
		return s
	}
	return strconv.Quote(s)
}

// cutText bounds a text, at a character's border, and replaces what is no UTF-8.
func cutText(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= logText {
		return s
	}
	end := logText
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return fmt.Sprintf("%s… (%d bytes more)", s[:end], len(s)-end)
}

func levelName(l slog.Level) string {
	switch {
	case l < slog.LevelInfo:
		return "debug"
	case l < slog.LevelWarn:
		return "info"
	case l < slog.LevelError:
		return "warn"
	}
	return "error"
}
