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
    set: {location_type: Site, status: Active}
    fields: {region: cf.region, latitude: cf.latitude, note: cf.note}
  device:
    set: {device_type: {manufacturer: Acme, model: Box}, role.name: Any, status: Active}
    fields: {site: location, role: cf.role, units: cf.units, active: cf.active, tags: cf.labels, meta: cf.meta}
  port:
    kind: interface
    set: {type: virtual, status: Active}
    fields: {speed: cf.speed}
  area: {kind: tenant_group, fields: {area: parent, note: cf.remark}}
`

// TestNautobot is all that wants a real server: one, since to start it takes longer than most tests.
func TestNautobot(t *testing.T) {
	s := nautobottest.Start(t)
	t.Setenv("PLUMB_NAUTOBOT_TOKEN", nautobottest.Token)
	prepare(t, s)
	t.Run("what is described", func(t *testing.T) { described(t, &bench{Server: s, token: nautobottest.Token}) })
	t.Run("suite", func(t *testing.T) { suite(t, s) })
	t.Run("faults", func(t *testing.T) { faults(t, &bench{Server: s, token: nautobottest.Token}) })
}

func suite(t *testing.T, s *nautobottest.Server) {
	adaptertest.Run(t, adaptertest.Harness{
		Type: Type(), Refused: "damn", Slow: true,
		New: func(t *testing.T, _ string) string {
			empty(t, s)
			return "url: " + s.URL + "\ntoken: ${env:PLUMB_NAUTOBOT_TOKEN}\n" + models
		},
		Lacks: map[adaptertest.Feature]string{
			adaptertest.Blanks:    "Nautobot trims names",
			adaptertest.Fractions: "custom fields have binary fractions",
		},
	})
}
