package sql

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// An array's text is read as a list that is written as an array that is read as the same list.
func FuzzPGArray(f *testing.F) {
	for _, s := range []string{"{}", "{1,2}", `{a,"b c",NULL,"NULL",""}`, `{{a,b},{c,NULL}}`, `{"\"","\\"}`, "[0:1]={1,2}", "{", "{a", `{"a`, `{"a\`, "{,}", "{a}b", "{{}}", "{{a},b}", "x"} {
		f.Add(s)
	}
	t0 := &pgType{oid: oidText, class: classText, mod: -1}
	array := &pgType{class: classOther, mod: -1, elem: t0}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := pgRead(nil, s, array)
		if err != nil {
			return
		}
		text, err := pgWrite(record.Value(v), array)
		if err != nil {
			return // ragged, which no server prints
		}
		again, err := pgRead(nil, text, array)
		if err != nil || string(again) != string(v) {
			t.Errorf("%q is %s, written %q, read again %s, %v", s, v, text, again, err)
		}
	})
}

// A URL is taken apart or refused; what is said of it never holds its password.
func FuzzPGURL(f *testing.F) {
	for _, s := range []string{"u:p@h/d", "u:p@h:1/d?sslmode=require", "u@[::1]:5/d", "@h/d", "u:a@b@c/d", "u:%zz@h/d%20x", "u:p@h/d?x=y", "h/d", ""} {
		f.Add(s, "hush")
	}
	f.Fuzz(func(t *testing.T, s, password string) {
		a, err := splitPostgres("postgres://" + s)
		if err == nil && (a.user == "" || a.host == "" || a.database == "" || a.lockName() == "") {
			t.Errorf("%q: %+v", s, a)
		}
		secret := "hush-" + password + "-hush"
		if strings.Contains(secret, "@") {
			return
		}
		a, err = splitPostgres("postgres://user:" + secret + "@host:port/db")
		if err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

// What stored says of a text is what the server makes of it.
func FuzzPGStored(f *testing.F) {
	types := []string{
		"boolean", "smallint", "integer", "bigint", "oid", "numeric", "numeric(5,2)", "real", "double precision", "text", "varchar(4)", "char(4)", "bytea", "json", "jsonb", "date", "time", "time(1)",
		"timestamp", "timestamp(0)", "timestamptz", "uuid", "inet", "cidr", "macaddr", "interval", "mood", "bit(3)", "int4range",
	}
	for _, s := range []string{
		"", "1", "007", "+1", "-0", "1.005", "1e3", "0.00001", "NaN", "infinity", "t", "yes", "abcd", "abc  ", "good", "101", "AP8=", "2024-02-29", "0001-01-01", "0000-01-01", "2024-02-29T23:59:59.9999999Z", "2024-02-29T23:59:60Z",
		"2024-02-29T00:00:00.10Z", "2024-02-29 01:02:03", "23:59:59.99", "24:00:00", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "10.0.0.1", "10.0.0.0/8", "10.1.0.0/8", "10.0.0.1/32", "::1", "::ffff:1.2.3.4", "1:0:0:2:0:0:0:3/64",
		"08:00:2b:01:02:03", "1 day", "[1,3)", "3.4028235e38", "1e-46", "99999999999999999999",
	} {
		f.Add(s)
	}
	name := server(f).Database(f)
	b := &bench{t: &testing.T{}, dir: f.TempDir(), name: name, url: server(f).Reference(name)}
	var columns, attributes []string
	for i, typ := range types {
		columns, attributes = append(columns, fmt.Sprintf("c%d %s", i, typ)), append(attributes, fmt.Sprintf("c%d", i))
	}
	server(f).Exec(f, name, pgOwnTypes+"CREATE TABLE x (id serial PRIMARY KEY, "+strings.Join(columns, ", ")+")")
	b.open("target", "", "", "x: {identifiers: [id], attributes: ["+strings.Join(attributes, ", ")+"]}")
	db, l, err := b.reading(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	m := l.find("x")
	f.Cleanup(func() { _ = b.Close() })
	f.Fuzz(func(t *testing.T, s string) {
		v, err := record.StringValue(s)
		if err != nil {
			return
		}
		for i, typ := range types {
			want, werr := b.d.stored(t.Context(), db, v, m.table.column(attributes[i]))
			c := &adapter.Change{Action: adapter.Create, Model: b.models[0], Key: record.MakeKey("x", v), Set: record.Fields{{Name: attributes[i], Value: v}}}
			rs, err := b.Apply(t.Context(), c.Model, adapter.Create, []*adapter.Change{c})
			if err != nil {
				t.Fatalf("%s %q: %v", typ, s, err)
			}
			if rs[0].Err != nil {
				if werr == nil {
					t.Errorf("%s %q: we say %s, the server refuses it: %v", typ, s, want, rs[0].Err)
				}
				continue
			}
			var got record.Value
			var gerr error
			for r, err := range b.Load(t.Context(), adapter.Request{Models: b.models}) {
				if gerr = err; err == nil {
					got = append(record.Value{}, r.Fields.Get(attributes[i])...)
				}
			}
			if werr != nil && gerr == nil && string(got) == string(v) {
				t.Errorf("%s %q: we say %v, the server keeps it", typ, s, werr)
			}
			if werr == nil && (gerr != nil || string(got) != string(want)) {
				t.Errorf("%s %q: we say %s, the server makes it %s, %v", typ, s, want, got, gerr)
			}
			if _, err := b.write.Exec("DELETE FROM x"); err != nil {
				t.Fatal(err)
			}
		}
	})
}
