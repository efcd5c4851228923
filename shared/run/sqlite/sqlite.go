// Package sqlite keeps the records of runs in a SQLite file.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"time"

	driver "modernc.org/sqlite" // it registers itself as "sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

var _ run.Store = (*Store)(nil)

// Store is a run.Store in a SQLite file. Several processes may use one file at once: who comes second waits for up to ten seconds, then gets Unavailable.
// It keeps times to the nanosecond and gives them back in UTC. It has one connection, so the functions passed to Update and Close must not call the store.
type Store struct {
	file string
	db   *sql.DB
}

// Open opens the file as a store, and makes it and its folder where they do not exist. A file that is something else, that is damaged, or that a newer Plumbline wrote is Invalid.
func Open(file string) (*Store, error) {
	abs, err := filepath.Abs(file)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(abs), 0o755)
	}
	if err != nil {
		return nil, fault.Errorf(fault.Unavailable, "open runs in %q: %w", file, err)
	}
	path := filepath.ToSlash(abs)
	if path[0] != '/' { // a drive letter
		path = "/" + path
	}
	dsn := url.URL{Scheme: "file", Path: path, RawQuery: "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)&_txlock=immediate"}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, fault.Errorf(fault.Internal, "open runs in %q: %w", file, err)
	}
	db.SetMaxOpenConns(1)
	s := &Store{file, db}
	if err := s.prepare(context.Background()); err != nil {
		_ = db.Close()
		return nil, err
	}
	return s, nil
}

// Shutdown closes the file; no call may follow.
func (s *Store) Shutdown() error { return s.wrap("close", s.db.Close()) }

// change runs f in a transaction that writes. When another process is in the way at a moment where SQLite does not wait by itself, it is run again: f must not keep anything from the time before.
func (s *Store) change(ctx context.Context, what string, f func(tx *sql.Tx) error) error {
	return s.again(ctx, what, func() error {
		tx, err := s.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback() // after Commit it does nothing
		if err := f(tx); err != nil {
			return err
		}
		return tx.Commit()
	})
}

// exec runs one statement, which is a transaction by itself, and returns how many rows it changed.
func (s *Store) exec(ctx context.Context, what, statement string, args ...any) (rows int64, err error) {
	err = s.again(ctx, what, func() error {
		done, err := s.db.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		rows, err = done.RowsAffected()
		return err
	})
	return rows, err
}

// again runs f until no other process is in the way, and gives its error a code.
func (s *Store) again(ctx context.Context, what string, f func() error) error {
	var err error
	for wait := 5 * time.Millisecond; wait < 3*time.Second; wait *= 2 {
		if err = f(); !isBusy(err) {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err() // the driver says only that it was interrupted
	}
	return s.wrap(what, err)
}

func isBusy(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && (e.Code()&0xff == codes.SQLITE_BUSY || e.Code()&0xff == codes.SQLITE_LOCKED)
}

// wrap says what was done with which file, and gives the code. An error that has one stays as it is.
func (s *Store) wrap(what string, err error) error {
	var coded *fault.Error
	var e *driver.Error
	switch {
	case err == nil || errors.As(err, &coded) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return err
	case !errors.As(err, &e):
		return fault.Errorf(fault.Internal, "%s in %q: %w", what, s.file, err)
	}
	code := e.Code() & 0xff
	if e.Code() == codes.SQLITE_IOERR_SHMSIZE { // no room for the file beside the database that processes share
		code = codes.SQLITE_FULL
	}
	switch code {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return fault.Errorf(fault.Unavailable, "%s in %q: another process has held the file for more than ten seconds: %w", what, s.file, err)
	case codes.SQLITE_FULL:
		return fault.Errorf(fault.Unavailable, "%s in %q: the disk is full: free some space there, then do it again: %w", what, s.file, err)
	case codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_AUTH:
		return fault.Errorf(fault.Denied, "%s in %q: %w", what, s.file, err)
	case codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB:
		return fault.Errorf(fault.Invalid, "%s in %q: the file is damaged or no database of Plumbline; move it away and a new one is made (the runs in it are lost, no target is): %w", what, s.file, err)
	case codes.SQLITE_IOERR, codes.SQLITE_CANTOPEN:
		return fault.Errorf(fault.Unavailable, "%s in %q: %w", what, s.file, err)
	}
	return fault.Errorf(fault.Internal, "%s in %q: %w", what, s.file, err)
}
