package run

// SQLite is a Store in a SQLite file. Several processes may use one file at once.
type SQLite struct {
	Store
}

// OpenSQLite opens the file as a store, and makes it where it does not exist. A file that a newer Plumbline wrote is Invalid.
func OpenSQLite(file string) (*SQLite, error) { panic("not yet") }
