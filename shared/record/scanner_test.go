package record

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScanner(t *testing.T) {
	var s Scanner
	for range 2 { // the second time with names and shape known
		got, err := s.Object([]byte(` {"name": "a", "n" : 1.50, "\u0062":"x\/y","list":["a", 2.0], "o":{"b":1,"a":2}, "z":null,"t":true} `))
		if err != nil {
			t.Fatal(err)
		}
		want := Fields{{"name", Value(`"a"`)}, {"n", Value(`1.5`)}, {"b", Value(`"x/y"`)}, {"list", Value(`["a",2]`)}, {"o", Value(`{"a":2,"b":1}`)}, {"z", Value(`null`)}, {"t", Value(`true`)}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got)\n%s", diff)
		}
		if got, err = s.Object([]byte(`{"n":7}`)); err != nil || len(got) != 1 || got[0].Name != "n" || string(got[0].Value) != "7" {
			t.Fatalf("got %v, %v", got, err)
		}
	}
	for src, want := range map[string]string{
		``:                          `at byte 0: the text is empty; an object should stand here`,
		`[1]`:                       `at byte 0: an object should stand here, not [`,
		`{"a":1,"b":2,"a":3}`:       `at byte 13: the name "a" stands twice in one object`,
		`{"a":1,"\u0061":3}`:        `at byte 7: the name "a" stands twice in one object`,
		`{"a":{"x":1,"y":2,"x":3}}`: `at byte 18: the name "x" stands twice in one object`,
		`{"a":1}{`:                  `at byte 7: more text after the object, from { on`,
		`{"name": "a", "n" : NaN}`:  `at byte 20: NaN is not a number that JSON has; write null`,
		`{"name": "a", "n`:          `at byte 16: the text ends inside a string`,
		`{"name": "a",`:             `at byte 13: the text ends inside an object`,
		`{"name":`:                  `at byte 8: the text ends where a value should stand`,
	} {
		if _, err := s.Object([]byte(src)); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", src, err, want)
		}
	}
}

func TestScannerDoesNotAllocate(t *testing.T) {
	var s Scanner
	src := []byte(`{"name": "ams01-leaf-01", "n" : 1.50, "list":["a", 2.0], "o":{"b":1,"a":"é"}, "e":"\u20ac\/\n","z":null,"t":true}`)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := s.Object(src); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzScanner holds the Scanner against AppendCanonical.
func FuzzScanner(f *testing.F) {
	for _, c := range canonical {
		f.Add([]byte(c.in), []byte(`{"a":`+c.in+`,"b":1}`))
	}
	for _, c := range refused {
		f.Add([]byte(`{"a":1}`), []byte(`{"a":`+c.in+`}`))
	}
	f.Fuzz(func(t *testing.T, first, src []byte) {
		var s Scanner
		s.Object(first) //nolint:errcheck // it only fills the scanner with names
		got, err := s.Object(src)
		want, wantErr := AppendCanonical(nil, src)
		if wantErr == nil && want[0] != '{' {
			if err == nil {
				t.Fatalf("took %q", src)
			}
			return
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: scanner %v, canonical %v", src, err, wantErr)
		}
		if err != nil {
			return
		}
		got.Sort()
		if have := AppendObject(nil, got); !bytes.Equal(have, want) {
			t.Fatalf("%q: scanner %q, canonical %q", src, have, want)
		}
	})
}
