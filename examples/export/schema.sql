-- The registry of MAC vendors, by the size of the block that an organization has. Run by hand: psql -d vendors -f schema.sql
CREATE TYPE registry AS ENUM ('MA-L', 'MA-M', 'MA-S');

CREATE TABLE blocks (
	assignment varchar(9) PRIMARY KEY CHECK (assignment ~ '^[0-9A-F]{6,9}$'),
	registry   registry NOT NULL,
	name       text NOT NULL,
	address    text
);
