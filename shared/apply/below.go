package apply

import (
	"context"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Deletes that the target's cascade takes along (skip_children_on_delete) are not sent. Each is asked about before the ancestor's delete is: where it is stale, or something still hangs
// below it or refers to it, it is skipped, with it its parent, and so on up to the ancestor.

// inOrder returns the plan's sections in the order in which they are carried out. The plan has what a cascade takes along behind all deletes; here it comes before them, deepest first.
func (e *engine) inOrder() []plan.Section {
	var order, along, deletes []plan.Section
	for _, s := range e.ix.Sections {
		switch {
		case s.Cascade:
			along = append(along, s)
		case s.Op == plan.Delete:
			deletes = append(deletes, s)
		default:
			order = append(order, s)
		}
	}
	slices.Reverse(along)
	return slices.Concat(order, along, deletes)
}

// deleted reports whether the delete of an ancestor that takes others along is done. It is called locked.
func (e *engine) deleted(ancestor record.Key) bool {
	v, ok, err := e.marks.Get("x" + string(ancestor))
	e.broken(err)
	return ok && v[0] == fine
}

// settleBelow ends the deletes that a cascade takes along as the delete of their ancestor ended. Where that was not tried they have no end either.
func (e *engine) settleBelow(ctx context.Context) error {
	for c, err := range e.standing(ctx, func(b byte) bool { return b == below }) {
		if err != nil {
			return err
		}
		e.follow(c)
	}
	return nil
}

// follow ends one of them.
func (e *engine) follow(c *plan.Change) {
	e.mu.Lock()
	v, ok, err := e.marks.Get("x" + string(c.Cascade))
	e.broken(err)
	e.mu.Unlock()
	it := &item{c: c, k: e.trans.kinds[c.Model()]}
	switch {
	case !ok || v[0] == wait:
	case v[0] == fine:
		e.finish(it, adapter.Done, "taken along by the delete of "+c.Cascade.String(), nil)
	default:
		e.finish(it, adapter.Skipped, strings.TrimSuffix(c.Cascade.String()+", whose delete takes it along, was not deleted: "+v[1:], ": "), nil)
	}
}
