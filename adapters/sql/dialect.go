package sql

import (
	"context"
	"database/sql"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// dialect is what one kind of database does differently from another. All else in this package is plain SQL:
// SELECT with LEFT JOIN and row values, INSERT .. RETURNING, UPDATE, DELETE, savepoints, identifiers quoted and values as parameters.
type dialect interface {
	// describe returns the configuration for people, the database's name first.
	describe() []adapter.Item
	// lockName returns the same name for every spelling of the database's address.
	lockName() string
	// open returns a pool of connections that only read, or a single one that writes. Where there is no database yet but a schema for one, reading sees what the schema makes.
	// NotFound: there is no database; Denied: it may not be read or written.
	open(ctx context.Context, write bool) (*sql.DB, error)
	// prepare makes the database where there is none; made says that it did.
	prepare(ctx context.Context) (made bool, err error)
	// standing returns what is to be said of the database beside its name, and for a target why it could not be written to.
	standing(target bool) (note string, err error)
	// changed returns a text that differs once the content of the database does; "": cannot be told.
	changed(ctx context.Context, q querier) (string, error)

	close() error

	// quote returns a name as an identifier.
	quote(name string) string
	// param returns the n-th parameter of a statement, from 1.
	param(n int) string
	// begin starts a transaction that writes, insert and update are the verbs of statements that a conflict ends without effect, whatever the table says.
	begin() string
	insert() string
	update() string
	// nullsLast reports whether null comes after every value where rows are ordered, else it comes before.
	nullsLast() bool
	// bare returns the expression of a column as it is stored, without the driver's ideas of its type.
	bare(column string) string
	// catalog reads what tables and columns there are.
	catalog(ctx context.Context, q querier) (*catalog, error)
	// result describes what a query yields, as a table without a name.
	result(ctx context.Context, q querier, query string) (*table, error)

	// read appends the canonical value of what the driver returned for the column; a nil column: as it comes. The error says what is wrong with it, for a finding.
	read(dst []byte, v any, c *column) ([]byte, error)
	// bind returns the driver's value that writes v into the column. The error says why the column cannot hold it.
	bind(v record.Value, c *column) (any, error)
	// stored returns what a load would yield after v was written into the column; it may ask the database. The error says why the column cannot hold it, or has a code.
	stored(ctx context.Context, q querier, v record.Value, c *column) (record.Value, error)
	// fault classifies what the driver returned.
	fault(err error) trouble
	// spoils reports whether a statement that is refused spoils the transaction, up to the last savepoint.
	spoils() bool
	// bulk returns a statement that carries out many changes of one kind to a table: it sets columns in rows told by key. Its parameters are what list makes for each of set and key;
	// a create yields the columns to return in the order of the lists, others also the row's number in them, from 1, and rows that are not there not at all. "": there is none.
	bulk(action adapter.Action, t *table, set, key, returned []*column) string
	// list returns the values of a column as one parameter of bulk.
	list(values []any) any
	// violated returns the constraint of the table that the trouble is about, as far as the database names it: of a check only the name, of a missing value only the column.
	violated(t trouble, in *table) *index
}

// querier is what runs statements: a pool, a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// kind is what a database refused a statement for.
type kind int

const (
	other    kind = iota
	stopped       // the context ended
	unique        // a unique or primary key is taken
	required      // null in a column that must have a value
	check         // a check constraint
	refers        // a foreign key, on either side
	mismatch      // the column cannot hold the type
	excludes      // an exclusion constraint
	trigger       // a trigger raised an error
	busy          // somebody else holds the lock, or gets in the way; nothing was done
	full          // no room left; nothing was done
	denied        // not allowed to
	broken        // not a database, or a damaged one
	missing       // there is no such database
	ioError       // reading or writing the medium went wrong
	lost          // the connection is gone, or there never was one
)

// trouble is a classified error of a driver.
type trouble struct {
	kind       kind
	text       string // the database's words, without decoration, or ours where they say more
	constraint string // the name of what was violated, where the database tells it apart
	column     string // the same of a column
}

// fold is how names of tables and columns are compared.
func fold(name string) string { return strings.ToLower(name) }
