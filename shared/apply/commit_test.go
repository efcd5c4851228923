package apply

import (
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// TestCommitForgets: a target that could not commit forgets what it staged, also where it may be asked again, so that a second commit would make nothing last: the next call sends it all again.
func TestCommitForgets(t *testing.T) {
	for _, code := range []fault.Code{fault.Unavailable, fault.Throttled} {
		f := newFake()
		f.size, f.staged, f.finds = 10, true, true
		n := 0
		f.fault = func(c *call) error {
			if c.action != "commit" {
				return nil
			}
			if n++; n == 2 {
				f.restart(f.life)
				return fault.Errorf(code, "slow down")
			}
			return nil
		}
		want := manySites(20)
		want[key("tenant", "t")] = rec{attrs: attrs("label", "x")}
		r := newRig(t, want, side{}, f)
		out, err := r.run()
		if !fault.Is(err, code) || err.Error() != "commit: slow down" {
			t.Errorf("%s: %v", code, err)
		}
		r.wantResults(out, map[adapter.Status]int64{adapter.Done: 1})
		out = r.mustRun() // the same function, called again
		r.same()
		r.wantResults(out, map[adapter.Status]int64{adapter.Done: 21})
	}
}

// TestCommitUnknown: a run whose first commit may have happened, for all that anybody knows, says that something may have been written; one whose commit was refused does not.
func TestCommitUnknown(t *testing.T) {
	for code, want := range map[fault.Code]bool{
		fault.UnknownOutcome: true, fault.TimedOut: true, fault.Stopped: true,
		fault.Unavailable: false, fault.Throttled: false, fault.Denied: false, fault.Conflict: false,
	} {
		f := newFake()
		f.size, f.staged = 10, true
		f.fault = func(c *call) error {
			if c.action == "commit" {
				return fault.Errorf(code, "no luck")
			}
			return nil
		}
		out, err := newRig(t, manySites(20), side{}, f).run()
		if !fault.Is(err, code) || out.Written != want {
			t.Errorf("%s: written: %t, %v", code, out.Written, err)
		}
	}
}
