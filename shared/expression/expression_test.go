package expression_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/expression"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// host is a record as a source might have it.
func host() record.Fields {
	return fields(`Hostname="AMS01-leaf-01.example.net"`, `Serial Number="x"`, `n=3`, `big=9007199254740993`, `f=1.5`, `long=1.5e400`, `list=["b","a"]`, `none=null`, `o={"a":{"b":1}}`, `type="t"`, `neg=-7`, `flag=true`, `nums=[3,1,2,1]`, `word="łódź"`)
}

func fields(pairs ...string) record.Fields {
	var out record.Fields
	for _, p := range pairs {
		name, v, _ := strings.Cut(p, "=")
		canonical, err := record.AppendCanonical(nil, []byte(v))
		if err != nil {
			panic(err)
		}
		out = append(out, record.Field{Name: name, Value: canonical})
	}
	return out
}

// eval compiles and evaluates an expression over a record.
func eval(text string, theirs record.Fields) (string, error) {
	e, err := expression.Compile(text)
	if err != nil {
		return "", err
	}
	var values []record.Value
	for _, n := range e.Names() {
		values = append(values, theirs.Get(n))
	}
	v, err := e.Eval(values, theirs)
	return string(v), err
}

func TestEval(t *testing.T) {
	for _, tt := range []struct{ name, expr, want string }{
		{"host name", `lower(split(Hostname, ".")[0])`, `"ams01-leaf-01"`},
		{"a name with a blank", `upper($env["Serial Number"])`, `"X"`},
		{"null", `none`, `null`},
		{"absent", `nothing`, `null`},
		{"another instead", `nothing ?? none ?? (Hostname | trim())`, `"AMS01-leaf-01.example.net"`},
		{"arithmetic", `n * 2 + 1`, `7`},
		{"powers bind to the right", `-2 ** 3 ** 2`, `-512`},
		{"division gives floats", `7 / 2`, `3.5`},
		{"a float", `f + 1`, `2.5`},
		{"a large integer", `big + 1`, `9007199254740994`},
		{"a long number stays", `long == long ? "same" : "not"`, `"same"`},
		{"choice", `n > 2 ? "many" : "few"`, `"many"`},
		{"itself, else", `nothing != nil ?: false`, `false`},
		{"if", `if n > 5 { "many" } else if n > 2 { "some" } else { "few" }`, `"some"`},
		{"between", `1 < n <= 3`, `true`},
		{"and binds before or", `true or false and false`, `true`},
		{"not in", `"c" not in list and not ("a" not in list)`, `true`},
		{"pattern", `Hostname matches "^AMS[0-9]+"`, `true`},
		{"list", `map(sort(list), upper(#))`, `["A","B"]`},
		{"pipe", `list | sort() | map(upper(#)) | join("-")`, `"A-B"`},
		{"the element's member", `map([{"a": 1}, {"a": 2}], .a + #.a)`, `[2,4]`},
		{"place", `filter(nums, #index % 2 == 0)`, `[3,2]`},
		{"reduce", `reduce(nums, #acc + #, 10)`, `17`},
		{"two levels", `map(1..3, sum(map(1..#, # * #)))`, `[1,5,14]`},
		{"sort by", `sortBy(nums, -#)`, `[3,2,1,1]`},
		{"group", `groupBy(["ab", "b", "ac"], #[0:1])`, `{"a":["ab","ac"],"b":["b"]}`},
		{"from the end", `Hostname[-3:]`, `"net"`},
		{"characters, not bytes", `word[1] + word[:1] + string(len(word))`, `"ół4"`},
		{"object", `{"x": o.a.b, y: [n], ("z" + "z"): nil}`, `{"x":1,"y":[3],"zz":null}`},
		{"a chain that ends early", `o.b?.c.d`, `null`},
		{"let", `let h = split(Hostname, "."); h[0] + "/" + h[1]`, `"AMS01-leaf-01/example"`},
		{"let within", `let a = 1; (let b = a + 1; b * 10) + (let b = 5; b) + a`, `26`},
		{"a field that is named as a function", `upper(type)`, `"T"`},
		{"escapes", "`raw\\n` + \"\\u00e9\\\"\" + 'a\\'b'", `"raw\\né\"a'b"`},
		{"numbers", `[0x1f, 0b101, 0o17, 1_000, 1e3, .5, 1.25e-2]`, `[31,5,15,1000,1000,0.5,0.0125]`},
		{"comments", "1 + /* two */ 2 // three", `3`},
		{"the whole", `len(keys($env)) > 10 and $env["n" + ""] == 3`, `true`},
		{"text of a list", `string([1, "a", nil])`, `"[1,\"a\",null]"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := eval(tt.expr, host())
			if err != nil || got != tt.want {
				t.Errorf("%s: got %s, %v; want %s", tt.expr, got, err, tt.want)
			}
		})
	}
}

// TestTrouble has what a person sees, and the bounds.
func TestTrouble(t *testing.T) {
	for _, tt := range []struct{ expr, want string }{
		{`lower(`, `unexpected end of the expression (column 7 of the expression)`},
		{`lowr(Hostname)`, `no function "lowr" (column 1 of the expression)`},
		{`now()`, `no function "now" (column 1 of the expression)`},
		{`Hostname.upper()`, `values have no methods; write upper(value) (column 10 of the expression)`},
		{`split(Hostname)`, `split takes 2 to 3, got 1 (column 1 of the expression)`},
		{`#`, `unexpected "#" (column 1 of the expression)`},
		{`n ?? 1 + 2`, `"+" after ?? needs brackets around one of them (column 8 of the expression)`},
		{`"abc`, `the string does not end (column 1 of the expression)`},
		{`"\q"`, `the string has an escape that means nothing: \q (column 1 of the expression)`},
		{`n @ 1`, `unexpected character '@' (column 3 of the expression)`},
		{strings.Repeat("1 + ", 2000) + "1", `the expression is too long: more than 1000 parts (column 2003 of the expression)`},
		{strings.Repeat("(", 1000) + "1", `the expression is nested too deeply: more than 200 levels (column 201 of the expression)`},
		{`lower(none)`, `lower wants a string, got null (column 1 of the expression)`},
		{`split(Hostname, ".")[9]`, `index out of range: 9 (the length is 3) (column 21 of the expression)`},
		{`none.a`, `no member of null (column 6 of the expression)`},
		{`Hostname * 2`, `invalid operation: string * integer (column 10 of the expression)`},
		{`n > Hostname`, `invalid operation: integer > string (column 3 of the expression)`},
		{`n ? 1 : 2`, `? wants a boolean, got integer (column 3 of the expression)`},
		{`filter(nums, #)`, `filter wants a condition, got integer (column 1 of the expression)`},
		{`join([1], "-")`, `join wants a list of strings, got integer (column 1 of the expression)`},
		{`long + 1`, `invalid operation: number + integer (column 6 of the expression)`},
		{`9223372036854775807 + 1`, `the result is too large for an integer (column 21 of the expression)`},
		{`9223372036854775807 * n`, `the result is too large for an integer (column 21 of the expression)`},
		{`0 / 0`, `divides by zero (column 3 of the expression)`},
		{`n % 0`, `divides by zero (column 3 of the expression)`},
		{`10 ** 400`, `gives +Inf, which is no number that can be kept; give nil for no value`},
		{`Hostname matches "("`, "error parsing regexp: missing closing ): `(` (column 10 of the expression)"},
		{`int("x1")`, `int: "x1" is no integer (column 1 of the expression)`},
		{`let a = 1..1000; count(a, count(a, count(a, # > 5000) == 3) == 3)`, `takes too many steps`},
		{`len(1..100000000)`, `takes too many steps (column 6 of the expression)`},
		{`repeat("x", 100000000)`, `makes too much text`},
		{doubling("a%[1]d + a%[1]d"), `makes too much text`},
		{doubling(`replace(a%[1]d, "", a%[1]d)`), `makes too much text`},
		{doubling(`join([a%[1]d, a%[1]d])`), `makes too much text`},
		{doubling(`string([a%[1]d, a%[1]d])`), `makes too much text`},
		{doubling(`[a%[1]d, a%[1]d]`), `takes too many steps`},
		{doubling(`[a%[1]d, a%[1]d]`) + ` == [[a38, a38], [a38, a38]]`, `takes too many steps`},
	} {
		t.Run(tt.expr[:min(len(tt.expr), 40)], func(t *testing.T) {
			got, err := eval(tt.expr, host())
			if e, ok := errors.AsType[*expression.Error](err); !ok || e.Error() != tt.want {
				t.Errorf("got %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

// doubling is 40 declarations, each of which uses the one before twice, and looks at the last.
func doubling(form string) string {
	var b strings.Builder
	b.WriteString("let a0 = Hostname;")
	for i := range 40 {
		fmt.Fprintf(&b, "let a%d = %s;", i+1, fmt.Sprintf(form, i))
	}
	return b.String() + "a40"
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		expr string
		want []string
		all  bool
	}{
		{expr: `lower(Host) + "." + Domain + Host`, want: []string{"Domain", "Host"}},
		{expr: `$env["Host Name"] ?? $env.Host`, want: []string{"Host", "Host Name"}},
		{expr: `config.context.name`, want: []string{"config"}},
		{expr: `let Name = lower(Host); Name + Name`, want: []string{"Host"}},
		{expr: `let Host = lower(Host); Host`, want: []string{"Host"}},
		{expr: `any(list, # == Host)`, want: []string{"Host", "list"}},
		{expr: `$env["a" + Host]`, want: []string{"Host"}, all: true},
		{expr: `len(keys($env))`, all: true},
		{expr: `"x"`},
	} {
		e, err := expression.Compile(tt.expr)
		if err != nil {
			t.Fatal(err)
		}
		names := slices.Sorted(slices.Values(e.Names()))
		if d := cmp.Diff(tt.want, names); d != "" || e.All() != tt.all {
			t.Errorf("%s: all is %v, names (-want +got):\n%s", tt.expr, e.All(), d)
		}
	}
}

// TestDocs: the page lists every function.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/job-file.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := "`" + strings.Join(expression.Functions(), "`, `") + "`.\n"; !strings.Contains(string(page), want) {
		t.Errorf("docs/job-file.md lacks the functions:\n%s", want)
	}
}
