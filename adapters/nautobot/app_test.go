package nautobot

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// peerings is a job of kinds of an app that is not in the table: nautobottest/app.
const peerings = `  mark: ours
  map:
    carrier: {endpoint: plugins/bgp/carriers, key: [name]}
    peering: {endpoint: plugins/bgp/peerings, key: [device.name, carrier.name, number], fields: {note: cf.session}}
models:
  carrier: {identifiers: [name], attributes: [{asn: integer}]}
  peering:
    identifiers: [device, carrier, {number: integer}]
    parent: {carrier: {name: carrier}}
    attributes: [state, description, note, tags]
    rules: {tags: {compare: set}}
policy: sync
`

// unheard is about kinds of an app that we never heard of: the job names their endpoints and natural keys, and they are written and read as Nautobot's own.
func (b *bench) unheard(t *testing.T) {
	call(t, b.Server, http.MethodPost, "dcim/locations/", `{"name": "yard", "location_type": "Site", "status": "Active"}`)
	call(t, b.Server, http.MethodPost, "dcim/devices/", `[{"name": "r1", "location": "yard", "role": "Any", "device_type": "Acme;Box", "status": "Active"}, {"name": "r2", "location": "yard", "role": "Any", "device_type": "Acme;Box", "status": "Active"}]`)
	call(t, b.Server, http.MethodPost, "extras/custom-fields/", `{"label": "session", "key": "session", "type": "text", "content_types": ["nautobot_peerings.peering"]}`)
	s := b.openJob(t, b.URL, strings.Replace(peerings, "    parent: {carrier: {name: carrier}}\n", "", 1))
	if err := s.Prepare(t.Context()); err != nil { // the mark is allowed to the app's kind
		t.Fatal(err)
	}
	must := func(cs ...*adapter.Change) {
		t.Helper()
		for _, c := range cs {
			if err := s.Audit(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		rs, err := s.apply(cs...)
		for _, r := range rs {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.change(adapter.Create, "carrier", "Telia", nil, map[string]any{"asn": 1299}), s.change(adapter.Create, "carrier", "Lumen", nil, map[string]any{"asn": 4200000000}))
	peering := func(a adapter.Action, device, carrier string, number int, local record.Fields, set map[string]any) *adapter.Change {
		c := &adapter.Change{Action: a, Model: s.models["peering"], Key: record.MakeKey("peering", record.MustOf(device), record.MustOf(carrier), record.MustOf(number)), Local: local}
		if a == adapter.Create {
			set["device"], set["carrier"], set["number"] = device, carrier, number
		}
		for n, v := range set {
			c.Set = append(c.Set, record.Field{Name: n, Value: record.MustOf(v)})
		}
		c.Set.Sort()
		return c
	}
	must(peering(adapter.Create, "r1", "Telia", 1, nil, map[string]any{"state": "shut-down", "description": "first", "cf.session": "a"}), peering(adapter.Create, "r2", "Lumen", 7, nil, map[string]any{"state": "up"}))

	load := func() (map[string]record.Fields, []string) {
		t.Helper()
		local, got := map[string]record.Fields{}, []string{}
		for r, err := range s.Load(t.Context(), adapter.Request{Models: []*adapter.Model{s.models["carrier"], s.models["peering"]}}) {
			if err != nil {
				t.Fatal(err)
			}
			var values []string
			for _, f := range r.Fields {
				values = append(values, string(f.Value))
			}
			line := r.Model + " " + strings.Join(values, " ")
			local[text(r.Fields.Get("device"))] = r.Local
			got = append(got, line)
		}
		return local, got
	}
	sorted := cmp.Transformer("set", func(l []string) map[string]bool {
		m := map[string]bool{}
		for _, s := range l {
			m[s] = true
		}
		return m
	})
	local, got := load()
	want := []string{`carrier 1299 "Telia"`, `carrier 4200000000 "Lumen"`, `peering "Telia" "a" "first" "r1" 1 "shut-down" []`, `peering "Lumen" null "" "r2" 7 "up" []`}
	if diff := cmp.Diff(want, got, sorted); diff != "" {
		t.Errorf("after creates (-want +got):\n%s", diff)
	}

	must(peering(adapter.Update, "r1", "Telia", 1, local["r1"], map[string]any{"state": "up", "cf.session": nil}))
	local, got = load()
	want[2] = `peering "Telia" null "first" "r1" 1 "up" []`
	if diff := cmp.Diff(want, got, sorted); diff != "" {
		t.Errorf("after an update (-want +got):\n%s", diff)
	}
	for what, c := range map[string]*adapter.Change{
		`"none" is none of its choices`:    peering(adapter.Update, "r1", "Telia", 1, local["r1"], map[string]any{"state": "none"}),
		"Nautobot has no":                  peering(adapter.Create, "r9", "Telia", 1, nil, map[string]any{"state": "up"}),
		"want a text, got 5":               peering(adapter.Update, "r1", "Telia", 1, local["r1"], map[string]any{"cf.session": 5}),
		"asn: want a whole number, got \"": s.change(adapter.Create, "carrier", "Cogent", nil, map[string]any{"asn": "many"}),
	} {
		if err := s.Audit(t.Context(), c); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), what) {
			t.Errorf("the audit says %v, want %q", err, what)
		}
	}
	found := 0
	for r, err := range s.Find(t.Context(), s.models["peering"], []record.Key{peering(adapter.Update, "r1", "Telia", 1, nil, nil).Key, peering(adapter.Update, "r9", "Telia", 1, nil, nil).Key}) {
		if found++; err != nil || string(r.Local.Get(localID)) != string(local["r1"].Get(localID)) {
			t.Errorf("looked for a peering: %v, %v", r, err)
		}
	}
	if found != 1 {
		t.Errorf("found %d peerings of two, of which one is there", found)
	}
	must(peering(adapter.Delete, "r1", "Telia", 1, local["r1"], nil), peering(adapter.Delete, "r2", "Lumen", 7, local["r2"], nil))
	if _, got = load(); len(got) != 2 {
		t.Errorf("after deletes there is %v", got)
	}

	// As the child of the job's own carriers.
	s = b.openJob(t, b.URL, peerings)
	l, err := s.look(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if m := l.byName["peering"]; m.content != "nautobot_peerings.peering" || m.fieldNamed("carrier").sel.String() != "carrier{name}" || m.fieldNamed("device").sel.String() != "device{name}" {
		t.Errorf("a peering is a %s, its carrier %s, its device %s", m.content, m.fieldNamed("carrier").sel, m.fieldNamed("device").sel)
	}
}

// onlyReferredTo is about a kind that is neither in the job nor in the table: whether the token may view it is asked where REST has it.
func (b *bench) onlyReferredTo(t *testing.T) {
	const job = "  map: {peering: {endpoint: plugins/bgp/peerings, key: [device.name, carrier.name, number]}}\nmodels: {peering: {identifiers: [device, carrier, {number: integer}]}}\npolicy: sync\n"
	reader := b.reader(t, "peers", "nautobot_peerings.peering", "dcim.device")
	load := func(b *bench, address string) error {
		t.Helper()
		_, err := b.openJob(t, address, job).load("peering")
		return err
	}
	if err := load(reader, b.URL); !fault.Is(err, fault.Denied) || !strings.Contains(err.Error(), "may not view plugins/bgp/carriers") {
		t.Errorf("a token that may not view carriers: got %s: %v", fault.Of(err), err)
	}
	if err := load(b, b.URL); err != nil {
		t.Errorf("a token that may view all: %v", err)
	}
	hidden := b.proxy(t, func(w http.ResponseWriter, r *http.Request) bool {
		return r.URL.Path == "/api/plugins/" && answering(http.StatusOK, "Content-Type: application/json", "{}")(w, r)
	})
	if err := load(b, hidden); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), `model "peering": field "carrier": where REST has a Carrier of Nautobot is not to be found`) {
		t.Errorf("an app that lists no endpoints: got %s: %v", fault.Of(err), err)
	}
	named := strings.NewReplacer("map: {", "map: {carrier: {endpoint: plugins/bgp/carriers, key: [name]}, ", "models: {", "models: {carrier: {identifiers: [name]}, ").Replace(job)
	if _, err := b.openJob(t, hidden, named).load("peering"); err != nil {
		t.Errorf("a job that says where: %v", err)
	}
}
