package nautobot

import (
	"context"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

const (
	few    = 2_000   // up to so many objects of a kind are read again as soon as a name is missing; of larger kinds names are asked for one by one at first
	most   = 200_000 // up to so many objects of a kind are kept by their natural key, at some 100 bytes each
	singly = 100     // how many names are asked for one by one before all are read, at least
)

// stale is how old a directory must be before it is read again for a name that is not in it.
const stale = 2 * time.Second

// directory holds the ids of the objects of one kind, by natural key. References to objects that the engine does not know (a status, a role, an interface) are found in it:
// a small kind is read whole, a large one as soon as so many names were asked for that it is worth it; so there is never a request for each record.
// Of a kind with more objects than most each name is a request.
type directory struct {
	typ    string
	list   string
	native bool // Nautobot's own
	closed bool // it cannot be asked by name
	subs   []*selector
	keys   []string

	mu    sync.Mutex
	read  time.Time     // when all were read; zero: not yet, or there are new objects
	large bool          // it has more than few
	huge  bool          // it has more than most
	asked int           // names asked for one by one since
	took  time.Duration // to read all
	ids   map[fingerprint]string
	more  map[fingerprint][]string  // ids of further objects with the same key
	none  map[fingerprint]time.Time // when a name was asked for that there was not
}

// fingerprint stands for a natural key: 128 bits of a hash, which no two keys share.
type fingerprint [16]byte

func fingerprintOf(key record.Value) fingerprint {
	sum := sha256.Sum256(key)
	return fingerprint(sum[:16])
}

// directoryOf returns the directory of a type by the parts of a key. They are those of a field's selector.
func (a *system) directoryOf(l *layout, typ string, subs []*selector, keys []string) (*directory, error) {
	d := &directory{typ: typ, subs: subs, keys: keys}
	name := typ + d.selector().shape()
	a.mu.Lock()
	defer a.mu.Unlock()
	if known := a.lists[name]; known != nil {
		return known, nil
	}
	k := l.kindOf(typ)
	if k == nil {
		return nil, fault.Errorf(fault.Invalid, "nothing is known of Nautobot's %s", typ)
	}
	d.list, d.native = k.list, k.listed()
	d.empty()
	a.lists[name] = d
	return d, nil
}

// forget lets the directories of a type be read again before the next name that is not in them: there are new objects.
func (a *system) forget(typ string) {
	a.mu.Lock()
	var ds []*directory
	for _, d := range a.lists {
		if d.typ == typ {
			ds = append(ds, d)
		}
	}
	a.mu.Unlock()
	for _, d := range ds {
		d.mu.Lock()
		d.read = time.Time{}
		clear(d.none)
		d.mu.Unlock()
	}
}

// find returns the ids of the objects with a natural key, which reads as the field's value.
func (a *system) find(ctx context.Context, d *directory, key record.Value) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := fingerprintOf(key)
	if ids := d.of(at); ids != nil || time.Since(d.read) < max(stale, 10*d.took) || time.Since(d.none[at]) < stale {
		return ids, nil
	}
	if err := a.seek(ctx, d, key); err != nil {
		return nil, err
	}
	ids := d.of(at)
	if ids == nil {
		d.none[at] = time.Now()
	}
	return ids, nil
}

// empty lets go of all keys.
func (d *directory) empty() {
	d.ids, d.more, d.none = map[fingerprint]string{}, map[fingerprint][]string{}, map[fingerprint]time.Time{}
}

// of returns the ids of a key's objects; nil where it is not known of any.
func (d *directory) of(at fingerprint) []string {
	if id, ok := d.ids[at]; ok {
		return append([]string{id}, d.more[at]...)
	}
	return nil
}

// add takes in objects.
func (d *directory) add(objects []record.Value) error {
	if len(d.ids) > most || len(d.none) > most {
		d.empty()
	}
	sel := d.selector()
	for _, o := range objects {
		k, err := sel.one(o)
		if err != nil {
			return fault.Errorf(fault.Invalid, "read the names of %s: %w", d.list, err)
		}
		at, id := fingerprintOf(k), text(o.Members().Get("id"))
		if first, ok := d.ids[at]; !ok {
			d.ids[at] = id
		} else if first != id && !slices.Contains(d.more[at], id) {
			d.more[at] = append(d.more[at], id)
		}
	}
	return nil
}
