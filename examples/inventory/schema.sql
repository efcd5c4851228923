-- A small asset database. Sync runs this once, when the file does not exist yet.
CREATE TABLE sites (
	id          INTEGER PRIMARY KEY,
	name        TEXT NOT NULL UNIQUE,
	description TEXT,
	region      TEXT NOT NULL CHECK (region IN ('emea', 'amer', 'apac')),
	status      TEXT NOT NULL,
	time_zone   TEXT NOT NULL,
	latitude    REAL,
	longitude   REAL
);

CREATE TABLE racks (
	id      INTEGER PRIMARY KEY,
	name    TEXT NOT NULL UNIQUE,
	site_id INTEGER NOT NULL REFERENCES sites,
	role    TEXT NOT NULL,
	status  TEXT NOT NULL,
	units   INTEGER NOT NULL,
	note    TEXT
);

CREATE TABLE devices (
	id            INTEGER PRIMARY KEY,
	name          TEXT NOT NULL UNIQUE,
	site_id       INTEGER NOT NULL REFERENCES sites,
	rack_id       INTEGER REFERENCES racks,
	position      INTEGER,
	role          TEXT NOT NULL,
	model         TEXT NOT NULL,
	serial_number TEXT UNIQUE,
	asset_tag     TEXT UNIQUE,
	status        TEXT NOT NULL CHECK (status IN ('active', 'offline', 'staged', 'planned')),
	tags          JSON NOT NULL
);

CREATE TABLE interfaces (
	id          INTEGER PRIMARY KEY,
	device_id   INTEGER NOT NULL REFERENCES devices,
	name        TEXT NOT NULL,
	type        TEXT NOT NULL,
	enabled     BOOLEAN NOT NULL,
	mtu         INTEGER,
	mac         TEXT UNIQUE,
	description TEXT,
	UNIQUE (device_id, name)
);

CREATE TABLE prefixes (
	id          INTEGER PRIMARY KEY,
	prefix      TEXT NOT NULL UNIQUE,
	site_id     INTEGER REFERENCES sites, -- null: it belongs to no site
	role        TEXT NOT NULL,
	status      TEXT NOT NULL,
	vlan        INTEGER CHECK (vlan BETWEEN 1 AND 4094),
	description TEXT
);
