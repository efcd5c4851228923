package sql

import (
	"database/sql"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plumbline-sync/plumbline/adapters/sql/pgtest"
	"github.com/plumbline-sync/plumbline/adapters/sql/pgwire"
)

// started is the server of this package's tests, once one asked for it; TestMain ends it.
var started struct {
	sync.Once
	s   *pgtest.Server
	err error
}

// server returns the running server. Where PostgreSQL is not installed the test is skipped.
func server(t testing.TB) *pgtest.Server {
	t.Helper()
	started.Do(func() {
		started.s, started.err = pgtest.Start()
		started.err = errors.Join(started.err, os.Setenv(pgtest.PasswordVariable, pgtest.Password))
	})
	if errors.Is(started.err, pgtest.ErrMissing) {
		t.Skip(started.err)
	}
	if started.err != nil {
		t.Fatal(started.err)
	}
	return started.s
}

// beside opens a database of the server, past the adapter.
func beside(t testing.TB, name string) *sql.DB {
	t.Helper()
	config, err := pgconn.ParseConfig(server(t).URL(name))
	if err != nil {
		t.Fatal(err)
	}
	return sql.OpenDB(pgwire.New(config, time.Minute))
}

// newPG runs the statements in a new database and opens it, as newBench does.
func newPG(t *testing.T, side, statements, maps, models string) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir(), name: server(t).Database(t)}
	b.url = server(t).Reference(b.name)
	b.exec(statements)
	b.open(side, "", maps, models)
	return b
}
