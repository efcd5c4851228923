package apply

import (
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// TestDeniedThenLetIn: a target that lets nobody in ends the call; what it denied counts as not sent, so that the next call, with the target opened anew, carries on to the same end.
// Written says the truth in between: nothing was written where the first change is denied.
func TestDeniedThenLetIn(t *testing.T) {
	for shape, f := range map[string]*fake{"one at a time": {}, "batches": {size: 4}, "whole": {size: 4, whole: true}, "staged": {size: 4, staged: true}} {
		for _, from := range []int{0, 9} {
			n := newFake()
			n.size, n.whole, n.staged = f.size, f.whole, f.staged
			sent := 0
			n.fault = func(c *call) error {
				if c.action != adapter.Create || c.after {
					return nil
				}
				if sent >= from {
					return fault.Errorf(fault.Denied, "who are you?")
				}
				sent += len(c.cs)
				return nil
			}
			r := newRig(t, manySites(20), side{}, n)
			out, err := r.run()
			if !fault.Is(err, fault.Denied) || out.Written != (from > 0) || out.Results[adapter.Failed] > 0 {
				t.Errorf("%s, denied from %d on: %+v, %v", shape, from, out, err)
			}
			r.sound()
			n.fault = nil
			r.wantResults(r.mustRun(), map[adapter.Status]int64{adapter.Done: 20})
			r.same()
			r.sound()
		}
	}
}
