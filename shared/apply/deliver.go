package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/plan"
)

// deliver carries out a batch; when it returns each of its items has ended, waits, was released as not sent, or stays in flight because nobody knows.
func (e *engine) deliver(items []*item) {
	var send, ask, found []*item
	for _, it := range items {
		switch {
		case it.seen != nil:
			found = append(found, it)
		case it.ask:
			ask = append(ask, it)
		default:
			send = append(send, it)
		}
	}
	for _, it := range found {
		e.adopt(it, it.seen, nil)
	}
	if len(ask) > 0 {
		send = append(send, e.lookUp(ask)...)
	}
	e.attempt(send)
}

// attempt sends items until each has its end. What surely did nothing is sent again after a pause, what may have been done is settled first.
func (e *engine) attempt(items []*item) {
	if e.stop.stopped() { // while they were looked up
		e.release(items)
		return
	}
	pause, begun := e.t.backoff(), time.Now()
	for len(items) > 0 {
		for _, it := range items {
			it.tries++
		}
		results, err := e.call(items)
		if err != nil {
			if e.halves(items, err) {
				return
			}
			results = make([]adapter.Result, len(items))
			for i := range results {
				results[i].Err = err
			}
		}
		again, why := e.sort(items, results)
		if len(again) == 0 {
			return
		}
		tired := again[0].tries >= e.t.Tries || time.Since(begun) > e.t.Patience
		switch {
		case tired && len(again) == len(items) && fault.Retryable(why[again[0]]):
			// The target does not answer at all: to try the rest would only take long. What may have been done stays in flight.
			e.stop.halt(false, "", fault.Errorf(fault.Of(why[again[0]]), "%s: given up after %d tries: %w", describe(again[0]), again[0].tries, e.cleaned(why[again[0]])))
			for _, it := range again {
				if !it.lost {
					e.fail(it, why[it])
				}
			}
			return
		case tired:
			for _, it := range again {
				e.fail(it, fmt.Errorf("given up after %d tries: %w", it.tries, why[it]))
			}
			return
		}
		if !e.stop.sleep(pause.NextBackOff()) {
			e.release(again)
			return
		}
		items = again
	}
}

// halves handles what a target refuses whole as invalid or conflicting: it is halved until the bad record stands alone.
func (e *engine) halves(items []*item, err error) bool {
	if len(items) < 2 || !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
		return false
	}
	half := len(items) / 2
	for _, part := range [][]*item{items[:half], items[half:]} {
		if e.stop.stopped() {
			e.release(part)
			continue
		}
		for _, it := range part {
			it.tries = 0
		}
		e.attempt(part)
	}
	return true
}

// sort ends what has an answer and returns what is to be sent again, each with the reason.
func (e *engine) sort(items []*item, results []adapter.Result) (again []*item, why map[*item]error) {
	why = map[*item]error{}
	var taken, lost []*item
	for i, it := range items {
		r := results[i]
		if r.Err == nil {
			e.answered(it, r)
			continue
		}
		why[it] = r.Err
		switch code := fault.Of(r.Err); {
		case code == fault.Throttled || code == fault.Unavailable:
			again = append(again, it)
		case unclear(r.Err):
			lost = append(lost, it)
		case code == fault.Denied: // not sent after all: it may be let in once the target is opened anew
			e.denied([]*item{it}, r.Err)
		case code == fault.NotFound && it.c.Op == plan.Delete:
			e.finish(it, adapter.Done, "it was gone already", nil)
		case code == fault.Conflict && it.c.Op == plan.Create:
			taken = append(taken, it)
		case code == fault.Conflict:
			e.conflict(it, r.Err)
		default:
			e.fail(it, r.Err)
		}
	}
	if len(lost) > 0 {
		again = append(again, e.afterLoss(lost)...)
	}
	e.takenAll(taken, why)
	return again, why
}

// unclear reports whether nobody knows what a call that ended with the error did.
func unclear(err error) bool {
	switch fault.Of(err) {
	case fault.UnknownOutcome, fault.TimedOut, fault.Stopped:
		return true
	}
	return false
}

// afterLoss handles changes of which nobody knows whether they were done, and returns those to send again.
func (e *engine) afterLoss(items []*item) (again []*item) {
	e.wrote()
	if e.stop.calls.Err() != nil {
		return nil // cut off: they stay in flight
	}
	var creates []*item
	for _, it := range items {
		if it.lost = true; it.c.Op != plan.Create {
			again = append(again, it)
			continue
		}
		it.ac.Adopt = true
		creates = append(creates, it)
	}
	if len(creates) == 0 {
		return again
	}
	if e.finder == nil {
		e.stop.halt(false, "", e.unknown(creates[0]))
		return again
	}
	return append(again, e.lookUp(creates)...)
}

// call sends items to the target at the rate that is allowed.
func (e *engine) call(items []*item) (results []adapter.Result, err error) {
	if e.limiter != nil {
		ctx, cancel := e.stop.waiting()
		err := e.limiter.WaitN(ctx, min(len(items), e.limiter.Burst()))
		cancel()
		if err != nil {
			return nil, fault.Errorf(fault.Unavailable, "the run was stopped before it was sent: %w", err)
		}
	}
	e.mu.Lock()
	e.dirty, e.tried = true, true
	e.mu.Unlock()
	cs := make([]*adapter.Change, len(items))
	for i, it := range items {
		cs[i] = it.ac
	}
	err = guarded(func() (err error) {
		if e.batcher != nil {
			results, err = e.batcher.Apply(e.stop.calls, cs[0].Model, cs[0].Action, cs)
			if err == nil && len(results) != len(cs) {
				err = fault.Errorf(fault.Internal, "the adapter gave %d answers to %d changes: what was done is not known", len(results), len(cs))
			}
			return err
		}
		r, err := e.write(e.stop.calls, cs[0])
		r.Err = errors.Join(r.Err, err)
		if err != nil {
			r.Err = err
		}
		results = []adapter.Result{r}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// write sends one change to a target that takes one at a time.
func (e *engine) write(ctx context.Context, c *adapter.Change) (adapter.Result, error) {
	switch c.Action {
	case adapter.Create:
		return e.writer.Create(ctx, c)
	case adapter.Delete:
		return e.writer.Delete(ctx, c)
	}
	return e.writer.Update(ctx, c)
}

// wrote notes that something was written, or may have been; where the target stages, it counts from the next commit on.
func (e *engine) wrote() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.written = e.written || e.committer == nil
	e.taken = true
}

// cleaned returns err without secrets in its text.
func (e *engine) cleaned(err error) error {
	if e.in.Redact == nil {
		return err
	}
	return fault.Wrap(fault.Of(err), errors.New(e.clean(err.Error())))
}
