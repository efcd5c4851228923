package record

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestOf(t *testing.T) {
	type device struct {
		Name string         `json:"name"`
		Unit *int           `json:"unit"`
		Tags []string       `json:"tags"`
		Skip string         `json:"-"`
		Any  map[string]any `json:"any,omitempty"`
	}
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	unit := 3
	for _, c := range []struct {
		in   any
		want string
	}{
		{nil, `null`},
		{true, `true`},
		{1, `1`},
		{int8(-1), `-1`},
		{uint64(math.MaxUint64), `18446744073709551615`},
		{1.0, `1`},
		{1.5, `1.5`},
		{math.Copysign(0, -1), `0`},
		{float32(0.1), `0.1`},
		{1e300, `1` + zeros(300)},
		{json.Number("1.0"), `1`},
		{json.Number("9007199254740993"), `9007199254740993`},
		{huge, `123456789012345678901234567890`},
		{(*big.Int)(nil), `null`},
		{"a\n", `"a\n"`},
		{Value(`{"b":1.0,"a":2}`), `{"a":2,"b":1}`},
		{Value(nil), `null`},
		{time.Date(2026, 1, 2, 3, 4, 5, 600, time.FixedZone("", 3600)), `"2026-01-02T03:04:05.0000006+01:00"`},
		{[]byte("hi"), `"aGk="`},
		{[]any{1, "x", nil}, `[1,"x",null]`},
		{map[string]any{"b": 1, "a": []int{1}}, `{"a":[1],"b":1}`},
		{[]string{"b", "a"}, `["b","a"]`},
		{device{Name: "x", Unit: &unit, Tags: []string{"t"}}, `{"name":"x","tags":["t"],"unit":3}`},
		{&device{Name: "x"}, `{"name":"x","tags":[],"unit":null}`},
		{map[string]int{}, `{}`},
		{json.RawMessage(` [1.0]`), `[1]`},
	} {
		got, err := Of(c.in)
		if diff := cmp.Diff(c.want, string(got)); diff != "" || err != nil {
			t.Errorf("%#v: %v (-want +got)\n%s", c.in, err, diff)
		}
	}
	for _, in := range []any{math.NaN(), math.Inf(1), "\xff", json.Number("1x"), json.Number(""), []any{math.NaN()}, map[string]any{"\xff": 1}, map[string]any{"a": "\xff"}, []string{"\xff"}, func() {}, Value(`{"a":1,"a":2}`)} {
		if got, err := Of(in); err == nil {
			t.Errorf("%#v: got %s", in, got)
		}
	}
}

func zeros(n int64) string { return string(appendZeros(nil, n)) }

func TestValue(t *testing.T) {
	for in, want := range map[string]any{`null`: nil, `true`: true, `12`: json.Number("12"), `"a\"b"`: `a"b`, `[1,"x"]`: []any{json.Number("1"), "x"}, `{"a":{"b":[]}}`: map[string]any{"a": map[string]any{"b": []any{}}}} {
		if diff := cmp.Diff(want, Value(in).Any()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", in, diff)
		}
	}
	if n, ok := Value(`9007199254740993`).Int64(); !ok || n != 9007199254740993 {
		t.Errorf("got %d %v", n, ok)
	}
	for _, in := range []string{`1.5`, `9223372036854775808`, `"1"`, ``, `null`} {
		if n, ok := Value(in).Int64(); ok {
			t.Errorf("%s is %d", in, n)
		}
	}
	if f, ok := Value(`1e-2000`).Float64(); !ok || f != 0 {
		t.Errorf("got %v %v", f, ok)
	}
	if f, ok := Value(`1e2000`).Float64(); ok {
		t.Errorf("got %v", f)
	}
	if s := Value(`"a\tb"`).String(); s != "a\tb" {
		t.Errorf("got %q", s)
	}
	var in struct{ V, W Value }
	if err := json.Unmarshal([]byte(`{"V":{"b":1.0,"a":2}}`), &in); err != nil || string(in.V) != `{"a":2,"b":1}` {
		t.Errorf("got %s, %v", in.V, err)
	}
	if out, err := json.Marshal(in); err != nil || string(out) != `{"V":{"a":2,"b":1},"W":null}` {
		t.Errorf("got %s, %v", out, err)
	}
}

func TestEqualLoose(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{``, ``, true},
		{``, `null`, false},
		{`null`, `null`, true},
		{`1`, `true`, true},
		{`false`, `0`, true},
		{`1`, `false`, false},
		{`10`, `true`, false},
		{`"1"`, `1`, false},
		{`"true"`, `true`, false},
		{`null`, `false`, false},
		{`null`, `0`, false},
		{`[1,{"a":true}]`, `[true,{"a":1}]`, true},
		{`[1,2]`, `[1]`, false},
		{`{"a":1}`, `{"b":1}`, false},
		{`{"a":1}`, `{"a":1,"b":1}`, false},
		{`[]`, `{}`, false},
		{`"a"`, `"b"`, false},
	} {
		if EqualLoose(Value(c.a), Value(c.b)) != c.want || EqualLoose(Value(c.b), Value(c.a)) != c.want {
			t.Errorf("%s and %s: want %v", c.a, c.b, c.want)
		}
	}
}
