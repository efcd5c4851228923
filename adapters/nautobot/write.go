package nautobot

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// bulk sends one bulk request, which Nautobot carries out wholly or not at all. Of a create it says which records it refuses: the others are sent again without them.
// Of updates and deletes it says only what is wrong: who calls it halves those.
func (a *system) bulk(ctx context.Context, am *adapter.Model, action adapter.Action, cs []*adapter.Change) ([]adapter.Result, error) {
	l, err := a.look(ctx)
	if err != nil {
		return nil, err
	}
	m := l.byName[am.Name]
	if m == nil {
		return nil, fault.Errorf(fault.Internal, "write model %q: the adapter was made without it", am.Name)
	}
	w := &batch{a: a, l: l, m: m, cs: cs, results: make([]adapter.Result, len(cs)), ids: make([]string, len(cs)), bodies: make([][]byte, len(cs))}
	switch action {
	case adapter.Create:
		err = w.create(ctx)
	case adapter.Update:
		err = w.update(ctx)
	default:
		err = w.delete(ctx)
	}
	if err != nil {
		return nil, err
	}
	return w.results, nil
}

// batch is one call of Apply.
type batch struct {
	a       *system
	l       *layout
	m       *model
	cs      []*adapter.Change
	results []adapter.Result
	ids     []string // of the objects
	bodies  [][]byte // what is sent for each; nil: nothing
}

// bad gives a change its error. It reports false, with the error to return, where that is not about the change alone.
func (w *batch) bad(i int, err error) error {
	if elsewhere(err) {
		return err
	}
	w.results[i] = adapter.Result{Err: err}
	w.bodies[i] = nil
	return nil
}

// left returns the changes that are still to be sent.
func (w *batch) left() []int {
	var is []int
	for i, b := range w.bodies {
		if b != nil {
			is = append(is, i)
		}
	}
	return is
}

// send sends what is left in one request.
func (w *batch) send(ctx context.Context, method string, is []int) (*answer, error) {
	body := []byte{'['}
	for n, i := range is {
		if n > 0 {
			body = append(body, ',')
		}
		body = append(body, w.bodies[i]...)
	}
	return w.a.client.write(ctx, method, w.m.kind.endpoint, len(is), append(body, ']'))
}

// create sends creates under ids of our own, so that one which was carried out without our learning of it is known again.
func (w *batch) create(ctx context.Context) error {
	for i, c := range w.cs {
		w.ids[i] = w.a.newID(c.Key)
		b, err := w.a.body(ctx, w.l, w.m, c, nil)
		if err != nil {
			if err := w.bad(i, err); err != nil {
				return err
			}
			continue
		}
		w.bodies[i] = b.append(nil, w.ids[i])
	}
	for try := 0; ; try++ {
		is := w.left()
		if len(is) == 0 {
			return nil
		}
		a, err := w.send(ctx, http.MethodPost, is)
		if err != nil {
			return err
		}
		if a.status < 300 {
			w.a.forget(w.m.typ)
			return w.take(a, is)
		}
		ours, err := w.ours(ctx, a, is)
		if err != nil {
			return err
		}
		whole := refused(http.MethodPost, w.m.kind.endpoint, a)
		if !w.each(a, is) && !ours {
			if len(is) == 1 && !elsewhere(whole) {
				return w.bad(is[0], whole)
			}
			if len(is) < len(w.cs) && !elsewhere(whole) {
				// Some have their results already: the engine cannot halve what is left.
				return w.singly(ctx, is)
			}
			return whole
		}
		if try > len(w.cs) {
			return whole
		}
	}
}

// singly sends creates one by one.
func (w *batch) singly(ctx context.Context, is []int) error {
	for _, i := range is {
		a, err := w.send(ctx, http.MethodPost, []int{i})
		if err == nil && a.status >= 300 {
			err = refused(http.MethodPost, w.m.kind.endpoint, a)
		} else if err == nil {
			w.a.forget(w.m.typ)
			err = w.take(a, []int{i})
		}
		if err != nil {
			// Others may be done: this is an error of this one, whatever it is.
			w.results[i] = adapter.Result{Err: err}
			w.bodies[i] = nil
		}
	}
	return nil
}

// each gives those changes their errors that Nautobot refuses one by one; false where it speaks of the batch as a whole.
func (w *batch) each(a *answer, is []int) bool {
	if a.status != http.StatusBadRequest || len(a.value) == 0 || a.value[0] != '[' {
		return false
	}
	els := a.value.Elements()
	if len(els) != len(is) {
		return false
	}
	some := false
	for n, e := range els {
		if len(e) == 0 || e[0] != '{' || len(e) == 2 {
			continue
		}
		some = true
		if w.bodies[is[n]] == nil {
			continue // it turned out to be ours
		}
		w.results[is[n]] = adapter.Result{Err: refused(http.MethodPost, w.m.kind.endpoint, &answer{status: a.status, value: e})}
		w.bodies[is[n]] = nil
	}
	return some
}

// ours ends those creates that were refused because they had been carried out before: there is an object under the id that only we could have given it.
func (w *batch) ours(ctx context.Context, a *answer, is []int) (bool, error) {
	if !taken(said(a.value)) {
		return false, nil
	}
	var ids []string
	for _, i := range is {
		ids = append(ids, w.ids[i])
	}
	now, err := w.a.now(ctx, w.m, ids)
	if err != nil {
		return false, err
	}
	some := false
	for _, i := range is {
		if s, ok := now[w.ids[i]]; ok {
			some = true
			w.results[i] = adapter.Result{Local: local(w.ids[i], s.updated)}
			w.bodies[i] = nil
		}
	}
	return some, nil
}

// take gives changes their new local values from the answer, by id: Nautobot answers in an order of its own.
func (w *batch) take(a *answer, is []int) error {
	els := []record.Value{a.value}
	if len(a.value) > 0 && a.value[0] == '[' {
		els = a.value.Elements()
	}
	updated := map[string]record.Value{}
	for _, e := range els {
		o := e.Members()
		updated[text(o.Get("id"))] = instant(o.Get(localUpdated))
	}
	for _, i := range is {
		u, ok := updated[w.ids[i]]
		if !ok {
			w.results[i] = adapter.Result{Err: fault.Errorf(fault.NotFound, "find %q: Nautobot has it no more", w.cs[i].Key.String())}
			continue
		}
		w.results[i] = adapter.Result{Local: local(w.ids[i], u)}
	}
	return nil
}

func local(id string, updated record.Value) record.Fields {
	if updated == nil {
		return record.Fields{{Name: localID, Value: record.Value(quoted(id))}}
	}
	return record.Fields{{Name: localID, Value: record.Value(quoted(id))}, {Name: localUpdated, Value: clone(updated)}}
}

// newID returns the id of a record that this run creates: the same for the same run and identity.
func (a *system) newID(key record.Key) string {
	run := a.setup.Run
	if run == "" {
		run = rand.Text() // nothing is to be known again
	}
	sum := sha256.Sum256([]byte(run + "\x00" + string(key)))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // a UUID of version 8: made our own way
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
