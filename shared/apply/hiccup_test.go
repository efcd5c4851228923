package apply

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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

// stuck is a store that takes no more objects of the journal once it is over: it refuses them, or does not answer.
type stuck struct {
	*memStore
	over  func() bool
	waits bool
}

func (s stuck) PutNew(ctx context.Context, name string, data []byte) error {
	if !s.over() {
		return s.memStore.PutNew(ctx, name, data)
	}
	if s.waits {
		<-ctx.Done()
		return ctx.Err()
	}
	return fault.Errorf(fault.Unavailable, "bad gateway")
}

// TestLastObject: where the last object of the journal is not taken until the time for closing is over, the store is the reason, not a person who stopped the run; a later call goes on.
func TestLastObject(t *testing.T) {
	for waits, want := range map[bool]string{true: "write journal: no answer within 100ms after the last change", false: `bad gateway`} {
		f := newFake()
		f.finds = true
		r := newRig(t, manySites(20), side{}, f)
		r.in.Store = stuck{r.store, func() bool { f.mu.Lock(); defer f.mu.Unlock(); return len(f.rows) == 20 }, waits}
		r.in.Tuning.CloseGrace, r.in.Tuning.Tries, r.in.Tuning.LongPause = 100*time.Millisecond, 1_000_000, 10*time.Millisecond
		if _, err := r.run(); !fault.Is(err, fault.Unavailable) || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		r.in.Store = r.store
		r.wantResults(r.mustRun(), map[adapter.Status]int64{adapter.Done: 20})
		r.same()
	}
}
