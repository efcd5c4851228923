package apply

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// A create that finds its identity taken:
//
//	the target cannot look up            waits for its second try, then failed
//	nothing there under its identity     the same: something else is in conflict
//	an equal record                      adopted
//	an unequal one, and we may have made
//	it, or the system did below a
//	record that this plan created        updated, adopted
//	an unequal one else                  failed

// lookUp asks the target which of the creates it has, ends those, and returns the others.
func (e *engine) lookUp(items []*item) (missing []*item) {
	there, err := e.find(items)
	if fault.Is(err, fault.Denied) {
		e.denied(items, err)
		return nil
	}
	if err != nil {
		e.stop.halt(false, "", fault.Errorf(fault.UnknownOutcome, "%s: nobody knows whether it was done, and it cannot be looked up; resume the run: %w", describe(items[0]), e.cleaned(err)))
		return nil
	}
	for _, it := range items {
		if s := there[it.c.Key]; s != nil {
			e.adopt(it, s, nil)
		} else {
			missing = append(missing, it)
		}
	}
	return missing
}

// takenAll handles creates that were refused as conflicts.
func (e *engine) takenAll(items []*item, why map[*item]error) {
	if len(items) == 0 {
		return
	}
	there := map[record.Key]*seen{}
	if e.finder != nil {
		var err error
		if there, err = e.find(items); err != nil {
			if fault.Is(err, fault.Denied) {
				e.denied(items, err)
				return
			}
			if e.stop.stopped() {
				return // they stay in flight
			}
			for _, it := range items {
				e.fail(it, fmt.Errorf("%w (whether it is there already cannot be looked up: %w)", why[it], err))
			}
			return
		}
	}
	for _, it := range items {
		if s := there[it.c.Key]; s != nil {
			e.adopt(it, s, why[it])
		} else {
			e.conflict(it, why[it])
		}
	}
}

// adopt takes a record that stands under a create's identity for the one to create, where that may be; refused is the target's error, nil where it was not asked.
func (e *engine) adopt(it *item, s *seen, refused error) {
	d := s.differs(it, it.ac.Adopt || refused == nil)
	switch {
	case len(d.names) == 0 && !d.parent && refused == nil && it.ac.Adopt:
		e.wrote()
		e.finish(it, adapter.Done, "", s.local)
		return
	case len(d.names) == 0 && !d.parent:
		e.finish(it, adapter.Adopted, "an equal record was there already", s.local)
		return
	case !it.ac.Adopt:
		e.finish(it, adapter.Failed, "it is there already, with other values: "+d.text(it, s), nil)
		return
	}
	if e.stop.stopped() {
		it.lost = true // it stays in flight
		return
	}
	u, err := e.update(it, s, d)
	if err != nil {
		e.fail(it, err)
		return
	}
	r, err := e.insist(u)
	switch {
	case err != nil && e.cutOff(err):
		e.wrote()
	case fault.Is(err, fault.Conflict):
		e.setMark("s"+strconv.FormatInt(it.c.N, 10), "y")
		e.conflict(it, err)
	case fault.Is(err, fault.Denied):
		e.denied([]*item{it}, err)
	case err != nil:
		e.fail(it, fmt.Errorf("it is there already, and was not updated: %w", err))
	default:
		e.wrote()
		local := r.Local
		if local == nil {
			local = s.local
		}
		e.finish(it, adapter.Adopted, "it was there already and was updated: "+d.list(), local)
	}
}

// denied ends the call where the target lets us in no more: the items were not sent after all, and may be once it is opened anew.
func (e *engine) denied(items []*item, err error) {
	e.release(items)
	e.shutOut(items[0], err)
}

// shutOut ends the call where the target lets us in no more.
func (e *engine) shutOut(it *item, err error) {
	e.stop.halt(false, "", fault.Errorf(fault.Denied, "%s: %w", describe(it), e.cleaned(err)))
}

// insist sends one update until it is answered; an update may be sent again whatever became of it.
func (e *engine) insist(it *item) (adapter.Result, error) {
	pause, begun := e.t.backoff(), time.Now()
	for try := 1; ; try++ {
		rs, err := e.call([]*item{it})
		var r adapter.Result
		if err == nil {
			r, err = rs[0], rs[0].Err
		}
		if err == nil && r.Status == adapter.Failed {
			err = fault.Errorf(fault.Invalid, "%s", r.Message)
		}
		if err == nil || !fault.Retryable(err) && !unclear(err) || try >= e.t.Tries || time.Since(begun) > e.t.Patience || !e.stop.sleep(pause.NextBackOff()) {
			return r, err
		}
	}
}

// cutOff reports whether a call ended because the run did: nobody knows what became of it.
func (e *engine) cutOff(err error) bool {
	return e.stop.stopped() && (e.stop.calls.Err() != nil || fault.Retryable(err) || unclear(err))
}

// find looks up the records of creates on the target; what it does not have is missing from the answer. It asks again where the target does not answer.
func (e *engine) find(items []*item) (map[record.Key]*seen, error) {
	keys := make([]record.Key, len(items))
	for i, it := range items {
		keys[i] = it.c.Key
	}
	k := items[0].k
	pause := e.t.backoff()
	for try := 1; ; try++ {
		var there map[record.Key]*seen
		err := guarded(func() (err error) {
			there, err = e.findOnce(e.stop.calls, k, keys)
			return err
		})
		if err == nil || !fault.Retryable(err) || try >= e.t.Tries || !e.stop.sleep(pause.NextBackOff()) {
			return there, err
		}
	}
}

func (e *engine) findOnce(ctx context.Context, k *kind, keys []record.Key) (map[record.Key]*seen, error) {
	there := map[record.Key]*seen{}
	for r, err := range e.finder.Find(ctx, k.Model, keys) {
		if err != nil {
			return nil, fmt.Errorf("find: %w", err)
		}
		key, s, err := k.read(r.Fields)
		if err != nil {
			return nil, fault.Errorf(fault.Invalid, "find: %w", err)
		}
		s.local = cloneFields(r.Local)
		there[key] = s
	}
	return there, nil
}

// read makes identity, parent and attributes of a record of theirs. A value that does not convert stays as it is: it then differs from every other.
func (k *kind) read(theirs record.Fields) (record.Key, *seen, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	ours, err := k.names.In(theirs, nil)
	if err != nil {
		return "", nil, err
	}
	ids := make([]record.Value, len(k.Identifiers))
	for i, a := range k.Identifiers {
		ids[i] = identifier(ours.Get(a.Name), a.Type, a.IgnoreCase)
	}
	s := &seen{}
	for _, p := range k.Parents {
		pids := make([]record.Value, len(p.Fields))
		for i, f := range p.Fields {
			if v := ours.Get(f); v != nil && !v.IsNull() {
				pids[i] = identifier(v, at(p.Types, i), at(p.IgnoreCase, i))
			}
		}
		if len(pids) > 0 && pids[0] != nil {
			s.parent = record.MakeKey(p.Model, pids...)
		}
	}
	for _, f := range ours {
		if a := k.Attribute(f.Name); a != nil {
			v := f.Value
			if c, err := job.Convert(v, a.Type); err == nil {
				v = c
			}
			s.attrs = append(s.attrs, record.Field{Name: f.Name, Value: append(record.Value(nil), v...)})
		}
	}
	return record.MakeKey(k.Name, ids...), s, nil
}

func identifier(v record.Value, t job.Type, fold bool) record.Value {
	if v == nil {
		return record.Value(record.Null)
	}
	if c, err := job.Convert(v, t); err == nil {
		v = c
	}
	if fold {
		v = job.Fold(v)
	}
	return v
}

func at[T any](s []T, i int) (v T) {
	if i < len(s) {
		v = s[i]
	}
	return v
}

// difference says in what a record that is there differs from the one wanted.
type difference struct {
	parent bool
	names  []string // our names of attributes
}

func (d difference) list() string {
	names := d.names
	if d.parent {
		names = append([]string{"its parent"}, names...)
	}
	return strings.Join(names, ", ")
}

// text says it with the values.
func (d difference) text(it *item, s *seen) string {
	var parts []string
	if d.parent {
		parts = append(parts, fmt.Sprintf("its parent is %s, not %s", nameOf(s.parent), nameOf(it.c.Parent)))
	}
	for _, n := range d.names {
		parts = append(parts, fmt.Sprintf("%s is %s, not %s", n, shown(s.attrs.Get(n)), shown(it.c.Set.Get(n))))
	}
	return strings.Join(parts, "; ")
}

func nameOf(k record.Key) string {
	if k == "" {
		return "none"
	}
	return k.String()
}
