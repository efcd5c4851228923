package apply

import (
	"strings"
	"testing"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// swap is a rig of two sites that exchange their codes.
func swap(t *testing.T, f *fake) *rig {
	f.tells = true
	return newRig(t, side{key("site", "a"): site("2"), key("site", "b"): site("1")}, side{key("site", "a"): site("1"), key("site", "b"): site("2")}, f)
}

// sets reports whether a call is about to set a site's code.
func (c *call) sets(name, code string) bool {
	return c.action == adapter.Update && !c.after && c.cs[0].Key == key("site", name) && string(c.cs[0].Set.Get("code")) == code
}

// TestPutBackAfterAnyRefusal: whatever refuses the second try of who let go of its value, it gets that back, and the message says so.
func TestPutBackAfterAnyRefusal(t *testing.T) {
	for _, code := range []fault.Code{fault.Conflict, fault.Invalid, fault.Refused, fault.Internal} {
		f, tries := newFake(), 0
		r := swap(t, f)
		f.fault = func(c *call) error {
			if c.sets("a", `"2"`) {
				if tries++; tries > 1 {
					return fault.Errorf(code, "a is locked")
				}
			}
			if c.sets("b", `"1"`) && tries > 1 {
				return fault.Errorf(code, "b is locked")
			}
			return nil
		}
		r.mustRun()
		for name, want := range map[string]string{"a": `"1"`, "b": `"2"`} {
			if got := string(f.rows[key("site", name)].fields["code"]); got != want {
				t.Errorf("%s: the code of %s is %s, want it as before, %s", code, name, got, want)
			}
		}
		if text := strings.Join(r.journal(r.in.Journal), "\n"); !strings.Contains(text, "a is locked; code was null for a moment and is again as before") {
			t.Errorf("%s:\n%s", code, text)
		}
	}
}

// TestPutBackByTheNextCall: where the deadline, or a denial, comes before a value is back, the next call sees to it.
func TestPutBackByTheNextCall(t *testing.T) {
	for _, code := range []fault.Code{fault.Throttled, fault.Unavailable, fault.TimedOut, fault.Denied} {
		f, n := newFake(), 0
		r := swap(t, f)
		r.in.Tuning.Pause, r.in.Tuning.LongPause = 50*time.Millisecond, 50*time.Millisecond
		r.in.Deadline = time.Now().Add(200 * time.Millisecond)
		f.fault = func(c *call) error {
			if c.action != adapter.Update || c.after || string(c.cs[0].Set.Get("code")) == "null" {
				return nil
			}
			switch n++; n {
			case 3: // the second try of a
				return fault.Wrap(fault.Conflict, &conflictError{[]string{"code"}})
			case 4: // a is to get its value back
				if code != fault.Denied {
					time.Sleep(time.Until(r.in.Deadline) + 20*time.Millisecond)
				}
				return fault.Errorf(code, "not now")
			}
			return nil
		}
		out, err := r.run()
		if fault.Is(err, fault.Denied) != (code == fault.Denied) || out.Results[adapter.Failed] > 0 {
			t.Fatalf("%s: %+v, %v", code, out, err)
		}
		r.in.Deadline = time.Time{}
		r.mustRun()
		if f.rows[key("site", "a")].fields["code"].IsNull() {
			t.Errorf("%s: the code of a is null for good\n%s", code, r.dump())
		}
	}
}

// TestLetGoIsKept: what a record let go of is put back also where it was refused over another field since.
func TestLetGoIsKept(t *testing.T) {
	r := swap(t, newFake())
	r.in.Target = r.target.target()
	e, err := newEngine(r.ctx, r.in, r.plan, r.fresh, r.snap)
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	for c, err := range r.plan.Changes(r.ctx, 1, 2) {
		if err != nil {
			t.Fatal(err)
		}
		e.note(c.N, []string{"code"}, true)
		e.note(c.N, []string{"note"}, false)
		if got := strings.Join(e.conflicting(c), " "); got != "code note" {
			t.Errorf("kept: %s", got)
		}
	}
}
