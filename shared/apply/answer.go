package apply

import (
	"fmt"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// answered ends a change that the target answered without an error.
func (e *engine) answered(it *item, r adapter.Result) {
	switch r.Status {
	case "":
		r.Status = adapter.Done
	case adapter.Done, adapter.Adopted, adapter.Warned, adapter.Skipped, adapter.Failed:
	default:
		r.Status, r.Message = adapter.Failed, fmt.Sprintf("the adapter answered with the status %q, which there is not: %s", r.Status, r.Message)
	}
	if r.Status != adapter.Failed && r.Status != adapter.Skipped {
		e.wrote()
	}
	if r.Status == adapter.Failed && r.Message == "" {
		r.Message = "the target gave no reason"
	}
	e.finish(it, r.Status, r.Message, r.Local)
}

// fail ends a change with an error.
func (e *engine) fail(it *item, err error) { e.finish(it, adapter.Failed, err.Error(), nil) }

// conflict lets a change wait for its second try; in the second tries it is final.
func (e *engine) conflict(it *item, err error) {
	if e.second {
		e.lostAgain(it, err)
		return
	}
	var fields []string
	if e.conflicter != nil {
		for _, f := range e.conflicter.Conflicting(err) {
			if o := it.k.ours(f); o != "" {
				fields = append(fields, o)
			}
		}
	}
	if len(fields) > 0 {
		e.mu.Lock()
		e.note(it.c.N, fields, false)
		e.mu.Unlock()
	}
	e.end(it, &journal.Entry{Status: journal.Waiting, Message: err.Error(), Fields: fields})
}

// finish gives a change its status. One that failed, or is skipped, first gets back what it let go of.
func (e *engine) finish(it *item, s adapter.Status, message string, local record.Fields) {
	if (s == adapter.Failed || s == adapter.Skipped) && e.mark("n", it.c.N) != "" {
		var ended bool
		if message, ended = e.putBack(it, message); !ended {
			return
		}
	}
	e.end(it, &journal.Entry{Status: s, Message: message, Local: local})
}

// longest is how long a message may be; adapters put whole answers of servers into theirs.
const longest = 2000

// end notes how a change ended, for the journal and for what depends on it.
func (e *engine) end(it *item, r *journal.Entry) {
	c := it.c
	r.Kind, r.N, r.Op, r.Key = journal.Result, c.N, string(c.Op), c.Key
	if r.Message = strings.TrimSpace(e.clean(r.Message)); len(r.Message) > longest {
		r.Message = strings.ToValidUTF8(r.Message[:longest], "") + " .."
	}
	if c.Op == plan.Create && it.k != nil && it.k.folded {
		if s := record.MakeKey(c.Key.Kind(), c.IDs...); s != c.Key {
			r.Spelled = s
		}
	}
	state := stateOf(r.Status)
	e.mu.Lock()
	if e.over {
		e.mu.Unlock()
		return
	}
	switch {
	case !c.Part:
	case state == done, state == adopted, state == warned:
		r.Part = true
	case state == skipped:
		how, _ := e.blocked("c" + string(c.Key))
		r.Part = how == bad
	}
	b := state
	if r.Part {
		b |= quiet
	}
	e.broken(e.ledger.Set(c.N, b))
	switch state {
	case waiting:
		e.waits++
		e.obstruct(c, wait, r.Message)
	case failed, skipped:
		e.obstruct(c, bad, r.Message)
	default:
		e.remember(r, true)
		if c.Op == plan.Delete && e.belows > 0 {
			e.block("x"+string(c.Key), fine, "")
		}
	}
	if e.committer == nil {
		e.count(b, 1)
	} else if final(b) {
		e.stage(b)
	}
	message := e.limit(it, state, r.Message)
	e.mu.Unlock()
	if state == failed {
		e.log.Warn("change failed", "op", r.Op, "key", r.Key.String(), "message", r.Message)
	}
	e.pen.add(r)
	if message != "" {
		e.stop.halt(false, message, nil)
	}
}

func (e *engine) stage(b byte) {
	for i := range e.staged {
		if e.staged[i].state == b {
			e.staged[i].n++
			return
		}
	}
	e.staged = append(e.staged, stagedResult{b, 1})
}

// limit returns why the run is to stop after a change ended; "" where it goes on.
func (e *engine) limit(it *item, state byte, message string) string {
	switch state {
	case done, adopted, warned:
		e.row = 0
	case failed:
		e.row++
		last := describe(it) + ": " + message
		if n := e.in.Job.Limits.Failures; n > 0 && e.row >= n {
			return fmt.Sprintf("stopped after %d failures in a row (limits.failures), the last: %s", e.row, last)
		}
		if !e.in.Job.ContinueOnFailure {
			return fmt.Sprintf("stopped after the first failure (continue_on_failure: false): %s", last)
		}
	}
	return ""
}
