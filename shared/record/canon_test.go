package record

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

// canonical are texts and their canonical forms, from easy to nasty.
var canonical = []struct{ in, want string }{
	{`null`, `null`},
	{` true `, `true`},
	{"\tfalse\r\n", `false`},
	{`0`, `0`},
	{`-0`, `0`},
	{`0.0`, `0`},
	{`-0e9`, `0`},
	{`0e99999999999999999999999`, `0`},
	{`1`, `1`},
	{`1.0`, `1`},
	{`1e0`, `1`},
	{`10e-1`, `1`},
	{`0.1e1`, `1`},
	{`1E+2`, `100`},
	{`-1.50`, `-1.5`},
	{`12e-1`, `1.2`},
	{`0.00120`, `0.0012`},
	{`1e-3`, `0.001`},
	{`123456789012345`, `123456789012345`},
	{`9007199254740993`, `9007199254740993`},
	{`9007199254740993.0`, `9007199254740993`},
	{`1e20`, `100000000000000000000`},
	{`123.456e2`, `12345.6`},
	{`100.00e-2`, `1`},
	{`0.000e-5`, `0`},
	{`1e1000`, `1` + strings.Repeat("0", 1000)},
	{`1e1001`, `1e1001`},
	{`10e1000`, `1e1001`},
	{`1` + strings.Repeat("0", 1001), `1e1001`},
	{`-1.2e2000`, `-12e1999`},
	{`1e-1001`, `0.` + strings.Repeat("0", 1000) + `1`},
	{`1e-1002`, `1e-1002`},
	{`0.` + strings.Repeat("0", 1001) + `12`, `12e-1003`},
	{strings.Repeat("7", 400), strings.Repeat("7", 400)},
	{strings.Repeat("7", 400) + ".0", strings.Repeat("7", 400)},
	{strings.Repeat("7", 3000), strings.Repeat("7", 3000)},
	{`1e1000000000`, `1e1000000000`},
	{`""`, `""`},
	{`"a/b"`, `"a/b"`},
	{`"a\/b"`, `"a/b"`},
	{`"\u0041\u00e9\u20ac"`, `"Aé€"`},
	{`"\ud83d\ude00"`, `"😀"`},
	{`"\"\\\b\f\n\r\t"`, `"\"\\\b\f\n\r\t"`},
	{`"\u0008\u000A\u001f\u0000"`, `"\b\n\u001f\u0000"`},
	{`"\u007f\u2028"`, "\"\u007f\u2028\""},
	{`"0123456\n0123456789"`, `"0123456\n0123456789"`},
	{`[]`, `[]`},
	{`[ 1 , [ ] , "x" ]`, `[1,[],"x"]`},
	{`{}`, `{}`},
	{`{ }`, `{}`},
	{`{"b":1,"a":{"d":2.0,"c":[{"z":1,"y":2}]}}`, `{"a":{"c":[{"y":2,"z":1}],"d":2},"b":1}`},
	{`{"ab":1,"a":2,"":3}`, `{"":3,"a":2,"ab":1}`},
	{`{"\u0062":1,"a":2}`, `{"a":2,"b":1}`},
	{`{"\"":1,"!":2,"\n":3}`, `{"\n":3,"!":2,"\"":1}`},
	{`{"é":1,"z":2}`, `{"z":2,"é":1}`},
}

// refused are texts that have no canonical form, with the reason.
var refused = []struct{ in, want string }{
	{``, `at byte 0: the text ends where a value should stand`},
	{`1 2`, `at byte 2: more text after the value, from 2 on`},
	{`nul`, `at byte 0: a value should stand here, not n`},
	{`NaN`, `at byte 0: NaN is not a number that JSON has; write null`},
	{`[-Infinity]`, `at byte 1: -Infinity is not a number that JSON has; write null`},
	{`01`, `at byte 0: a number with a leading zero`},
	{`-`, `at byte 0: a value should stand here, not -`},
	{`1.`, `at byte 2: a number without a digit after its point`},
	{`.5`, `at byte 0: a value should stand here, not .`},
	{`1e`, `at byte 2: a number without a digit in its exponent`},
	{`+1`, `at byte 0: a value should stand here, not +`},
	{`0x10`, `at byte 1: more text after the value, from x on`},
	{`1e1000000001`, `at byte 0: a number with an exponent beyond a thousand million`},
	{`[1e-99999999999999999999]`, `at byte 1: a number with an exponent beyond a thousand million`},
	{`"abc`, `at byte 4: the text ends inside a string`},
	{`"abc\`, `at byte 5: the text ends inside a string`},
	{"\"a\nb\"", `at byte 2: a raw control character "\n" in a string; it must be written as an escape`},
	{`"\x"`, `at byte 1: an unknown escape "\\x"`},
	{`"\u12g4"`, `at byte 1: a \u escape without four hexadecimal digits`},
	{`"\u12"`, `at byte 1: a \u escape without four hexadecimal digits`},
	{`"\ud800"`, `at byte 1: a lone surrogate \ud800, which is no character`},
	{`"\ud800\u0041"`, `at byte 1: a lone surrogate \ud800, which is no character`},
	{`"\udc00\ud800"`, `at byte 1: a lone surrogate \udc00, which is no character`},
	{"\"ab\xff\"", `at byte 3: invalid UTF-8 (byte 0xff); convert the data to UTF-8`},
	{"\"\xed\xa0\x80\"", `at byte 1: invalid UTF-8 (byte 0xed); convert the data to UTF-8`},
	{"\"abcdefgh\xc3\"", `at byte 9: invalid UTF-8 (byte 0xc3); convert the data to UTF-8`},
	{`[1`, `at byte 2: the text ends inside an array`},
	{`[1,]`, `at byte 3: a value should stand here, not ]`},
	{`[1 2]`, `at byte 3: a comma or ] should stand here, not 2`},
	{`[`, `at byte 1: the text ends where a value should stand`},
	{`{`, `at byte 1: the text ends inside an object`},
	{`{"a"}`, `at byte 4: a colon should stand here, not }`},
	{`{"a":1,}`, `at byte 7: a quoted name should stand here, not }`},
	{`{a:1}`, `at byte 1: a quoted name should stand here, not a`},
	{`{"a":1 "b":2}`, `at byte 7: a comma or } should stand here, not "`},
	{`{"a":`, `at byte 5: the text ends where a value should stand`},
	{`{"a":1,"b":2,"a":3}`, `at byte 13: the name "a" stands twice in one object`},
	{`[{"x":{"a":1,"\u0061":2}}]`, `at byte 13: the name "a" stands twice in one object`},
	{strings.Repeat("[", 501) + strings.Repeat("]", 501), `at byte 500: more than 500 levels of arrays and objects`},
}

func TestAppendCanonical(t *testing.T) {
	for _, c := range canonical {
		got, err := AppendCanonical([]byte("x"), []byte(c.in))
		if err != nil || string(got) != "x"+c.want {
			t.Errorf("%.60s: got %.80s, %v; want %.80s", c.in, got, err, c.want)
		}
		again, err := AppendCanonical(nil, []byte(c.want))
		if err != nil || string(again) != c.want {
			t.Errorf("%.60s: its canonical form becomes %.80s, %v", c.in, again, err)
		}
	}
	for _, c := range refused {
		got, err := AppendCanonical([]byte("x"), []byte(c.in))
		if _, ok := errors.AsType[*SyntaxError](err); !ok {
			t.Errorf("%.60q: got %s, no *SyntaxError but %v", c.in, got, err)
			continue
		}
		if diff := cmp.Diff(c.want, err.Error()); diff != "" || string(got) != "x" {
			t.Errorf("%.60q: (-want +got)\n%s, out %s", c.in, diff, got)
		}
	}
}

func TestEscapesAtEveryPlace(t *testing.T) {
	for _, special := range []string{"\"", "\\", "\n", "\x01", "é", "\xff", "😀"} {
		for before := range 20 {
			for after := range 12 {
				text := strings.Repeat("a", before) + special + strings.Repeat("b", after)
				v, err := StringValue(text)
				if special == "\xff" {
					if err == nil {
						t.Fatalf("%q was not refused", text)
					}
					if _, err := AppendCanonical(nil, []byte(`"`+text+`"`)); err == nil {
						t.Fatalf("%q was not refused as JSON", text)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				got, err := AppendCanonical(nil, v)
				if err != nil || !bytes.Equal(got, v) {
					t.Fatalf("%s became %s, %v", v, got, err)
				}
				if back, _ := v.Text(); back != text {
					t.Fatalf("%q came back as %q", text, back)
				}
				list := append(append(append([]byte(`[`), v...), `,{"k":`...), v...)
				list = append(list, `}]`...)
				if e := Value(list).Elements(); len(e) != 2 || string(e[0]) != string(v) || string(e[1].Members().Get("k")) != string(v) {
					t.Fatalf("%s is cut into %q", list, e)
				}
			}
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for _, c := range canonical {
		f.Add([]byte(c.in))
	}
	for _, c := range refused {
		f.Add([]byte(c.in))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		got, err := AppendCanonical(nil, src)
		valid := jsontext.Value(src).IsValid()
		if err != nil {
			if reason := err.Error(); valid && !strings.Contains(reason, "levels") && !strings.Contains(reason, "exponent beyond") {
				t.Fatalf("refused %q, which is valid: %v", src, err)
			}
			return
		}
		if !valid {
			t.Fatalf("took %q, which is not valid, as %q", src, got)
		}
		again, err := AppendCanonical(nil, got)
		if err != nil || !bytes.Equal(got, again) {
			t.Fatalf("%q became %q, then %q, %v", src, got, again, err)
		}
		want := jsontext.Value(bytes.Clone(src))
		mine := jsontext.Value(bytes.Clone(got))
		if want.Canonicalize() == nil && mine.Canonicalize() == nil && !bytes.Equal(want, mine) {
			t.Fatalf("%q: %q means %q, not %q", src, got, mine, want)
		}
		if _, err := Of(Value(got).Any()); err != nil {
			t.Fatalf("%q does not survive Any: %v", got, err)
		}
	})
}
