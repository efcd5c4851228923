package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// SetBaseline notes what a finished sync's source held.
func (s *Store) SetBaseline(ctx context.Context, key string, b run.Baseline) error {
	doc, err := run.Encode(b)
	if err != nil {
		return fault.Errorf(fault.Invalid, "store baseline: %w", err)
	}
	_, err = s.exec(ctx, "store baseline", "INSERT INTO baselines (key, doc) VALUES (?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc", key, doc)
	return err
}

// GetBaseline returns what SetBaseline noted; nil where there is none.
func (s *Store) GetBaseline(ctx context.Context, key string) (*run.Baseline, error) {
	var b *run.Baseline
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
		b = new(run.Baseline)
		return json.Unmarshal([]byte(doc), b)
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Lock takes the lock for a run; Conflict, and the lock's state, where another holds it.
func (s *Store) Lock(ctx context.Context, name, id string) (run.Lock, error) {
	var l run.Lock
	err := s.change(ctx, "take lock", func(tx *sql.Tx) error {
		var held bool
		var err error
		if l, held, err = getLock(ctx, tx, name); err != nil {
			return err
		}
		switch {
		case !held:
			l = run.Lock{Name: name, Run: id, Since: time.Now().UTC()}
			return putLock(ctx, tx, l)
		case l.Run != id:
			return l.Held()
		}
		return nil
	})
	return l, err
}

// Touch notes in the lock who writes just now and until when.
func (s *Store) Touch(ctx context.Context, name, id, invocation string, deadline time.Time) error {
	return s.change(ctx, "touch lock", func(tx *sql.Tx) error {
		l, _, err := getLock(ctx, tx, name)
		if err != nil {
			return err
		}
		l.Name = name // of one that nobody holds, too
		if l, err = l.Touched(id, invocation, deadline, time.Now()); err != nil {
			return err
		}
		return putLock(ctx, tx, l)
	})
}

// Unlock frees the lock if the run holds it.
func (s *Store) Unlock(ctx context.Context, name, id string) error {
	_, err := s.exec(ctx, "free lock", "DELETE FROM locks WHERE name = ? AND run = ?", name, id)
	return err
}

// Locks returns all locks that are held, by name.
func (s *Store) Locks(ctx context.Context) ([]run.Lock, error) {
	var all []run.Lock
	err := s.again(ctx, "list locks", func() error {
		all = nil
		return each(ctx, s.db, func(scan func(...any) error) error {
			var doc string
			if err := scan(&doc); err != nil {
				return err
			}
			var l run.Lock
			err := json.Unmarshal([]byte(doc), &l)
			all = append(all, l)
			return err
		}, "SELECT doc FROM locks ORDER BY name")
	})
	return all, err
}

func getLock(ctx context.Context, tx *sql.Tx, name string) (l run.Lock, held bool, err error) {
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

func putLock(ctx context.Context, tx *sql.Tx, l run.Lock) error {
	doc, err := run.Encode(l)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO locks (name, run, doc) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET run = excluded.run, doc = excluded.doc", l.Name, l.Run, doc)
	return err
}
