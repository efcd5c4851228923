package parity

import (
	"fmt"
	"testing"

	"github.com/plumbline-sync/plumbline/adapters/memory"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// TestCascadeKeepsWhatDidNotMove has a port move away from below a site that a cascade is to take along: where the target refuses that, nothing of the site is deleted; the next run moves it, and deletes the rest.
func TestCascadeKeepsWhatDidNotMove(t *testing.T) {
	k := network()
	k.Source = k.rows("site other", "device e in site other", "port p in device e")
	k.Target = k.rows("site other", "device e in site other", "site s flags=2", "device d in site s", "port p in device d")
	_, b := both(t, k, true)
	b.fault = func(c memory.Call) error {
		if c.Op == "update" && c.Changes[0].Name == "p" {
			return fault.Errorf(fault.Invalid, "it cannot be moved")
		}
		return nil
	}
	before := b.state()
	r := b.run()
	same(t, "our target", before.String(), r.after.String())
	same(t, "how the changes ended", "map[failed:1 skipped:2]", fmt.Sprint(r.results))
	if r.status != run.Partial {
		t.Errorf("our run is %s, want partial", r.status)
	}
	b.fault = nil
	r = b.run()
	same(t, "our target", "device e in site other\nport p in device e\nsite other", r.after.String())
	same(t, "how the changes ended", "map[done:3]", fmt.Sprint(r.results))
	if r.status != run.Succeeded {
		t.Errorf("our run is %s, want succeeded", r.status)
	}
}
