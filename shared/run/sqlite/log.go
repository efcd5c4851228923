package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// PutStep stores a step's record. NotFound where there is no such run.
func (s *Store) PutStep(ctx context.Context, step *run.Step) error {
	stored := *step
	stored.Started, stored.Ended = step.Started.UTC(), step.Ended.UTC()
	doc, err := run.Encode(&stored)
	if err != nil {
		return fault.Errorf(fault.Invalid, "store step %q of run %q: %w", step.Name, step.Run, err)
	}
	n, err := s.exec(ctx, "store step", "INSERT INTO steps (run, name, doc) SELECT id, ?, ? FROM runs WHERE id = ? ON CONFLICT DO UPDATE SET doc = excluded.doc", step.Name, doc, step.Run)
	if err == nil && n == 0 {
		err = fault.Errorf(fault.NotFound, "store step %q: there is no run %q", step.Name, step.Run)
	}
	return err
}

// Steps returns a run's steps in the order in which they started.
func (s *Store) Steps(ctx context.Context, id string) ([]*run.Step, error) {
	var all []*run.Step
	err := s.again(ctx, "list steps", func() error {
		all = nil
		return each(ctx, s.db, func(scan func(...any) error) error {
			var doc string
			if err := scan(&doc); err != nil {
				return err
			}
			step := new(run.Step)
			all = append(all, step)
			return json.Unmarshal([]byte(doc), step)
		}, "SELECT doc FROM steps WHERE run = ? ORDER BY name", id)
	})
	slices.SortStableFunc(all, func(a, b *run.Step) int { return a.Started.Compare(b.Started) })
	return all, err
}

// Log appends lines, up to run.MaxLog in all. NotFound where there is no such run.
func (s *Store) Log(ctx context.Context, id string, lines []run.LogLine) error {
	if len(lines) == 0 {
		return nil
	}
	return s.change(ctx, "append to log", func(tx *sql.Tx) error {
		var kept int
		err := tx.QueryRowContext(ctx, "SELECT log_kept FROM runs WHERE id = ?", id).Scan(&kept)
		if errors.Is(err, sql.ErrNoRows) {
			return fault.Errorf(fault.NotFound, "append to log: there is no run %q", id)
		}
		if err != nil {
			return err
		}
		room := min(len(lines), run.MaxLog-kept)
		if err := insertLines(ctx, tx, id, kept, lines[:room]); err != nil {
			return err
		}
		if room == len(lines) {
			_, err = tx.ExecContext(ctx, "UPDATE runs SET log_kept = ? WHERE id = ?", kept+room, id)
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE runs SET log_kept = ?, log_dropped = log_dropped + ?, log_last = ? WHERE id = ?",
			kept+room, len(lines)-room, timeText(lines[len(lines)-1].Time), id)
		return err
	})
}

func insertLines(ctx context.Context, tx *sql.Tx, id string, n int, lines []run.LogLine) error {
	if len(lines) == 0 {
		return nil
	}
	insert, err := tx.PrepareContext(ctx, "INSERT INTO log (run, n, time, level, step, message, attrs) VALUES (?, ?, ?, ?, ?, ?, ?)")
	if err != nil {
		return err
	}
	defer insert.Close()
	for i, l := range lines {
		if _, err := insert.ExecContext(ctx, id, n+i, timeText(l.Time), l.Level, l.Step, l.Message, l.Attrs); err != nil {
			return err
		}
	}
	return nil
}

// Lines returns a run's log from line number from on (the first is 0), at most limit; a limit of 0 is none.
func (s *Store) Lines(ctx context.Context, id string, from, limit int) ([]run.LogLine, error) {
	if limit <= 0 {
		limit = run.MaxLog + 1
	}
	var lines []run.LogLine
	var kept, dropped int
	var last string
	err := s.again(ctx, "read log", func() error {
		lines = nil
		row := s.db.QueryRowContext(ctx, "SELECT log_kept, log_dropped, log_last FROM runs WHERE id = ?", id)
		if err := row.Scan(&kept, &dropped, &last); err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return each(ctx, s.db, func(scan func(...any) error) error {
			var l run.LogLine
			var at string
			if err := scan(&at, &l.Level, &l.Step, &l.Message, &l.Attrs); err != nil {
				return err
			}
			l.Time = textTime(at)
			lines = append(lines, l)
			return nil
		}, "SELECT time, level, step, message, attrs FROM log WHERE run = ? AND n >= ? ORDER BY n LIMIT ?", id, from, limit)
	})
	if err == nil && dropped > 0 && from <= kept && len(lines) < limit {
		lines = append(lines, run.DroppedLine(dropped, textTime(last)))
	}
	return lines, err
}

func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// textTime reads what timeText wrote; the zero time for anything else.
func textTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t
}
