package job_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func TestConvert(t *testing.T) {
	big := strings.Repeat("1234567890", 40)
	for _, tt := range []struct {
		typ      job.Type
		in, want string // want "": an error
	}{
		{"", `"x"`, `"x"`},
		{"", `1.5`, `1.5`},
		{job.Integer, `null`, `null`},
		{job.List, `null`, `null`},

		{job.String, `"x"`, `"x"`},
		{job.String, `12`, `"12"`},
		{job.String, `true`, `"true"`},
		{job.String, `[1]`, ``},
		{job.String, `{}`, ``},

		{job.Integer, `12`, `12`},
		{job.Integer, `-12`, `-12`},
		{job.Integer, `"12"`, `12`},
		{job.Integer, `"007"`, `7`},
		{job.Integer, `" +7 "`, `7`},
		{job.Integer, `"-0"`, `0`},
		{job.Integer, `"12.0"`, `12`},
		{job.Integer, `"1e3"`, `1000`},
		{job.Integer, `"1.5e1"`, `15`},
		{job.Integer, `1.5`, ``},
		{job.Integer, `"1.5"`, ``},
		{job.Integer, `"1e-1"`, ``},
		{job.Integer, `""`, ``},
		{job.Integer, `"x"`, ``},
		{job.Integer, `"0x1f"`, ``},
		{job.Integer, `"1,000"`, ``},
		{job.Integer, `true`, ``},
		{job.Integer, `[1]`, ``},
		{job.Integer, `"1 2"`, ``},
		{job.Integer, `"9007199254740993"`, `9007199254740993`},
		{job.Integer, big, big},
		{job.Integer, `"` + big + `"`, big},

		{job.Number, `1.5`, `1.5`},
		{job.Number, `"1.50"`, `1.5`},
		{job.Number, `".5"`, `0.5`},
		{job.Number, `"5."`, `5`},
		{job.Number, `"-.5"`, `-0.5`},
		{job.Number, `"."`, ``},
		{job.Number, `"NaN"`, ``},
		{job.Number, `"Infinity"`, ``},
		{job.Number, `"-"`, ``},
		{job.Number, `"1e"`, ``},
		{job.Number, `"1e+"`, ``},
		{job.Number, `"1E5x"`, ``},
		{job.Number, `{}`, ``},
		{job.Number, `"0.` + big + `1"`, `0.` + big + `1`},

		{job.Boolean, `true`, `true`},
		{job.Boolean, `1`, `true`},
		{job.Boolean, `0`, `false`},
		{job.Boolean, `2`, ``},
		{job.Boolean, `"Yes"`, `true`},
		{job.Boolean, `" no "`, `false`},
		{job.Boolean, `"T"`, `true`},
		{job.Boolean, `"f"`, `false`},
		{job.Boolean, `"1"`, `true`},
		{job.Boolean, `""`, ``},
		{job.Boolean, `"on"`, ``},
		{job.Boolean, `[]`, ``},

		{job.Time, `"2024-02-29T01:02:03Z"`, `"2024-02-29T01:02:03Z"`},
		{job.Time, `"2024-02-29T01:02:03.5Z"`, `"2024-02-29T01:02:03.5Z"`},
		{job.Time, `"2024-02-29T01:02:03.50Z"`, `"2024-02-29T01:02:03.5Z"`},
		{job.Time, `"2024-02-29T01:02:03+02:00"`, `"2024-02-28T23:02:03Z"`},
		{job.Time, `"2024-02-29"`, `"2024-02-29T00:00:00Z"`},
		{job.Time, `"2024-02-29 01:02:03"`, `"2024-02-29T01:02:03Z"`},
		{job.Time, `"2024-02-29 01:02:03+00"`, `"2024-02-29T01:02:03Z"`},
		{job.Time, `"2024-02-29 01:02:03.123456+00:00"`, `"2024-02-29T01:02:03.123456Z"`},
		{job.Time, `" 2024-02-29T01:02 "`, `"2024-02-29T01:02:00Z"`},
		{job.Time, `"2023-02-29T01:02:03Z"`, ``},
		{job.Time, `"2023-02-29"`, ``},
		{job.Time, `"2024-02-29T25:02:03Z"`, ``},
		{job.Time, `"2024-02-29T01:02:03.0000000001Z"`, ``},
		{job.Time, `"2024-02-29T01:02:03.1000000000Z"`, `"2024-02-29T01:02:03.1Z"`},
		{job.Time, `"0000-01-01T00:00:00+01:00"`, ``},
		{job.Time, `1700000000`, ``},
		{job.Time, `"now"`, ``},
		{job.Time, `"01/02/2024"`, ``},

		{job.List, `[1]`, `[1]`},
		{job.List, `"[1, \"a\"]"`, `[1,"a"]`},
		{job.List, `"a"`, ``},
		{job.List, `""`, ``},
		{job.List, `"[1"`, ``},
		{job.List, `1`, ``},
		{job.List, `{}`, ``},
		{job.Object, `{"a":1}`, `{"a":1}`},
		{job.Object, `"{\"b\": 1, \"a\": 2}"`, `{"a":2,"b":1}`},
		{job.Object, `"[]"`, ``},
		{job.Object, `"{\"a\":1,\"a\":2}"`, ``},
	} {
		got, err := job.Convert(record.Value(tt.in), tt.typ)
		if err != nil && tt.want != "" || string(got) != tt.want {
			t.Errorf("%s to %s: got %s, %v, want %s", cut(tt.in), tt.typ, cut(string(got)), err, cut(tt.want))
		}
		if err == nil {
			if again, err := job.Convert(got, tt.typ); err != nil || string(again) != string(got) {
				t.Errorf("%s to %s twice: %s, %v", cut(tt.in), tt.typ, again, err)
			}
		}
	}
	if v, err := job.Convert(nil, job.Integer); v != nil || err != nil {
		t.Errorf("absent: %s, %v", v, err)
	}
	if v, _ := job.Convert(record.Value(`" a; b;;c"`), job.List, ";"); string(v) != `["a","b","","c"]` {
		t.Errorf("split: %s", v)
	}
	if v, _ := job.Convert(record.Value(`""`), job.List, ";"); string(v) != `[]` {
		t.Errorf("split: %s", v)
	}
}

func cut(s string) string { return s[:min(len(s), 70)] }

func TestConvertErrors(t *testing.T) {
	for in, want := range map[string]string{
		`"abc"`:                              `"abc" is not an integer`,
		`1.5`:                                `1.5 is not an integer`,
		`{"a":1}`:                            `{"a":1} is not an integer`,
		`"a\nb"`:                             `"a\nb" is not an integer`,
		`"` + strings.Repeat("é", 100) + `"`: `"` + strings.Repeat("é", 58) + `.." is not an integer`,
	} {
		_, err := job.Convert(record.Value(in), job.Integer)
		if d := cmp.Diff(want, err.Error()); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}

// What is of the type already costs nothing: loads convert every value of every record.
func TestConvertDoesNotAllocate(t *testing.T) {
	for typ, in := range map[job.Type]string{
		job.String: `"Grüße"`, job.Integer: `12345678901234567890`, job.Number: `1.5`, job.Boolean: `true`, job.Time: `"2024-02-29T01:02:03.5Z"`, job.List: `[1]`, job.Object: `{}`,
	} {
		v := record.Value(in)
		if n := testing.AllocsPerRun(100, func() { _, _ = job.Convert(v, typ) }); n != 0 {
			t.Errorf("%s: %v allocations", typ, n)
		}
	}
	for _, in := range []string{`"ams01-leaf-01"`, `12`, `["a","b"]`, `"grüße"`, `"a\u001fb"`} {
		v := record.Value(in)
		if n := testing.AllocsPerRun(100, func() { job.Fold(v) }); n != 0 {
			t.Errorf("fold %s: %v allocations", in, n)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		`"AMS01"`: `"ams01"`, `"ÄÖ"`: `"äö"`, `"Σς"`: `"σσ"`, `"K"`: `"k"`, `"a\nB\u001f\\N\""`: `"a\nb\u001f\\n\""`, `12`: `12`, `null`: `null`, `["A",["B"],{"C":"D"},"E"]`: `["a",["b"],{"C":"D"},"e"]`, `{"A":"B"}`: `{"A":"B"}`, `"İ"`: `"İ"`,
		`"straße"`: `"straße"`,
	} {
		if got := job.Fold(record.Value(in)); string(got) != want {
			t.Errorf("fold %s: got %s, want %s", in, got, want)
		}
	}
	if job.Fold(nil) != nil {
		t.Error("absent")
	}
}

func FuzzConvert(f *testing.F) {
	for _, s := range []string{"", "12", " 007 ", "1e3", "2024-02-29", "[1]", "{\"a\":1}", "yes", "\xff", "1e999999999", "0.1e-5"} {
		f.Add(s, uint8(0))
	}
	types := []job.Type{job.String, job.Integer, job.Number, job.Boolean, job.Time, job.List, job.Object}
	f.Fuzz(func(t *testing.T, s string, n uint8) {
		typ := types[int(n)%len(types)]
		v, err := record.StringValue(s)
		if err != nil {
			return
		}
		out, err := job.Convert(v, typ)
		if err != nil {
			return
		}
		if canon, err := record.AppendCanonical(nil, out); err != nil || string(canon) != string(out) {
			t.Fatalf("%s to %s: %s is not canonical: %s, %v", v, typ, out, canon, err)
		}
		if again, err := job.Convert(out, typ); err != nil || string(again) != string(out) {
			t.Fatalf("%s to %s: %s, again %s, %v", v, typ, out, again, err)
		}
		folded := job.Fold(out)
		if canon, err := record.AppendCanonical(nil, folded); err != nil || string(canon) != string(folded) {
			t.Fatalf("fold %s: %s is not canonical", out, folded)
		}
		if again := job.Fold(folded); string(again) != string(folded) {
			t.Fatalf("fold %s: %s, again %s", out, folded, again)
		}
	})
}
