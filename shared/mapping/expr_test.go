package mapping_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func TestExpr(t *testing.T) {
	theirs := []string{`Hostname="AMS01-leaf-01.example.net"`, `Serial Number="x"`, `n=3`, `big=9007199254740993`, `f=1.5`, `long=1.5e400`, `list=["b","a"]`, `none=null`, `empty=null`, `o={"a":{"b":1}}`, `type="t"`}
	tests := map[string]struct{ expr, want, trouble string }{
		"the design's":                        {expr: `lower(split(Hostname, ".")[0])`, want: `"ams01-leaf-01"`},
		"a name with a blank":                 {expr: `upper($env["Serial Number"])`, want: `"X"`},
		"null is null":                        {expr: `none`, want: `null`},
		"absent is null":                      {expr: `nothing`, want: `null`},
		"another instead":                     {expr: `nothing ?? none ?? Hostname | trim()`, want: `"AMS01-leaf-01.example.net"`},
		"arithmetic":                          {expr: `n * 2 + 1`, want: `7`},
		"a float":                             {expr: `f + 1`, want: `2.5`},
		"a large integer":                     {expr: `big + 1`, want: `9007199254740994`},
		"a long number stays":                 {expr: `long`, want: `15000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000`},
		"choice":                              {expr: `n > 2 ? "many" : "few"`, want: `"many"`},
		"boolean":                             {expr: `Hostname matches "^AMS"`, want: `true`},
		"list":                                {expr: `map(sort(list), upper(#))`, want: `["A","B"]`},
		"join":                                {expr: `join(list, "-") + "!"`, want: `"b-a!"`},
		"replace":                             {expr: `replace(Hostname, "leaf", "spine")`, want: `"AMS01-spine-01.example.net"`},
		"object":                              {expr: `{"x": o.a.b, "y": [n]}`, want: `{"x":1,"y":[3]}`},
		"let":                                 {expr: `let h = split(Hostname, "."); h[0] + "/" + h[1]`, want: `"AMS01-leaf-01/example"`},
		"a field that is named as a function": {expr: `upper(type)`, want: `"T"`},
		"lower of null":                       {expr: `lower(empty)`, trouble: `name: wants a string, got null (column 1 of the expression)`},
		"beyond the end":                      {expr: `split(Hostname, ".")[9]`, trouble: `name: index out of range: 9 (array length is 3) (column 21 of the expression)`},
		"arithmetic with text":                {expr: `Hostname * 2`, trouble: `name: invalid operation: string * int (column 10 of the expression)`},
		"join of numbers":                     {expr: `join([1], "-")`, trouble: `name: join wants a list of texts, got int (column 1 of the expression)`},
		"no number":                           {expr: `0 / 0`, trouble: `name: the expression gives a float64: NaN is not a number that can be kept; give nil for no value`},
		"too many steps":                      {expr: `let a = 1..1000; count(a, count(a, count(a, # > 5000) == 3) == 3)`, trouble: `name: takes too many steps`},
		"too much text, added":                {expr: "let a0 = Hostname;" + doubling(40, "a%d + a%d"), trouble: `name: makes too much text`},
		"too much text, replaced":             {expr: "let a0 = Hostname;" + doubling(40, `replace(a%d, "", a%d)`), trouble: `name: makes too much text`},
		"too much text, joined":               {expr: "let a0 = Hostname;" + doubling(40, `join([a%d, a%d])`), trouble: `name: makes too much text`},
		"too many elements":                   {expr: `len(1..100000000)`, trouble: `name: memory budget exceeded (column 6 of the expression)`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := compile(t, false, job.FieldMap{Name: "name", Expr: tt.expr})
			got, err := m.In(fields(t, theirs...), nil)
			trouble := ""
			if b := record.AsBad(err); b != nil {
				trouble = b.Reason
			} else if err != nil {
				t.Fatal(err)
			}
			if cut, _, ok := strings.Cut(trouble, " (column"); ok && !strings.Contains(tt.trouble, "column") {
				trouble = cut
			}
			if d := cmp.Diff(tt.want, string(got.Get("name"))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.trouble, trouble); d != "" {
				t.Errorf("trouble (-want +got):\n%s", d)
			}
		})
	}
}

// doubling is n declarations, each of which uses the one before twice.
func doubling(n int, form string) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		b.WriteString("let a" + itoa(i) + " = " + strings.ReplaceAll(form, "%d", itoa(i-1)) + ";")
	}
	return b.String() + "len(a" + itoa(n) + ")"
}

func itoa(n int) string { return string(record.MustOf(n)) }

func TestExprWanted(t *testing.T) {
	base := []string{"role", "serial", "site", "status", "tags"}
	tests := map[string]struct {
		expr string
		want []string // beside base; nil: all
	}{
		"names":                   {`lower(Host) + "." + Domain`, []string{"Domain", "Host"}},
		"a name with a blank":     {`$env["Host Name"] ?? $env.Host`, []string{"Host", "Host Name"}},
		"members":                 {`config.context.name`, []string{"config"}},
		"let hides":               {`let Name = lower(Host); Name + Name`, []string{"Host"}},
		"let of its own name":     {`let Host = lower(Host); Host`, []string{"Host"}},
		"in a predicate":          {`any(list, # == Host)`, []string{"Host", "list"}},
		"a name that is computed": {`$env["a" + Host]`, nil},
		"the whole":               {`len(keys($env))`, nil},
		"none":                    {`"x"`, []string{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := compile(t, false, job.FieldMap{Name: "name", Expr: tt.expr}).Wanted()
			var want []string
			if tt.want != nil {
				want = append(want, tt.want...)
				want = append(want, base...)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

func TestExprThatDoesNotCompile(t *testing.T) {
	tests := map[string]struct{ expr, want string }{
		"syntax":           {`lower(`, `map model "device": field "name": unexpected token EOF (column 6 of the expression)`},
		"unknown function": {`lowr(Host)`, `map model "device": field "name": no function "lowr" (column 1 of the expression); there are abs, all, `},
		"no clock":         {`now()`, `map model "device": field "name": no function "now" (column 1 of the expression); there are abs, all, `},
		"too long":         {strings.Repeat("1 + ", 2000) + "1", `map model "device": field "name": compilation failed: expression exceeds maximum allowed nodes`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := mapping.Compile(device(), &job.Mapping{Fields: []job.FieldMap{{Name: "name", Expr: tt.expr}}})
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestIdentifyKnowsOnlyWhatWasRead(t *testing.T) {
	m := compile(t, false, job.FieldMap{Name: "name", Expr: `Host ?? "unknown"`}, job.FieldMap{Name: "serial", From: "S", Default: val("none")}, job.FieldMap{Name: "role", Value: val("switch")})
	type known map[string]string
	for _, tt := range []struct {
		theirs []string
		want   known
		reason string
	}{
		{[]string{`Host="a"`, `S=null`}, known{"name": `"a"`, "serial": `"none"`, "role": `"switch"`}, "all that they are made from is there"},
		{nil, known{"role": `"switch"`}, "neither an expression nor a default may guess at what was not read"},
	} {
		got := known{}
		for _, n := range m.Names() {
			if v, ok := m.Identify(fields(t, tt.theirs...), n); ok {
				got[n] = string(v)
			}
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.reason, d)
		}
	}
}
