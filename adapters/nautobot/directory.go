package nautobot

import (
	"context"
	"fmt"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// most is how many objects of a kind are kept by their natural key; of larger kinds those that are referred to are asked for.
const most = 20_000

// stale is how old a directory must be before it is read again for a name that is not in it.
const stale = 2 * time.Second

// directory holds the ids of the objects of one kind, by natural key. References to objects that the engine does not know (a status, a role) are found in it:
// it is read in one request, so that there is never a request for each record.
type directory struct {
	typ  string
	list string
	subs []*selector
	keys []string

	read time.Time
	ids  map[string][]string
}

// directoryOf returns the directory of a type by the parts of a key. They are those of a field's selector.
func (a *system) directoryOf(l *layout, typ string, subs []*selector, keys []string) (*directory, error) {
	name := typ
	for _, s := range subs {
		name += " " + s.String()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if d := a.lists[name]; d != nil {
		return d, nil
	}
	k := l.kindOf(typ)
	if k == nil {
		return nil, fault.Errorf(fault.Invalid, "nothing is known of Nautobot's %s", typ)
	}
	d := &directory{typ: typ, list: k.list, subs: subs, keys: keys}
	a.lists[name] = d
	return d, nil
}

// find returns the ids of the objects with a natural key, which reads as the field's value.
func (a *system) find(ctx context.Context, d *directory, key record.Value) ([]string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if ids := d.ids[string(key)]; ids != nil {
		return ids, nil
	}
	if time.Since(d.read) < stale {
		return nil, nil
	}
	sel := &selector{typ: schemaType{name: d.typ, kind: "OBJECT"}, subs: d.subs, keys: d.keys}
	query := "{" + d.list + "(limit: " + fmt.Sprint(most+1) + ")"
	rest := sel.String()
	v, err := a.client.graphql(ctx, query+"{id "+rest[1:]+"}", nil)
	if err != nil {
		return nil, fmt.Errorf("read the names of %s: %w", d.list, err)
	}
	all := v.Members().Get(d.list).Elements()
	if len(all) > most {
		return a.findOne(ctx, d, sel, key)
	}
	d.ids, d.read = map[string][]string{}, time.Now()
	for _, o := range all {
		if err := d.add(sel, o); err != nil {
			return nil, err
		}
	}
	return d.ids[string(key)], nil
}

// forget lets the directories of a type be read again before the next name that is not in them: there are new objects.
func (a *system) forget(typ string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, d := range a.lists {
		if d.typ == typ {
			d.read = time.Time{}
		}
	}
}

// add takes in an object.
func (d *directory) add(sel *selector, o record.Value) error {
	k, err := sel.one(o)
	if err != nil {
		return fault.Errorf(fault.Invalid, "read the names of %s: %w", d.list, err)
	}
	d.ids[string(k)] = append(d.ids[string(k)], text(o.Members().Get("id")))
	return nil
}

// findOne asks for the objects of one key, where there are too many to keep all. What was found is kept.
func (a *system) findOne(ctx context.Context, d *directory, sel *selector, key record.Value) ([]string, error) {
	first := key
	if len(d.subs) > 1 {
		first = key.Members().Get(d.keys[0])
	}
	name := d.subs[0].name
	if len(first) == 0 || first[0] == '{' {
		return nil, fault.Errorf(fault.Invalid, "%s has more than %d objects; refer to them by a model of the job", d.list, most)
	}
	rest := sel.String()
	v, err := a.client.graphql(ctx, "{"+d.list+"("+name+": ["+string(first)+"]){id "+rest[1:]+"}", nil)
	if err != nil {
		return nil, fmt.Errorf("look for %s in %s: %w", key, d.list, err)
	}
	if len(d.ids) > most || d.ids == nil {
		d.ids = map[string][]string{}
	}
	delete(d.ids, string(key))
	for _, o := range v.Members().Get(d.list).Elements() {
		if k, err := sel.one(o); err == nil && string(k) == string(key) {
			if err := d.add(sel, o); err != nil {
				return nil, err
			}
		}
	}
	return d.ids[string(key)], nil
}
