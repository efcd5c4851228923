package apply

import (
	"testing"
	"time"
)

// TestRate keeps to the changes a second that are allowed.
func TestRate(t *testing.T) {
	f := newFake()
	f.size = 50
	r := newRig(t, manySites(60), side{}, f)
	r.in.Rate = 100
	start := time.Now()
	r.mustRun()
	r.in.Rate = 20
	r.target = newFake()
	r.target.size = 50
	r.in.Journal = "runs/r2/journal/"
	r.snap = mapCursor{}
	r.mustRun()
	if d := time.Since(start); d < 1500*time.Millisecond {
		t.Errorf("60 changes at 100 and 20 a second took only %v", d)
	}
}

// TestProgress tells how far it is.
func TestProgress(t *testing.T) {
	want, have := random(2, 20)
	r := newRig(t, want, have, newFake())
	var all []Progress
	r.in.Progress = func(p Progress) { all = append(all, p) }
	r.mustRun()
	last := all[len(all)-1]
	if last.Done != r.plan.ix.Last() || last.Total != last.Done || last.Failed != 0 || last.Rate <= 0 {
		t.Errorf("%+v", last)
	}
	for i := range all[1:] {
		if all[i+1].Done < all[i].Done || all[i].Doing == "" {
			t.Errorf("%+v after %+v", all[i+1], all[i])
		}
	}
}
