package sql

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/adapters/sql/pgtest"
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

// pgOpen opens an address, and says how that ended, without what differs from run to run.
func pgOpen(t *testing.T, url string, more func(*Config)) string {
	t.Helper()
	c := &Config{URL: secret.Clear(url)}
	if more != nil {
		more(c)
	}
	if errs := c.Validate(); errs != nil {
		t.Fatal(errs)
	}
	src, err := open(t.Context(), adapter.Setup{Config: c, Dir: t.TempDir(), Side: "source", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return coding(err)
	}
	defer src.(adapter.Closer).Close()
	_, err = src.(adapter.Pinger).Ping(t.Context(), nil)
	said := coding(err)
	for _, leak := range []string{pgtest.Password, "p%40ss", "hush", "://"} {
		if strings.Contains(said, leak) {
			t.Errorf("%s: %q is in %s", url, leak, said)
		}
	}
	return strings.NewReplacer(server(t).Address, "SERVER").Replace(said)
}

// Who does not get in is told why, and never what the password was.
func TestPGOpen(t *testing.T) {
	s := server(t)
	s.Exec(t, "postgres", "CREATE ROLE locked NOLOGIN PASSWORD 'hush'")
	s.Exec(t, "postgres", "CREATE DATABASE closed ALLOW_CONNECTIONS false")
	here := s.URL("postgres")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	_ = l.Close()
	other := filepath.Join(t.TempDir(), "other.pem")
	if err := os.WriteFile(other, []byte(strangeCA), 0o600); err != nil {
		t.Fatal(err)
	}
	tls := func(mode string) string { return strings.Replace(here, "sslmode=disable", "sslmode="+mode, 1) }
	ca := func(file string) func(*Config) { return func(c *Config) { c.CAFile = file } }
	byName := strings.NewReplacer("127.0.0.1", "localhost")
	var out strings.Builder
	for _, c := range []struct {
		reason, url string
		more        func(*Config)
	}{
		{"plain text", here, nil},
		{"the other scheme", strings.Replace(here, "postgres:", "postgresql:", 1), nil},
		{"the password as it is", "postgres://" + pgtest.User + ":" + pgtest.Password + "@" + s.Address + "/postgres", nil},
		{"TLS where there is some", tls("prefer"), nil},
		{"TLS with whomsoever", tls("require"), nil},
		{"a certificate of nobody we know", tls("verify-full"), nil},
		{"the right certificate", tls("verify-full"), ca(s.CA)},
		{"the right certificate, whatever the name", byName.Replace(tls("verify-ca")), ca(s.CA)},
		{"the certificate of another name", byName.Replace(tls("verify-full")), ca(s.CA)},
		{"verify-full unless the URL says otherwise", strings.TrimSuffix(here, "?sslmode=disable"), ca(s.CA)},
		{"the wrong certificate", tls("verify-full"), ca(other)},
		{"the wrong certificate, whatever the name", tls("verify-ca"), ca(other)},
		{"a file without certificates", tls("verify-full"), ca(os.Args[0])},
		{"no file", tls("verify-full"), ca("gone.pem")},
		{"a wrong password", "postgres://" + pgtest.User + ":hush@" + s.Address + "/postgres", nil},
		{"an unknown user", "postgres://who:hush@" + s.Address + "/postgres", nil},
		{"a user who may not log in", "postgres://locked:hush@" + s.Address + "/postgres", nil},
		{"an unknown database", s.URL("nothing"), nil},
		{"a closed database", s.URL("closed"), nil},
		{"nobody there", "postgres://u:hush@" + nobody + "/db", nil},
		{"no such host", "postgres://u:hush@no.such.host.invalid/db", nil},
		{"an unknown schema is only missed when a table is", here + "&search_path=nowhere", nil},
	} {
		got := strings.NewReplacer(nobody, "NOBODY", os.Args[0], "FILE", byName.Replace(s.Address), "SERVER").Replace(pgOpen(t, c.url, c.more))
		fmt.Fprintf(&out, "# %s\n%s\n", c.reason, strings.Split(got, " on ")[0])
	}
	golden(t, "pgopen.txt", out.String())
}

// A server without TLS, and one that never answers.
func TestPGSilent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { // refuses TLS, and ends
				buf := make([]byte, 8)
				_, _ = c.Read(buf)
				_, _ = c.Write([]byte("N"))
				_ = c.Close()
			}()
		}
	}()
	got := pgOpen(t, "postgres://u:hush@"+l.Addr().String()+"/db?sslmode=require", nil)
	equal(t, "no TLS", strings.ReplaceAll(got, l.Addr().String(), "NOBODY"), `invalid: open database "NOBODY/db": the server speaks no TLS, which sslmode require asks for`)
}

const pgThings = `CREATE TABLE things (id serial PRIMARY KEY, name text UNIQUE, v integer); INSERT INTO things (name, v) VALUES ('a', 1), ('b', 1);
CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(NEW.v / 1000.0); RETURN NEW; END $$;
CREATE TRIGGER slow BEFORE INSERT OR UPDATE ON things FOR EACH ROW EXECUTE FUNCTION slow();`

const pgThing = `thing: {identifiers: [name], attributes: [v]}`

// both updates two rows: the first takes a while.
func both(b *bench) []*adapter.Change {
	return []*adapter.Change{b.change(adapter.Update, "thing", []any{"a"}, set("v", 500)), b.change(adapter.Update, "thing", []any{"b"}, set("v", 0))}
}

// tx begins a transaction beside the adapter.
func (b *bench) tx(statements ...string) *sql.Tx {
	b.t.Helper()
	db := beside(b.t, b.name)
	b.t.Cleanup(func() { _ = db.Close() })
	tx, err := db.Begin()
	if err != nil {
		b.t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := tx.Exec(s); err != nil {
			b.t.Fatal(err)
		}
	}
	return tx
}

// Who loses a deadlock is told so, wrote nothing, and may try again.
func TestPGDeadlock(t *testing.T) {
	b := newPG(t, "target", pgThings, "", pgThing)
	tx := b.tx("SET deadlock_timeout = '10s'", "UPDATE things SET v = 2 WHERE name = 'b'")
	cs := both(b)
	done := make(chan string)
	go func() { done <- b.apply(cs...) }()
	time.Sleep(200 * time.Millisecond) // ours has the first row, and sleeps
	if _, err := tx.Exec("UPDATE things SET v = 2 WHERE name = 'a'"); err != nil {
		t.Fatal(err)
	}
	equal(t, "deadlock", anyServer(t, <-done), `BATCH unavailable: write to database "SERVER/DB": deadlock detected`)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	equal(t, "nothing of ours", b.rows("SELECT v FROM things ORDER BY id"), "2\n2")
	equal(t, "again", b.apply(cs...), "thing a: done {}\nthing b: done {}")
}

// anyServer takes out of a message what differs from run to run.
func anyServer(t *testing.T, s string) string {
	t.Helper()
	at := strings.Index(s, server(t).Address+"/")
	if at < 0 {
		return s
	}
	rest := s[at:]
	return s[:at] + "SERVER/DB" + rest[strings.IndexByte(rest, '"'):]
}

// Whoever owns the database may want another isolation: then a change of somebody else's in between is a failure that the next try does not have.
func TestPGSerialization(t *testing.T) {
	b := newPG(t, "target", pgThings, "", pgThing)
	b.exec("ALTER DATABASE " + b.name + " SET default_transaction_isolation = 'serializable'")
	tx := b.tx("UPDATE things SET v = 2 WHERE name = 'a'")
	cs := both(b)
	done := make(chan string)
	go func() { done <- b.apply(cs...) }()
	time.Sleep(200 * time.Millisecond)
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	equal(t, "in between", anyServer(t, <-done), `BATCH unavailable: write to database "SERVER/DB": could not serialize access due to concurrent update`)
	equal(t, "again", b.apply(cs...), "thing a: done {}\nthing b: done {}")
}

// A statement that takes too long, and one that waits too long for somebody's lock, did nothing.
func TestPGTimeout(t *testing.T) {
	b := newPG(t, "target", pgThings+"CREATE VIEW sleepy AS SELECT 1 AS id, pg_sleep(10)::text AS name;", "", pgThing)
	b.open("target", "  statement_timeout: 150ms", "", pgThing)
	equal(t, "slow", anyServer(t, b.apply(both(b)...)), `BATCH unavailable: write to database "SERVER/DB": a statement took longer than statement_timeout (150ms)`)
	equal(t, "nothing", b.rows("SELECT v FROM things ORDER BY id"), "1\n1")
	b.open("source", "  statement_timeout: 150ms", "thing: {table: sleepy}", "thing: {identifiers: [name]}")
	equal(t, "load", anyServer(t, b.load()), `ERROR load model "thing": read database "SERVER/DB": a statement took longer than statement_timeout (150ms)`)

	b.open("target", "", "", pgThing)
	cs := []*adapter.Change{b.change(adapter.Update, "thing", []any{"a"}, set("v", 3))}
	if _, _, err := b.writing(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.write.Exec("SET lock_timeout = 50"); err != nil {
		t.Fatal(err)
	}
	tx := b.tx("UPDATE things SET v = 2 WHERE name = 'a'")
	equal(t, "locked", anyServer(t, b.apply(cs...)), `BATCH unavailable: write to database "SERVER/DB": canceling statement due to lock timeout`)
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	equal(t, "then", b.apply(cs...), "thing a: done {}")
}

const pgKill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'plumbline' AND datname = current_database()"

// A server that goes away in the middle ends a load, never as if it were at its end; the next command has a new connection.
func TestPGGone(t *testing.T) {
	b := newPG(t, "source", "CREATE TABLE things (id serial PRIMARY KEY, name text, v text); INSERT INTO things (name, v) SELECT 'n' || n, repeat('x', 1000) FROM generate_series(1, 20000) n", "", pgThing)
	n := 0
	var err error
	for _, err = range b.Load(t.Context(), adapter.Request{Models: b.models}) {
		if n++; n == 100 {
			b.exec(pgKill)
		}
	}
	if n < 100 || n >= 20000 || !fault.Is(err, fault.Unavailable) {
		t.Errorf("after %d records: %s", n, coding(err))
	}
	if got := strings.Count(b.load(), "\n"); got != 20000 {
		t.Errorf("again: %d records", got)
	}
}

// A connection that is lost before the end wrote nothing; one that is lost while the transaction is committed leaves it open whether it did.
func TestPGLost(t *testing.T) {
	b := newPG(t, "target", `CREATE TABLE things (id serial PRIMARY KEY, name text UNIQUE, v integer);
CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.v = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$;
CREATE TRIGGER early BEFORE INSERT ON things FOR EACH ROW WHEN (NEW.name = 'early') EXECUTE FUNCTION die();
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON things DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.name = 'late') EXECUTE FUNCTION die();`, "", pgThing)
	create := func(name string, v int) *adapter.Change {
		return b.change(adapter.Create, "thing", []any{name}, set("name", name, "v", v))
	}
	equal(t, "early", anyServer(t, b.apply(create("a", 0), create("early", 1))), `BATCH unavailable: write to database "SERVER/DB": the server is stopping, starting, or ended the connection (terminating connection due to administrator command); once it is up, do it again`)
	equal(t, "late", anyServer(t, b.apply(create("b", 0), create("late", 1))), `BATCH unknown_outcome: write to database "SERVER/DB": the server is stopping, starting, or ended the connection (terminating connection due to administrator command); once it is up, do it again`)
	equal(t, "the next has a new connection", b.apply(create("c", 0)), "thing c: done {id=5}")
	b.exec(pgKill)
	got := b.apply(create("d", 0)) // an idle connection was cut: nothing was done, or a new one was made
	if strings.Contains(got, "unavailable") {
		got = b.apply(create("d", 0))
	}
	if !strings.Contains(got, "done") {
		t.Error(got)
	}
	equal(t, "rows", b.rows("SELECT name FROM things ORDER BY id"), "\"c\"\n\"d\"")
}

// A person who stops the run ends the wait, and nothing is written.
func TestPGStopped(t *testing.T) {
	b := newPG(t, "source", "CREATE VIEW sleepy AS SELECT 1 AS id, pg_sleep(20)::text AS name", "thing: {table: sleepy}", "thing: {identifiers: [name]}")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begun := time.Now()
	for _, err := range b.Load(ctx, adapter.Request{Models: b.models}) {
		if !fault.Is(err, fault.TimedOut) {
			t.Error(coding(err))
		}
	}
	if time.Since(begun) > 10*time.Second {
		t.Error("it waited for the statement")
	}
}
