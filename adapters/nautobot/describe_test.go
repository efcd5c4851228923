package nautobot

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

func parse(t *testing.T, url, models string) *job.Job {
	t.Helper()
	side := `{adapter: nautobot, url: "` + url + `", token: "${env:PLUMB_TEST_TOKEN}"}`
	j, err := job.Parse("test.yaml", []byte("source: "+side+"\ntarget: "+side+"\npolicy: sync\nmodels:\n"+models), t.TempDir(), adapter.NewRegistry(Type()))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// TestDescribe: a job names a kind, and has its identifiers, parent, references and rules; references to kinds that are not in the job are natural keys.
func TestDescribe(t *testing.T) {
	j := parse(t, "http://127.0.0.1:1", "  device: {attributes: [role, tenant, primary_ip4, position]}\n  location: {attributes: [location_type]}\n  tenant: {}\n  interface_template: {attributes: []}\n  device_type: {attributes: []}\n")
	d := j.Model("device")
	if diff := cmp.Diff([]job.Attribute{{Name: "role", EmptyIsNull: true}, {Name: "tenant", References: "tenant", EmptyIsNull: true}, {Name: "primary_ip4", EmptyIsNull: true}, {Name: "position", Type: job.Integer}}, d.Attributes); diff != "" {
		t.Errorf("device's attributes (-want +got):\n%s", diff)
	}
	for model, want := range map[string]job.Parent{
		"device":             {Model: "location", Fields: []string{"location"}},
		"location":           {Model: "location", Fields: []string{"parent"}},
		"interface_template": {Model: "device_type", Fields: []string{"device_type.manufacturer", "device_type.model"}},
	} {
		p := j.Model(model).Parents
		if len(p) != 1 || p[0].Model != want.Model || !cmp.Equal(p[0].Fields, want.Fields) {
			t.Errorf("the parent of %s: got %+v, want %+v", model, p, want)
		}
	}
	if m := j.Model("device_type"); len(m.Parents) > 0 || len(m.Identifiers) != 2 {
		t.Errorf("a device type without manufacturers in the job: %+v", m)
	}

	// Models are found by their kinds; of two models of one kind nothing can be said.
	ms := describe(map[string]any{"place": &ModelConfig{Kind: "location"}, "device": &ModelConfig{}, "tenant": nil, "owner": &ModelConfig{Kind: "tenant"}, "peer": &ModelConfig{Endpoint: "plugins/bgp/peers", Key: []string{"name"}}, "unheard": nil})
	if !strings.Contains(ms["device"], `parent: {"place": {"name": "location"}}`) || strings.Contains(ms["device"], `"tenant": {references`) || !strings.Contains(ms["device"], `"vc_position": integer`) {
		t.Errorf("device: %s", ms["device"])
	}
	if ms["peer"] != `{identifiers: ["name"], attributes: [], rules: {}}` || ms["unheard"] != "" {
		t.Errorf("peer: %s, unheard: %s", ms["peer"], ms["unheard"])
	}
}

// leftOut are the lists of Nautobot's GraphQL whose kinds are not in the table, each with the reason. What its GraphQL has no list of (custom fields, relationships, users) cannot be read by it at all.
var leftOut = map[string]string{
	"content_types":               "nobody makes them",
	"cable_paths":                 "Nautobot works them out",
	"cable_to_cable_terminations": anyKind,
	"contact_associations":        anyKind,
	"notes":                       anyKind,
	"object_metadata":             anyKind,
	"static_group_associations":   anyKind,
	"vpn_terminations":            "each has an end of one of three kinds: there is no key for all",
	"load_balancer_pool_member_certificate_profile_assignments": "a member has no name by which they would be known",
	"metadata_types":                      settings,
	"metadata_choices":                    settings,
	"computed_fields":                     settings,
	"custom_field_choices":                settings,
	"custom_links":                        settings,
	"export_templates":                    settings,
	"graphql_queries":                     settings,
	"webhooks":                            settings,
	"job_hooks":                           settings,
	"job_buttons":                         settings,
	"job_queues":                          settings,
	"job_queue_assignments":               settings,
	"jobs":                                settings,
	"scheduled_jobs":                      settings,
	"user_saved_view_associations":        settings,
	"regular_expression_validation_rules": settings,
	"min_max_validation_rules":            settings,
	"required_validation_rules":           settings,
	"unique_validation_rules":             settings,
	"approval_workflow_definitions":       settings,
	"approval_workflow_stage_definitions": settings,
	"git_repositories":                    settings + "; to make one starts a job",
	"approval_workflows":                  happened,
	"approval_workflow_stages":            happened,
	"approval_workflow_stage_responses":   happened,
	"data_compliance":                     happened,
	"job_log_entries":                     happened,
	"job_results":                         happened,
	"object_changes":                      happened,
}

const (
	anyKind  = "it refers to objects of any kind"
	settings = "how Nautobot itself is set up, not what it has an inventory of; endpoint and key do for it"
	happened = "what happened in Nautobot, which nobody writes"
)

// lists are fields that GraphQL shows as JSON and REST as a list of numbers or choices.
const lists = " allowed_channel_list capabilities channel_width dh_group encryption_algorithm integrity_algorithm pfs_group ports units "

// described is about all kinds: what the table says of them is what the server says.
func described(t *testing.T, b *bench) {
	models := ""
	for _, k := range kinds {
		if fields[k.name] == "" {
			t.Errorf("nothing is said of the fields of a %s", k.name)
		}
		models += "  " + k.name + ": {}\n"
	}
	t.Setenv("PLUMB_TEST_TOKEN", b.token)
	j := parse(t, b.URL, models)
	if _, err := secret.ResolveAll(t.Context(), secret.Env(), j.Target.Config); err != nil {
		t.Fatal(err)
	}
	ms, err := mapping.Models(j, j.Target)
	if err != nil {
		t.Fatal(err)
	}
	src, err := Type().New(t.Context(), adapter.Setup{Config: j.Target.Config, Models: ms, Side: "target", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	a := src.(*system)
	l, err := a.look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for list := range l.schema.lists {
		own := slices.ContainsFunc(kinds, func(k kind) bool { return k.filled().list == list })
		if why := leftOut[list]; own == (why != "") && list != "carriers" && list != "peerings" {
			t.Errorf("GraphQL's list %s: is it in the table? %v. Is it left out? %q", list, own, why)
		}
	}
	for list := range leftOut {
		if l.schema.lists[list] == "" {
			t.Errorf("%s is left out, and GraphQL has no such list", list)
		}
	}
	guessed := likely(ms)
	for _, m := range l.models {
		if !slices.Contains(guessed, m.typ) {
			t.Errorf("GraphQL calls %s a %s, which likely does not have", m.Name, m.typ)
		}
		r, err := a.rulesOf(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range m.fields {
			at := r.attrs[f.attr]
			if at == nil || at.readOnly {
				t.Errorf("%s.%s cannot be written", m.Name, f.attr)
			}
		}
		for token := range strings.FieldsSeq(fields[m.Name]) {
			f := readToken(token)
			typ, _ := l.schema.field(m.typ, f.name)
			if f.many != typ.many {
				t.Errorf("%s.%s: the table says %q, GraphQL %+v", m.Name, f.name, token, typ)
			}
			if at := r.attrs[f.name]; at != nil && len(at.choices) > 0 && typ.kind == "ENUM" && (at.choices[0][0] != '"') != (f.typ == "integer") {
				t.Errorf("%s.%s: the table says %q, and its choices are such as %s", m.Name, f.name, token, at.choices[0])
			}
			if typ.name == "GenericScalar" && !isJSON(f.name) && !strings.Contains(lists, " "+f.name+" ") {
				t.Errorf("%s.%s is JSON, of which the adapter does not know", m.Name, f.name)
			}
			if k := l.schema.kindOf(typ.name); f.kind != "" && (k == nil || k.name != f.kind) {
				t.Errorf("%s.%s refers to a %s, not a %s", m.Name, f.name, typ.name, f.kind)
			}
		}
		for n, at := range r.attrs {
			if at.required && !at.readOnly && m.fieldNamed(n) == nil && !strings.Contains(" "+strings.Join(m.kind.identifiers(), " ")+" ", " "+n) {
				t.Errorf("%s.%s is required, and not in the table", m.Name, n)
			}
		}
	}
	for r, err := range a.Load(t.Context(), adapter.Request{Models: ms}) {
		if err != nil {
			t.Error(r, err)
		}
	}
}
