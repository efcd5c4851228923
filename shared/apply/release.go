package apply

import "github.com/plumbline-sync/plumbline/shared/apply/journal"

// release notes that items were not sent after all; those whose try was lost stay in flight.
func (e *engine) release(items []*item) {
	for _, it := range items {
		if !it.lost {
			e.releaseRange(it.c.N, it.c.N)
		}
	}
}

// releaseRange notes that changes first..last, whose flight this call noted, were not sent after all. Those that an earlier call of this run may have sent stay in flight.
func (e *engine) releaseRange(first, last int64) {
	flown := func(b byte) bool { return sent(b) && b != before }
	for n := first; n <= last; {
		from, err := e.next(n, last+1, func(b byte) bool { return !flown(b) })
		if err == nil {
			n, err = e.next(from, last+1, flown)
		}
		if err != nil {
			e.broken(err)
			return
		}
		if from < n {
			e.pen.add(&journal.Entry{Kind: journal.Release, N: from, Last: n - 1})
		}
	}
}
