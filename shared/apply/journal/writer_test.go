package journal

import (
	"context"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

// deaf is a store whose answers are lost, though it does what it is asked: so many of writes, and of reads.
type deaf struct {
	objects.Store
	writes, reads int
}

// PutNew implements objects.Store.
func (d *deaf) PutNew(ctx context.Context, name string, data []byte) error {
	err := d.Store.PutNew(ctx, name, data)
	if d.writes--; d.writes >= 0 {
		err = fault.Errorf(fault.UnknownOutcome, "no answer")
	}
	return err
}

// Get implements objects.Store.
func (d *deaf) Get(ctx context.Context, name string) ([]byte, error) {
	if d.reads--; d.reads >= 0 {
		return nil, fault.Errorf(fault.Throttled, "slow down")
	}
	return d.Store.Get(ctx, name)
}

// TestPutAgain: an object that may be stored is one to put again, and is known as one's own; another's never is.
func TestPutAgain(t *testing.T) {
	s := &deaf{Store: newStore(t), writes: 1, reads: 1}
	w := newWriter(t, s, 1, false)
	w.Add(&Entry{Kind: Commit, N: 2})
	o := w.Seal()
	for n, want := range []fault.Code{fault.Unavailable, fault.Unavailable, ""} {
		if err := w.Put(t.Context(), o); fault.Of(err) != want {
			t.Errorf("try %d: %v, want code %q", n+1, err, want)
		}
	}
	other := newWriter(t, s, 1, false)
	other.Add(&Entry{Kind: Commit, N: 3})
	if err := other.Put(t.Context(), other.Seal()); !fault.Is(err, fault.Conflict) {
		t.Errorf("another's: %v", err)
	}
}
