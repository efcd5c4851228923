package nautobot

import (
	"context"
	"sync"
	"time"
)

const (
	worth = 1.1 // how much faster writes must go for one connection more, or less
	calm  = 20  // how many measurements pass before another number is tried again
)

// pace finds how many requests at a time Nautobot bears: as many as it has workers to spare, for its processor is the limit.
// One more goes out as long as that brings more records a second, now and then one fewer is tried in the same way, and half as many where the server complains.
type pace struct {
	slots chan struct{} // one for each request that may go out

	mu      sync.Mutex
	limit   int
	halved  time.Time
	surplus int // slots to be taken out when they come back

	// What is measured: writes of one sort, since the last decision.
	what    string
	records int
	writes  int
	since   time.Time
	rate    float64 // records a second at the last measurement; 0: there was none of this sort
	trying  int     // by how much the limit was changed after that: 1, -1, or 0
	next    int     // by how much it is changed next
	rest    int     // measurements before that
}

func newPace(most int) *pace {
	p := &pace{slots: make(chan struct{}, most), next: 1}
	p.set(min(2, most))
	return p
}

// take waits for a slot. The caller gives it back.
func (p *pace) take(ctx context.Context) error {
	select {
	case <-p.slots:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *pace) give() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.surplus > 0 {
		p.surplus--
		return
	}
	p.slots <- struct{}{}
}

// waiting returns how many answers are worth waiting for at a time: so many as may go out, and as many that came while an earlier one has not.
func (p *pace) waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return 2 * p.limit
}

// set changes the limit. The caller holds mu, or is alone.
func (p *pace) set(limit int) {
	for ; p.limit < limit; p.limit++ {
		if p.surplus > 0 {
			p.surplus--
		} else {
			p.slots <- struct{}{}
		}
	}
	p.surplus += p.limit - limit
	p.limit = limit
}

// complained is told of an answer that says that the server has too much to do. Those that were under way together complain together, and count once.
func (p *pace) complained() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.halved) < 2*time.Second {
		return
	}
	p.halved = time.Now()
	p.set(max(1, p.limit/2))
	p.what, p.trying, p.next, p.rest = "", 0, 1, calm
}

// wrote is told of a write that was carried out, and decides when there were some at the same limit.
func (p *pace) wrote(what string, records int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if what != p.what {
		p.set(p.limit - min(p.trying, 0)) // whether one fewer were as good was not found out
		p.what, p.rate, p.trying = what, 0, 0
		p.records, p.writes, p.since = 0, 0, now
		return
	}
	p.records += records
	if p.writes++; p.writes < 5*p.limit || !now.After(p.since) {
		return
	}
	rate := float64(p.records) / now.Sub(p.since).Seconds()
	switch {
	case p.trying != 0 && rate < worth*p.rate:
		p.set(p.limit - p.trying)
		p.trying, p.next, p.rest = 0, -p.next, calm
	case p.rest > 0:
		p.rest--
		p.rate = rate
	default:
		p.rate, p.trying = rate, p.next
		if to := p.limit + p.next; to < 1 || to > cap(p.slots) {
			p.trying, p.next, p.rest = 0, -p.next, calm
		}
		p.set(p.limit + p.trying)
	}
	p.records, p.writes, p.since = 0, 0, now
}
