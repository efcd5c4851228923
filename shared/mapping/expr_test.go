package mapping_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func TestExpr(t *testing.T) {
	theirs := []string{`Hostname="AMS01-leaf-01.example.net"`, `Serial Number="x"`, `empty=null`, `big=9007199254740993`}
	tests := map[string]struct{ expr, want, trouble string }{
		"the design's":        {expr: `lower(split(Hostname, ".")[0])`, want: `"ams01-leaf-01"`},
		"a name with a blank": {expr: `upper($env["Serial Number"])`, want: `"X"`},
		"absent is null":      {expr: `nothing ?? empty`, want: `null`},
		"a large integer":     {expr: `big + 1`, want: `9007199254740994`},
		"the whole":           {expr: `len(keys($env))`, want: `4`},
		"trouble":             {expr: `lower(empty)`, trouble: `name: lower wants a string, got null (column 1 of the expression)`},
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
			if d := cmp.Diff(tt.want, string(got.Get("name"))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.trouble, trouble); d != "" {
				t.Errorf("trouble (-want +got):\n%s", d)
			}
		})
	}
}

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
	_, err := mapping.Compile(device(), &job.Mapping{Fields: []job.FieldMap{{Name: "name", Expr: `lowr(Host)`}}})
	if want := `map model "device": field "name": no function "lowr" (column 1 of the expression)`; err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
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
