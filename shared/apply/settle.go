package apply

import (
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// settle decides about a change that may have been sent before. What a run sent that this one resumes is settled by the new load of the target: done, with its local values,
// or to be done again. What an earlier call of this run sent came after that load: updates and deletes are simply sent again, creates are looked up first; where the target cannot
// look up, the run ends so that a new one loads the target again.
func (e *engine) settle(it *item, b byte) (*item, error) {
	c := it.c
	if b != before {
		if c.Op != plan.Create {
			return it, nil
		}
		if e.finder == nil {
			e.stop.halt(false, "", e.unknown(it))
			return nil, nil
		}
		it.ask = true
		return it, nil
	}
	line, found, err := e.related.fresh.Find(e.pen.ctx, c.Key)
	if err != nil {
		return nil, err
	}
	const how = "was done before the earlier run stopped"
	if c.Op == plan.Delete {
		if found {
			return it, nil
		}
		e.finish(it, adapter.Done, how, nil)
		return nil, nil
	}
	if !found {
		return it, nil
	}
	s := &seen{attrs: cloneFields(line.Attrs(nil)), parent: line.Parent(), local: cloneFields(line.Local())}
	if d := s.differs(it, true); !d.parent && len(d.names) == 0 {
		e.finish(it, adapter.Done, how, s.local)
		return nil, nil
	}
	if c.Op == plan.Create {
		it.seen = s
	}
	return it, nil
}

// unknown is the error that ends a run for a resume.
func (e *engine) unknown(it *item) error {
	return fault.Errorf(fault.UnknownOutcome, "%s: nobody knows whether it was done: the call was sent, its answer never came, and the target cannot look up single records; resume the run, which loads the target again", describe(it))
}

// seen is a record of the target as it stands now.
type seen struct {
	attrs  record.Fields
	parent record.Key
	local  record.Fields
}

// differs returns in what the record is not yet as the change wants it. Strictly, an attribute that it lacks differs from any value: that shows that a write was not done,
// though by the rules of comparison what one record lacks is not compared.
func (s *seen) differs(it *item, strictly bool) (d difference) {
	c := it.c
	d.parent = c.Op != plan.Update && s.parent != c.Parent
	for _, f := range c.Set {
		a := it.k.Attribute(f.Name)
		if a == nil || a.OnCreate {
			continue
		}
		v := s.attrs.Get(f.Name)
		lacks := v == nil && strictly && !f.Value.IsNull()
		if lacks || string(v) != string(f.Value) && !it.k.Equal(f.Name, f.Value, v) {
			d.names = append(d.names, f.Name)
		}
	}
	return d
}

// update returns the change that makes the record that was found into the one that was to be created.
func (e *engine) update(it *item, s *seen, d difference) (*item, error) {
	c := *it.c
	c.Op, c.Before, c.After, c.Set, c.Local, c.References = plan.Update, s.attrs, nil, nil, s.local, nil
	if d.parent {
		c.Op, c.OldParent = plan.Move, s.parent
	}
	for _, n := range d.names {
		c.Set = append(c.Set, record.Field{Name: n, Value: it.c.Set.Get(n)})
	}
	for _, f := range s.attrs {
		v := f.Value
		if w := c.Set.Get(f.Name); w != nil {
			v = w
		}
		c.After = append(c.After, record.Field{Name: f.Name, Value: v})
	}
	for _, f := range c.Set {
		if c.After.Get(f.Name) == nil {
			c.After = append(c.After, f)
		}
	}
	var ids []record.Value
	if it.ac.Parent != nil {
		ids = c.Parent.IDs()
	}
	ac, err := e.trans.change(&c, ids)
	if err != nil {
		return nil, err
	}
	ac.Parent = it.ac.Parent
	for _, r := range it.c.References {
		if c.Set.Get(r.Attribute) == nil {
			continue
		}
		f := it.k.names.TheirName(r.Attribute)
		if ac.References == nil {
			ac.References = map[string][]adapter.Related{}
		}
		ac.References[f] = it.ac.References[f]
	}
	return &item{c: &c, ac: ac, k: it.k}, nil
}
