package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// application marks a SQLite file as ours ("Plmb").
const application = 0x506c6d62

// upgrades returns what brings the tables from each version to the next; the first makes them. A version that was released is never changed.
func upgrades() []string {
	return []string{`
CREATE TABLE runs (
	id          TEXT PRIMARY KEY,
	job         TEXT NOT NULL,
	status      TEXT NOT NULL,
	dry_run     INTEGER NOT NULL,
	by_whom     TEXT NOT NULL,
	started     INTEGER NOT NULL, -- nanoseconds since 1970
	doc         TEXT NOT NULL,    -- the whole run as JSON
	log_kept    INTEGER NOT NULL DEFAULT 0,
	log_dropped INTEGER NOT NULL DEFAULT 0,
	log_last    TEXT NOT NULL DEFAULT '' -- time of the last line that was dropped
) STRICT;
CREATE INDEX runs_started ON runs (started, id);
CREATE INDEX runs_job     ON runs (job, started, id);
CREATE INDEX runs_status  ON runs (status, started, id);
CREATE TABLE steps (
	run  TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
	name TEXT NOT NULL,
	doc  TEXT NOT NULL,
	PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE log (
	run     TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
	n       INTEGER NOT NULL, -- from 0
	time    TEXT NOT NULL,
	level   TEXT NOT NULL,
	step    TEXT NOT NULL,
	message TEXT NOT NULL,
	attrs   TEXT NOT NULL,
	PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE baselines (
	key TEXT PRIMARY KEY,
	doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE locks (
	name TEXT PRIMARY KEY,
	run  TEXT NOT NULL,
	doc  TEXT NOT NULL
) STRICT, WITHOUT ROWID;`, `
CREATE INDEX runs_kind    ON runs (job, dry_run, started, id);`}
}

// prepare checks that the file is ours and of a version that we know, and brings an older one up to date. Nothing is written to a file that is current.
func (s *Store) prepare(ctx context.Context) error {
	all := upgrades()
	var version int
	err := s.again(ctx, "open runs", func() (err error) {
		version, err = s.version(ctx, s.db)
		return err
	})
	if err != nil || version == len(all) {
		return err
	}
	return s.change(ctx, "make tables", func(tx *sql.Tx) error {
		version, err := s.version(ctx, tx) // another process may have been faster
		if err != nil || version == len(all) {
			return err
		}
		for _, statements := range all[version:] {
			if _, err := tx.ExecContext(ctx, statements); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", application, len(all)))
		return err
	})
}

// querier is a database or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// version returns the version of the tables; 0 for an empty file.
func (s *Store) version(ctx context.Context, q querier) (int, error) {
	var version, app, tables int
	row := q.QueryRowContext(ctx, "SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_user_version, pragma_application_id")
	if err := row.Scan(&version, &app, &tables); err != nil {
		return 0, err
	}
	switch newest := len(upgrades()); {
	case app == 0 && version == 0 && tables == 0:
		return 0, nil
	case app != application || version < 1:
		return 0, fault.Errorf(fault.Invalid, "open runs in %q: the file is a database of something else; name another state folder", s.file)
	case version > newest:
		return 0, fault.Errorf(fault.Invalid, "open runs in %q: a newer Plumbline wrote it (version %d of its tables, this one knows up to %d); use that one, or another state folder", s.file, version, newest)
	}
	return version, nil
}
