package apply

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// TestUnread says that after a plan could not be read to its end all that was sent is known: the next call goes on, though the target looks up nothing.
func TestUnread(t *testing.T) {
	f := newFake()
	f.finds = false
	r := newRig(t, manySites(50), side{}, f)
	r.plan.torn = 20
	out, err := r.run()
	if !fault.Is(err, fault.Throttled) || err.Error() != "read plan: slow down" {
		t.Fatalf("%+v, %v", out, err)
	}
	r.sound()
	r.wantResults(r.mustRun(), map[adapter.Status]int64{adapter.Done: 50})
	r.same()
}

// TestTouchHiccups: an answer that comes a moment later stops nothing, one that does not come stops everything.
func TestTouchHiccups(t *testing.T) {
	for times, want := range map[int64]fault.Code{2: "", 3: fault.Unavailable} {
		f := newFake()
		r := newRig(t, manySites(20), side{}, f)
		var n atomic.Int64
		r.in.Touch = func(context.Context) error {
			if n.Add(1) <= times {
				return fault.Errorf(fault.Unavailable, "garbled")
			}
			return nil
		}
		if _, err := r.run(); fault.Of(err) != want {
			t.Errorf("%d times: %v", times, err)
		}
		r.sound()
	}
}
