package apply

import (
	"context"
	"strconv"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/plan"
)

// replay reads the journals into ledger and lookups: first those of the runs that this one resumes, then its own, whose word is final. It returns the number of the last object of its own.
func (e *engine) replay(ctx context.Context) (last int64, err error) {
	h := &history{store: e.in.Store, digest: e.ix.Digest, ledger: e.ledger, last: e.last}
	for _, prefix := range e.in.Earlier {
		if _, err := h.read(ctx, prefix, func(r *journal.Entry) error { e.recall(r, false); return nil }); err != nil {
			return 0, err
		}
		if err := h.resume(); err != nil {
			return 0, err
		}
	}
	if e.related.fresh == nil { // nothing tells what became of them: as if this run had sent them
		if err := h.each(func(b byte) byte {
			if b == before {
				return flying
			}
			return b
		}); err != nil {
			return 0, err
		}
	}
	if e.in.Stale != "" {
		for c, err := range OpenStale(ctx, e.in.Store, e.in.Stale) {
			if err == nil {
				err = h.change(c.N, c.N, func(b byte) byte {
					if b == open {
						return stale
					}
					return b
				})
			}
			if err != nil {
				return 0, err
			}
			e.broken(e.marks.Put("m"+strconv.FormatInt(c.N, 10), c.Reason))
		}
	}
	h.ended = false
	if last, err = h.read(ctx, e.in.Journal, func(r *journal.Entry) error { e.recall(r, true); return nil }); err != nil {
		return 0, err
	}
	e.completed = h.ended
	if err := h.each(e.tally); err != nil {
		return 0, err
	}
	return last, e.reblock(ctx)
}

// recall takes over what a result that counts says beside its status.
func (e *engine) recall(r *journal.Entry, own bool) {
	n := strconv.FormatInt(r.N, 10)
	switch r.Status {
	case "failed", "skipped", journal.Waiting:
		if own {
			e.broken(e.marks.Put("m"+n, r.Message))
			if len(r.Fields) > 0 {
				e.note(r.N, r.Fields, r.Freed)
			}
		}
	default:
		e.written = e.written || own
		e.remember(r, own)
		if r.Op == string(plan.Delete) {
			e.block("x"+string(r.Key), fine, "")
		}
	}
	e.tried = e.tried || own && r.Status != "skipped"
}

// tally counts how a change stands.
func (e *engine) tally(b byte) byte {
	switch b {
	case flying, reflown, again, againLoose:
		e.tried, e.written = true, true
	case waiting, loose:
		e.waits++
	}
	e.count(b, 1)
	return b
}

// count adds n changes that stand as b.
func (e *engine) count(b byte, n int64) {
	if !final(b) {
		return
	}
	e.handled += n
	if b&quiet == 0 {
		e.results[statusOf(b)] += n
	}
}

// reblock finds out again what the changes that did not happen mean for others.
func (e *engine) reblock(ctx context.Context) error {
	stuck := func(b byte) bool { s := b & states; return s == failed || s == skipped || waits(s) }
	for c, err := range e.standing(ctx, stuck) {
		if err != nil {
			return err
		}
		b, err := e.state(c.N)
		if err != nil {
			return err
		}
		how := byte(bad)
		if waits(b & states) {
			how = wait
		}
		e.obstruct(c, how, e.mark("m", c.N))
	}
	return nil
}

// skipStale ends what is stale before anything is noted as in flight: a run that resumes this one could not tell, within a range, what it skipped from what it sent.
func (e *engine) skipStale() error {
	if e.in.Stale == "" || e.stop.stopped() {
		return nil
	}
	any := false
	for c, err := range e.standing(e.pen.ctx, func(b byte) bool { return b == stale }) {
		if err == nil {
			_, err = e.prepare(c, stale)
		}
		if err != nil {
			return err
		}
		any = true
	}
	if !any {
		return nil
	}
	e.barrier()
	return e.pen.sync()
}
