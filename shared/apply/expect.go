package apply

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/apply/lookup"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// What the target should look like before the rest of a plan is applied is worked out record by record: all changes to one record stand together, in the plan's order.
//
//	in flight                  nobody knows: the record is left aside
//	done                       its effect is part of what is expected; the values that it wrote are not looked at again
//	anything else              the record must be as expected, or the change is stale

// expectation is what Stale needs of a change.
type expectation struct {
	state  byte
	op     plan.Op
	part   bool
	taken  bool // a cascade takes it along
	key    record.Key
	name   string
	parent record.Key // before the change
	before record.Fields
	set    record.Fields
	n      int64
}

const (
	pending  byte = iota // to be applied yet
	explain              // done
	inFlight             // maybe done
)

// explained reads how the changes stand by the journals.
func (in *StaleInput) explained(ctx context.Context, p changes) (*lookup.Ledger, error) {
	ix := p.Index()
	l, err := lookup.NewLedger(in.Temp, ix.Last()+1, 1<<20)
	if err != nil {
		return nil, err
	}
	h := history{store: in.Store, digest: ix.Digest, ledger: l, last: ix.Last()}
	for _, prefix := range in.Journals {
		if _, err := h.read(ctx, prefix, nil); err != nil {
			l.Close()
			return nil, err
		}
		if err := h.resume(); err != nil {
			l.Close()
			return nil, err
		}
	}
	return l, nil
}

// appendExpectation appends what Stale needs of a change and returns where the key begins.
func appendExpectation(b []byte, c *plan.Change, state byte) ([]byte, int) {
	flags := byte(0)
	switch s := state & states; {
	case s == before:
		flags = inFlight
	case final(s):
		flags = explain
	}
	if c.Part {
		flags |= 1 << 4
	}
	if c.Cascade != "" {
		flags |= 1 << 5
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, uint64(len(c.Key)))
	off := len(b)
	b = append(b, c.Key...)
	parts := [][]byte{[]byte(c.Op), []byte(c.Name), []byte(parentBefore(c)), journal.AppendFields(nil, c.Before), journal.AppendFields(nil, c.Set)}
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	return b, off
}

func readExpectation(it spill.Item) expectation {
	b := slices.Clone(it.Rec)
	x := expectation{state: b[0] & 3, part: b[0]&(1<<4) != 0, taken: b[0]&(1<<5) != 0, n: int64(it.Seq)}
	b = b[1:]
	next := func() []byte {
		n, i := binary.Uvarint(b)
		p := b[i : i+int(n)]
		b = b[i+int(n):]
		return p
	}
	x.key = record.Key(next())
	x.op = plan.Op(next())
	x.name = string(next())
	x.parent = record.Key(next())
	x.before = record.Value(next()).Members()
	x.set = record.Value(next()).Members()
	return x
}

// compare holds what is expected of each record against the new load and adds what is stale to found.
func (in *StaleInput) compare(ctx context.Context, cur cursor, byKey, found *spill.Sorter) error {
	var group []expectation
	end := func() error {
		if len(group) == 0 {
			return nil
		}
		line, ok, err := cur.Find(ctx, group[0].key)
		if err != nil {
			return err
		}
		reason := in.differs(group, line, ok)
		for _, x := range group {
			if reason == "" || x.state != pending {
				continue
			}
			b := appendStale(nil, &StaleChange{N: x.n, Key: x.key, Name: x.name, Reason: reason, Part: x.part})
			if err := found.Add(b, 0, 8, uint64(x.n)); err != nil {
				return err
			}
		}
		group = group[:0]
		return nil
	}
	for it, err := range byKey.Sorted() {
		if err != nil {
			return err
		}
		x := readExpectation(it)
		if len(group) > 0 && group[0].key != x.key {
			if err := end(); err != nil {
				return err
			}
		}
		group = append(group, x)
	}
	return end()
}

// differs returns why the changes to one record that are to be applied yet no longer fit; "" where they do.
func (in *StaleInput) differs(group []expectation, line record.Line, found bool) string {
	first := group[0]
	exists, parent, checkParent := first.op != plan.Create, first.parent, true
	attrs := slices.Clone(first.before)
	left := false
	for _, x := range group {
		switch x.state {
		case inFlight:
			return ""
		case pending:
			left = true
			continue
		}
		switch x.op {
		case plan.Create:
			exists, attrs, checkParent = true, nil, false
		case plan.Delete:
			exists = false
		case plan.Move:
			checkParent = false
		}
		attrs = slices.DeleteFunc(attrs, func(f record.Field) bool { return x.set.Get(f.Name) != nil })
	}
	switch {
	case !left:
		return ""
	case found && !exists:
		return "it is there already"
	case !found && exists && first.taken:
		return ""
	case !found && exists:
		return "it is no longer there"
	case !found:
		return ""
	case checkParent && line.Parent() != parent:
		return fmt.Sprintf("its parent is %s now, the plan saw %s", nameOf(line.Parent()), nameOf(parent))
	}
	now := line.Attrs(nil)
	for _, f := range attrs {
		if v := now.Get(f.Name); string(v) != string(f.Value) && !in.equal(first.key.Kind(), f.Name, f.Value, v) {
			return fmt.Sprintf("%s is %s now, the plan saw %s", f.Name, shown(v), shown(f.Value))
		}
	}
	return ""
}

func (in *StaleInput) equal(model, field string, a, b record.Value) bool {
	if in.Job == nil {
		return false
	}
	m := in.Job.Model(model)
	if m == nil {
		return false
	}
	if a := m.Attribute(field); a != nil && a.OnCreate {
		return true
	}
	return a != nil && b != nil && m.Equal(field, a, b)
}

// shown is a value in a message.
func shown(v record.Value) string {
	switch {
	case v == nil:
		return "absent"
	case len(v) > 80:
		return string(v[:80]) + " .."
	}
	return string(v)
}
