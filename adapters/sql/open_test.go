package sql

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

func TestURL(t *testing.T) {
	abs := filepath.FromSlash("/srv/x.db")
	for url, want := range map[string]string{
		"sqlite:assets.db":        filepath.FromSlash("/job/assets.db"),
		"sqlite:sub/my assets.db": filepath.FromSlash("/job/sub/my assets.db"),
		"sqlite:../x.db":          abs[:0] + filepath.FromSlash("/x.db"),
		"sqlite:///srv/x.db":      abs,
		"sqlite:/srv/x.db":        abs,
		"SQLite:////srv/x.db":     abs,
		"sqlite:a#b%20c.db":       filepath.FromSlash("/job/a#b%20c.db"),
	} {
		file, err := splitURL(url)
		if got := within(filepath.FromSlash("/job"), file); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", url, got, err, want)
		}
	}
	var out strings.Builder
	for _, url := range []string{
		"assets.db", "sqlite:", "sqlite:///", "sqlite://host/x.db", "sqlite::memory:", "sqlite:x.db?mode=ro", "mysql://u:hush@h/db", `C:\x.db`,
		"postgres:hush", "postgres://h/db", "postgres://:hush@h/db", "postgres://u:hush@h", "postgres://u:hush@/db", "postgres://u:hush@h:0/db", "postgres://u:hush@h:hush/db", "postgres://u:hush@a,b/db",
		"postgres://u:hush@h/db?sslmode=maybe", "postgres://u:hush@h/db?options=x", "postgresql://u:hush@h/db?a;b",
	} {
		c := &Config{URL: secret.Clear(url)}
		_, err := open(context.Background(), adapter.Setup{Config: c, Dir: "/job", Log: slog.New(slog.DiscardHandler)})
		if err == nil {
			t.Errorf("%s: no error", url)
			continue
		}
		fmt.Fprintf(&out, "%s\n\t%v\n", url, err)
		if errs := c.Validate(); len(errs) != 1 || errs[0].Error() != err.Error() {
			t.Errorf("%s: Validate says %v, place %v", url, errs, err)
		}
		if strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: a secret in %q", url, err)
		}
	}
	golden(t, "urls.txt", out.String())
}

// The lock's name is one for every spelling of the file, also of one that is not there yet.
func TestLockName(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(filepath.Join(dir, "real"), 0o755))
	must(os.Symlink("real", filepath.Join(dir, "link")))
	must(os.Symlink(filepath.Join("link", "later.db"), filepath.Join(dir, "to-later.db")))
	want := "sqlite:" + filepath.Join(dir, "real", "later.db")
	for _, made := range []bool{false, true} {
		if made {
			must(os.WriteFile(filepath.Join(dir, "real", "later.db"), nil, 0o644))
		}
		for _, url := range []string{"sqlite:real/later.db", "sqlite:link/later.db", "sqlite:link/../real/./later.db", "sqlite:to-later.db", "sqlite://" + dir + "/link/later.db"} {
			s, err := open(context.Background(), adapter.Setup{Config: &Config{URL: secret.Clear(url)}, Dir: dir, Log: slog.New(slog.DiscardHandler)})
			must(err)
			if got := s.(adapter.Locker).LockName(); got != want {
				t.Errorf("made %v: %s: got %q, want %q", made, url, got, want)
			}
		}
	}
}

// What a user sees where database, schema, tables or columns are not as the job needs them.
func TestOpenMessages(t *testing.T) {
	dev := `device: {identifiers: [name], attributes: [serial]}`
	cases := []struct {
		reason, side, statements, options, maps, models string
		with                                            map[string]string // files beside
	}{
		{reason: "no file", side: "source", models: dev},
		{reason: "no file, no schema, target", side: "target", models: dev},
		{reason: "schema is not there", side: "target", options: "  schema: schema.sql", models: dev},
		{reason: "schema is wrong", side: "target", options: "  schema: schema.sql", models: dev, with: map[string]string{"schema.sql": "CREATE TABLE devices (name TEXT,);\n"}},
		{reason: "not a database", side: "source", models: dev, with: map[string]string{"assets.db": strings.Repeat("no database, but long enough ", 100)}},
		{reason: "an empty file", side: "source", models: dev, with: map[string]string{"assets.db": ""}},
		{reason: "a truncated database", side: "source", models: dev, with: map[string]string{"assets.db": "SQLite format 3\x00\x10\x00\x01\x01\x00"}},
		{reason: "table misspelt", side: "source", statements: network, maps: "device: {table: devcies}", models: dev},
		{reason: "no table by the model's name", side: "source", statements: network, models: `deviec: {identifiers: [name]}`},
		{reason: "columns misspelt, several models", side: "source", statements: network, maps: "device: {fields: {serial: {column: seriel}}}", models: dev + "\nsite: {identifiers: [nam], attributes: [region]}"},
		{reason: "key_of to a table of two keys", side: "source", statements: "CREATE TABLE pairs (a, b, PRIMARY KEY (a, b)); CREATE TABLE users (name, pair_id)", maps: "user: {fields: {pair: {column: pair_id, key_of: pair}}}", models: "pair: {identifiers: [a, b]}\nuser: {identifiers: [name], attributes: [pair]}"},
		{reason: "key_of in a circle", side: "source", statements: "CREATE TABLE loops (id INTEGER PRIMARY KEY, name, up)", maps: "loop: {fields: {up: {column: up, key_of: loop}}}", models: "loop: {identifiers: [name, up]}"},
		{reason: "no such identifier of the model it refers to", side: "source", statements: network, maps: "device: {fields: {site: {column: site_id.nam, key_of: site}}}", models: "site: {identifiers: [name]}\ndevice: {identifiers: [name], attributes: [site]}"},
		{reason: "a broken query", side: "source", statements: network, maps: `device: {query: "SELECT name, serial FROM devcies"}`, models: dev},
		{reason: "two statements for a query", side: "source", statements: network, maps: `device: {query: "SELECT name, serial FROM devices; DROP TABLE devices"}`, models: dev},
		{reason: "a broken view", side: "source", statements: "CREATE TABLE t (name); CREATE VIEW devices AS SELECT name AS name, serial FROM t;", models: dev},
		{reason: "a view as target", side: "target", statements: network + "CREATE VIEW v AS SELECT * FROM devices", maps: "device: {table: v}", models: dev},
		{reason: "a query as target", side: "target", statements: network, maps: `device: {query: "SELECT * FROM devices"}`, models: dev},
		{reason: "columns that nothing fills, a computed one", side: "target", statements: "CREATE TABLE devices (name TEXT NOT NULL, serial GENERATED ALWAYS AS (name || 1), owner TEXT NOT NULL, ok TEXT NOT NULL DEFAULT '')", models: dev},
	}
	var out strings.Builder
	for _, c := range cases {
		b := &bench{t: t, dir: t.TempDir()}
		b.file = filepath.Join(b.dir, "assets.db")
		for name, text := range c.with {
			if err := os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if c.statements != "" {
			b.exec(c.statements)
		}
		b.open(c.side, c.options, c.maps, c.models)
		before := listing(t, b.dir)
		_, err := b.Ping(context.Background(), b.models)
		if err == nil {
			t.Errorf("%s: no error", c.reason)
			continue
		}
		fmt.Fprintf(&out, "# %s\n%s\n\n", c.reason, coding(err))
		if strings.Contains(b.load(), "ERROR") == (c.reason == "columns that nothing fills, a computed one") {
			t.Errorf("%s: load says %s", c.reason, b.load())
		}
		if after := listing(t, b.dir); after != before {
			t.Errorf("%s: files before %s, after %s", c.reason, before, after)
		}
	}
	golden(t, "open.txt", out.String())
}

func listing(t *testing.T, dir string) string {
	t.Helper()
	es, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range es {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// Plan and check take a missing file with a schema as empty and make nothing; sync makes it once.
func TestSchema(t *testing.T) {
	b := &bench{t: t, dir: t.TempDir()}
	b.file = filepath.Join(b.dir, "assets.db")
	if err := os.WriteFile(filepath.Join(b.dir, "schema.sql"), []byte(network), 0o644); err != nil {
		t.Fatal(err)
	}
	b.open("target", "  schema: schema.sql", networkMap, networkModels)
	lines, err := b.Ping(context.Background(), b.models)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(lines[0], ", assets.db, which sync makes from schema.sql") {
		t.Error(lines)
	}
	equal(t, "empty", b.load(), "")
	c := b.change(adapter.Create, "site", []any{"ams01"}, set("name", "ams01", "latitude", "x7"))
	if err := b.Audit(context.Background(), c); err != nil {
		t.Error(err)
	}
	equal(t, "nothing was made", listing(t, b.dir), "schema.sql")
	for range 2 {
		if err := b.Prepare(context.Background()); err != nil {
			t.Fatal(err)
		}
		equal(t, "made", listing(t, b.dir), "assets.db schema.sql")
	}
	equal(t, "write", b.apply(c), "site ams01: done {id=1}")
	equal(t, "load", b.load(), `site {active=null extra=null latitude="x7" name="ams01" region=null} local {id=1} at sites:1`)
	if err := b.Prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	equal(t, "still there", b.rows("SELECT count(*) FROM sites"), "1")
}

// A schema that goes wrong half-way leaves nothing behind.
func TestSchemaFails(t *testing.T) {
	b := &bench{t: t, dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(b.dir, "schema.sql"), []byte("CREATE TABLE sites (name); CREATE TABLE sites (name);"), 0o644); err != nil {
		t.Fatal(err)
	}
	b.open("target", "  schema: schema.sql", "", `site: {identifiers: [name]}`)
	err := b.Prepare(context.Background())
	equal(t, "error", fmt.Sprint(err), `run schema "schema.sql": table sites already exists`)
	equal(t, "files", listing(t, b.dir), "schema.sql")
}

func TestReadOnly(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may write everything")
	}
	for _, what := range []string{"file", "folder"} {
		b := newBench(t, "target", network, networkMap, networkModels)
		path, mode := b.file, os.FileMode(0o444)
		if what == "folder" {
			path, mode = b.dir, 0o555
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Ping(context.Background(), b.models); !fault.Is(err, fault.Denied) {
			t.Error(what, coding(err))
		}
		equal(t, what, b.load(), "")
		if got := b.apply(b.change(adapter.Create, "site", []any{"x"}, set("name", "x"))); !strings.HasPrefix(got, "BATCH denied: ") {
			t.Error(what, got)
		}
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
