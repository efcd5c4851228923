package cli_test

import (
	"strings"
	"testing"
)

const pgTally = `
CREATE TABLE tally (id integer PRIMARY KEY, n integer NOT NULL);
INSERT INTO tally SELECT i, 0 FROM generate_series(0, 4) i;
CREATE OR REPLACE FUNCTION tally() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_sleep(0.001); UPDATE tally SET n = n + 1 WHERE id = abs(hashtext(coalesce(new.name, old.name))) % 5; RETURN coalesce(new, old);
END $$;
CREATE TRIGGER tally AFTER INSERT OR UPDATE OR DELETE ON device FOR EACH ROW EXECUTE FUNCTION tally();
`

// TestPGDeadlocks: transactions that are at work at once lock the same rows of a trigger's table in any order, so that the server ends one of them again and again. All changes are made, each once.
func TestPGDeadlocks(t *testing.T) {
	w := newPGWorld(t)
	w.fill()
	w.server.Exec(t, w.to, "ALTER DATABASE "+w.to+" SET deadlock_timeout = '5ms'"+";"+pgTally)
	code, out := w.plumb("sync", "job.yaml", "--yes")
	if code != 0 {
		t.Fatalf("%d\n%s", code, out)
	}
	if n := w.ask(w.to, "SELECT sum(n) FROM tally"); n != "800" {
		t.Errorf("%s changes were made, want 800", n)
	}
	w.server.Exec(t, w.to, "SELECT pg_stat_force_next_flush()")
	if n := w.ask(w.to, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"); n == "0" {
		t.Errorf("there was no deadlock")
	} else {
		t.Logf("%s deadlocks", n)
	}
	if code, out := w.plumb("plan", "job.yaml", "--exit-code"); code != 0 || !strings.Contains(out, "0 ") {
		t.Errorf("the next plan is not empty: %d\n%s", code, out)
	}
}
