package apply

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Translator makes what an adapter takes of a plan's change: the target's own field names, local values, parent and references. It may be used concurrently.
type Translator struct {
	kinds map[string]*kind
}

// kind is a model with what is worked out of it once.
type kind struct {
	*adapter.Model
	mu    sync.Mutex // guards names and the two below
	names *mapping.Mapping
	ids   record.Fields // of the change that is being made
	all   record.Fields // what it says in our names; used again for the next
	// looked says that other changes look up this kind's local values: it is a parent, is referred to, or has deferred attributes.
	looked bool
	// folded says that keys of the kind are not spelled as its identifiers may be.
	folded bool
}

// NewTranslator returns a Translator for a target's models.
func NewTranslator(j *job.Job, models []*adapter.Model) (*Translator, error) {
	t := &Translator{kinds: map[string]*kind{}}
	for _, m := range models {
		mp, err := mapping.CompileTarget(m.Model, m.Mapping)
		if err != nil {
			return nil, err
		}
		k := &kind{Model: m, names: mp}
		for _, a := range m.Identifiers {
			k.folded = k.folded || a.IgnoreCase
		}
		t.kinds[m.Name] = k
	}
	for _, m := range j.Models {
		for _, p := range m.Parents {
			t.look(p.Model)
		}
		for _, a := range m.Attributes {
			t.look(a.References)
			if a.Defer {
				t.look(m.Name)
			}
		}
	}
	return t, nil
}

func (t *Translator) look(model string) {
	if k := t.kinds[model]; k != nil {
		k.looked = true
	}
}

// kind returns the model of a change; Invalid where the target has none of that name.
func (t *Translator) kind(c *plan.Change) (*kind, error) {
	if k := t.kinds[c.Model()]; k != nil {
		return k, nil
	}
	return nil, fault.Errorf(fault.Invalid, "%s %s: the target has no model %q", c.Op, c.Key, c.Model())
}

// Change returns the change as the adapter takes it, with the plan's own local values; those of parent and references are not looked up.
// A value that the target's mapping cannot say is Invalid.
func (t *Translator) Change(c *plan.Change) (*adapter.Change, error) {
	return t.change(c, c.Parent.IDs())
}

// change is Change with the parent's identifiers spelled as the parent spells them.
func (t *Translator) change(c *plan.Change, parent []record.Value) (*adapter.Change, error) {
	k, err := t.kind(c)
	if err != nil {
		return nil, err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	ac := &adapter.Change{Action: actionOf(c.Op), Model: k.Model, Key: c.Key, Name: c.Name, Local: c.Local, Move: c.Op == plan.Move, Deferred: c.Deferred}
	k.ids = k.ids[:0]
	for i, a := range k.Identifiers {
		if i < len(c.IDs) {
			k.ids = append(k.ids, record.Field{Name: a.Name, Value: c.IDs[i]})
		}
	}
	var errs []string
	out := func(fs record.Fields, create bool) record.Fields {
		room := len(fs)
		if create {
			room += 2 // for constants
		}
		theirs, err := k.names.Out(fs, make(record.Fields, 0, room), create)
		if err != nil && !slices.Contains(errs, err.Error()) {
			errs = append(errs, err.Error())
		}
		return theirs
	}
	if len(k.ids) > 0 {
		ac.IDs = out(k.ids, false)
	}
	if c.Op != plan.Delete {
		switch k.all = k.all[:0]; c.Op {
		case plan.Create:
			k.all = k.place(append(k.all, k.ids...), c.Parent, parent, "")
		case plan.Move:
			k.all = k.place(k.all, c.Parent, parent, c.OldParent)
		}
		if k.all = missing(k.all, c.Set); len(k.all) > 0 {
			ac.Set = out(k.all, c.Op == plan.Create)
		}
	}
	if len(errs) > 0 {
		return nil, fault.Errorf(fault.Invalid, "%s", strings.Join(errs, "; "))
	}
	if c.Before != nil || c.Op != plan.Create {
		ac.Before = out(k.whole(c.Before, parentBefore(c)), false)
	}
	if c.After != nil || c.Op != plan.Delete {
		ac.After = out(k.whole(c.After, c.Parent), false)
	}
	if c.Parent != "" {
		ac.Parent = &adapter.Related{Field: k.parentField(c.Parent.Kind()), Key: c.Parent}
	}
	for _, r := range c.References {
		if ac.References == nil {
			ac.References = map[string][]adapter.Related{}
		}
		f := k.names.TheirName(r.Attribute)
		ac.References[f] = append(ac.References[f], adapter.Related{Field: f, Key: r.Key})
	}
	return ac, nil
}

// parentBefore returns the parent that the record has before the change.
func parentBefore(c *plan.Change) record.Key {
	if c.Op == plan.Move {
		return c.OldParent
	}
	return c.Parent
}

// whole returns the change's identifiers, parent fields and attributes as one record, in memory that is used again.
func (k *kind) whole(attrs record.Fields, parent record.Key) record.Fields {
	k.all = k.place(append(k.all[:0], k.ids...), parent, parent.IDs(), "")
	k.all = missing(k.all, attrs)
	return k.all
}

// missing appends those of more that fs has not.
func missing(fs, more record.Fields) record.Fields {
	for _, f := range more {
		if fs.Get(f.Name) == nil {
			fs = append(fs, f)
		}
	}
	return fs
}

// place appends the fields that name the parent; those that named an old parent of another kind, or one that is gone, become null.
func (k *kind) place(fs record.Fields, parent record.Key, ids []record.Value, old record.Key) record.Fields {
	n := len(fs)
	for _, p := range k.Parents {
		if parent == "" || p.Model != parent.Kind() {
			continue
		}
		for i, f := range p.Fields {
			if i < len(ids) && fs.Get(f) == nil {
				fs = append(fs, record.Field{Name: f, Value: ids[i]})
			}
		}
	}
	if old == "" {
		return fs
	}
	for _, p := range k.Parents {
		if p.Model != old.Kind() {
			continue
		}
		for _, f := range p.Fields {
			if fs[n:].Get(f) == nil {
				fs = append(fs, record.Field{Name: f, Value: record.Value(record.Null)})
			}
		}
	}
	return fs
}

// parentField returns the target's name of the first field that names a parent of the kind.
func (k *kind) parentField(parent string) string {
	for _, p := range k.Parents {
		if p.Model == parent && len(p.Fields) > 0 {
			return k.names.TheirName(p.Fields[0])
		}
	}
	return ""
}

// value returns a field of a record by our name: an attribute, an identifier or a field that names the parent.
func (k *kind) value(field string, ids []record.Value, attrs record.Fields, parent record.Key) record.Value {
	if v := attrs.Get(field); v != nil {
		return v
	}
	for i, a := range k.Identifiers {
		if a.Name == field && i < len(ids) {
			return ids[i]
		}
	}
	for _, p := range k.Parents {
		if parent == "" || p.Model != parent.Kind() {
			continue
		}
		for i, f := range p.Fields {
			if pids := parent.IDs(); f == field && i < len(pids) {
				return pids[i]
			}
		}
	}
	return nil
}

// ours returns our name of a field of the target's; "" where it is none of ours.
func (k *kind) ours(theirs string) string {
	for _, n := range k.names.Names() {
		if k.names.TheirName(n) == theirs {
			return n
		}
	}
	return ""
}

// references returns the identities that the value of an attribute refers to.
func (t *Translator) references(a *job.Attribute, v record.Value) []record.Key {
	to := t.kinds[a.References]
	if to == nil || v == nil || v.IsNull() {
		return nil
	}
	if vs := v.Elements(); v.Kind() == record.ArrayKind {
		var keys []record.Key
		for _, v := range vs {
			keys = append(keys, t.references(a, v)...)
		}
		return keys
	}
	ids := []record.Value{v}
	if v.Kind() == record.ObjectKind {
		ids = ids[:0]
		for _, id := range to.Identifiers {
			ids = append(ids, v.Members().Get(id.Name))
		}
	}
	if len(ids) != len(to.Identifiers) {
		return nil
	}
	for i, id := range to.Identifiers {
		if ids[i] == nil {
			return nil
		}
		if c, err := job.Convert(ids[i], id.Type); err == nil {
			ids[i] = c
		}
		if id.IgnoreCase {
			ids[i] = job.Fold(ids[i])
		}
	}
	return []record.Key{record.MakeKey(to.Name, ids...)}
}

func actionOf(op plan.Op) adapter.Action {
	switch op {
	case plan.Create:
		return adapter.Create
	case plan.Delete:
		return adapter.Delete
	}
	return adapter.Update
}

// doing says what a section does, for progress and log.
func doing(s plan.Section) string {
	switch {
	case s.Clear:
		return fmt.Sprintf("clear deferred attributes of %s", s.Model)
	case s.Deferred:
		return fmt.Sprintf("update deferred attributes of %s", s.Model)
	}
	return fmt.Sprintf("%s %s", s.Op, s.Model)
}
