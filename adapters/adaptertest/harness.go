// Package adaptertest is the suite that every adapter is held to. It drives the real engine, load, diff and sync, between a system in memory and the adapter's own,
// tells a story from easy to nasty, and ends in laws: what was synced needs no sync, what was written reads back, and a run that dies anywhere can be carried on.
package adaptertest

import (
	"context"
	"slices"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

// Harness says how the suite gets at an adapter.
type Harness struct {
	// Type is the adapter.
	Type *adapter.Type
	// New makes an empty system, with room for the records of Models, in a folder of its own, which relative paths in the options start in.
	// It returns the adapter's options as a side of a job has them, in YAML and without `adapter:`; with `map:` where the system keeps a model in a way of its own.
	New func(t *testing.T, dir string) string
	// Lacks names what the system cannot keep, each with the reason.
	Lacks map[Feature]string
	// Buckets opens buckets for options that name s3://BUCKET/KEY; nil where the adapter needs none.
	Buckets func(ctx context.Context, bucket string) (objects.Store, error)
	// Refused is a text that the system refuses in the attribute note of a site, at the audit or when it is written; "" where there is none.
	Refused string
	// Slow says that each request costs the system so much that fewer records, and some of the places where a load stops or a run dies, must do.
	Slow bool
}

// Feature is something that a system may not be able to keep.
type Feature string

// The features.
const (
	EmptyText   Feature = "an empty text apart from null"
	Nested      Feature = "lists and objects"
	Blanks      Feature = "identifiers with blanks around them"
	Control     Feature = "control characters in texts"
	BigNumbers  Feature = "numbers of 400 digits"
	Fractions   Feature = "fractions of 20 digits"
	SelfParents Feature = "a kind that contains itself"
	Refusals    Feature = "a value that it refuses"
)

// Models are the models of the suite, as a job has them. A system keeps them all; text where no type is said, and null in everything that is no identifier.
// Device and port name their parents in the fields site and device; area contains itself, by the field area.
const Models = `
  tenant:
    identifiers: [name]
    attributes: [{rank: integer}]
  site:
    identifiers: [name]
    attributes: [region, {latitude: number}, note]
    children: [device]
  device:
    identifiers: [name]
    parent: site
    attributes: [role, {units: integer}, {active: boolean}, {tags: list}, {meta: object}, tenant]
    rules: {tenant: {references: tenant}}
    children: [port]
  port:
    identifiers: [device, name]
    parent: device
    attributes: [{speed: number}]
`

// Areas is a model more, for systems that can keep a kind that contains itself.
const Areas = `
  area:
    identifiers: [name]
    parent: {area: {name: area}}
    attributes: [note]
`

// Run tells the story.
func Run(t *testing.T, h Harness) {
	for _, c := range story {
		t.Run(c.name, func(t *testing.T) {
			for _, f := range c.needs {
				if reason, lacks := h.Lacks[f]; lacks {
					t.Skipf("it cannot keep %s: %s", f, reason)
				}
			}
			c.test(newWorld(t, h))
		})
	}
}

// chapter is one test of the story; what it proves stands in its name.
type chapter struct {
	name  string
	needs []Feature
	test  func(w *world)
}

// has reports whether the system can keep a feature.
func (h *Harness) has(fs ...Feature) bool {
	return !slices.ContainsFunc(fs, func(f Feature) bool {
		_, lacks := h.Lacks[f]
		return lacks
	})
}
