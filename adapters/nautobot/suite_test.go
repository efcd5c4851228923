package nautobot

import (
	"testing"

	"github.com/plumbline-sync/plumbline/adapters/adaptertest"
	"github.com/plumbline-sync/plumbline/adapters/nautobot/nautobottest"
)

// models keep the suite's in kinds of Nautobot, and what these have no room for in custom fields.
const models = `map:
  tenant: {fields: {rank: cf.rank}}
  site:
    kind: location
    filter: {location_type: Site}
    fields: {region: cf.region, latitude: cf.latitude, note: cf.note, location_type: {value: Site}, status: {value: Active}}
  device:
    fields: {site: location, role: cf.role, units: cf.units, active: cf.active, tags: cf.labels, meta: cf.meta, device_type: {value: {model: Box, manufacturer: Acme}}, device_role: {from: role, value: Any}, status: {value: Active}}
  port: {kind: interface, fields: {speed: cf.speed, type: {value: virtual}, status: {value: Active}}}
  area: {kind: tenant_group, fields: {area: parent, note: description}}
`

func TestSuite(t *testing.T) {
	s := nautobottest.Start(t)
	t.Setenv("PLUMB_NAUTOBOT_TOKEN", nautobottest.Token)
	prepare(t, s)
	adaptertest.Run(t, adaptertest.Harness{
		Type: Type(), Refused: "damn",
		New: func(t *testing.T, _ string) string {
			empty(t, s)
			return "url: " + s.URL + "\ntoken: ${env:PLUMB_NAUTOBOT_TOKEN}\n" + models
		},
		Lacks: map[adaptertest.Feature]string{
			adaptertest.Fractions: "custom fields have binary fractions",
		},
	})
}
