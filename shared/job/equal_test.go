package job_test

import (
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func TestEqual(t *testing.T) {
	d400 := strings.Repeat("1234567890", 40)
	for _, tt := range []struct {
		at   job.Attribute
		a, b string
		want bool
		why  string
	}{
		{job.Attribute{}, `"a"`, `"a"`, true, "same bytes"},
		{job.Attribute{}, `"a"`, `"A"`, false, ""},
		{job.Attribute{}, `1`, `true`, true, "as in Python"},
		{job.Attribute{}, `[0,{"a":true,"true":"x"}]`, `[false,{"a":1,"true":"x"}]`, true, "inside, too"},
		{job.Attribute{}, `"true"`, `1`, false, "a text is none"},
		{job.Attribute{}, `["true\"",true]`, `["true\"",1]`, true, ""},
		{job.Attribute{}, `[1,2]`, `[2,1]`, false, "order counts"},
		{job.Attribute{}, ``, `1`, true, "absent on one side"},
		{job.Attribute{}, `null`, ``, true, "absent on one side"},
		{job.Attribute{}, `null`, `0`, false, "null differs from a value"},
		{job.Attribute{}, `null`, `""`, false, ""},
		{job.Attribute{Type: job.Boolean}, `1`, `true`, false, "a type tells them apart"},
		{job.Attribute{Type: job.List}, `[1]`, `[true]`, false, ""},
		{job.Attribute{AbsentIsNull: true}, ``, `null`, true, ""},
		{job.Attribute{AbsentIsNull: true}, ``, `1`, false, ""},
		{job.Attribute{EmptyIsNull: true}, `""`, `null`, true, ""},
		{job.Attribute{EmptyIsNull: true}, `""`, `0`, false, ""},
		{job.Attribute{EmptyIsNull: true, AbsentIsNull: true}, `""`, ``, true, ""},
		{job.Attribute{EmptyIsNull: true}, `""`, ``, true, "absent"},
		{job.Attribute{IgnoreCase: true}, `"Aß"`, `"aß"`, true, ""},
		{job.Attribute{IgnoreCase: true}, `["A","b"]`, `["a","B"]`, true, ""},
		{job.Attribute{IgnoreCase: true}, `["A","b"]`, `["b","a"]`, false, ""},
		{job.Attribute{Set: true}, `["a","b","a"]`, `["b","a"]`, true, "order and number"},
		{job.Attribute{Set: true}, `["a"]`, `["b","a"]`, false, ""},
		{job.Attribute{Set: true}, `["A"]`, `["a"]`, false, ""},
		{job.Attribute{Set: true, IgnoreCase: true}, `["A","a"]`, `["a"]`, true, ""},
		{job.Attribute{Set: true}, `[true]`, `[1]`, true, "no type"},
		{job.Attribute{Set: true, Type: job.List}, `[true]`, `[1]`, false, ""},
		{job.Attribute{Set: true}, `[]`, `null`, false, ""},
		{job.Attribute{Set: true}, `["a"]`, `"a"`, false, ""},
		{job.Attribute{Type: job.Number, Tolerance: 0.1}, `1`, `1.1`, true, "inclusive, in decimals"},
		{job.Attribute{Type: job.Number, Tolerance: 0.1}, `1`, `1.1000000000000000000001`, false, ""},
		{job.Attribute{Type: job.Number, Tolerance: 0.1}, `-0.05`, `0.05`, true, ""},
		{job.Attribute{Type: job.Number, Tolerance: 0.1}, `0`, `0.1`, true, ""},
		{job.Attribute{Type: job.Number, Tolerance: 0.1}, `null`, `0`, false, ""},
		{job.Attribute{Type: job.Number, Tolerance: 1}, d400 + "1", d400 + "2", true, "400 digits"},
		{job.Attribute{Type: job.Number, Tolerance: 1}, d400 + "1", d400 + "3", false, ""},
		{job.Attribute{Type: job.Number, Tolerance: 1}, d400 + "1", `3`, false, ""},
		{job.Attribute{Type: job.Number, Tolerance: 1}, `1e999999999`, `1`, false, "no room for that many digits"},
		{job.Attribute{Type: job.Number, Tolerance: 1}, `1e999999999`, `2e999999999`, false, ""},
		{job.Attribute{Type: job.Number, Tolerance: 1}, `1e-999999999`, `1`, true, ""},
		{job.Attribute{Type: job.Number, Tolerance: 1}, `-1e-999999999`, `1`, false, ""},
		{job.Attribute{Type: job.Number, Tolerance: 1}, `1e-999999999`, `-1e-999999998`, true, ""},
		{job.Attribute{Type: job.Number, Tolerance: 0.5}, `1e-999999999`, `0.5`, true, ""},
		{job.Attribute{Type: job.Number, Tolerance: 0.5}, `-1e-999999999`, `0.5`, false, ""},
	} {
		if got := tt.at.Equal(record.Value(tt.a), record.Value(tt.b)); got != tt.want {
			t.Errorf("%+v: %s and %s: %v %s", tt.at, cut(tt.a), cut(tt.b), got, tt.why)
		}
		if got := tt.at.Equal(record.Value(tt.b), record.Value(tt.a)); got != tt.want {
			t.Errorf("%+v: %s and %s: %v, the other way round", tt.at, cut(tt.b), cut(tt.a), got)
		}
	}
	m := job.Model{Attributes: []job.Attribute{{Name: "a", IgnoreCase: true}}}
	if !m.Equal("a", record.Value(`"A"`), record.Value(`"a"`)) || m.Equal("b", record.Value(`"A"`), record.Value(`"a"`)) {
		t.Error("by field")
	}
}

// Tolerance is held against big.Rat on random numbers.
func TestToleranceIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	num := func() string {
		s := strconv.Itoa(r.IntN(2001)-1000) + "e" + strconv.Itoa(r.IntN(9)-4)
		v, err := record.AppendCanonical(nil, []byte(s))
		if err != nil {
			t.Fatal(err)
		}
		return string(v)
	}
	for range 20_000 {
		a, b, tol := num(), num(), float64(r.IntN(1000)+1)/1000
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		z, _ := new(big.Rat).SetString(strconv.FormatFloat(tol, 'f', -1, 64))
		want := x.Sub(x, y).Abs(x).Cmp(z) <= 0
		at := job.Attribute{Type: job.Number, Tolerance: tol}
		if got := at.Equal(record.Value(a), record.Value(b)); got != want {
			t.Fatalf("%s and %s within %v: got %v, want %v", a, b, tol, got, want)
		}
	}
}

// Without a type or a rule values compare exactly as record.EqualLoose says.
func FuzzEqualLoose(f *testing.F) {
	f.Add(`[true,"true",{"a":false}]`, `[1,"true",{"a":0}]`)
	f.Add(`{"false":"x\"f"}`, `0`)
	f.Fuzz(func(t *testing.T, a, b string) {
		x, err1 := record.AppendCanonical(nil, []byte(a))
		y, err2 := record.AppendCanonical(nil, []byte(b))
		if err1 != nil || err2 != nil {
			return
		}
		if got, want := (&job.Attribute{}).Equal(x, y), record.EqualLoose(x, y); got != want {
			t.Fatalf("%s and %s: %v, loosely %v", x, y, got, want)
		}
	})
}
