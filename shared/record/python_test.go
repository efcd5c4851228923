package record

import "testing"

func TestPython(t *testing.T) {
	for in, want := range map[string]string{
		`null`: "None", `true`: "True", `1`: "1", `123456789012345678901234567890`: "123456789012345678901234567890", `1.5`: "1.5",
		`"x"`: "x", `["a",1]`: "['a', 1]", `{"a":"b\"'"}`: `{'a': 'b"\''}`, `["it's"]`: `["it's"]`, `0.00001`: "1e-05", `123456789.25`: "123456789.25",
		`["\u0007\u007f\u00a0\u00ad\u200b é"]`: `['\x07\x7f\xa0\xad\u200b é']`, `["\n\\"]`: `['\n\\']`,
	} {
		if got := Python(Value(in)); got != want {
			t.Errorf("Python(%s) = %s, want %s", in, got, want)
		}
	}
}
