package nautobot

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters/nautobot/nautobottest"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// call sends a request to the server as its superuser, and returns the answer; anything but success fails the test.
func call(t testing.TB, s *nautobottest.Server, method, path, body string) record.Fields {
	t.Helper()
	status, text := callAs(t, s, nautobottest.Token, method, path, body)
	if status >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	if text == "" {
		return nil
	}
	v, err := record.AppendCanonical(nil, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return record.Value(v).Members()
}

func callAs(t testing.TB, s *nautobottest.Server, token, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+"/api/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Token "+token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	r, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

// prepare makes what the suite's records refer to, and its custom fields.
func prepare(t testing.TB, s *nautobottest.Server) {
	t.Helper()
	call(t, s, http.MethodPost, "dcim/location-types/", `{"name": "Site", "nestable": true, "content_types": ["dcim.device", "dcim.rack"]}`)
	call(t, s, http.MethodPost, "extras/roles/", `{"name": "Any", "content_types": ["dcim.device"]}`)
	call(t, s, http.MethodPost, "dcim/manufacturers/", `{"name": "Acme"}`)
	call(t, s, http.MethodPost, "dcim/device-types/", `{"manufacturer": "Acme", "model": "Box"}`)
	for _, f := range []string{
		"rank integer tenancy.tenant", "region markdown dcim.location", "latitude json dcim.location", "note text dcim.location", "remark text tenancy.tenantgroup",
		"rank2 integer dcim.location", "role text dcim.device", "units integer dcim.device", "active boolean dcim.device", "labels json dcim.device", "meta json dcim.device", "speed json dcim.interface",
	} {
		var key, typ, kind string
		if _, err := fmt.Sscan(f, &key, &typ, &kind); err != nil {
			t.Fatal(err)
		}
		regex := ""
		if key == "note" {
			regex = `, "validation_regex": "^(?!damn$)"`
		}
		if key == "rank2" {
			regex = `, "validation_maximum": 100`
		}
		call(t, s, http.MethodPost, "extras/custom-fields/", fmt.Sprintf(`{"label": %q, "key": %q, "type": %q, "content_types": [%q]%s}`, key, key, typ, kind, regex))
	}
}

// empty takes out what tests write, but for what prepare made.
func empty(t testing.TB, s *nautobottest.Server) {
	t.Helper()
	if err := s.Empty(t.Context(), "dcim_location", "dcim_device", "dcim_interface", "tenancy_tenant", "tenancy_tenantgroup", "ipam_prefix", "ipam_ipaddress", "ipam_vlan", "ipam_vlangroup", "extras_objectchange"); err != nil {
		t.Fatal(err)
	}
}
