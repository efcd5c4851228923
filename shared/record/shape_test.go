package record

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShapeMakesTheSameLines(t *testing.T) {
	names := []string{"a", "b\"", "role", "é"}
	shape := NewShape(names)
	rnd := rand.New(rand.NewPCG(1, 2))
	key, parent := MakeKey("device", MustOf("x")), MakeKey("site", MustOf(1))
	for range 200 {
		var attrs Fields
		values := make([]Value, len(names))
		for i, n := range names {
			if rnd.IntN(2) == 0 {
				values[i] = MustOf(i)
				attrs = append(attrs, Field{n, values[i]})
			}
		}
		var local Fields
		if rnd.IntN(2) == 0 {
			local = Fields{{"id", MustOf(7)}}
		}
		var spelling []Value
		if rnd.IntN(2) == 0 {
			spelling = []Value{MustOf("X")}
		}
		p := []Key{"", parent}[rnd.IntN(2)]
		flags := Flags(rnd.IntN(3))
		want := AppendLine(nil, key, p, attrs, spelling, flags, local)
		got := shape.AppendLine(nil, []byte(key), []byte(p), values, spelling, flags, local)
		if d := cmp.Diff(string(want), string(got)); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	}
}
