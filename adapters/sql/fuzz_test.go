package sql

import (
	"context"
	"database/sql"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// What we say that SQLite makes of a text is what it makes of it, in columns of every kind.
func FuzzStored(f *testing.F) {
	for _, s := range []string{"", "7", "007", " 7 ", "+7", "--7", "+-7", "7.", ".5", ".", "1e3", "1e", "1e+", "e3", "1e999", "-1e-999", "0x10", "1_0", "9223372036854775807", "9223372036854775808", "1.0000000000000000001", "\v7\f", "\u00a07", "7\x00", "7\x00abc", "7 \x00 8", "\x007", "nan", "INF", "1e3.5", "123456789012345678901234567890"} {
		f.Add(s)
	}
	db, err := sql.Open("sqlite", "file::memory:")
	if err != nil {
		f.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	const decls = "i INTEGER, r REAL, t TEXT, n NUMERIC, b BOOLEAN, a, v VARCHAR(3), d DATE"
	if _, err := db.Exec("CREATE TABLE x (" + decls + ")"); err != nil {
		f.Fatal(err)
	}
	d := &lite{}
	c, err := d.catalog(context.Background(), db)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := record.StringValue(s)
		if err != nil {
			return
		}
		for _, col := range c.table("x").columns {
			want, werr := d.stored(context.Background(), nil, v, col)
			b, err := d.bind(v, col)
			if err != nil {
				t.Fatal(err)
			}
			var raw any
			if err := db.QueryRow("INSERT INTO x ("+col.name+") VALUES (?) RETURNING +"+col.name, b).Scan(&raw); err != nil {
				t.Fatal(err)
			}
			got, gerr := d.read(nil, raw, col)
			if (werr == nil) != (gerr == nil) || werr == nil && string(got) != string(want) {
				t.Errorf("column %s %s: %q: we say %q (%v), SQLite makes it %q (%v)", col.name, col.decl, s, string(want), werr, string(got), gerr)
			}
		}
		if _, err := db.Exec("DELETE FROM x"); err != nil {
			t.Fatal(err)
		}
	})
}

// Check constraints are found in whatever SQLite takes for a table, and nothing is read beyond the text.
func FuzzChecks(f *testing.F) {
	for _, s := range []string{
		"CREATE TABLE t (a CHECK (a > 0))", "CREATE TABLE t (a, CONSTRAINT \"x y\" CHECK (a <> ')' AND (a)))", "create table t(a /* check (b) */ check(a in ('it''s', \"q\"))) -- check (c)",
		"CREATE TABLE [t] ([a b] CHECK ([a b] = `a b`", "check", "check (", "constraint", "'", "/*", "--", "\"\"\"", "check())",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tab := &table{}
		tab.add(&column{name: "a"})
		for _, c := range checks(s) {
			if !strings.Contains(s, c.text) {
				t.Errorf("%q is not in %q", c.text, s)
			}
			tab.mentions(c.text)
		}
	})
}

func FuzzURL(f *testing.F) {
	for _, s := range []string{"sqlite:x.db", "sqlite:///x", "sqlite://x", "sqlite:", ":", "x", "postgres://u:p@h/d", "sqlite::memory:", "sqlite:a?b", "C:\\x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		file, err := splitURL(s)
		if err == nil && (file == "" || strings.ContainsAny(file, "?\x00")) {
			t.Errorf("%q gives %q", s, file)
		}
		if err == nil {
			_ = fileURL(within("/dir", file))
		}
	})
}

// A cursor from anywhere is read or refused, and what is read comes back the same.
func FuzzCursor(f *testing.F) {
	for _, s := range []string{`{"model":"pair","key":[{"t":"x"},{"i":"1"}]}`, `{"model":"pair","key":[{"b":"AP8="},{"f":"1e300"}]}`, `{"model":"pair"}`, `{}`, `null`, `[]`, `{"model":"pair","key":[{},{}]}`, `{"model":"pair","key":[{"i":"9223372036854775808"},{}]}`} {
		f.Add([]byte(s))
	}
	tab := &table{name: "pair"}
	am := &adapter.Model{Model: &job.Model{Name: "pair"}, Mapping: &job.Mapping{}}
	m := &model{Model: am, table: tab, key: []*column{{name: "a"}, {name: "b"}}}
	l := &layout{byName: map[string]*model{"pair": m}}
	f.Fuzz(func(t *testing.T, text []byte) {
		a := &database{name: "x", setup: adapter.Setup{Log: slog.New(slog.DiscardHandler)}}
		from, err := a.resume(adapter.Request{Models: []*adapter.Model{am}, Cursor: text}, l)
		if err != nil || from.key == nil {
			return
		}
		again := a.Cursor()
		if again == nil {
			for _, v := range from.key {
				if s, ok := v.(string); ok && !utf8.ValidString(s) {
					return
				}
			}
			t.Fatalf("%q was read, but cannot be written", text)
		}
		back, err := a.resume(adapter.Request{Models: []*adapter.Model{am}, Cursor: again}, l)
		if err != nil || len(back.key) != len(from.key) {
			t.Fatalf("%q: %v", again, err)
		}
	})
}
