package record

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func fields(pairs ...any) Fields {
	var fs Fields
	for i := 0; i < len(pairs); i += 2 {
		fs = append(fs, Field{Name: pairs[i].(string), Value: MustOf(pairs[i+1])})
	}
	return fs
}

func TestLine(t *testing.T) {
	type row struct {
		key, parent Key
		attrs       Fields
		spelling    []Value
		flags       Flags
		local       Fields
		want        string
	}
	rows := map[string]row{
		"full": {
			MakeKey("device", MustOf("ams01")), MakeKey("site", MustOf("ams")), fields("role", "leaf", "serial", "X"),
			[]Value{MustOf("AMS01")},
			4, fields("id", 5),
			`{"k":["device","ams01"],"p":["site","ams"],"a":{"role":"leaf","serial":"X"}` + "\t" + `,"s":["AMS01"],"f":4,"l":{"id":5}}`,
		},
		"bare":  {MakeKey("vlan", MustOf(7)), "", nil, nil, 0, nil, `{"k":["vlan",7],"a":{}` + "\t}"},
		"flags": {MakeKey("vlan", MustOf(7)), "", Fields{{Name: "x"}}, nil, 255, Fields{{Name: "y"}}, `{"k":["vlan",7],"a":{}` + "\t" + `,"f":255}`},
		"local": {MakeKey("vlan", MustOf(7)), "", nil, nil, 0, fields("etag", "a\tb"), `{"k":["vlan",7],"a":{}` + "\t" + `,"l":{"etag":"a\tb"}}`},
		"nasty": {
			MakeKey("a\"],\"a\":{", MustOf(`]"}`), MustOf(map[string]any{"a": map[string]any{}, "A": []any{"x"}})), MakeKey(`p"`, MustOf(nil), MustOf([]any{"]"})), fields(`","a":{`, `"},"p":[`, "t\tb", []any{"\t}"}),
			[]Value{MustOf(`"s":[`)},
			1, fields(`"l":`, `,"f":9`),
			`{"k":["a\"],\"a\":{","]\"}",{"A":["x"],"a":{}}],"p":["p\"",null,["]"]],"a":{"\",\"a\":{":"\"},\"p\":[","t\tb":["\t}"]}` + "\t" + `,"s":["\"s\":["],"f":1,"l":{"\"l\":":",\"f\":9"}}`,
		},
	}
	for name, r := range rows {
		t.Run(name, func(t *testing.T) {
			line := Line(AppendLine([]byte{}, r.key, r.parent, r.attrs, r.spelling, r.flags, r.local))
			if diff := cmp.Diff(r.want, string(line)); diff != "" {
				t.Fatalf("(-want +got)\n%s", diff)
			}
			if err := line.Check(); err != nil {
				t.Error(err)
			}
			if line.Key() != r.key || line.Parent() != r.parent || line.Flags() != r.flags || string(line.Compared()) != r.want[:strings.IndexByte(r.want, '\t')] {
				t.Errorf("got key %q, parent %q, flags %d, compared %q", line.Key(), line.Parent(), line.Flags(), line.Compared())
			}
			present := func(fs Fields) (out Fields) {
				for _, f := range fs {
					if f.Value != nil {
						out = append(out, f)
					}
				}
				return out
			}
			for _, dst := range []Fields{nil, line.Attrs(nil), fields("role", 1, "x", 2, "y", 3)} {
				if got := line.Attrs(dst); len(got) > 0 || len(present(r.attrs)) > 0 {
					if diff := cmp.Diff(present(r.attrs), got); diff != "" {
						t.Errorf("attributes (-want +got)\n%s", diff)
					}
				}
			}
			if diff := cmp.Diff(present(r.local), line.Local()); diff != "" {
				t.Errorf("local (-want +got)\n%s", diff)
			}
			want := r.spelling
			if want == nil {
				want = r.key.IDs()
			}
			if diff := cmp.Diff(want, line.IDs()); diff != "" {
				t.Errorf("ids (-want +got)\n%s", diff)
			}
		})
	}
}

func TestAttrsDoNotAllocate(t *testing.T) {
	line := Line(AppendLine(nil, MakeKey("d", MustOf("x")), "", fields("a", 1, "b", "x", "c", nil), nil, 0, nil))
	dst := line.Attrs(nil)
	if n := testing.AllocsPerRun(100, func() { dst = line.Attrs(dst) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestKey(t *testing.T) {
	for _, c := range []struct {
		key          Key
		text, people string
	}{
		{MakeKey("device", MustOf("ams01-leaf-01")), `["device","ams01-leaf-01"]`, "device ams01-leaf-01"},
		{MakeKey("vlan", MustOf(7), MustOf("ams 01")), `["vlan",7,"ams 01"]`, "vlan 7 ams 01"},
		{MakeKey(`k"\é`, MustOf(nil), MustOf([]string{"a"})), `["k\"\\é",null,["a"]]`, `k"\é null ["a"]`},
	} {
		if string(c.key) != c.text || c.key.String() != c.people {
			t.Errorf("got %s %s", string(c.key), c.key)
		}
		if MakeKey(c.key.Kind(), c.key.IDs()...) != c.key {
			t.Errorf("%s: kind %q, ids %q", string(c.key), c.key.Kind(), c.key.IDs())
		}
		if !strings.HasPrefix(string(c.key), KindPrefix(c.key.Kind())) {
			t.Errorf("%s does not begin with %s", string(c.key), KindPrefix(c.key.Kind()))
		}
	}
	if k := Key(""); k.Kind() != "" || k.IDs() != nil || k.String() != "" {
		t.Errorf("the empty key: %q %q %q", k.Kind(), k.IDs(), k.String())
	}
}

func TestCheckRefuses(t *testing.T) {
	for line, want := range map[string]string{
		``:                                                     "the line has no TAB after what is compared",
		`{"k":["a",1],"a":{}}`:                                 "the line has no TAB after what is compared",
		"{\"k\":[],\"a\":{}\t}":                                "at byte 5: the key too short",
		"{\"k\":[1],\"a\":{}\t}":                               "at byte 8: the key does not begin with a kind",
		"{\"k\":[\"a\", 1],\"a\":{}\t}":                        "at byte 5: the key not in canonical form",
		"{\"k\":[\"a\",1],\"a\":{\"b\"}\t}":                    "at byte 21: the attributes cannot be read: a colon should stand here, not }",
		"{\"k\":[\"a\",1],\"a\":[]\t}":                         "at byte 17: the attributes should be an object, not a list",
		"{\"k\":[\"a\",1],\"a\":{},\t}":                        "at byte 19: something that does not belong here",
		"{\"k\":[\"a\",1],\"a\":{}\t,\"f\":0}":                 "at byte 26: the flags are 0, not 1 to 255",
		"{\"k\":[\"a\",1],\"a\":{}\t,\"l\":{}}":                "at byte 27: the local values are empty",
		"{\"k\":[\"a\",1],\"a\":{}\t,\"l\":{\"a\":1},\"f\":1}": "at byte 32: } should stand here",
		"{\"k\":[\"a\",1],\"a\":{}\t}\t":                       "at byte 21: something that does not belong here",
	} {
		err := Line(line).Check()
		if err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", line, err, want)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add([]byte("{\"k\":[\"device\",\"ams01\"],\"p\":[\"site\",\"ams\"],\"a\":{\"role\":\"leaf\"}\t,\"s\":[\"A\"],\"f\":4,\"l\":{\"id\":5}}"))
	f.Add([]byte("{\"k\":[\"vlan\",7],\"a\":{}\t}"))
	f.Add([]byte("{\"k\":[\"v\\\"\",{\"a\":[1]}],\"a\":{\"\\t\":\"\\\\\"}\t,\"l\":{\"\":null}}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		line := Line(text)
		err := line.Check()
		spelling := Value(line.rest(idsTag)).Elements() // none of these may panic on any text
		key, parent, attrs, flags, local := line.Key(), line.Parent(), line.Attrs(nil), line.Flags(), line.Local()
		line.IDs()
		_, _, _ = key.Kind(), key.IDs(), key.String()
		if err != nil {
			return
		}
		if again := AppendLine(nil, key, parent, attrs, spelling, flags, local); !bytes.Equal(again, text) {
			t.Fatalf("%q is made again as %q", text, again)
		}
	})
}
