package run

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// SetBaseline notes what a finished sync's source held.
func (s *SQLite) SetBaseline(ctx context.Context, key string, b Baseline) error {
	doc, err := encode(b)
	if err != nil {
		return fault.Errorf(fault.Invalid, "store baseline: %w", err)
	}
	_, err = s.exec(ctx, "store baseline", "INSERT INTO baselines (key, doc) VALUES (?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc", key, doc)
	return err
}

// GetBaseline returns what SetBaseline noted; nil where there is none.
func (s *SQLite) GetBaseline(ctx context.Context, key string) (*Baseline, error) {
	var b *Baseline
	err := s.again(ctx, "get baseline", func() error {
		var doc string
		err := s.db.QueryRowContext(ctx, "SELECT doc FROM baselines WHERE key = ?", key).Scan(&doc)
		if errors.Is(err, sql.ErrNoRows) {
			b = nil
			return nil
		}
		if err != nil {
			return err
		}
		b = new(Baseline)
		return json.Unmarshal([]byte(doc), b)
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Lock takes the lock for a run; Conflict, and the lock's state, where another holds it.
func (s *SQLite) Lock(ctx context.Context, name, run string) (Lock, error) {
	var l Lock
	err := s.change(ctx, "take lock", func(tx *sql.Tx) error {
		var held bool
		var err error
		if l, held, err = getLock(ctx, tx, name); err != nil {
			return err
		}
		switch {
		case !held:
			l = Lock{Name: name, Run: run, Since: time.Now().UTC()}
			return putLock(ctx, tx, l)
		case l.Run != run:
			return fault.Errorf(fault.Conflict, "lock %q: run %s has held it since %s", name, l.Run, l.Since.Local().Format(time.DateTime))
		}
		return nil
	})
	return l, err
}

// Touch notes in the lock who writes just now and until when.
func (s *SQLite) Touch(ctx context.Context, name, run, invocation string, deadline time.Time) error {
	return s.change(ctx, "touch lock", func(tx *sql.Tx) error {
		l, held, err := getLock(ctx, tx, name)
		switch {
		case err != nil:
			return err
		case !held:
			return fault.Errorf(fault.Conflict, "lock %q: run %s does not hold it any more", name, run)
		case l.Run != run:
			return fault.Errorf(fault.Conflict, "lock %q: run %s holds it, not %s", name, l.Run, run)
		case invocation != "" && l.OtherThan(invocation, time.Now()):
			return fault.Errorf(fault.Conflict, "lock %q: another process (%s) writes for run %s", name, l.Invocation, run)
		}
		l.Invocation, l.Deadline = invocation, deadline.UTC()
		return putLock(ctx, tx, l)
	})
}

// OtherThan reports whether an invocation other than this one stands in the lock and may still live at the time. Without a deadline it may.
func (l Lock) OtherThan(invocation string, now time.Time) bool {
	return l.Invocation != "" && l.Invocation != invocation && (l.Deadline.IsZero() || !now.After(l.Deadline))
}

// Unlock frees the lock if the run holds it.
func (s *SQLite) Unlock(ctx context.Context, name, run string) error {
	_, err := s.exec(ctx, "free lock", "DELETE FROM locks WHERE name = ? AND run = ?", name, run)
	return err
}

// Locks returns all locks that are held, by name.
func (s *SQLite) Locks(ctx context.Context) ([]Lock, error) {
	var all []Lock
	err := s.again(ctx, "list locks", func() error {
		all = nil
		return each(ctx, s.db, func(scan func(...any) error) error {
			var doc string
			if err := scan(&doc); err != nil {
				return err
			}
			var l Lock
			err := json.Unmarshal([]byte(doc), &l)
			all = append(all, l)
			return err
		}, "SELECT doc FROM locks ORDER BY name")
	})
	return all, err
}

func getLock(ctx context.Context, tx *sql.Tx, name string) (l Lock, held bool, err error) {
	var doc string
	err = tx.QueryRowContext(ctx, "SELECT doc FROM locks WHERE name = ?", name).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return l, false, nil
	}
	if err == nil {
		err = json.Unmarshal([]byte(doc), &l)
	}
	return l, err == nil, err
}

func putLock(ctx context.Context, tx *sql.Tx, l Lock) error {
	doc, err := encode(l)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO locks (name, run, doc) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET run = excluded.run, doc = excluded.doc", l.Name, l.Run, doc)
	return err
}
