package mapping_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// device is a model with every kind of field: an identifier, a parent field, attributes.
func device() *job.Model {
	return &job.Model{
		Name:        "device",
		Identifiers: []job.Attribute{{Name: "name"}},
		Attributes:  []job.Attribute{{Name: "serial"}, {Name: "role"}, {Name: "status"}, {Name: "tags"}},
		Parents:     []job.Parent{{Model: "site", Fields: []string{"site"}, Types: []job.Type{""}, IgnoreCase: []bool{false}}},
		Shortname:   []string{"name"},
	}
}

// fields makes fields of name=JSON texts.
func fields(t testing.TB, pairs ...string) record.Fields {
	t.Helper()
	var fs record.Fields
	for _, p := range pairs {
		n, v, _ := strings.Cut(p, "=")
		c, err := record.AppendCanonical(nil, []byte(v))
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		fs = append(fs, record.Field{Name: n, Value: c})
	}
	return fs
}

// texts is the inverse of fields.
func texts(fs record.Fields) []string {
	var ss []string
	for _, f := range fs {
		ss = append(ss, f.Name+"="+string(f.Value))
	}
	return ss
}

func val(x any) record.Value { return record.MustOf(x) }

func compile(t testing.TB, target bool, fms ...job.FieldMap) *mapping.Mapping {
	t.Helper()
	c := mapping.Compile
	if target {
		c = mapping.CompileTarget
	}
	m, err := c(device(), &job.Mapping{Fields: fms})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestIn(t *testing.T) {
	tests := map[string]struct {
		target bool
		fields []job.FieldMap
		theirs []string
		want   []string
		trouble,
		reason string
	}{
		"nothing mapped": {
			theirs: []string{`name="a"`, `serial="x"`, `site="s"`},
			want:   []string{`name="a"`, `serial="x"`, `site="s"`},
			reason: "fields keep their names, sorted",
		},
		"what no model asks for": {
			theirs: []string{`zzz=1`, `name="a"`, `id=5`},
			want:   []string{`name="a"`},
			reason: "is dropped",
		},
		"absent and null": {
			theirs: []string{`name="a"`, `serial=null`},
			want:   []string{`name="a"`, `serial=null`},
			reason: "are told apart",
		},
		"rename": {
			fields: []job.FieldMap{{Name: "serial", From: "Serial Number"}},
			theirs: []string{`name="a"`, `Serial Number="x"`, `serial="not this"`},
			want:   []string{`name="a"`, `serial="x"`},
			reason: "their field of our name means something else then",
		},
		"two of ours from one of theirs": {
			fields: []job.FieldMap{{Name: "name", From: "n"}, {Name: "serial", From: "n"}},
			theirs: []string{`n="a"`},
			want:   []string{`name="a"`, `serial="a"`},
		},
		"values": {
			fields: []job.FieldMap{{Name: "status", From: "State", Values: map[string]record.Value{"Up": val("active"), "1": val(true), "true": val(7)}}},
			theirs: []string{`State="Up"`},
			want:   []string{`status="active"`},
		},
		"values of a number": {
			fields: []job.FieldMap{{Name: "status", Values: map[string]record.Value{"1": val(true)}}},
			theirs: []string{`status=1.0`},
			want:   []string{`status=true`},
		},
		"values of null": {
			fields: []job.FieldMap{{Name: "status", Values: map[string]record.Value{"1": val(true)}}},
			theirs: []string{`status=null`},
			want:   []string{`status=null`},
			reason: "null is not a value that is not known",
		},
		"values that are not known": {
			fields:  []job.FieldMap{{Name: "status", From: "State", Values: map[string]record.Value{"Up": val("active"), "Down": val("offline")}}},
			theirs:  []string{`name="a"`, `State="Sideways"`},
			want:    []string{`name="a"`},
			trouble: `status (State): "Sideways" is not among its values: Down, Up`,
		},
		"all troubles at once": {
			fields: []job.FieldMap{
				{Name: "status", Values: map[string]record.Value{"Up": val("active")}},
				{Name: "tags", Split: ";"},
			},
			theirs:  []string{`status=["Up"]`, `tags={"a":1}`, `name="a"`},
			want:    []string{`name="a"`},
			trouble: `status: want one of Up, got a list; tags: want a text to split at ";", got an object`,
		},
		"split": {
			fields: []job.FieldMap{{Name: "tags", From: "Labels", Split: ";"}},
			theirs: []string{`Labels="a;b \"x\";;c"`},
			want:   []string{`tags=["a","b \"x\"","","c"]`},
		},
		"split of nothing": {
			fields: []job.FieldMap{{Name: "tags", Split: ";"}},
			theirs: []string{`tags=""`},
			want:   []string{`tags=[]`},
		},
		"split, then values": {
			fields: []job.FieldMap{{Name: "tags", Split: ", ", Values: map[string]record.Value{"p": val("prod"), "s": val(2)}}},
			theirs: []string{`tags="s, p"`},
			want:   []string{`tags=[2,"prod"]`},
		},
		"split at what JSON escapes": {
			fields: []job.FieldMap{{Name: "tags", Split: `\`}},
			theirs: []string{`tags="a\\b\nc"`},
			want:   []string{`tags=["a","b\nc"]`},
		},
		"default": {
			fields: []job.FieldMap{{Name: "role", Default: val("none")}, {Name: "status", Default: val("none")}, {Name: "serial", Default: val("none")}},
			theirs: []string{`role=null`, `status=""`},
			want:   []string{`role="none"`, `serial="none"`, `status=""`},
			reason: "stands for absent and null, not for an empty text",
		},
		"constant on a source": {
			fields: []job.FieldMap{{Name: "role", Value: val("switch")}},
			theirs: []string{`name="a"`, `role="x"`},
			want:   []string{`name="a"`, `role="switch"`},
		},
		"constant on a target": {
			target: true,
			fields: []job.FieldMap{{Name: "role", Value: val("switch")}, {Name: "site", Value: val("hq")}},
			theirs: []string{`name="a"`, `role="x"`},
			want:   []string{`name="a"`, `site="hq"`},
			reason: "an attribute is not compared; where the record hangs is still said",
		},
		"a name twice": {
			theirs:  []string{`name="a"`, `name="b"`},
			trouble: `field "name" stands in it twice`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := compile(t, tt.target, tt.fields...)
			for range 2 { // the second time the layout is known
				got, err := m.In(fields(t, tt.theirs...), nil)
				trouble := ""
				if b := record.AsBad(err); b != nil {
					trouble = b.Reason
				} else if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(tt.want, texts(got)); d != "" {
					t.Errorf("%s (-want +got):\n%s", tt.reason, d)
				}
				if d := cmp.Diff(tt.trouble, trouble); d != "" {
					t.Errorf("trouble (-want +got):\n%s", d)
				}
			}
		})
	}
}

func TestInFollowsChangingNames(t *testing.T) {
	m := compile(t, false, job.FieldMap{Name: "serial", From: "Serial Number"})
	for _, tt := range [][2][]string{
		{{`name="a"`, `Serial Number="x"`}, {`name="a"`, `serial="x"`}},
		{{`Serial Number="y"`, `name="b"`}, {`name="b"`, `serial="y"`}},
		{{`name="c"`}, {`name="c"`}},
		{{}, nil},
		{{`name="d"`, `Serial Number="z"`, `role=1`}, {`name="d"`, `role=1`, `serial="z"`}},
	} {
		got, err := m.In(fields(t, tt[0]...), nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(tt[1], texts(got)); d != "" {
			t.Errorf("%v (-want +got):\n%s", tt[0], d)
		}
	}
}

func TestOut(t *testing.T) {
	status := job.FieldMap{Name: "status", From: "State", Values: map[string]record.Value{"Up": val("active"), "Down": val(false), "-": val(nil)}}
	tests := map[string]struct {
		fields  []job.FieldMap
		create  bool
		ours    []string
		want    []string
		trouble string
	}{
		"rename": {
			fields: []job.FieldMap{{Name: "serial", From: "Serial Number"}},
			ours:   []string{`serial="x"`, `name="a"`, `else=1`},
			want:   []string{`Serial Number="x"`, `name="a"`, `else=1`},
		},
		"values": {fields: []job.FieldMap{status}, ours: []string{`status="active"`}, want: []string{`State="Up"`}},
		"values that are no texts": {
			fields: []job.FieldMap{status}, ours: []string{`status=false`}, want: []string{`State="Down"`},
		},
		"null that has a text":  {fields: []job.FieldMap{status}, ours: []string{`status=null`}, want: []string{`State="-"`}},
		"null that has no text": {fields: []job.FieldMap{{Name: "tags", Split: ";"}}, ours: []string{`tags=null`}, want: []string{`tags=null`}},
		"values that are not known": {
			fields: []job.FieldMap{status}, ours: []string{`name="a"`, `status="gone"`}, want: []string{`name="a"`},
			trouble: `status: "gone" is not among its values: "active", false, null`,
		},
		"split": {fields: []job.FieldMap{{Name: "tags", From: "Labels", Split: ";"}}, ours: []string{`tags=["a","",5,"c"]`}, want: []string{`Labels="a;;5;c"`}},
		"an element with the separator": {
			fields: []job.FieldMap{{Name: "tags", Split: ";"}}, ours: []string{`tags=["a","b;c"]`},
			trouble: `tags: element "b;c" contains the separator ";"`,
		},
		"elements that make a separator": {
			fields: []job.FieldMap{{Name: "tags", Split: "aa"}}, ours: []string{`tags=["a","b"]`},
			trouble: `tags: its elements, joined with "aa", would be split elsewhere`,
		},
		"one empty element": {
			fields: []job.FieldMap{{Name: "tags", Split: ";"}}, ours: []string{`tags=[""]`},
			trouble: `tags: a list of one empty element cannot be told from an empty list when it is joined with ";"`,
		},
		"an element that is no text": {
			fields: []job.FieldMap{{Name: "tags", Split: ";"}}, ours: []string{`tags=[null]`},
			trouble: `tags: element null cannot be joined with ";": it is null`,
		},
		"not a list": {
			fields: []job.FieldMap{{Name: "tags", Split: ";"}}, ours: []string{`tags="a;b"`},
			trouble: `tags: want a list to join with ";", got a text`,
		},
		"split, then values": {
			fields: []job.FieldMap{{Name: "tags", Split: ",", Values: map[string]record.Value{"p": val("prod"), "s": val(2)}}},
			ours:   []string{`tags=[2,"prod"]`}, want: []string{`tags="s,p"`},
		},
		"constant, update": {
			fields: []job.FieldMap{{Name: "role", Value: val("switch")}}, ours: []string{`role="x"`, `name="a"`}, want: []string{`name="a"`},
		},
		"constant, create": {
			fields: []job.FieldMap{{Name: "role", Value: val("switch")}}, create: true, ours: []string{`role="x"`, `name="a"`}, want: []string{`name="a"`, `role="switch"`},
		},
		"constant for a field that no model has, update": {
			fields: []job.FieldMap{{Name: "origin", Value: val("plumb")}}, ours: []string{`name="a"`}, want: []string{`name="a"`},
		},
		"constant for a field that no model has, create": {
			fields: []job.FieldMap{{Name: "origin", Value: val("plumb")}}, create: true, ours: []string{`name="a"`}, want: []string{`name="a"`, `origin="plumb"`},
		},
		"constant where the record hangs": {
			fields: []job.FieldMap{{Name: "site", Value: val("hq")}}, ours: []string{`site="hq"`, `name="a"`}, want: []string{`site="hq"`, `name="a"`},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m := compile(t, true, tt.fields...)
			got, err := m.Out(fields(t, tt.ours...), nil, tt.create)
			trouble := ""
			if b := record.AsBad(err); b != nil {
				trouble = b.Reason
			} else if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, texts(got)); d != "" {
				t.Errorf("theirs (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.trouble, trouble); d != "" {
				t.Errorf("trouble (-want +got):\n%s", d)
			}
		})
	}
}

func TestOutUsesTheDeclaredType(t *testing.T) {
	m := device()
	m.Attributes[2].Type = job.Boolean
	mp, err := mapping.CompileTarget(m, &job.Mapping{Fields: []job.FieldMap{{Name: "status", Values: map[string]record.Value{"Up": val("true"), "Down": val("false")}}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := mp.Out(fields(t, `status=true`), nil, false)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{`status="Up"`}, texts(got)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestPlainFieldsAllocateNothing(t *testing.T) {
	m := compile(t, false, job.FieldMap{Name: "serial", From: "Serial Number"}, job.FieldMap{Name: "role", Value: val("switch")},
		job.FieldMap{Name: "status", Values: map[string]record.Value{"Up": val("active")}}, job.FieldMap{Name: "tags", Split: ";"})
	theirs := fields(t, `name="a"`, `Serial Number="x"`, `site="s"`, `status="Up"`, `tags="a;b"`, `id=5`)
	var dst record.Fields
	if n := testing.AllocsPerRun(100, func() { dst, _ = m.In(theirs, dst[:0]) }); n > 0 {
		t.Errorf("a record takes %v allocations, want none", n)
	}
}
