package cli_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// The trigger counts in one of some rows what was done, and in a sequence, which no rollback takes back, what was tried.
const pgTally = `
CREATE SEQUENCE tried;
CREATE TABLE tally (id integer PRIMARY KEY, n integer NOT NULL);
INSERT INTO tally SELECT i, 0 FROM generate_series(0, %[1]d - 1) i;
CREATE OR REPLACE FUNCTION tally() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_sleep(0.001), nextval('tried'); UPDATE tally SET n = n + 1 WHERE id = abs(hashtext(coalesce(new.name, old.name))) %% %[1]d; RETURN coalesce(new, old);
END $$;
CREATE TRIGGER tally AFTER INSERT OR UPDATE OR DELETE ON device FOR EACH ROW EXECUTE FUNCTION tally();
`

// tallied syncs with transactions that are in each other's way at so many rows of the tally: all changes are made, each once, though some were tried more than once.
func tallied(t *testing.T, rows int, setting string) *pgWorld {
	w := newPGWorld(t)
	w.fill()
	w.server.Exec(t, w.to, "ALTER DATABASE "+w.to+" SET "+setting+";"+fmt.Sprintf(pgTally, rows))
	code, out := w.plumb("sync", "job.yaml", "--yes")
	if code != 0 {
		t.Fatalf("%d\n%s", code, out)
	}
	w.law(code, 0)
	if n := w.ask(w.to, "SELECT sum(n) FROM tally"); n != "800" {
		t.Errorf("%s changes were made, want 800", n)
	}
	n, err := strconv.Atoi(w.ask(w.to, "SELECT last_value FROM tried"))
	if t.Logf("%d changes were tried", n); err != nil || n <= 800 {
		t.Errorf("no change was tried again: %v", err)
	}
	if code, out := w.plumb("plan", "job.yaml", "--exit-code"); code != 0 || !strings.Contains(out, "0 ") {
		t.Errorf("the next plan is not empty: %d\n%s", code, out)
	}
	return w
}

// TestPGDeadlocks: transactions that are at work at once lock the same rows of a trigger's table in any order, so that the server ends one of them again and again.
func TestPGDeadlocks(t *testing.T) {
	w := tallied(t, 5, "deadlock_timeout = '5ms'")
	w.server.Exec(t, w.to, "SELECT pg_stat_force_next_flush()")
	if n := w.ask(w.to, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"); n == "0" {
		t.Errorf("there was no deadlock")
	} else {
		t.Logf("%s deadlocks", n)
	}
}

// TestPGSerializations: the database's owner wants transactions as if one came after the other, so that the server ends one that changes a row which another has changed meanwhile. All change the same one: there is no deadlock.
func TestPGSerializations(t *testing.T) {
	tallied(t, 1, "default_transaction_isolation = 'serializable'")
}
