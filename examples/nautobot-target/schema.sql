CREATE TABLE location_type (name TEXT PRIMARY KEY, up TEXT REFERENCES location_type, content_types JSON);
CREATE TABLE location (name TEXT PRIMARY KEY, up TEXT REFERENCES location, location_type TEXT NOT NULL REFERENCES location_type, status TEXT NOT NULL, description TEXT);
CREATE TABLE tenant (name TEXT PRIMARY KEY, description TEXT);
CREATE TABLE role (name TEXT PRIMARY KEY, content_types JSON);
CREATE TABLE manufacturer (name TEXT PRIMARY KEY);
CREATE TABLE device_type (manufacturer TEXT NOT NULL REFERENCES manufacturer, model TEXT NOT NULL, u_height INTEGER, PRIMARY KEY (manufacturer, model));
CREATE TABLE vlan (vid INTEGER NOT NULL, name TEXT NOT NULL, status TEXT, tenant TEXT REFERENCES tenant, PRIMARY KEY (vid, name));
CREATE TABLE prefix (prefix TEXT NOT NULL, namespace TEXT NOT NULL, type TEXT, status TEXT, tenant TEXT REFERENCES tenant, description TEXT, PRIMARY KEY (prefix, namespace));
CREATE TABLE ip_address (address TEXT PRIMARY KEY, status TEXT, dns_name TEXT);
CREATE TABLE device (name TEXT PRIMARY KEY, location TEXT NOT NULL REFERENCES location, manufacturer TEXT, model TEXT, role TEXT REFERENCES role, status TEXT, serial TEXT,
  tenant TEXT REFERENCES tenant, primary_ip4 TEXT REFERENCES ip_address, FOREIGN KEY (manufacturer, model) REFERENCES device_type);
CREATE TABLE interface (device TEXT NOT NULL REFERENCES device, name TEXT NOT NULL, type TEXT, enabled BOOLEAN, status TEXT, description TEXT, PRIMARY KEY (device, name));
CREATE TABLE assignment (ip_address TEXT NOT NULL REFERENCES ip_address, device TEXT NOT NULL, interface TEXT NOT NULL, PRIMARY KEY (ip_address, device, interface));
