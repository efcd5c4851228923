package journal

import (
	"context"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Outcomes are how the changes of a plan ended, by ordinal: five bytes for each, whatever was said about it. Once it is read it may be used concurrently.
type Outcomes struct {
	status   []byte   // a place in statuses
	object   []uint32 // the journal, and the number of its object, that the last word stands in
	journals []*Reader
}

const objectBits = 24

// MostOutcomes is how many changes a plan may have whose Outcomes are kept.
const MostOutcomes = 8_000_000

// statuses are what a change may end with; the first is that it was not tried.
var statuses = []adapter.Status{"", adapter.Done, adapter.Adopted, adapter.Warned, adapter.Skipped, adapter.Failed, Waiting} // read only

// NewOutcomes returns the outcomes of a plan with so many ordinals, of which none was tried; Invalid where it has more than MostOutcomes.
func NewOutcomes(last int64) (*Outcomes, error) {
	if last > MostOutcomes {
		return nil, fault.Errorf(fault.Invalid, "read results: the plan has %d changes, and results are looked up of at most %d; the journal has them all", last, MostOutcomes)
	}
	return &Outcomes{status: make([]byte, last+1), object: make([]uint32, last+1)}, nil
}

// Read adds what a journal says; the word of a later one stands. Results that a target staged and never committed are left out.
func (o *Outcomes) Read(ctx context.Context, r *Reader) error {
	which := uint32(len(o.journals)) << objectBits
	o.journals = append(o.journals, r)
	return r.counting(ctx, func(_ uint64, e *Entry) error {
		if e.N >= 1 && e.N < int64(len(o.status)) {
			o.status[e.N] = byte(max(slices.Index(statuses, e.Status), 0))
			o.object[e.N] = which | uint32(e.Object)&(1<<objectBits-1)
		}
		return nil
	})
}

// Status returns how the change with the ordinal ended; "" where it was not tried.
func (o *Outcomes) Status(n int64) adapter.Status {
	if n < 1 || n >= int64(len(o.status)) {
		return ""
	}
	return statuses[o.status[n]]
}

// Next returns the first ordinal from n on of a change that ended so; 0 where there is none.
func (o *Outcomes) Next(status adapter.Status, n int64) int64 {
	want := slices.Index(statuses, status)
	for n = max(n, 1); n < int64(len(o.status)); n++ {
		if int(o.status[n]) == want {
			return n
		}
	}
	return 0
}

// Entries returns the last words about the changes with the ordinals, by ordinal. One object of a journal is in memory at a time.
func (o *Outcomes) Entries(ctx context.Context, ns []int64) (map[int64]*Entry, error) {
	by := map[uint32][]int64{}
	for _, n := range ns {
		if o.Status(n) != "" {
			by[o.object[n]] = append(by[o.object[n]], n)
		}
	}
	found := make(map[int64]*Entry, len(ns))
	for at, wanted := range by {
		obj, err := o.journals[at>>objectBits].object(ctx, int64(at&(1<<objectBits-1)))
		if err != nil {
			return nil, err
		}
		for e, err := range obj.entries {
			if err != nil {
				return nil, err
			}
			if e.Kind == Result && slices.Contains(wanted, e.N) {
				kept := *e
				kept.Key, kept.Local = record.Key(string(e.Key)), e.Local.Clone()
				found[e.N] = &kept
			}
		}
	}
	return found, nil
}
