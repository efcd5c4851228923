package apply

import (
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// TestFailedDeleteKeepsWhatItRefersTo skips the delete of what a record that could not be deleted refers to, and nothing else; the run that resumes it deletes both.
func TestFailedDeleteKeepsWhatItRefersTo(t *testing.T) {
	have := side{
		key("tenant", "t"): {attrs: attrs("label", "x")}, key("tenant", "u"): {attrs: attrs("label", "y")},
		key("site", "a"):   site("1"),
		key("device", "d"): {parent: key("site", "a"), attrs: attrs("serial", "1", "tenant", "t", "primary", "p")},
		key("device", "e"): {parent: key("site", "a"), attrs: attrs("serial", "2", "tenant", "u")},
		key("port", "p"):   port("e"),
	}
	want := side{key("site", "a"): site("1")}
	for name, code := range map[string]fault.Code{"refused": fault.Invalid, "in conflict": fault.Conflict} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.fault = func(c *call) error {
				if c.action == adapter.Delete && c.cs[0].Name == "d" {
					return fault.Errorf(code, "d stays")
				}
				return nil
			}
			r := newRig(t, want, have, f)
			out := r.mustRun()
			if f.rows[key("tenant", "t")] == nil {
				t.Error("tenant t is gone, and device d refers to it")
			}
			r.wantResults(out, map[adapter.Status]int64{adapter.Done: 3, adapter.Failed: 1, adapter.Skipped: 1})

			out = r.mustRun() // a later call of the same run
			r.wantResults(out, map[adapter.Status]int64{adapter.Done: 3, adapter.Failed: 1, adapter.Skipped: 1})
			f.fault = nil
			r.resumes("runs/r2/journal/")
			out = r.mustRun()
			r.same()
			r.wantResults(out, map[adapter.Status]int64{adapter.Done: 5})
		})
	}
}
