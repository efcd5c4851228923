package expression_test

import (
	"errors"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/expression"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// FuzzEval holds expressions to their bounds: whatever a person writes neither panics nor runs for long, and gives a canonical value or an error that says where.
func FuzzEval(f *testing.F) {
	for _, s := range []string{
		`lower(split(Host, ".")[0])`, `$env["a b"] ?? "x"`, `let a = 1..1000; map(a, map(a, # + 1))`, `repeat("x", 1000000)`, `reduce(1..9, #acc + #, 0)`,
		`replace(Host, "", Host)`, `{"a": [1, nil, 1.5]}`, `Host matches "(a+)+$"`, `sum(1..100)`, `o.a?.b`, `groupBy(list, #)`, `-9223372036854775808`, `if flag {1} else {2}`,
		`list | filter(# in list) | sortBy(#index, "desc")`, `1 < n <= 3 ? [n][-1:] : 'x\''`,
	} {
		f.Add(s)
	}
	theirs := fields(`Host="AMS01.example"`, `list=[1,"a",null]`, `o={"a":1}`, `flag=true`, `n=2`)
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		v, err := eval(text, theirs)
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("took %v", took)
		}
		if _, ok := errors.AsType[*expression.Error](err); err != nil && !ok {
			t.Errorf("got %T: %v", err, err)
		}
		if err == nil {
			if c, err := record.AppendCanonical(nil, []byte(v)); err != nil || string(c) != v {
				t.Errorf("%s is not canonical: %s, %v", v, c, err)
			}
		}
	})
}
