package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// Create stores a new run.
func (s *Store) Create(ctx context.Context, r *run.Run) error {
	if r.ID == "" {
		return fault.Errorf(fault.Invalid, "create run: it has no id")
	}
	stored := *r
	doc, err := run.Encode(stored.Normal())
	if err != nil {
		return fault.Errorf(fault.Invalid, "create run %q: %w", r.ID, err)
	}
	n, err := s.exec(ctx, "create run", "INSERT INTO runs (id, job, status, dry_run, by_whom, started, doc) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		stored.ID, stored.Job, stored.Status, stored.DryRun, stored.By, nanos(stored.Started), doc)
	if err == nil && n == 0 {
		err = fault.Errorf(fault.Conflict, "create run %q: there is one already", r.ID)
	}
	return err
}

// Get returns a run; NotFound where there is none.
func (s *Store) Get(ctx context.Context, id string) (*run.Run, error) {
	var r *run.Run
	err := s.again(ctx, "get run", func() (err error) {
		r, err = get(s.db.QueryRowContext(ctx, "SELECT doc FROM runs WHERE id = ?", id), id)
		return err
	})
	return r, err
}

func get(row *sql.Row, id string) (*run.Run, error) {
	var doc string
	switch err := row.Scan(&doc); {
	case errors.Is(err, sql.ErrNoRows):
		return nil, fault.Errorf(fault.NotFound, "run %q: there is none", id)
	case err != nil:
		return nil, err
	}
	return run.Decode(doc)
}

// Update changes an open run; Conflict where it is closed.
func (s *Store) Update(ctx context.Context, id string, change func(*run.Run)) (*run.Run, error) {
	var r *run.Run
	err := s.change(ctx, "update run", func(tx *sql.Tx) (err error) {
		if r, err = get(tx.QueryRowContext(ctx, "SELECT doc FROM runs WHERE id = ?", id), id); err != nil {
			return err
		}
		if r.Status != run.Running {
			return fault.Errorf(fault.Conflict, "update run %q: it is closed (%s)", id, r.Status)
		}
		before := *r
		change(r)
		r.ID, r.Status = id, run.Running
		if r.Job == before.Job && r.DryRun == before.DryRun && r.By == before.By && r.Started.Equal(before.Started) {
			return putDoc(ctx, tx, r)
		}
		return put(ctx, tx, r)
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Close closes an open run, once; a closed one is returned as it is, with closed false.
func (s *Store) Close(ctx context.Context, id string, status run.Status, change func(*run.Run)) (r *run.Run, closed bool, err error) {
	if !status.Ends() {
		return nil, false, fault.Errorf(fault.Invalid, "close run %q: %q is no status that a run ends with", id, status)
	}
	err = s.change(ctx, "close run", func(tx *sql.Tx) (err error) {
		closed = false
		if r, err = get(tx.QueryRowContext(ctx, "SELECT doc FROM runs WHERE id = ?", id), id); err != nil || r.Status != run.Running {
			return err
		}
		r.Ended = time.Now()
		if change != nil {
			change(r)
		}
		r.ID, r.Status, closed = id, status, true
		return put(ctx, tx, r)
	})
	if err != nil {
		return nil, false, err
	}
	return r, closed, nil
}

// put stores a run that exists.
func put(ctx context.Context, tx *sql.Tx, r *run.Run) error {
	if err := putDoc(ctx, tx, r); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "UPDATE runs SET job = ?, status = ?, dry_run = ?, by_whom = ?, started = ? WHERE id = ?", r.Job, r.Status, r.DryRun, r.By, nanos(r.Started), r.ID)
	return err
}

// putDoc is put where nothing changed that List looks at, which is most of the time: no index has to be written.
func putDoc(ctx context.Context, tx *sql.Tx, r *run.Run) error {
	doc, err := run.Encode(r.Normal())
	if err != nil {
		return fault.Errorf(fault.Invalid, "store run %q: %w", r.ID, err)
	}
	_, err = tx.ExecContext(ctx, "UPDATE runs SET doc = ? WHERE id = ?", doc, r.ID)
	return err
}

// List returns runs, newest first, or oldest first.
func (s *Store) List(ctx context.Context, f run.Filter) ([]*run.Run, error) {
	var where []string
	var args []any
	and := func(condition string, values ...any) {
		where = append(where, condition)
		args = append(args, values...)
	}
	if f.Job != "" {
		and("job = ?", f.Job)
	}
	if f.Status != "" {
		and("status = ?", f.Status)
	}
	if f.DryRun != nil {
		and("dry_run = ?", *f.DryRun)
	}
	if f.By != "" {
		and("by_whom = ?", f.By)
	}
	if !f.Before.IsZero() {
		and("started < ?", nanos(f.Before))
	}
	if !f.Since.IsZero() {
		and("started >= ?", nanos(f.Since))
	}
	beyond, direction := "<", "DESC"
	if f.Oldest {
		beyond, direction = ">", "ASC"
	}
	if f.After != "" {
		last, err := s.Get(ctx, f.After)
		if err != nil {
			return nil, err
		}
		and("(started, id) "+beyond+" (?, ?)", nanos(last.Started), last.ID)
	}
	if len(where) == 0 {
		and("true")
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	var all []*run.Run
	err := s.again(ctx, "list runs", func() error {
		all = nil
		return each(ctx, s.db, func(scan func(...any) error) error {
			var doc string
			if err := scan(&doc); err != nil {
				return err
			}
			r, err := run.Decode(doc)
			all = append(all, r)
			return err
		}, "SELECT doc FROM runs WHERE "+strings.Join(where, " AND ")+" ORDER BY started "+direction+", id "+direction+" LIMIT ?", append(args, f.Limit)...)
	})
	return all, err
}

// LastSync returns the job's newest run that is no dry run, however many of those came after it.
func (s *Store) LastSync(ctx context.Context, job string) (*run.Run, int, error) {
	dry := false
	all, err := s.List(ctx, run.Filter{Job: job, DryRun: &dry, Limit: 1})
	if err != nil || len(all) == 0 {
		return nil, 0, err
	}
	return all[0], 0, nil
}

// Jobs returns the names of the jobs that have runs. It goes from name to name in the index, however many runs each has.
func (s *Store) Jobs(ctx context.Context) ([]string, error) {
	var all []string
	err := s.again(ctx, "list jobs", func() error {
		all = nil
		return each(ctx, s.db, func(scan func(...any) error) error {
			var name string
			err := scan(&name)
			all = append(all, name)
			return err
		}, `WITH RECURSIVE names(name) AS (
			SELECT min(job) FROM runs
			UNION ALL SELECT (SELECT min(job) FROM runs WHERE job > name) FROM names WHERE name IS NOT NULL
		) SELECT name FROM names WHERE name <> ''`)
	})
	return all, err
}

// Delete removes a closed run with its steps and log.
func (s *Store) Delete(ctx context.Context, id string) error {
	return s.change(ctx, "delete run", func(tx *sql.Tx) error {
		r, err := get(tx.QueryRowContext(ctx, "SELECT doc FROM runs WHERE id = ?", id), id)
		if err != nil {
			return err
		}
		if r.Status == run.Running {
			return fault.Errorf(fault.Conflict, "delete run %q: it is running", id)
		}
		_, err = tx.ExecContext(ctx, "DELETE FROM runs WHERE id = ?", id)
		return err
	})
}

// each calls f for each row of a query.
func each(ctx context.Context, db *sql.DB, f func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// nanos is for order only: documents hold the time itself.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}
