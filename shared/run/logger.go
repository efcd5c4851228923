package run

import (
	"context"
	"log/slog"
)

// LogOptions say what a Logger takes and how.
type LogOptions struct {
	Level  slog.Leveler        // nil: info
	Redact func(string) string // applied to messages and attributes; nil: none
}

// Logger is a slog.Handler whose lines become the run's log. It keeps a small buffer: Flush sends what is in it.
type Logger struct{}

var _ slog.Handler = (*Logger)(nil)

// NewLogger returns a handler for the lines of one step of a run.
func NewLogger(store Store, run, step string, o LogOptions) *Logger { return &Logger{} }

// Flush sends the lines that are buffered. Lines that could not be sent are dropped, and the first error since the last Flush is returned.
func (l *Logger) Flush(ctx context.Context) error { return nil }

// Enabled reports whether lines of the level are taken.
func (l *Logger) Enabled(_ context.Context, level slog.Level) bool { return false }

// Handle takes a line.
func (l *Logger) Handle(ctx context.Context, r slog.Record) error { return nil }

// WithAttrs returns a handler whose lines have the attributes too.
func (l *Logger) WithAttrs(attrs []slog.Attr) slog.Handler { return l }

// WithGroup returns a handler whose later attributes are in the group.
func (l *Logger) WithGroup(name string) slog.Handler { return l }
