CREATE TABLE sites (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, region TEXT);
CREATE TABLE devices (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, serial_number TEXT, status TEXT,
  site_id INTEGER NOT NULL REFERENCES sites (id)
);
CREATE TABLE interfaces (
  id INTEGER PRIMARY KEY, device_id INTEGER NOT NULL REFERENCES devices (id),
  name TEXT NOT NULL, mtu INTEGER, description TEXT, UNIQUE (device_id, name)
);
INSERT INTO sites VALUES (1, 'ams01', 'EMEA'), (2, 'ber01', 'DACH'), (3, 'lab', NULL);
INSERT INTO devices VALUES
  (1, 'ams01-leaf-01', 'FDO2317A0B9', 'active', 1),
  (2, 'ams01-leaf-02', 'FDO0000OLD1', 'offline', 1),
  (3, 'ber01-leaf-09', 'FDO2109K7Z0', 'active', 2),
  (4, 'lab-switch', NULL, 'active', 3);
INSERT INTO interfaces VALUES
  (1, 1, 'Ethernet1', 9214, 'to spine 1'), (2, 1, 'Ethernet2', 1500, 'to spine 2'),
  (3, 2, 'Ethernet1', 9214, NULL), (4, 3, 'Ethernet1', 1500, 'uplink'), (5, 4, 'Ethernet1', 1500, NULL);
