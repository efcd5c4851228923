package apply

import (
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// How a change stands, one byte of the ledger each. Only the final states are counted.
const (
	open       byte = iota // not tried, as far as is known
	done                   // final
	adopted                // final
	warned                 // final
	skipped                // final
	failed                 // final
	waiting                // for its second try, or for one that it depends on
	flying                 // sent, maybe, by an earlier call of this run: nobody knows what came of it
	before                 // sent, maybe, by a run that this one resumes: the new load of the target tells
	reflown                // both
	loose                  // as waiting; its fields in conflict were set to null meanwhile, or may have been
	again                  // as flying, of what waited
	againLoose             // as again, of what was loose
	stale                  // no longer fits the target: to be skipped
	below                  // an ancestor's delete takes it along

	states byte = 0x3f
	quiet  byte = 0x40 // the second change to a record: it ended well, and is not counted
	now    byte = 0x80 // while a journal is read: so only by the call that is read, or for the rest of it
)

// sent reports whether a change may have been sent by somebody who did not live to tell.
func sent(b byte) bool {
	return b == flying || b == before || b == reflown || b == again || b == againLoose
}

// waits reports whether a change waits for the second tries.
func waits(b byte) bool { return b == waiting || b == loose }

func final(b byte) bool { s := b & states; return s >= done && s <= failed }

func stateOf(s adapter.Status) byte {
	switch s {
	case adapter.Done:
		return done
	case adapter.Adopted:
		return adopted
	case adapter.Warned:
		return warned
	case adapter.Skipped:
		return skipped
	case adapter.Failed:
		return failed
	case journal.Waiting:
		return waiting
	}
	return open
}

func statusOf(state byte) adapter.Status {
	return [...]adapter.Status{done: adapter.Done, adopted: adapter.Adopted, warned: adapter.Warned, skipped: adapter.Skipped, failed: adapter.Failed}[state&states]
}

// What other changes depend on is kept in one lookup, under keys that begin with what it says of a record:
//
//	c  its create did not happen: what hangs below or refers to it is skipped
//	d  something below it, or that refers to it, is still there: its delete is skipped
//	x  how its delete ended, for what the target's cascade takes along
//
// and, by a change's ordinal, f the fields in conflict, m what was said of it, n that its fields were set to null, s that it stands on the target and was not updated yet; and h who holds the values that another one wants.
// A value begins with bad or wait, then comes the reason.
const (
	bad  = 'b'
	wait = 'w'
	fine = 'k'
)

// block notes that what depends on the change by the given key cannot go on; bad stands against wait.
func (e *engine) block(key string, how byte, reason string) {
	if how == wait {
		if old, ok, err := e.marks.Get(key); err != nil || ok && old[0] == bad {
			e.broken(err)
			return
		}
	}
	e.broken(e.marks.Put(key, string(how)+reason))
}

// blocked returns how the mark under a key stands: 0 where nothing is in the way. In the second tries what still waits has ended well, or it would stand as bad.
func (e *engine) blocked(key string) (how byte, reason string) {
	v, ok, err := e.marks.Get(key)
	e.broken(err)
	if !ok || err != nil || v[0] == fine || v[0] == wait && e.second {
		return 0, ""
	}
	return v[0], v[1:]
}

// depends returns whether something that the change depends on did not happen (bad) or waits, and what.
func (e *engine) depends(c *plan.Change) (how byte, reason string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.marks.Len() == 0 {
		return 0, ""
	}
	look := func(key string, format string, name record.Key) {
		if how == bad {
			return
		}
		if h, r := e.blocked(key); h != 0 {
			how, reason = h, strings.ReplaceAll(format, "%", name.String())
			if r != "" {
				reason += ": " + r
			}
		}
	}
	if c.Op == plan.Delete {
		if c.Cascade != "" && e.deleted(c.Cascade) {
			return 0, "" // it is gone, too
		}
		look("d"+string(c.Key), "what hangs below it, or refers to it, is still there", c.Key)
		return how, reason
	}
	if c.Op != plan.Create {
		look("c"+string(c.Key), "it was not created", c.Key)
	}
	if c.Parent != "" && c.Op != plan.Update {
		look("c"+string(c.Parent), "its parent % was not created", c.Parent)
	}
	for _, r := range c.References {
		look("c"+string(r.Key), "% that "+r.Attribute+" refers to was not created", r.Key)
	}
	return how, reason
}

// obstruct notes what the end of a change means for others: how is bad where it did not happen, wait where it waits.
func (e *engine) obstruct(c *plan.Change, how byte, message string) {
	reason := c.Key.String()
	if message != "" {
		reason += ": " + message
	}
	if n := len(reason); n > 300 {
		reason = strings.ToValidUTF8(reason[:300], "") + " .."
	}
	switch c.Op {
	case plan.Create:
		e.block("c"+string(c.Key), how, message)
	case plan.Delete:
		e.block("x"+string(c.Key), how, message)
		if c.Parent != "" {
			e.block("d"+string(c.Parent), how, reason)
		}
	case plan.Move:
		if c.OldParent != "" {
			e.block("d"+string(c.OldParent), how, reason)
		}
	}
	if c.Op != plan.Create {
		// What it still refers to must not be deleted: a cascade would take along what stays.
		// Deferred attributes were cleared before the deletes, or that clearing says so itself; but not those of what a cascade takes along.
		k := e.trans.kinds[c.Model()]
		fields := c.Set
		if c.Op == plan.Delete {
			fields = c.Before
		}
		for _, f := range fields {
			if a := k.Attribute(f.Name); a != nil && a.References != "" && (c.Op != plan.Delete || !a.Defer || c.Cascade != "") {
				for _, key := range e.trans.references(a, c.Before.Get(f.Name)) {
					e.block("d"+string(key), how, reason)
				}
			}
		}
	}
}

// local returns what the journal's results say of a record.
func (e *engine) local(key record.Key) (stored, bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.storedOf(key)
}

func (e *engine) storedOf(key record.Key) (stored, bool, error) {
	if e.locals.Len() == 0 {
		return stored{}, false, nil
	}
	text, ok, err := e.locals.Get(string(key))
	if err != nil || !ok {
		return stored{}, false, err
	}
	return readStored(text), true, nil
}

// remember keeps a result's local values for whoever refers to the record.
func (e *engine) remember(r *journal.Entry, own bool) {
	created := r.Op == string(plan.Create)
	if !created && r.Local == nil || r.Op == string(plan.Delete) {
		return
	}
	if k := e.trans.kinds[r.Key.Kind()]; created && (k == nil || !k.looked) {
		return
	}
	s := stored{own: own, created: created, local: r.Local, ids: r.Spelled}
	if !created {
		old, _, err := e.storedOf(r.Key)
		e.broken(err)
		s.created, s.ids = old.created, old.ids
	}
	e.broken(e.locals.Put(string(r.Key), s.text()))
}

// broken ends the run where a lookup cannot be kept.
func (e *engine) broken(err error) {
	if err != nil {
		e.stop.abort(err)
	}
}
