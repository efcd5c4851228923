package rules

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPackageStateBites: the rule finds what it is for, and nothing else.
func TestPackageStateBites(t *testing.T) {
	for text, want := range map[string]string{
		`var errX = errors.New("x")`:                                      "",
		`var x = regexp.MustCompile("x"); func f() { x.MatchString("") }`: "",
		`var _ I = (*T)(nil)`:                                             "",
		"//go:embed x\nvar page string":                                   "",
		`var t = map[string]int{"a": 1}; func f() int { return t["a"] }`:  "",
		`var t = map[string]int{}; func f() { t["a"] = 1 }`:               "t",
		`var t = []int{1}; func f() { t[0]++ }`:                           "t",
		`var t = []int{1}; func f() { t := []int{2}; t[0]++ }`:            "", // another t
		`var t = []int{1}; func f() { clear(t) }`:                         "t",
		`var n = 0; func f() { for n = range 3 {} }`:                      "n",
		`var n = 0; func f() *int { return &n }`:                          "n",
		`var n int`:                                                       "n",
		`var mu sync.Mutex`:                                               "mu",
		`var p = sync.Pool{}`:                                             "p",
		`var p = &T{}`:                                                    "p",
		`var p = make(chan int)`:                                          "p",
		`type T struct{ n int }; func (t *T) f() { t.n++ }`:               "",
		`var x = other.T{}; func f() { x.n.m = 1 }`:                       "x",
		`func f() { other.X = 1 }`:                                        "",
	} {
		all := &tree{fset: token.NewFileSet()}
		file, err := parser.ParseFile(all.fset, "p.go", "package p\n"+text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(text, err)
		}
		got := ""
		for _, place := range packageState(all, []source{{path: "p/p.go", ast: file}}) {
			got = place[strings.LastIndex(place, " ")+1:]
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", text, d)
		}
	}
}

func TestLayersBite(t *testing.T) {
	for folder, want := range map[string]int{"shared/fault": 0, "shared/record": 0, "shared/adapter": 3, "shared/adapter/typed": 4, "shared/step": 6, "shared/step/lambda": 7, "adapters/sql": 9, "adapters": 9, "cmd/plumb/cli": 10, "functions/sync": 10, "shared/unheard": -1} {
		if got, _ := layerOf(folder); got != want {
			t.Errorf("layer of %s: %d, want %d", folder, got, want)
		}
	}
}
