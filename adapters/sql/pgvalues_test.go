package sql

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// pgValues are values of each type: how SQL has them, and as what they are read.
var pgValues = []struct{ typ, literal, want string }{
	{"boolean", "true", "true"},
	{"smallint", "-32768", "-32768"},
	{"integer", "2147483647", "2147483647"},
	{"bigint", "9007199254740993", "9007199254740993"},
	{"oid", "4294967295", "4294967295"},
	{"numeric", "'" + strings.Repeat("7", 400) + "." + strings.Repeat("3", 300) + "'", strings.Repeat("7", 400) + "." + strings.Repeat("3", 300)},
	{"numeric", "1.5000", "1.5"},
	{"numeric(10,2)", "1.5", "1.5"},
	{"numeric(3,-2)", "12300", "12300"},
	{"numeric(2,4)", "0.0012", "0.0012"},
	{"real", "0.1", "0.1"},
	{"double precision", "0.1", "0.1"},
	{"double precision", "1e300", "1e300"},
	{"double precision", "'-0'", "0"},
	{"double precision", "5e-324", "5e-324"},
	{"text", "E'tab\\t, \"quotes\", \\\\, {a,b}, ünïcödé, \\u2028'", `"tab\t, \"quotes\", \\, {a,b}, ünïcödé, ` + "\u2028" + `"`},
	{"text", "''", `""`},
	{"varchar(5)", "'ünïcö'", `"ünïcö"`},
	{"char(5)", "'ab'", `"ab"`},
	{`"char"`, "'x'", `"x"`},
	{"name", "'x'", `"x"`},
	{"bytea", `'\x00ff'`, `"AP8="`},
	{"bytea", `''`, `""`},
	{"json", `'{"b": 1.50, "a": [1e2, null]}'`, `{"a":[100,null],"b":1.5}`},
	{"jsonb", `'{"b": 12345678901234567890.5, "a": "\\u0001"}'`, `{"a":"\\u0001","b":12345678901234567890.5}`},
	{"jsonb", `'"text"'`, `"text"`},
	{"date", "'2024-02-29'", `"2024-02-29"`},
	{"time", "'23:59:59.123456'", `"23:59:59.123456"`},
	{"time(0)", "'23:59:59'", `"23:59:59"`},
	{"time with time zone", "'23:59:59+02'", `"23:59:59+02"`},
	{"timestamp", "'2024-02-29 23:59:59.5'", `"2024-02-29T23:59:59.5"`},
	{"timestamptz", "'2024-03-01 01:00:00.000001+02'", `"2024-02-29T23:00:00.000001Z"`},
	{"timestamptz(3)", "'2024-03-01 01:00:00.123+02'", `"2024-02-29T23:00:00.123Z"`},
	{"interval", "'1 year 2 days 03:04:05.6'", `"1 year 2 days 03:04:05.6"`},
	{"uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", `"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"`},
	{"inet", "'192.168.1.1'", `"192.168.1.1"`},
	{"inet", "'192.168.1.1/24'", `"192.168.1.1/24"`},
	{"inet", "'2001:DB8:0:0::1'", `"2001:db8::1"`},
	{"inet", "'::ffff:10.0.0.1'", `"::ffff:10.0.0.1"`},
	{"cidr", "'10.1.0.0/16'", `"10.1.0.0/16"`},
	{"cidr", "'10'", `"10.0.0.0/8"`},
	{"cidr", "'2001:db8::/32'", `"2001:db8::/32"`},
	{"macaddr", "'08-00-2B-01-02-03'", `"08:00:2b:01:02:03"`},
	{"bit(3)", "B'101'", `"101"`},
	{"bit varying(5)", "B'10'", `"10"`},
	{"xml", "'<a/>'", `"<a/>"`},
	{"int4range", "'[1,5]'", `"[1,6)"`},
	{"point", "'(1,2)'", `"(1,2)"`},
	{"mood", "'so so'", `"so so"`},
	{"grade", "3", "3"},
	{"pair", "ROW(1,'a b')", `"(1,\"a b\")"`},
	{"integer[]", "'{1,NULL,3}'", "[1,null,3]"},
	{"integer[]", "'{}'", "[]"},
	{"integer[]", "'{{1,2},{3,NULL}}'", "[[1,2],[3,null]]"},
	{"text[]", `ARRAY['a,b', 'q"q', 'back\\slash', '', 'NULL', NULL, '{x}']`, `["a,b","q\"q","back\\\\slash","","NULL",null,"{x}"]`},
	{"mood[]", "'{good,\"so so\"}'", `["good","so so"]`},
	{"grade[]", "'{1,5}'", `[1,5]`},
	{"jsonb[]", `ARRAY['{"a": [1]}', '[1, 2]', 'null', NULL]::jsonb[]`, `[{"a":[1]},[1,2],null,null]`},
	{"timestamptz[]", "'{2024-03-01 01:00:00+02}'", `["2024-02-29T23:00:00Z"]`},
	{"boolean[]", "'{t,f}'", "[true,false]"},
	{"numeric[]", "'{1.50,12345678901234567890}'", "[1.5,12345678901234567890]"},
	{"double precision[]", "'{0.5,1e300}'", "[0.5,1e300]"},
	{"bytea[]", `'{"\\x00ff"}'`, `["AP8="]`},
	{"uuid[]", "'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'", `["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]`},
	{"inet[]", "'{10.0.0.1,::1}'", `["10.0.0.1","::1"]`},
	{"varchar(3)[]", "'{abc,ä}'", `["abc","ä"]`},
	{"integer", "NULL", "null"},
}

const pgOwnTypes = `CREATE TYPE mood AS ENUM ('bad', 'so so', 'good'); CREATE DOMAIN grade AS integer CHECK (VALUE BETWEEN 1 AND 6); CREATE TYPE pair AS (a integer, b text);`

// Every type is read exactly; what is read would be given back as it is, and is when it is written, alone and among others.
func TestPGValues(t *testing.T) {
	var columns, literals, attributes []string
	for i, v := range pgValues {
		columns = append(columns, fmt.Sprintf("c%02d %s", i, v.typ))
		literals = append(literals, v.literal)
		attributes = append(attributes, fmt.Sprintf("c%02d", i))
	}
	b := newPG(t, "target", pgOwnTypes+`CREATE TABLE thing (id text PRIMARY KEY, `+strings.Join(columns, ", ")+`); INSERT INTO thing VALUES ('old', `+strings.Join(literals, ", ")+`);`,
		"", "thing: {identifiers: [id], attributes: ["+strings.Join(attributes, ", ")+"]}")
	read := func(id string) record.Fields {
		for r, err := range b.Find(t.Context(), b.models[0], []record.Key{record.MakeKey("thing", record.MustOf(id))}) {
			if err != nil {
				t.Fatal(err)
			}
			return append(record.Fields{}, r.Fields...)
		}
		t.Fatalf("no %s", id)
		return nil
	}
	db, l, err := b.reading(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	old := read("old")
	for i, v := range pgValues {
		got := old.Get(attributes[i])
		if want, _ := record.AppendCanonical(nil, []byte(v.want)); string(got) != string(want) {
			t.Errorf("%s %s is read as %s, want %s", v.typ, v.literal, got, want)
		}
		kept, err := b.d.stored(t.Context(), db, got, l.find("thing").table.column(attributes[i]))
		if err != nil || string(kept) != string(got) {
			t.Errorf("%s: %s would be kept as %s, %v", v.typ, got, kept, err)
		}
	}
	values := func(id string) record.Fields {
		fs := set("id", id)
		for _, f := range old {
			if f.Name != "id" {
				fs = append(fs, f)
			}
		}
		return fs
	}
	create := func(id string) *adapter.Change { return b.change(adapter.Create, "thing", []any{id}, values(id)) }
	equal(t, "alone", b.apply(create("alone")), `thing alone: done {id="alone"}`)
	equal(t, "among others", b.apply(create("one"), create("two")), "thing one: done {id=\"one\"}\nthing two: done {id=\"two\"}")
	b.exec("UPDATE thing SET " + strings.Join(attributes, " = NULL, ") + " = NULL WHERE id = 'two'; INSERT INTO thing VALUES ('three')")
	update := func(id string) *adapter.Change {
		return b.change(adapter.Update, "thing", []any{id}, values(id)[1:])
	}
	equal(t, "updates", b.apply(update("two"), update("three")), "thing two: done {}\nthing three: done {}")
	for _, id := range []string{"alone", "one", "two", "three"} {
		for _, f := range read(id) {
			if want := old.Get(f.Name); f.Name != "id" && string(f.Value) != string(want) {
				t.Errorf("%s: wrote %s, read %s", f.Name, want, f.Value)
			}
		}
	}
}

// What a column would keep in another form is held, and what it cannot hold says why.
func TestPGHolds(t *testing.T) {
	cases := []struct {
		typ string
		v   any
	}{
		{"numeric(10,2)", 1.005},
		{"numeric(4,2)", 123},
		{"numeric", "NaN"},
		{"numeric", "1.50"},
		{"numeric", "007"},
		{"smallint", 40000},
		{"integer", 1.5},
		{"integer", "007"},
		{"integer", "+7"},
		{"real", 0.123456789},
		{"double precision", "1e999"},
		{"double precision", "1e-999"},
		{"text", 7},
		{"text", []any{1}},
		{"text", map[string]any{"a": 1}},
		{"text", "a\x00b"},
		{"jsonb", "a\x00b"},
		{"varchar(3)", "abcd"},
		{"varchar(3)", "abc "},
		{"char(3)", "ab "},
		{"char(3)", "abcd"},
		{"bit(3)", "10"},
		{"boolean", "yes"},
		{"boolean", 2},
		{"bytea", "no base64"},
		{"date", "29.2.2024"},
		{"date", "2023-02-29"},
		{"timestamptz", "2024-02-29T23:00:00+02:00"},
		{"timestamptz", "2024-02-29T23:00:00.0000001Z"},
		{"timestamptz", "2024-02-29"},
		{"timestamp", "2024-02-29T23:00:00Z"},
		{"time", "24:00:01"},
		{"time", "01:02"},
		{"interval", "60 minutes"},
		{"interval", "a while"},
		{"uuid", "A0EEBC999C0B4EF8BB6D6BB9BD380A11"},
		{"uuid", "x"},
		{"inet", "10.0.0.1/32"},
		{"inet", "2001:DB8::1"},
		{"inet", "10.0.0.256"},
		{"cidr", "10.0.0.1/8"},
		{"cidr", "10.0.0.1"},
		{"macaddr", "0800.2b01.0203"},
		{"mood", "awful"},
		{"grade", "+7"},
		{"int4range", "[1,5]"},
		{"xml", "<a"},
		{"integer[]", "x"},
		{"integer[]", []any{1, "x"}},
		{"integer[]", []any{1, []any{2}}},
		{"integer[]", []any{[]any{1, 2}, []any{3}}},
		{"integer[]", []any{[]any{}}},
		{"varchar(3)[]", []any{"abcd"}},
		{"numeric(3,1)[]", []any{1.25}},
		{"mood[]", []any{"good", "awful"}},
	}
	var columns, attributes []string
	for i, c := range cases {
		columns, attributes = append(columns, fmt.Sprintf("c%02d %s", i, c.typ)), append(attributes, fmt.Sprintf("c%02d", i))
	}
	b := newPG(t, "target", pgOwnTypes+`CREATE TABLE thing (id text PRIMARY KEY, `+strings.Join(columns, ", ")+`);`, "", "thing: {identifiers: [id], attributes: ["+strings.Join(attributes, ", ")+"]}")
	var out strings.Builder
	for i, c := range cases {
		ch := b.change(adapter.Create, "thing", []any{"x"}, set("id", "x", attributes[i], c.v))
		err := b.Audit(context.Background(), ch)
		fmt.Fprintf(&out, "%s %s\n\t%s\n", c.typ, record.MustOf(c.v), coding(err))
		if err == nil {
			t.Errorf("%s holds %v", c.typ, c.v)
		}
	}
	golden(t, "pgholds.txt", out.String())
}

// What has no value is a finding on its record, and the others are read.
func TestPGFindings(t *testing.T) {
	b := newPG(t, "source", `CREATE TABLE thing (id integer PRIMARY KEY, n numeric, f double precision, at timestamptz, d date, a integer[], j json);
INSERT INTO thing (id, n) VALUES (1, 'NaN'), (2, 'Infinity'); INSERT INTO thing (id, f) VALUES (3, '-Infinity'), (4, 'NaN');
INSERT INTO thing (id, at) VALUES (5, 'infinity'), (6, '0044-03-15 BC'), (7, '12024-01-01'); INSERT INTO thing (id, d) VALUES (8, '-infinity'), (9, '0044-03-15 BC');
INSERT INTO thing (id, a) VALUES (10, '[0:1]={1,2}'); INSERT INTO thing (id, j) VALUES (11, '{"a": 1, "a": 2}'); INSERT INTO thing (id, n) VALUES (12, 1);`,
		"", "thing: {identifiers: [id], attributes: [n, f, at, d, a, j]}")
	golden(t, "pgfindings.txt", b.load())
}
