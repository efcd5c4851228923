package sql

import (
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters/sql/pgtest"
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

// Names in schemas, in capitals, with anything in them; of two that differ in case the one that is written so.
func TestPGNames(t *testing.T) {
	b := newPG(t, "target", `CREATE SCHEMA inventory; CREATE TABLE inventory.devices (id serial PRIMARY KEY, name text UNIQUE, "Serial No" text, "role" text CHECK (role <> 'no'));
CREATE TABLE "Devices" ("ID" serial PRIMARY KEY, "Name" text UNIQUE, "name" text);
CREATE TABLE "a.b""c" ("select" text PRIMARY KEY, "x""; DROP TABLE safe; --" text UNIQUE); CREATE TABLE safe ();`, `
one: {table: inventory.devices, fields: {serial: Serial No}}
two: {table: Devices, fields: {name: Name, lower: name}}
three: {table: 'a.b"c', fields: {name: select, v: 'x"; DROP TABLE safe; --'}}
`, "one: {identifiers: [name], attributes: [serial, role]}\ntwo: {identifiers: [name], attributes: [lower]}\nthree: {identifiers: [name], attributes: [v]}")
	one := func(name, role string) *adapter.Change {
		return b.change(adapter.Create, "one", []any{name}, set("name", name, "Serial No", "'S'", "role", role))
	}
	three := func(name string) *adapter.Change {
		return b.change(adapter.Create, "three", []any{name}, set("select", name, `x"; DROP TABLE safe; --`, "'; DROP TABLE safe; --"))
	}
	equal(t, "write", b.apply(one("a", "x"), one("b", "no"))+b.apply(b.change(adapter.Create, "two", []any{"A"}, set("Name", "A", "name", "a")))+b.apply(three("x"), three("y")), `
one a: done {id=3}
one b: invalid: the target refuses role "no" (check devices_role_check on table "inventory.devices")
two A: done {ID=1}
three x: done {select="x"}
three y: conflict: x"; DROP TABLE safe; -- "'; DROP TABLE safe; --": taken by three x (unique index a.b"c_x"; DROP TABLE safe; --_key on a.b"c.x"; DROP TABLE safe; --)
`)
	equal(t, "read", b.load(), `
one {Serial No="'S'" name="a" role="x"} local {id=3} at inventory.devices:3
two {Name="A" name="a"} local {ID=1} at Devices:1
three {select="x" x"; DROP TABLE safe; --="'; DROP TABLE safe; --"} local {select="x"} at a.b"c:x
`)
	b.url += "&search_path=inventory"
	b.open("source", "", "", "device: {identifiers: [name]}")
	equal(t, "a search path", b.load(), `device {name="a"} local {id=3} at devices:3`)
}

// Views, queries, partitioned tables, tables that inherit, and a table without any key.
func TestPGTables(t *testing.T) {
	b := newPG(t, "source", `
CREATE TABLE parts (id integer, region text, name text NOT NULL, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE parts_a PARTITION OF parts FOR VALUES IN ('a'); CREATE TABLE parts_rest PARTITION OF parts DEFAULT;
INSERT INTO parts VALUES (1, 'b', 'b1'), (2, 'a', 'a2'), (1, 'a', 'a1');
CREATE VIEW upper AS SELECT id, upper(name) AS name FROM parts WHERE region = 'a';
CREATE MATERIALIZED VIEW kept AS SELECT * FROM upper;`, `
viewed: {table: upper, key: id}
kept: {table: kept}
asked: {query: "SELECT name, count(*) AS n, array_agg(id ORDER BY id) AS ids, 1.50 AS price FROM parts GROUP BY name -- no more", key: name}
`, "part: {identifiers: [name], attributes: [region]}\nviewed: {identifiers: [name]}\nkept: {identifiers: [name]}\nasked: {identifiers: [name], attributes: [n, ids, price]}")
	golden(t, "pgtables.txt", b.load())
	b.open("target", "", "part: {}", "part: {identifiers: [name], attributes: [region]}")
	equal(t, "a row moves to another partition", b.apply(b.change(adapter.Update, "part", []any{"a2"}, set("region", "c")), b.change(adapter.Update, "part", []any{"b1"}, set("region", "d"))),
		"part a2: done {region=\"c\" id=2}\npart b1: done {region=\"d\" id=1}")
	b.open("target", "", "part: {table: upper}", "part: {identifiers: [name]}")
	if _, err := b.Ping(t.Context(), b.models); err == nil || !strings.Contains(err.Error(), `"upper" is a view`) {
		t.Error(coding(err))
	}
}

// A table without a key: its rows are told by where they lie, which is looked up just before they are written, for it changes whenever they are.
func TestPGNoKey(t *testing.T) {
	b := newPG(t, "target", `CREATE TABLE loose (name text, v text); INSERT INTO loose VALUES ('a', '1'), ('b', '2'), ('c', '3'), ('d', '4'), ('d', '5');`, "", `loose: {identifiers: [name], attributes: [v]}`)
	upd := func(name, v string) *adapter.Change {
		return b.change(adapter.Update, "loose", []any{name}, set("v", v))
	}
	one, again, two := upd("a", "x"), upd("a", "y"), upd("b", "z")
	b.exec("UPDATE loose SET v = v")
	b.exec("VACUUM FULL loose")
	equal(t, "updates", b.apply(one, two)+b.apply(again), "loose a: done {}\nloose b: done {}\nloose a: done {}")
	equal(t, "twice there", b.apply(upd("d", "6")), `loose d: conflict: table "loose" has two rows of loose d`)
	equal(t, "create", b.apply(b.change(adapter.Create, "loose", []any{"e"}, set("name", "e", "v", nil))), "loose e: done {}")
	gone := b.change(adapter.Delete, "loose", []any{"c"}, nil)
	equal(t, "delete", b.apply(gone)+b.apply(gone), "loose c: done {}\nloose c: not_found: table \"loose\" has no row of loose c any more")
	equal(t, "rows", b.rows("SELECT name, v FROM loose ORDER BY name, v"), "\"a\"|\"y\"\n\"b\"|\"z\"\n\"d\"|\"4\"\n\"d\"|\"5\"\n\"e\"|<nil>")
	for r, err := range b.Load(t.Context(), adapter.Request{Models: b.models}) {
		if err != nil || b.Cursor() != nil || len(r.Local) > 0 {
			t.Error(err, string(b.Cursor()), r.Local)
		}
	}
	// A unique index whose columns are never null is as good as a primary key.
	b.exec("CREATE TABLE nearly (code uuid NOT NULL UNIQUE, name text); INSERT INTO nearly VALUES ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'n')")
	b.open("source", "", "", "nearly: {identifiers: [name]}")
	equal(t, "nearly", b.load(), `nearly {name="n"} local {code="a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"} at nearly:a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11`)
}

// Keys of every kind, in the order that the database's own language has: a load goes on after any of them.
func TestPGResume(t *testing.T) {
	name := server(t).Database(t, "LOCALE_PROVIDER icu ICU_LOCALE 'en-US' TEMPLATE template0")
	b := &bench{t: t, dir: t.TempDir(), name: name, url: server(t).Reference(name)}
	b.exec(`CREATE TABLE words (w text PRIMARY KEY); INSERT INTO words VALUES ('a'), ('B'), ('c'), ('A'), ('ä'), ('a b'), (''), ('Z'), ('é'), ('%');
CREATE TABLE pairs (a numeric, b timestamptz, c bytea, PRIMARY KEY (a, b, c)); INSERT INTO pairs SELECT n / 4, '2024-01-01'::timestamptz + n * interval '1 hour', decode(to_hex(n + 16), 'hex') FROM generate_series(0, 9) n;
CREATE TABLE ids (id uuid PRIMARY KEY); INSERT INTO ids SELECT md5(n::text)::uuid FROM generate_series(1, 9) n;
CREATE TABLE nets (n inet PRIMARY KEY, d date); INSERT INTO nets VALUES ('10.0.0.10', NULL), ('10.0.0.9', '2024-01-01'), ('::1', NULL);`)
	b.open("source", "", "", "word: {identifiers: [w]}\npair: {identifiers: [a, b, c]}\nid: {identifiers: [id]}\nnet: {identifiers: [n], attributes: [d]}")
	whole := strings.Split(strings.TrimSpace(b.load()), "\n")
	if len(whole) != 32 {
		t.Fatalf("%d records", len(whole))
	}
	for stop := range whole {
		var cursor []byte
		n := 0
		for range b.Load(t.Context(), adapter.Request{Models: b.models}) {
			if n == stop {
				cursor = slices.Clone(b.Cursor())
				break
			}
			n++
		}
		if cursor == nil {
			t.Fatalf("no cursor after %s", whole[stop])
		}
		var rest []string
		for r, err := range b.Load(t.Context(), adapter.Request{Models: b.models, Cursor: cursor}) {
			rest = append(rest, show(r, err))
		}
		equal(t, fmt.Sprintf("after %s", whole[stop]), strings.Join(rest, "\n"), strings.Join(whole[stop+1:], "\n"))
	}
	for _, m := range b.models { // and every record is found by its identity
		for r, err := range b.Load(t.Context(), adapter.Request{Models: []*adapter.Model{m}}) {
			if err != nil {
				t.Fatal(err)
			}
			var ids []record.Value
			for _, id := range m.Identifiers {
				ids = append(ids, slices.Clone(r.Fields.Get(id.Name)))
			}
			n := 0
			for _, err := range b.Find(t.Context(), m, []record.Key{record.MakeKey(m.Name, ids...)}) {
				if n++; err != nil {
					t.Error(err)
				}
			}
			if n != 1 {
				t.Errorf("%s %s: found %d", m.Name, ids, n)
			}
		}
	}
}

// The key of a view may be null: those rows come last, and a load that stopped before them goes on to all of them.
func TestPGResumeNullKeys(t *testing.T) {
	b := newPG(t, "source", `CREATE TABLE hosts (name text PRIMARY KEY); CREATE TABLE ips (id serial PRIMARY KEY, host text);
INSERT INTO hosts VALUES ('a'), ('b'), ('c'), ('d'); INSERT INTO ips (host) VALUES ('a'), ('c');
CREATE VIEW devices AS SELECT i.id, h.name FROM hosts h LEFT JOIN ips i ON i.host = h.name;`, "device: {table: devices, key: id}", "device: {identifiers: [name]}")
	for stop := range 2 {
		n, seen := 0, map[string]int{}
		var cursor []byte
		for r, err := range b.Load(t.Context(), adapter.Request{Models: b.models}) {
			if err != nil {
				t.Fatal(err)
			}
			seen[r.Fields.Get("name").String()]++
			if n++; n > stop {
				cursor = slices.Clone(b.Cursor())
				break
			}
		}
		for r, err := range b.Load(t.Context(), adapter.Request{Models: b.models, Cursor: cursor}) {
			if err != nil {
				t.Fatal(err)
			}
			seen[r.Fields.Get("name").String()]++
		}
		equal(t, fmt.Sprintf("stopped after %d", stop+1), fmt.Sprint(seen), "map[a:1 b:1 c:1 d:1]")
	}
}

// All models of a load are of one moment, whatever others write meanwhile, and memory does not grow with the table: rows come through a cursor, whose fetches the server shows.
func TestPGSnapshot(t *testing.T) {
	b := newPG(t, "source", `CREATE TABLE as_ (id serial PRIMARY KEY, name text); CREATE TABLE bs (id serial PRIMARY KEY, name text);
INSERT INTO as_ (name) SELECT n::text FROM generate_series(1, 5000) n; INSERT INTO bs (name) VALUES ('old');`, "a: {table: as_}", "a: {identifiers: [name]}\nb: {identifiers: [name]}")
	n := 0
	var last string
	for r, err := range b.Load(t.Context(), adapter.Request{Models: b.models}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 1 {
			b.exec("INSERT INTO bs (name) VALUES ('new'); DELETE FROM as_ WHERE id > 10")
		}
		if n == 1 || n == 4999 || n == 5001 {
			asked := b.rows("SELECT query FROM pg_stat_activity WHERE application_name = 'plumbline' AND datname = current_database() AND xact_start IS NOT NULL")
			if !regexp.MustCompile(`^"FETCH \d{1,4} FROM plumbline_\d+"\n$`).MatchString(asked) {
				t.Errorf("at record %d the server was asked %s", n, asked)
			}
		}
		last = string(r.Fields.Get("name"))
	}
	if n != 5001 || last != `"old"` {
		t.Errorf("%d records, the last %s", n, last)
	}
	if _, err := b.read.Exec("INSERT INTO bs (name) VALUES ('x')"); err == nil {
		t.Error("a session that reads can write")
	}
}

// One database has one lock, and says what it is without its password.
func TestPGLockName(t *testing.T) {
	names := map[string][]string{
		"postgres:db.example.com:5432/assets": {"postgres://a:hush@db.example.com/assets", "postgresql://b@DB.Example.com.:5432/assets?sslmode=require", "postgres://c:x@y:z/@db.example.com:05432/assets?search_path=x"},
		"postgres:localhost:5433/a b":         {"postgres://a@localhost:5433/a%20b", "postgres://a@127.0.0.1:5433/a b", "postgres://a@[::1]:5433/a%20b", "postgres://a@[::ffff:127.0.0.1]:5433/a b"},
	}
	for want, urls := range names {
		for _, url := range urls {
			s, err := open(t.Context(), adapter.Setup{Config: &Config{URL: secret.Clear(url)}, NoLocal: true, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			if got := s.(adapter.Locker).LockName(); got != want {
				t.Errorf("%s: %s, want %s", url, got, want)
			}
			if said := fmt.Sprint(s.(adapter.Describer).Describe()); strings.Contains(said, "hush") {
				t.Error(said)
			}
		}
	}
	a, err := splitPostgres("postgres://us%20er:100%:" + pgtest.Password + "@[2001:db8::1]/x?sslmode=verify-ca")
	if err != nil || a.user != "us er" || a.password != "100%:"+pgtest.Password || a.String() != "[2001:db8::1]/x" || a.sslmode != "verify-ca" {
		t.Errorf("%+v %v", a, err)
	}
}

// Which keys belong to which kind of database.
func TestPGConfig(t *testing.T) {
	var out strings.Builder
	for _, c := range []*Config{
		{URL: secret.Clear("postgres://u@h/d"), Schema: "schema.sql"},
		{URL: secret.Clear("postgres://u@h/d?sslmode=require"), CAFile: "ca.pem"},
		{URL: secret.Clear("postgres://u@h/d"), StatementTimeout: 1},
		{URL: secret.Clear("sqlite:x.db"), CAFile: "ca.pem"},
		{URL: secret.Clear("sqlite:x.db"), StatementTimeout: 1e9},
	} {
		errs := c.Validate()
		_, err := open(t.Context(), adapter.Setup{Config: c, Log: slog.New(slog.DiscardHandler)})
		if len(errs) != 1 || err == nil || errs[0].Error() != err.Error() {
			t.Errorf("Validate says %v, open %v", errs, err)
		}
		out.WriteString(coding(err) + "\n")
	}
	_, err := open(t.Context(), adapter.Setup{Config: &Config{URL: secret.Clear("postgres://u@h/d"), CAFile: "ca.pem"}, NoLocal: true})
	out.WriteString(coding(err) + "\n")
	_, err = open(t.Context(), adapter.Setup{Config: &Config{URL: secret.Clear("postgres://u@h/d"), CAFile: "s3://b/ca.pem"}})
	out.WriteString(coding(err) + "\n")
	golden(t, "pgconfig.txt", out.String())
}

// Who may not do something with a table learns it from plumb check --connect.
func TestPGRights(t *testing.T) {
	b := newPG(t, "target", `CREATE TABLE things (id serial PRIMARY KEY, name text UNIQUE); CREATE TABLE secrets (name text PRIMARY KEY);
CREATE ROLE reader LOGIN PASSWORD 'reader'; GRANT SELECT, UPDATE (name) ON things TO reader;`, "", "thing: {identifiers: [name]}\nsecret: {identifiers: [name]}")
	b.url = strings.Replace(b.url, pgtest.User+":${env:"+pgtest.PasswordVariable+"}@", "reader:${env:PGTEST_READER}@", 1)
	t.Setenv("PGTEST_READER", "reader")
	b.open("target", "", "", "thing: {identifiers: [name]}\nsecret: {identifiers: [name]}")
	lines, err := b.Ping(t.Context(), b.models)
	equal(t, "ping", strings.Join(lines[1:], "\n")+"\n"+coding(err), `
thing: table "things" (name); this user may not INSERT, DELETE there
secret: table "secrets" (name)
denied: model "secret": this user may not SELECT from table "secrets"
`)
	equal(t, "write", anyServer(t, b.apply(b.change(adapter.Create, "thing", []any{"x"}, set("name", "x")))), `BATCH denied: write to database "SERVER/DB": permission denied for table things; grant it to user "reader"`)
}

// Identifiers of a type that knows no equality are found all the same.
func TestPGUnequal(t *testing.T) {
	b := newPG(t, "target", `CREATE TABLE docs (id serial PRIMARY KEY, doc json, at point); INSERT INTO docs (doc, at) VALUES ('{"a": 1}', '(1,2)'), ('{"a": 2}', '(1,3)');`, "", "doc: {identifiers: [doc, at]}")
	equal(t, "update", b.apply(b.change(adapter.Update, "doc", []any{map[string]any{"a": 2}, "(1,3)"}, set("at", "(4,4)"))), `doc {"a":2} (1,3): done {}`)
	equal(t, "rows", b.rows("SELECT at FROM docs ORDER BY id"), "\"(1,2)\"\n\"(4,4)\"")
}
