package job_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

func read(t *testing.T, file string) *job.Job {
	t.Helper()
	j, err := job.Read(file, catalog{})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func parse(t *testing.T, text string) *job.Job {
	t.Helper()
	j, err := job.Parse("test.yaml", []byte(text), "/jobs", catalog{})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

const sides = `
source: {adapter: file, path: in}
target: {adapter: sql, url: "sqlite:x.db"}
policy: sync
`

var conditions = cmpopts.IgnoreUnexported(job.Condition{}, job.Job{})

// The example of the design means what the design says.
// TestVarsTogetherMakeNoReference: a value cannot bring in a reference to a secret, neither by itself nor with what stands beside it; a reference of the job's own may be chosen by one.
func TestVarsTogetherMakeNoReference(t *testing.T) {
	for url, refused := range map[string]bool{"${var:a}${var:b}.db": true, "$${var:b}.db": true, "${var:a}{env:HOME}.db": true, "${var:b}${var:a}.db": false, "${env:${var:c}}": false} {
		j := parse(t, `
vars: {a: {default: x}, b: {default: y}, c: {default: HOME}}
source: {adapter: file, path: "in"}
target: {adapter: sql, url: "sqlite:`+url+`"}
models: {site: {identifiers: [name]}}
policy: sync
`)
		_, err := j.WithVars(map[string]string{"a": "$", "b": "{env:HOME}"})
		if refused != (err != nil) || err != nil && !strings.Contains(err.Error(), "target.url") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestInventory(t *testing.T) {
	j := read(t, "testdata/good/inventory.yaml")
	if j.Name != "inventory" || j.Title != "Inventory into the asset database" || j.Direction != "source" || !j.ContinueOnFailure || j.Policy != job.Sync {
		t.Errorf("%+v", j)
	}
	want := []*job.Model{
		{
			Name: "site", Identifiers: []job.Attribute{{Name: "name"}}, Attributes: []job.Attribute{{Name: "region"}, {Name: "latitude", Type: job.Number, Tolerance: 0.0001}},
			Shortname: []string{"name"}, Children: []string{"device"}, Where: job.Where{{Field: "region", Values: []record.Value{record.Value(`"${var:region}"`)}}},
		},
		{
			Name: "device", Identifiers: []job.Attribute{{Name: "name"}},
			Attributes: []job.Attribute{{Name: "serial"}, {Name: "role"}, {Name: "status", OnCreate: true}, {Name: "tags", Set: true}, {Name: "rack_unit", Type: job.Integer}},
			Parents:    []job.Parent{{Model: "site", Fields: []string{"site"}, Types: []job.Type{""}, IgnoreCase: []bool{false}}},
			Shortname:  []string{"name"}, Flags: record.SkipUnmatchedDst, Policy: job.UpsertOnly,
		},
	}
	if d := cmp.Diff(want, j.Models, conditions); d != "" {
		t.Errorf("models (-want +got):\n%s", d)
	}
	fields := []job.FieldMap{
		{Name: "serial", From: "Serial Number"},
		{Name: "status", From: "State", Values: map[string]record.Value{"Up": record.Value(`"active"`), "Down": record.Value(`"offline"`)}},
		{Name: "tags", From: "Labels", Split: ";"},
		{Name: "role", Value: record.Value(`"switch"`)},
		{Name: "name", Expr: `lower(split(Hostname, ".")[0])`},
	}
	if d := cmp.Diff(fields, j.Source.Map["device"].Fields); d != "" {
		t.Errorf("source fields (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]job.FieldMap{{Name: "site", From: "site_id", KeyOf: "site"}}, j.Target.Map["device"].Fields); d != "" {
		t.Errorf("target fields (-want +got):\n%s", d)
	}
	if c := j.Source.Config.(*fileConfig); c.Path != "./inventory" {
		t.Errorf("%+v", c)
	}
	if c := j.Target.Config.(*sqlConfig); c.URL.Reference() != "${env:PLUMB_ASSETS_URL}" {
		t.Errorf("%+v", c)
	}
	floor := int64(10)
	limits := job.Limits{
		Update: job.Limit{Set: true, IsShare: true, Share: 0.3}, Delete: job.Limit{Set: true, IsShare: true, Share: 0.3}, Floor: &floor,
		Shrink: job.Limit{Set: true, IsShare: true, Share: 0.5}, Findings: job.Limit{Set: true, IsShare: true, Share: 0.01},
	}
	if d := cmp.Diff(limits, j.Limits); d != "" {
		t.Errorf("limits (-want +got):\n%s", d)
	}
	if d := cmp.Diff(limits, parse(t, sides+"models: {site: {identifiers: [name]}}").Limits); d != "" {
		t.Errorf("default limits (-want +got):\n%s", d)
	}
	j, err := j.WithVars(map[string]string{"region": "apac"})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(j.Model("site").Where[0].Values[0]); got != `"apac"` {
		t.Errorf("where: %s", got)
	}
}

// Everything that can be written arrives.
func TestEverything(t *testing.T) {
	j := read(t, "testdata/good/everything.yaml")
	var order []string
	for _, m := range j.Models {
		order = append(order, m.Name)
	}
	if d := cmp.Diff([]string{"location", "device", "interface", "tenant", "vlan", "address"}, order); d != "" {
		t.Errorf("order (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"interface", "address", "device", "location", "tenant", "vlan"}, j.FileOrder); d != "" {
		t.Errorf("file order (-want +got):\n%s", d)
	}
	if _, err := j.WithVars(nil); err == nil || err.Error() != `variable "site" is missing: give it with --var site=..` {
		t.Errorf("got %v", err)
	}
	j, err := j.WithVars(map[string]string{"site": "x"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(struct {
		*job.Job
		Text, Dir string
	}{Job: j}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/good/everything.json", string(got)+"\n")
	if strings.Contains(string(got), "PW") {
		t.Error("the secret's reference is in the JSON")
	}
	if j.LockWait != 30*time.Minute {
		t.Errorf("lock wait %v", j.LockWait)
	}
}

func TestChildren(t *testing.T) {
	for name, tt := range map[string]struct {
		models string
		want   map[string]string // parents as model(fields)
	}{
		"by children":         {`{site: {identifiers: [name], children: [rack]}, rack: {identifiers: [name]}}`, map[string]string{"rack": "site(site)"}},
		"by parent":           {`{rack: {identifiers: [name], parent: site}, site: {identifiers: [name]}}`, map[string]string{"rack": "site(site)"}},
		"field":               {`{site: {identifiers: [name]}, rack: {identifiers: [name], parent: {site: location}}}`, map[string]string{"rack": "site(location)"}},
		"both":                {`{site: {identifiers: [name], children: [rack]}, rack: {identifiers: [name], parent: {site: location}}}`, map[string]string{"rack": "site(location)"}},
		"default by null":     {`{site: {identifiers: [name]}, rack: {identifiers: [name], parent: {site: }}}`, map[string]string{"rack": "site(site)"}},
		"two parents":         {`{site: {identifiers: [name], children: [rack]}, room: {identifiers: [name], children: [rack]}, rack: {identifiers: [name]}}`, map[string]string{"rack": "site(site) room(room)"}},
		"two identifiers":     {`{site: {identifiers: [a, b]}, rack: {identifiers: [x], parent: {site: {b: p, a: q}}}}`, map[string]string{"rack": "site(q p)"}},
		"itself":              {`{site: {identifiers: [name], children: [site]}}`, map[string]string{"site": "site(site)"}},
		"field is identifier": {`{site: {identifiers: [name]}, rack: {identifiers: [site, name], parent: site}}`, map[string]string{"rack": "site(site)"}},
	} {
		t.Run(name, func(t *testing.T) {
			j := parse(t, sides+"models: "+tt.models)
			for model, want := range tt.want {
				var got []string
				for _, p := range j.Model(model).Parents {
					got = append(got, p.Model+"("+strings.Join(p.Fields, " ")+")")
				}
				if d := cmp.Diff(want, strings.Join(got, " ")); d != "" {
					t.Errorf("(-want +got):\n%s", d)
				}
			}
		})
	}
}

func TestTypesOfParentsAreInherited(t *testing.T) {
	j := parse(t, sides+`models:
  port: {identifiers: [device, name], parent: device}
  plug: {identifiers: [name], parent: {port: {device: d, name: p}}}
  device: {identifiers: [{id: integer}], rules: {id: {ignore_case: false}}}
`)
	if got := j.Model("port").Identifiers[0].Type; got != job.Integer {
		t.Errorf("identifier: %q", got)
	}
	if d := cmp.Diff([]job.Type{job.Integer, ""}, j.Model("plug").Parents[0].Types); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestVars(t *testing.T) {
	j := parse(t, `
vars: {region: {choices: [emea, apac], default: emea}, net: {default: 10.0.0.0/8}, name: {default: a.b}, n: {default: 5}}
source: {adapter: file, path: "in/${var:region}/${var:n}", map: {site: {file: "${var:name}.csv", fields: {role: {value: "${var:region}"}, size: {value: "${var:n}"}}}}}
target: {adapter: sql, url: "sqlite:${var:region}.db"}
models: {site: {identifiers: [name], attributes: [role, {size: integer}, net], where: {name: ["/^${var:name}$/"], size: ["${var:n}"], net: "${var:net}"}}}
policy: sync
`)
	j, err := j.WithVars(map[string]string{"region": "apac"})
	if err != nil {
		t.Fatal(err)
	}
	if got := j.Source.Config.(*fileConfig).Path; got != "in/apac/5" {
		t.Errorf("path %q", got)
	}
	if got, _ := j.Target.Config.(*sqlConfig).URL.Reveal(); got != "sqlite:apac.db" {
		t.Errorf("url %q", got)
	}
	mp := j.Source.Map["site"]
	if got := mp.Config.(*fileModel).File; got != "a.b.csv" {
		t.Errorf("file %q", got)
	}
	if got := string(mp.Fields[0].Value) + string(mp.Fields[1].Value); got != `"apac"5` {
		t.Errorf("values %s", got)
	}
	want := job.Where{
		{Field: "name", Regexp: `^a\.b$`}, {Field: "size", Values: []record.Value{record.Value("5")}}, {Field: "net", CIDRs: []string{"10.0.0.0/8"}},
	}
	if d := cmp.Diff(want, j.Model("site").Where, conditions); d != "" {
		t.Errorf("where (-want +got):\n%s", d)
	}
	for vars, text := range map[string]string{
		"region=emae":      `variable "region": "emae" is not among the choices emea, apac; did you mean "emea"?`,
		"regoin=emea":      `job "test" has no variable "regoin"; did you mean "region"?`,
		"name=${env:HOME}": `variable "name": a value must not hold a reference`,
	} {
		k, v, _ := strings.Cut(vars, "=")
		_, err := j.WithVars(map[string]string{k: v})
		if err == nil || err.Error() != text || fault.Of(err) != fault.Invalid {
			t.Errorf("%s: got %v, want %s", vars, err, text)
		}
	}
	if _, err := j.WithVars(map[string]string{"n": "x"}); err == nil || !strings.Contains(err.Error(), `models.site.where.size: "x" is not an integer`) {
		t.Errorf("got %v", err)
	}
}

func TestReadErrors(t *testing.T) {
	if _, err := job.Read("testdata/none.yaml", catalog{}); fault.Of(err) != fault.NotFound {
		t.Errorf("none: %v", err)
	}
	if _, err := job.Read("testdata", catalog{}); fault.Of(err) != fault.Invalid {
		t.Errorf("folder: %v", err)
	}
	if _, err := job.Parse("x.yaml", make([]byte, 2<<20), "/", catalog{}); fault.Of(err) != fault.Invalid {
		t.Errorf("big: %v", err)
	}
}

// Whatever stands in a file, reading it ends, without a panic, with a job or with problems that have a text.
func FuzzParse(f *testing.F) {
	for _, dir := range []string{"testdata/good", "testdata/bad"} {
		files, err := os.ReadDir(dir)
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range files {
			if src, err := os.ReadFile(dir + "/" + e.Name()); err == nil && strings.HasSuffix(e.Name(), ".yaml") {
				f.Add(src)
			}
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		j, err := job.Parse("x.yaml", src, "/", catalog{})
		if (j == nil) == (err == nil) {
			t.Fatalf("%v, %v", j, err)
		}
		if err != nil {
			if fault.Of(err) != fault.Invalid || strings.TrimSpace(err.Error()) == "" {
				t.Fatalf("%q: %q", fault.Of(err), err)
			}
			return
		}
		vars := map[string]string{}
		for _, v := range j.Vars {
			if v.Default == nil {
				vars[v.Name] = "x"
				if len(v.Choices) > 0 {
					vars[v.Name] = v.Choices[0]
				}
			}
		}
		if full, err := j.WithVars(vars); err == nil && len(full.Models) != len(j.Models) {
			t.Fatal("models got lost")
		}
	})
}
