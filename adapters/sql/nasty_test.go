package sql

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// A kind that contains itself, its parent in the same table; identifiers of two levels.
func TestSelfReference(t *testing.T) {
	b := newBench(t, "target", `CREATE TABLE locations (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, parent_id INTEGER REFERENCES locations ON DELETE CASCADE);`,
		`location: {fields: {parent: {column: parent_id, key_of: location}}}`, `location: {identifiers: [name], parent: {location: {name: parent}}}`)
	create := func(name string, parent any) *adapter.Change {
		return b.change(adapter.Create, "location", []any{name}, set("name", name, "parent_id", parent))
	}
	equal(t, "create", b.apply(create("earth", nil))+b.apply(create("europe", "earth"))+b.apply(create("berlin", "europe")), "location earth: done {id=1}\nlocation europe: done {id=2}\nlocation berlin: done {id=3}")
	equal(t, "load", b.load(), `
location {name="earth" parent_id=null} local {id=1} at locations:1
location {name="europe" parent_id="earth"} local {id=2} at locations:2
location {name="berlin" parent_id="europe"} local {id=3} at locations:3
`)
	// The plan deletes from below; a row that it does not know is not taken along.
	equal(t, "delete", b.apply(b.change(adapter.Delete, "location", []any{"europe"}, nil)), `location europe: conflict: it would delete 1 row of table "locations" with it, which the plan does not (locations.parent_id ON DELETE CASCADE)`)
	if ok, err := b.Cascades(context.Background(), b.models[0], b.models[0]); !ok || err != nil {
		t.Error(ok, err)
	}
	b.models[0].Flags |= record.SkipChildrenOnDelete
	equal(t, "delete with what is below", b.apply(b.change(adapter.Delete, "location", []any{"europe"}, nil)), `location europe: done {}`)
	equal(t, "left", b.rows("SELECT name FROM locations"), `"earth"`)
}

// Nothing in a name or a value is ever read as SQL.
func TestInjection(t *testing.T) {
	evil := `x"); DROP TABLE safe; --`
	table, col := `t"; DROP TABLE safe; --`, `c"] ' ; --`
	d := &lite{}
	b := newBench(t, "target", fmt.Sprintf("CREATE TABLE safe (x); CREATE TABLE %s (id INTEGER PRIMARY KEY, %s TEXT UNIQUE, %s TEXT CHECK (%[3]s <> 'no')); ", d.quote(table), d.quote(col), d.quote("select")),
		fmt.Sprintf("thing: {table: %q, fields: {name: {column: %q}, v: {column: select}}}", table, col), `thing: {identifiers: [name], attributes: [v]}`)
	create := func(v any) *adapter.Change {
		return b.change(adapter.Create, "thing", []any{evil}, set(col, evil, "select", v))
	}
	equal(t, "create", b.apply(create(evil)), "thing "+evil+": done {id=1}")
	equal(t, "again", b.apply(create(evil)), "thing "+evil+`: conflict: thing `+evil+` is there already (unique `+table+`.`+col+`)`)
	equal(t, "check", b.apply(create("no")), "thing "+evil+`: invalid: the target refuses select "no" (check select on table "t\"; DROP TABLE safe; --")`)
	equal(t, "update", b.apply(b.change(adapter.Update, "thing", []any{evil}, set("select", "'; DELETE FROM safe"))), "thing "+evil+": done {}")
	equal(t, "load", b.load(), `thing {c"] ' ; --="x\"); DROP TABLE safe; --" select="'; DELETE FROM safe"} local {id=1} at `+table+`:1`)
	equal(t, "delete", b.apply(b.change(adapter.Delete, "thing", []any{evil}, nil)), "thing "+evil+": done {}")
	equal(t, "safe", b.rows("SELECT count(*) FROM safe"), "0")
}

// What ends the transaction is an error for the batch, and nothing of it is written; not a word is written outside it.
func TestWholeBatchRefused(t *testing.T) {
	b := newBench(t, "target", `
CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE ON CONFLICT REPLACE, up INTEGER REFERENCES things DEFERRABLE INITIALLY DEFERRED, n INTEGER NOT NULL ON CONFLICT IGNORE);
CREATE TRIGGER undo BEFORE INSERT ON things WHEN NEW.n = 13 BEGIN SELECT RAISE(ROLLBACK, 'thirteen'); END;
INSERT INTO things VALUES (1, 'old', NULL, 1);
`, "thing: {}", `thing: {identifiers: [name], attributes: [n, up]}`)
	create := func(name string, n, up any) *adapter.Change {
		return b.change(adapter.Create, "thing", []any{name}, set("name", name, "n", n, "up", up))
	}
	equal(t, "a trigger that rolls back", b.apply(create("a", 1, nil), create("b", 13, nil), create("c", 3, nil)), `BATCH conflict: a trigger of table "things" refuses it: thirteen`)
	equal(t, "a deferred foreign key", b.apply(create("a", 1, nil), create("b", 2, 99)), `BATCH conflict: up 99 is no row of table "things" (foreign key things.up to things.id)`)
	equal(t, "the table's own answer to conflicts is overruled", b.apply(create("a", 1, nil), create("old", 2, nil), create("c", nil, nil)), `
thing a: done {id=2}
thing old: conflict: thing old is there already (unique things.name)
thing c: invalid: column "n" of table "things" must have a value (NOT NULL)
`)
	equal(t, "rows", b.rows("SELECT * FROM things"), `
1|"old"|<nil>|1
2|"a"|<nil>|1
`)
}

// A table without a primary key: SQLite's row numbers change when it is vacuumed. The row is found by its identifiers then, and no other one is hit.
func TestRowNumbers(t *testing.T) {
	b := newBench(t, "target", `CREATE TABLE loose (name TEXT, v TEXT); INSERT INTO loose VALUES ('a', '1'), ('b', '2'), ('c', '3'); DELETE FROM loose WHERE name = 'a';`, "", `loose: {identifiers: [name], attributes: [v]}`)
	upd := b.change(adapter.Update, "loose", []any{"b"}, set("v", "new"))
	equal(t, "local", fields(upd.Local), "{rowid=2}")
	b.exec("VACUUM")
	equal(t, "numbers", b.rows("SELECT rowid, name FROM loose"), "1|\"b\"\n2|\"c\"")
	equal(t, "update", b.apply(upd), "loose b: done {}")
	equal(t, "rows", b.rows("SELECT v FROM loose"), "\"new\"\n\"3\"")
	del := b.change(adapter.Delete, "loose", []any{"c"}, nil)
	b.exec("DELETE FROM loose WHERE name = 'b'; UPDATE loose SET name = 'd' WHERE name = 'c'")
	equal(t, "its number is another's", b.apply(del), `loose c: not_found: table "loose" has no row of loose c any more`)
	equal(t, "the other", b.rows("SELECT name FROM loose"), "\"d\"")
}

// New local values after a key that others refer to has changed; keys of several columns; without row numbers.
func TestKeys(t *testing.T) {
	b := newBench(t, "target", `
CREATE TABLE pairs (a TEXT, b INTEGER, code TEXT UNIQUE, v TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE users (name TEXT PRIMARY KEY, code TEXT REFERENCES pairs(code) ON UPDATE CASCADE, a TEXT, b INTEGER, FOREIGN KEY (a, b) REFERENCES pairs);
CREATE TABLE blobs (k BLOB PRIMARY KEY, v TEXT);
`, `user: {fields: {pair: {column: code, key_of: pair}}}`, `
pair: {identifiers: [a, b], attributes: [code, v]}
user: {identifiers: [name], attributes: [pair, a, b], rules: {pair: {references: pair}}}
blob: {identifiers: [k], attributes: [v]}
`)
	equal(t, "create", b.apply(b.change(adapter.Create, "pair", []any{"x", 1}, set("a", "x", "b", 1, "code", "X1"))), `pair x 1: done {a="x" b=1 code="X1"}`)
	equal(t, "refer", b.apply(b.change(adapter.Create, "user", []any{"u"}, set("name", "u", "code", map[string]any{"a": "x", "b": 1}, "a", "x", "b", 1))), `user u: done {name="u"}`)
	equal(t, "rename", b.apply(b.change(adapter.Update, "pair", []any{"x", 1}, set("code", "X2", "v", "v"))), `pair x 1: done {a="x" b=1 code="X2"}`)
	equal(t, "bytes", b.apply(b.change(adapter.Create, "blob", []any{"AP8="}, set("k", "AP8=")))+b.apply(b.change(adapter.Update, "blob", []any{"AP8="}, set("v", "x"))), `
blob AP8=: done {k={"bytes":"AP8="}}
blob AP8=: done {}
`)
	equal(t, "load", b.load(), `
pair {a="x" b=1 code="X2" v="v"} local {a="x" b=1 code="X2"} at pairs:x,1
user {a="x" b=1 code={"a":"x","b":1} name="u"} local {name="u"} at users:u
blob {k="AP8=" v="x"} local {k={"bytes":"AP8="}} at blobs:x'00ff'
`)
	equal(t, "a key of two still in use", b.apply(b.change(adapter.Delete, "pair", []any{"x", 1}, nil)), `pair x 1: conflict: 1 row of table "users" still refers to it (users.(a, b)); 1 row of table "users" still refers to it (users.code)`)
}

// Another process reads while we write, and waits for nothing in write-ahead mode; in the other it sees a state between two batches.
func TestReadWhileWriting(t *testing.T) {
	for _, mode := range []string{"delete", "wal"} {
		b := newBench(t, "target", "PRAGMA journal_mode="+mode+"; CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT, batch INTEGER);", "", `thing: {identifiers: [name], attributes: [batch]}`)
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for range 2 {
			r := &bench{t: t, dir: b.dir, file: b.file}
			r.open("source", "", "", `thing: {identifiers: [name], attributes: [batch]}`)
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					seen := map[string]int{}
					for rec, err := range r.Load(context.Background(), adapter.Request{Models: r.models}) {
						if err != nil {
							t.Error(mode, err)
							return
						}
						seen[string(rec.Fields.Get("batch"))]++
					}
					for k, n := range seen {
						if n != 50 {
							t.Errorf("%s: half a batch: %d records of %s", mode, n, k)
						}
					}
				}
			})
		}
		for batch := range 20 {
			var cs []*adapter.Change
			for i := range 50 {
				name := fmt.Sprint(batch, "-", i)
				cs = append(cs, b.change(adapter.Create, "thing", []any{name}, set("name", name, "batch", batch)))
			}
			for {
				_, err := b.Apply(context.Background(), b.models[0], adapter.Create, cs)
				if err == nil {
					break
				}
				if !fault.Retryable(err) {
					t.Fatal(mode, err)
				}
			}
		}
		close(stop)
		wg.Wait()
		equal(t, mode, b.rows("SELECT count(*) FROM things"), "1000")
	}
}

// Who finds the lock held is told so, may try again, and wrote nothing; a person's stop ends the wait.
func TestBusy(t *testing.T) {
	b := newBench(t, "target", "CREATE TABLE things (name TEXT)", "", `thing: {identifiers: [name]}`)
	db, err := sql.Open("sqlite", fileURL(b.file, "mode=rw"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(context.Background(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	c := b.change(adapter.Create, "thing", []any{"x"}, set("name", "x"))
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if _, err := b.Apply(ctx, b.models[0], adapter.Create, []*adapter.Change{c}); !fault.Is(err, fault.TimedOut) {
		t.Error(coding(err))
	}
	if _, err := b.write.Exec("PRAGMA busy_timeout = 50"); err != nil {
		t.Fatal(err)
	}
	equal(t, "busy", b.apply(c), `BATCH unavailable: write to database "assets.db": another process holds its lock`)
	if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	equal(t, "then", b.apply(c), `thing x: done {rowid=1}`)
}

// A stop between two changes of a batch leaves nothing of it.
func TestStopped(t *testing.T) {
	b := newBench(t, "target", "CREATE TABLE things (name TEXT)", "", `thing: {identifiers: [name]}`)
	ctx, cancel := context.WithCancel(context.Background())
	if _, _, err := b.writing(ctx); err != nil {
		t.Fatal(err)
	}
	conn, err := b.write.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	l, err := b.look(ctx, conn)
	if err != nil {
		t.Fatal(err)
	}
	at := &session{ctx: ctx, d: b.d, name: b.name, conn: conn}
	ba := &batch{d: b.d, name: b.name, q: at, at: at, l: l, m: l.find("thing"), stmts: map[string]*sql.Stmt{}}
	cancel()
	_, err = ba.run(ctx, adapter.Create, []*adapter.Change{b.change(adapter.Create, "thing", []any{"x"}, set("name", "x"))})
	if !fault.Is(err, fault.Stopped) {
		t.Error(coding(err))
	}
	_, _ = conn.ExecContext(context.Background(), "ROLLBACK")
	_ = conn.Close()
	equal(t, "nothing", b.rows("SELECT count(*) FROM things"), "0")
}

func writeForEver(dir string) {
	t := &testing.T{}
	b := &bench{t: t, dir: dir, file: dir + "/assets.db"}
	b.open("target", "  schema: schema.sql", "", killedModels)
	if err := b.Prepare(context.Background()); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for batch := 0; ; batch++ {
		var cs []*adapter.Change
		name := func(i int) string { return fmt.Sprint(os.Getpid(), "-", batch, "-", i) }
		for i := range 100 {
			cs = append(cs, b.change(adapter.Create, "thing", []any{name(i)}, set("name", name(i), "v", strings.Repeat("x", 500))))
		}
		fmt.Println("begin")
		if got := b.apply(cs...); strings.Contains(got, "BATCH") {
			fmt.Println(got)
			os.Exit(1)
		}
		fmt.Println("done")
	}
}

const killedModels = `thing: {identifiers: [name], attributes: [v]}`

// Killed anywhere, also while it makes the database, the writer leaves a whole database with whole batches, and the next reader sees it.
func TestKilled(t *testing.T) {
	for _, mode := range []string{"delete", "wal"} {
		for round := range 6 {
			dir := t.TempDir()
			if err := os.WriteFile(dir+"/schema.sql", []byte("PRAGMA journal_mode="+mode+"; CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, v TEXT); CREATE INDEX by_v ON things (v);"), 0o644); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "PLUMB_TEST_WRITER="+dir)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			done := 0
			lines := bufio.NewScanner(out)
			if round > 1 {
				for n := rand.IntN(12) + 1; n > 0 && lines.Scan(); n-- {
					if lines.Text() == "done" {
						done++
					}
				}
			}
			time.Sleep(time.Duration(rand.IntN(8000)) * time.Microsecond)
			_ = cmd.Process.Kill()
			for lines.Scan() {
				switch lines.Text() {
				case "done":
					done++
				case "begin":
				default:
					t.Error(lines.Text())
				}
			}
			_ = cmd.Wait() // it was killed
			b := &bench{t: t, dir: dir, file: dir + "/assets.db"}
			b.open("target", "  schema: schema.sql", "", killedModels)
			n := 0
			for _, err := range b.Load(context.Background(), adapter.Request{Models: b.models}) {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			if n%100 != 0 || n/100 < done || n/100 > done+1 {
				t.Errorf("%s: %d batches done, %d records found", mode, done, n)
			}
			if err := b.Prepare(context.Background()); err != nil {
				t.Fatal(err)
			}
			c := b.change(adapter.Create, "thing", []any{"after"}, set("name", "after"))
			if got := b.apply(c); !strings.Contains(got, "done") {
				t.Error(got)
			}
			equal(t, "integrity", b.rows("PRAGMA integrity_check"), `"ok"`)
		}
	}
}

// A delete that would empty a column of a row that the plan keeps is refused, also where the column is the job's.
func TestDeleteWouldEmpty(t *testing.T) {
	b := newBench(t, "target", `CREATE TABLE ips (id INTEGER PRIMARY KEY, ip TEXT UNIQUE); CREATE TABLE hosts (id INTEGER PRIMARY KEY, name TEXT UNIQUE, ip_id INTEGER REFERENCES ips ON DELETE SET NULL);
INSERT INTO ips VALUES (1, '::1'), (2, '::2'); INSERT INTO hosts VALUES (1, 'a', 1);`, "host: {fields: {ip: {column: ip_id, key_of: ip}}}", "ip: {identifiers: [ip]}\nhost: {identifiers: [name], attributes: [ip], rules: {ip: {references: ip}}}")
	one, two := b.change(adapter.Delete, "ip", []any{"::1"}, nil), b.change(adapter.Delete, "ip", []any{"::2"}, nil)
	if err := b.Audit(context.Background(), one); err != nil {
		t.Error("the plan may write the host before:", err)
	}
	equal(t, "delete", b.apply(one, two), "ip ::1: conflict: it would change 1 row of table \"hosts\", which the plan does not (hosts.ip_id ON DELETE SET NULL)\nip ::2: done {}")
}

// Readers and writers leave no files of a write-ahead log behind, and none where the folder may not be written to.
func TestNothingLeftBehind(t *testing.T) {
	for _, mode := range []string{"delete", "wal"} {
		b := newBench(t, "target", "PRAGMA journal_mode="+mode+"; CREATE TABLE things (name TEXT)", "", `thing: {identifiers: [name]}`)
		check := func(what string) {
			t.Helper()
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			equal(t, mode+" "+what, listing(t, b.dir), "assets.db")
		}
		b.load()
		check("after a load")
		if _, err := b.Ping(context.Background(), b.models); err != nil {
			t.Error(err)
		}
		check("after a ping")
		b.apply(b.change(adapter.Create, "thing", []any{"x"}, set("name", "x")))
		check("after a write")
		v, err := b.Version(context.Background())
		if err != nil || (v == "") != (mode == "wal") {
			t.Error(mode, v, err)
		}
		b.exec("INSERT INTO things VALUES ('y')")
		if w, err := b.Version(context.Background()); err != nil || (w == v) != (mode == "wal") {
			t.Error(mode, v, w, err)
		}
	}
}
