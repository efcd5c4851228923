package apply

import (
	"testing"
	"time"
)

// TestKilledAfterLettingGo: the process dies right after a record let go of its value, the next call stops after the first tries. A run that resumes does not take for stale what only we wrote.
func TestKilledAfterLettingGo(t *testing.T) {
	f, l := newFake(), &life{}
	f.tells = true
	r := swap(t, f)
	r.store.life = l
	f.restart(l)
	f.fault = func(c *call) error {
		if c.after && string(c.cs[0].Set.Get("code")) == "null" {
			l.kill()
		}
		return nil
	}
	if _, err := r.run(); err == nil || !f.rows[key("site", "a")].fields["code"].IsNull() {
		t.Fatalf("want it dead after site a let go, got %v, %v", err, f.side())
	}
	r.store.life = &life{}
	f.restart(r.store.life)
	r.in.Deadline = time.Now().Add(50 * time.Millisecond)
	f.fault = func(c *call) error {
		if !c.after {
			time.Sleep(time.Until(r.in.Deadline) + 10*time.Millisecond)
		}
		return nil
	}
	if out, err := r.run(); err != nil || !out.More {
		t.Fatalf("%+v, %v", out, err)
	}
	f.fault, r.in.Deadline = nil, time.Time{}
	r.resumes("runs/r2/journal/")
	r.notStale(0)
	r.mustRun()
	r.same()
}
