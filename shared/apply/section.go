package apply

import (
	"context"
	"iter"
	"strconv"
	"sync"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// item is a change on its way to the target.
type item struct {
	c     *plan.Change
	ac    *adapter.Change
	k     *kind
	ask   bool  // look it up before it is sent: an earlier call may have created it
	seen  *seen // what stands under its identity, as the new load has it: no need to try a create
	tries int
	lost  bool // the outcome of a try is not known
}

// batch is what a worker gets: changes of one action to one model.
type batch struct {
	items  []*item
	weight int
}

// How many bytes of values a batch has at most, unless a single change has more: heaviest, and no more than that all workers together have inHand.
const (
	heaviest = 4 << 20
	inHand   = 2 * heaviest
)

// flow feeds the workers with the changes of one section.
type flow struct {
	e       *engine
	s       plan.Section
	end     int64 // the ordinal after the last
	kind    journal.Kind
	size    int // of a batch
	window  int64
	noticed time.Time // when a flight was noted
	sent    int64     // the last ordinal that was handed to a worker
	cur     batch
	out     chan batch
	workers sync.WaitGroup
}

// section carries out those of a section's changes that stand as wanted, and ends with a barrier.
func (e *engine) section(s plan.Section, wanted func(b byte) bool) error {
	f := &flow{e: e, s: s, end: s.First + s.Count, kind: journal.Flight, out: make(chan batch), sent: s.First - 1}
	if e.second {
		f.kind = journal.Again
	}
	from, err := e.next(s.First, f.end, wanted)
	if err != nil || from == f.end {
		return err
	}
	k := e.trans.kinds[s.Model]
	if k == nil {
		return fault.Errorf(fault.Invalid, "apply: the target has no model %q", s.Model)
	}
	e.meter.tell(doing(s))
	f.size = e.batchSize(k)
	f.window = int64(f.size * e.workers * 2)
	for range e.workers {
		f.workers.Add(1)
		go f.work()
	}
	if err = f.feed(from, wanted); err != nil {
		e.stop.halt(false, "", err)
	}
	close(f.out)
	e.join(&f.workers)
	if e.stop.stopped() && !e.hung {
		e.releaseRange(f.sent+1, e.pen.ahead())
	}
	e.barrier()
	return err
}

// next returns the first ordinal from n on that stands as wanted.
func (e *engine) next(n, end int64, wanted func(b byte) bool) (int64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ledger.Next(n, end, wanted)
}

func (e *engine) batchSize(k *kind) int {
	n := 1
	if e.batcher != nil {
		n = max(1, e.batcher.BatchSize(k.Model))
	}
	if e.in.Batch > 0 {
		n = min(n, e.in.Batch)
	}
	if e.limiter != nil {
		n = min(n, e.limiter.Burst())
	}
	return n
}

// feed reads the section's changes and hands them to the workers, until it ends or the run is stopped.
func (f *flow) feed(from int64, wanted func(b byte) bool) error {
	e := f.e
	for from < f.end && !e.stop.stopped() {
		to, err := e.stretch(from, f.end, wanted)
		if err != nil {
			return err
		}
		for c, err := range e.plan.Changes(e.pen.ctx, from, to) {
			if err != nil {
				return err
			}
			b, err := e.state(c.N)
			if err != nil {
				return err
			}
			if !wanted(b) {
				continue
			}
			it, err := e.prepare(c, b)
			if err != nil {
				return err
			}
			if it != nil {
				f.add(it)
			}
			if e.stop.stopped() {
				return nil
			}
		}
		if from, err = e.next(to, f.end, wanted); err != nil {
			return err
		}
	}
	f.dispatch()
	return nil
}

// stretch returns the end of what is read in one go from n on: a gap that is not worth skipping does not end it.
func (e *engine) stretch(n, end int64, wanted func(b byte) bool) (int64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	const gap = 256
	for {
		to, err := e.ledger.Next(n, end, func(b byte) bool { return !wanted(b) })
		if err != nil || to == end {
			return to, err
		}
		if n, err = e.ledger.Next(to, min(end, to+gap), wanted); err != nil || n == min(end, to+gap) {
			return to, err
		}
	}
}

// standing yields the changes that stand as wanted when their turn comes, in order. The plan is read where they lie.
func (e *engine) standing(ctx context.Context, wanted func(b byte) bool) iter.Seq2[*plan.Change, error] {
	return func(yield func(*plan.Change, error) bool) {
		for n := int64(1); n <= e.last; {
			from, err := e.next(n, e.last+1, wanted)
			if err == nil && from <= e.last {
				n, err = e.stretch(from, e.last+1, wanted)
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if from > e.last {
				return
			}
			for c, err := range e.plan.Changes(ctx, from, n) {
				var b byte
				if err == nil {
					b, err = e.state(c.N)
				}
				if (err != nil || wanted(b)) && !yield(c, err) || err != nil {
					return
				}
			}
		}
	}
}

func (e *engine) state(n int64) (byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ledger.Get(n)
}

// add puts an item into the batch that is being made.
func (f *flow) add(it *item) {
	w := 0
	for _, fs := range []record.Fields{it.ac.Set, it.ac.Before, it.ac.After} {
		for _, v := range fs {
			w += len(v.Value)
		}
	}
	if len(f.cur.items) > 0 && f.cur.weight+w > min(heaviest, inHand/f.e.workers) {
		f.dispatch()
	}
	f.cur.items = append(f.cur.items, it)
	if f.cur.weight += w; len(f.cur.items) >= f.size {
		f.dispatch()
	}
}

// dispatch hands the batch to a worker, after its range was noted.
func (f *flow) dispatch() {
	b := f.cur
	f.cur = batch{}
	if len(b.items) == 0 || f.e.stop.stopped() {
		return
	}
	last := b.items[len(b.items)-1].c.N
	if ahead := f.e.pen.ahead(); last+f.window/2 > ahead && ahead < f.end-1 {
		if time.Since(f.noticed) < f.e.t.Together {
			f.window = min(f.window*2, 1<<16)
		}
		f.noticed = time.Now()
		first := max(ahead+1, f.sent+1)
		f.e.pen.add(&journal.Entry{Kind: f.kind, N: first, Last: min(last+f.window, f.end-1)})
	}
	if !f.e.pen.await(last) {
		return
	}
	select {
	case f.out <- b:
		f.sent = last
	case <-f.e.stop.halted:
	}
}

func (f *flow) work() {
	defer f.workers.Done()
	for b := range f.out {
		if f.e.stop.stopped() { // while it was handed over
			f.e.release(b.items)
			continue
		}
		f.e.deliver(b.items)
		f.e.meter.tell("")
	}
}

// join waits for the workers; a call that does not come back even after it was cut off is left alone.
func (e *engine) join(workers *sync.WaitGroup) {
	back := make(chan struct{})
	go func() {
		workers.Wait()
		close(back)
	}()
	select {
	case <-back:
		return
	case <-e.stop.calls.Done():
	}
	select {
	case <-back:
	case <-time.After(max(e.t.Grace, 100*time.Millisecond)):
		e.hung = true
		e.log.Error("a call to the target did not come back after it was cut off; what it did is not known")
	}
}

// prepare makes an item of a change, or ends the change where there is nothing to send.
func (e *engine) prepare(c *plan.Change, b byte) (*item, error) {
	it := &item{c: c, k: e.trans.kinds[c.Model()]}
	if b == stale {
		e.mu.Lock()
		why, _, err := e.marks.Get("m" + strconv.FormatInt(c.N, 10))
		e.mu.Unlock()
		e.finish(it, adapter.Skipped, "stale: "+why, nil)
		return nil, err
	}
	switch how, reason := e.depends(c); how {
	case bad:
		e.finish(it, adapter.Skipped, reason, nil)
		return nil, nil
	case wait:
		e.finish(it, journal.Waiting, reason, nil)
		return nil, nil
	}
	if c.Cascade != "" {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.belows++
		return nil, e.ledger.Set(c.N, below)
	}
	ctx := e.pen.ctx
	parent := known{}
	if c.Parent != "" && c.Op != plan.Delete {
		var err error
		if parent, err = e.related.find(ctx, c.Parent); err != nil {
			return nil, err
		}
	}
	var err error
	if it.ac, err = e.trans.change(c, parent.ids); err != nil {
		e.finish(it, adapter.Failed, err.Error(), nil)
		return nil, nil
	}
	if err := e.related.fill(ctx, it.ac); err != nil {
		return nil, err
	}
	if it.ac.Local, err = e.related.own(ctx, c); err != nil {
		return nil, err
	}
	if c.Op == plan.Create {
		it.ac.Adopt = sent(b) || parent.created || waits(b) && e.mark("s", c.N) != ""
		it.ask = waits(b) && e.finder != nil // what is there now is not created once more
	}
	if !sent(b) {
		return it, nil
	}
	return e.settle(it, b)
}
