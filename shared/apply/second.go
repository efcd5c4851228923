package apply

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Second tries, after the last section, in section order, of what was refused as a conflict and of what waits for it.
//
// Values that change hands: a and b swap their code, which is unique. Each is refused while the other holds what it wants. So where the target can say which fields are in conflict,
// those that hold what another one wants, and wait themselves, first let go: their fields in conflict are set to null. Then all are tried once more. Who fails after all gets back what it had.

// secondTries carries them out.
func (e *engine) secondTries() error {
	e.mu.Lock()
	e.second = true
	e.mu.Unlock()
	if e.conflicter != nil {
		e.pen.restart()
		if err := e.letGo(); err != nil {
			return err
		}
	}
	e.pen.restart()
	for _, s := range e.inOrder() {
		if e.stop.stopped() {
			return nil
		}
		if err := e.section(s, waits); err != nil {
			return err
		}
	}
	return nil
}

// note keeps which fields of a change are in conflict, and whether they were set to null; what was set to null earlier stays among them. It is called locked.
func (e *engine) note(n int64, fields []string, freed bool) {
	at := strconv.FormatInt(n, 10)
	if _, let, err := e.marks.Get("n" + at); let || err != nil {
		v, _, verr := e.marks.Get("f" + at)
		e.broken(errors.Join(err, verr))
		for f := range strings.SplitSeq(v, "\x00") {
			if !slices.Contains(fields, f) {
				fields = append(slices.Clone(fields), f)
			}
		}
	}
	e.broken(e.marks.Put("f"+at, strings.Join(fields, "\x00")))
	if freed {
		e.broken(e.marks.Put("n"+at, "y"))
	}
}

// mark returns what is kept of a change under a letter.
func (e *engine) mark(letter string, n int64) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	v, _, err := e.marks.Get(letter + strconv.FormatInt(n, 10))
	e.broken(err)
	return v
}

func (e *engine) setMark(key, value string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.broken(e.marks.Put(key, value))
}

// conflicting returns our names of the fields in conflict of a change that waits.
func (e *engine) conflicting(c *plan.Change) []string {
	v := e.mark("f", c.N)
	if v == "" {
		return nil
	}
	fields := strings.Split(v, "\x00")
	slices.Sort(fields)
	return fields
}

// letGo sets to null what waiting records hold and other waiting ones want.
func (e *engine) letGo() error {
	// Who holds what:
	err := e.waitingOnes(func(c *plan.Change) error {
		fields := e.conflicting(c)
		if fields == nil || c.Op == plan.Create || c.Op == plan.Delete {
			return nil
		}
		if t := e.tuple(c, fields, c.Before, parentBefore(c)); t != "" {
			e.setMark("h"+t, strconv.FormatInt(c.N, 10)+" "+c.Key.String())
		}
		return nil
	})
	if err != nil {
		return err
	}
	// Who wants it:
	err = e.waitingOnes(func(c *plan.Change) error {
		fields := e.conflicting(c)
		if fields == nil || c.Op == plan.Delete {
			return nil
		}
		t := e.tuple(c, fields, c.After, c.Parent)
		if t == "" {
			return nil
		}
		e.mu.Lock()
		v, ok, err := e.marks.Get("h" + t)
		e.mu.Unlock()
		n, _, _ := strings.Cut(v, " ")
		if err != nil || !ok || n == strconv.FormatInt(c.N, 10) {
			return err
		}
		e.setMark("r"+n, "y")
		e.setMark("p"+strconv.FormatInt(c.N, 10), v)
		return nil
	})
	if err != nil {
		return err
	}
	// Those let go, some at a time so that one note in the journal does for them:
	var group []*item
	flush := func() {
		for _, it := range group {
			e.pen.add(&journal.Entry{Kind: journal.Again, N: it.c.N, Last: it.c.N})
		}
		if len(group) == 0 || !e.pen.await(group[len(group)-1].c.N) {
			group = nil
			return
		}
		for i, it := range group {
			if e.stop.stopped() {
				e.release(group[i:])
				break
			}
			e.free(it)
		}
		group = group[:0]
	}
	err = e.waitingOnes(func(c *plan.Change) error {
		if e.mark("r", c.N) == "" || e.mark("n", c.N) != "" {
			return nil
		}
		it := &item{c: c, k: e.trans.kinds[c.Model()]}
		var err error
		if it.ac, err = e.trans.Change(c); err != nil {
			return nil //nolint:nilerr // its second try says so
		}
		if it.ac.Local, err = e.related.own(e.pen.ctx, c); err != nil {
			return err
		}
		if group = append(group, it); len(group) >= 64 {
			flush()
		}
		return nil
	})
	flush()
	e.barrier()
	return err
}

// waitingOnes calls f for every change that waits, in order, until the run is stopped.
func (e *engine) waitingOnes(f func(c *plan.Change) error) error {
	for c, err := range e.standing(e.pen.ctx, waits) {
		if err != nil || e.stop.stopped() {
			return err
		}
		if err := f(c); err != nil {
			return err
		}
	}
	return nil
}

// tuple returns the values of fields as one text; "" where one of them is null or absent: nothing is in conflict with that.
func (e *engine) tuple(c *plan.Change, fields []string, attrs record.Fields, parent record.Key) string {
	k := e.trans.kinds[c.Model()]
	var b strings.Builder
	b.WriteString(c.Model())
	for _, f := range fields {
		v := k.value(f, c.IDs, attrs, parent)
		if v == nil || v.IsNull() {
			return ""
		}
		fmt.Fprintf(&b, "\x00%s\x00%s", f, v)
	}
	return b.String()
}

// free sets the fields in conflict of a waiting change to null.
func (e *engine) free(it *item) {
	fields := e.conflicting(it.c)
	u, err := e.overwrite(it, fields, func(string) record.Value { return record.Value(record.Null) })
	if err == nil {
		_, err = e.insist(u)
	}
	switch {
	case err == nil:
		e.wrote()
		e.mu.Lock()
		e.note(it.c.N, fields, true)
		e.mu.Unlock()
		e.pen.add(&journal.Entry{Kind: journal.Result, N: it.c.N, Op: string(it.c.Op), Key: it.c.Key, Status: journal.Waiting, Message: "let go of " + strings.Join(fields, ", ") + " first", Fields: fields, Freed: true})
	case e.cutOff(err):
		e.wrote()
	case fault.Is(err, fault.Denied):
		e.shutOut(it, err)
	default:
		e.setMark("q"+strconv.FormatInt(it.c.N, 10), err.Error())
	}
}

// overwrite returns an update of a change's record that sets those of the fields that the change sets to other values.
func (e *engine) overwrite(it *item, fields []string, value func(field string) record.Value) (*item, error) {
	c := *it.c
	c.Op, c.Parent, c.OldParent, c.References, c.Set = plan.Update, parentBefore(it.c), "", nil, nil
	c.After = slices.Clone(c.Before)
	for _, f := range fields {
		if it.c.Set.Get(f) == nil {
			continue
		}
		v := value(f)
		c.Set = append(c.Set, record.Field{Name: f, Value: v})
		for i := range c.After {
			if c.After[i].Name == f {
				c.After[i].Value = v
			}
		}
	}
	if len(c.Set) == 0 {
		return nil, fault.Errorf(fault.Conflict, "%s is not among what it changes", strings.Join(fields, ", "))
	}
	ac, err := e.trans.Change(&c)
	if err != nil {
		return nil, err
	}
	ac.Local = it.ac.Local
	return &item{c: &c, ac: ac, k: it.k}, nil
}

// lostAgain ends a change whose second try was refused as a conflict, too.
func (e *engine) lostAgain(it *item, err error) {
	text := "refused twice: " + err.Error()
	holder := e.mark("p", it.c.N)
	n, name, _ := strings.Cut(holder, " ")
	switch {
	case e.mark("n", it.c.N) != "": // what became of that is said as it gets it back
	case holder != "":
		h, _ := strconv.ParseInt(n, 10, 64)
		text += "; " + name + " holds what it wants, and wants another value itself"
		if q := e.mark("q", h); q != "" {
			text += ", but could not be set to null first: " + q
		}
	case e.conflicting(it.c) == nil && it.c.Op != plan.Create && it.c.Op != plan.Delete:
		text += "; the target cannot say which fields are in conflict, so where values change hands none could be set to null first"
	}
	e.finish(it, adapter.Failed, text, nil)
}

// putBack gives a change that did not happen what it let go of for others, and returns what is said of that behind why it did not happen. ended is false where the run was stopped before that was done:
// the change stays as it was sent, for the next call.
func (e *engine) putBack(it *item, why string) (text string, ended bool) {
	fields := e.conflicting(it.c)
	what := strings.Join(fields, ", ")
	err := e.described(it)
	if err == nil {
		err = e.restore(it, fields)
	}
	switch {
	case err == nil:
		return why + "; " + what + " was null for a moment and is again as before", true
	case e.cutOff(err):
		return "", false
	case fault.Is(err, fault.Denied):
		e.shutOut(it, err)
		return "", false
	}
	return why + "; " + what + " is null on the target now: what was there before could not be put back: " + err.Error(), true
}

// described makes what is sent to the target of a change that was never to be sent.
func (e *engine) described(it *item) (err error) {
	if it.ac != nil {
		return nil
	}
	if it.ac, err = e.trans.Change(it.c); err != nil {
		return err
	}
	it.ac.Local, err = e.related.own(e.pen.ctx, it.c)
	return err
}

// restore sets fields to what they were before.
func (e *engine) restore(it *item, fields []string) error {
	u, err := e.overwrite(it, fields, func(f string) record.Value {
		if v := it.c.Before.Get(f); v != nil {
			return v
		}
		return record.Value(record.Null)
	})
	if err == nil {
		_, err = e.insist(u)
	}
	return err
}
