package sql

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

const everyType = `
CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, i INTEGER, r REAL, t TEXT, n NUMERIC, d DECIMAL(10,2), b BOOLEAN, j JSON, jt "TEXT JSON", blob BLOB, any, v VARCHAR(3),
	dt DATETIME, must TEXT NOT NULL DEFAULT 'x', twice GENERATED ALWAYS AS (i * 2));
CREATE TABLE stricts (name TEXT PRIMARY KEY, i INTEGER, r REAL, t TEXT, blob BLOB, any ANY) STRICT;
`

// What is not refused by the audit comes back equal: the law that the second plan is empty, for every class of column and value.
func TestAuditIsTheLaw(t *testing.T) {
	values := []any{
		nil, true, false, 0, 1, -1, 7, 1.5, 0.1, 1e21, 1e300, 52.123456, 9007199254740993, int64(1<<63 - 1), int64(-1 << 63),
		record.Value("9223372036854775808"), record.Value("123456789012345678901234567890"), record.Value(strings.Repeat("7", 400)), record.Value("0.1234567890123456789"), record.Value("1e999"),
		"", " ", "a", "007", "7", " 7 ", "+7", "-7", "7.0", "7.5", ".5", "5.", "1e3", "1e999", "0x10", "1_000", "9007199254740993", "9223372036854775808", "0.1234567890123456789", "inf", "NaN", "true", "null", "NULL",
		"YQ==", "YQ", "YR==", "2024-01-01", "2024", "Zürich 😀", "a\x00b", "it's \"quoted\" \\ ; DROP TABLE things --", "\"text\"", "[1]", "{", strings.Repeat("long ", 1000),
		[]any{},
		[]any{1, "a", nil},
		map[string]any{"b": 1, "a": []any{true}},
		map[string]any{},
	}
	for _, typ := range []job.Type{"", job.String, job.Integer, job.Number, job.Boolean, job.Time, job.List, job.Object} {
		b := newBench(t, "target", everyType, "", `
thing: {identifiers: [name], attributes: [i, r, t, n, d, b, j, jt, blob, any, v, dt]}
strict: {identifiers: [name], attributes: [i, r, t, blob, any]}
`)
		checked, held := 0, 0
		for _, m := range b.models {
			for i := range m.Attributes {
				m.Attributes[i].Type = typ
			}
			wrote := map[string]record.Field{}
			var cs []*adapter.Change
			for _, at := range m.Attributes {
				for _, x := range values {
					v, err := job.Convert(record.MustOf(x), typ)
					if err != nil {
						continue // a finding of the load
					}
					checked++
					name := fmt.Sprint(m.Name, checked)
					c := b.change(adapter.Create, m.Name, []any{name}, append(set("name", name), record.Field{Name: at.Name, Value: v}))
					if err := b.Audit(context.Background(), c); err != nil {
						held++
						continue
					}
					wrote[name] = record.Field{Name: at.Name, Value: v}
					cs = append(cs, c)
				}
			}
			if got := b.apply(cs...); strings.Contains(got, "invalid") || strings.Contains(got, "BATCH") {
				t.Errorf("type %q: let through, then: %s", typ, got)
			}
			for r, err := range b.Load(context.Background(), adapter.Request{Models: []*adapter.Model{m}}) {
				if err != nil {
					t.Errorf("type %q: %v", typ, err)
					continue
				}
				w := wrote[r.Fields.Get("name").String()]
				got, err := job.Convert(r.Fields.Get(w.Name), typ)
				if err != nil || !m.Equal(w.Name, w.Value, got) {
					t.Errorf("type %q column %s of %s: wrote %s, read %s (%v)", typ, w.Name, m.Name, shortened(string(w.Value)), shortened(string(got)), err)
				}
			}
		}
		t.Logf("type %q: %d checked, %d held", typ, checked, held)
	}
}

// And it holds no more than it must: what would come back equal is let through.
func TestAuditLetsThrough(t *testing.T) {
	b := newBench(t, "target", everyType, "", `
thing: {identifiers: [name], attributes: [{i: integer}, {r: number}, t, {n: integer}, d, {b: boolean}, j, blob, any, v, {dt: time}]}
`)
	for _, f := range []record.Fields{
		set("i", 7), set("i", 9007199254740993), set("r", 0.1), set("r", 7), set("t", "007"), set("t", strings.Repeat("x", 100_000)), set("n", 5), set("d", 1.25), set("b", true), set("j", []any{1, "007"}), set("j", "007"),
		set("blob", "YQ=="), set("any", "007"), set("any", 7), set("v", "longer than three"), set("dt", "2024-01-01T10:00:00Z"), set("i", nil),
	} {
		c := b.change(adapter.Create, "thing", []any{"x"}, append(set("name", "x"), f...))
		if err := b.Audit(context.Background(), c); err != nil {
			t.Errorf("%s: %v", fields(f), err)
		}
	}
}

func TestAuditMessages(t *testing.T) {
	schema := everyType + network + networkRows + `
CREATE TABLE notes (id INTEGER PRIMARY KEY, device INTEGER REFERENCES devices ON DELETE RESTRICT);
INSERT INTO notes VALUES (1, 10);
CREATE TABLE tags (device INTEGER NOT NULL REFERENCES devices ON DELETE CASCADE, tag TEXT NOT NULL);
INSERT INTO tags VALUES (11, 'core'), (10, 'x'), (10, 'y');
CREATE TABLE needs (id INTEGER PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, since TEXT NOT NULL DEFAULT 'now');
`
	b := newBench(t, "target", schema, networkMap+`
thing: {fields: {v: {column: v, values: {"1": one}}, any: {value: 5}}}
need: {table: needs}
`, networkModels+`
thing: {identifiers: [name], attributes: [i, {r: number}, t, n, {b: boolean}, j, blob, must, twice, v, any]}
need: {identifiers: [name], attributes: [owner, since]}
`)
	thing := func(more ...any) *adapter.Change {
		return b.change(adapter.Create, "thing", []any{"x"}, append(set("name", "x"), set(more...)...))
	}
	cases := []struct {
		reason string
		c      *adapter.Change
	}{
		{"text that a column of integers makes a number", thing("i", "007")},
		{"a number that a column of text makes text", thing("t", 7)},
		{"an integer beyond 64 bits", thing("i", record.Value("9223372036854775808"))},
		{"400 digits", thing("r", record.Value(strings.Repeat("7", 400)))},
		{"more digits than a binary fraction has", thing("r", record.Value("0.1234567890123456789"))},
		{"a list in a column of text", thing("t", []any{1})},
		{"an object in a column of numbers", thing("n", map[string]any{"a": 1})},
		{"no base64", thing("blob", "hello")},
		{"null where a value must be", thing("must", nil)},
		{"a computed column", thing("twice", 4)},
		{"several at once", thing("i", "007", "t", 7, "must", nil)},
		{"a column that must have a value is left out", b.change(adapter.Create, "need", []any{"x"}, set("name", "x"))},
		{"an update that empties it", &adapter.Change{Action: adapter.Update, Model: b.model("need"), Set: set("owner", nil)}},
		{"a delete that rows outside the job are in the way of, and that would take others along", b.change(adapter.Delete, "device", []any{"leaf-1"}, nil)},
		{"a delete that cascades out of the job", b.change(adapter.Delete, "device", []any{"spine-1"}, nil)},
	}
	var out strings.Builder
	for _, c := range cases {
		err := b.Audit(context.Background(), c.c)
		if err == nil {
			t.Errorf("%s: let through", c.reason)
			continue
		}
		out.WriteString("# " + c.reason + "\n" + coding(err) + "\n\n")
	}
	golden(t, "audit.txt", out.String())
	for _, ok := range []*adapter.Change{
		b.change(adapter.Delete, "site", []any{"ams01"}, nil), // what refers to it is the job's: the plan deletes it first, or the write is refused
		b.change(adapter.Delete, "device", []any{"lonely"}, nil),
		thing("v", "1"),
	} {
		if err := b.Audit(context.Background(), ok); err != nil {
			t.Errorf("%s: %v", ok.Key, err)
		}
	}
}
