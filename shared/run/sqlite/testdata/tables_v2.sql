CREATE TABLE baselines (
	key TEXT PRIMARY KEY,
	doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE locks (
	name TEXT PRIMARY KEY,
	run  TEXT NOT NULL,
	doc  TEXT NOT NULL
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
CREATE INDEX runs_job     ON runs (job, started, id);
CREATE INDEX runs_kind    ON runs (job, dry_run, started, id);
CREATE INDEX runs_started ON runs (started, id);
CREATE INDEX runs_status  ON runs (status, started, id);
CREATE TABLE steps (
	run  TEXT NOT NULL REFERENCES runs ON DELETE CASCADE,
	name TEXT NOT NULL,
	doc  TEXT NOT NULL,
	PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;
