package nautobot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// seek asks Nautobot for a key, or for all keys.
func (a *system) seek(ctx context.Context, d *directory, key record.Value) error {
	if !d.large {
		objects, err := a.named(ctx, d, fmt.Sprintf("limit: %d", few+1), nil)
		if err != nil {
			return err
		}
		if d.large = len(objects) > few; !d.large {
			d.empty()
			d.read = time.Now()
			return d.add(objects)
		}
	}
	filter := d.filter(key)
	if !d.huge && (filter == "" || d.asked >= max(singly, len(d.ids)/50)) {
		if err := a.whole(ctx, d); err != nil || !d.huge {
			return err
		}
	}
	if filter == "" {
		return fault.Errorf(fault.Invalid, "%s has more than %d objects; refer to them by a model of the job", d.list, most)
	}
	d.asked++
	objects, err := a.named(ctx, d, filter, nil)
	switch {
	case fault.Is(err, fault.Invalid) && d.native:
		return nil // what the filter names is not there
	case fault.Is(err, fault.Invalid) && !d.huge:
		d.closed = true
		return a.whole(ctx, d)
	case err != nil:
		return err
	}
	return d.add(slices.DeleteFunc(objects, func(o record.Value) bool {
		k, err := d.selector().one(o)
		return err != nil || string(k) != string(key)
	}))
}

// whole reads all objects of a large kind, a page at a time; of a huge one it finds out that it is.
func (a *system) whole(ctx context.Context, d *directory) error {
	ids, err := a.listed(ctx, d.list, nil)
	if err != nil {
		return fmt.Errorf("read the names of %s: %w", d.list, err)
	}
	d.asked = 0
	if d.huge = len(ids) > most; d.huge {
		return nil
	}
	begun := time.Now()
	type page struct {
		objects []record.Value
		err     error
	}
	d.empty()
	for p := range ahead(a.client.pace.waiting, slices.Collect(slices.Chunk(ids, a.config.Page)), func(ids []string) page {
		objects, err := a.named(ctx, d, "id:$ids", ids)
		return page{objects, err}
	}) {
		if p.err != nil {
			return p.err
		}
		if err := d.add(p.objects); err != nil {
			return err
		}
	}
	d.read = time.Now()
	d.took = d.read.Sub(begun)
	return nil
}

// named asks for objects with what their keys are made of; ids are the variable of that name, where there is one.
func (a *system) named(ctx context.Context, d *directory, args string, ids []string) ([]record.Value, error) {
	head := ""
	if ids != nil {
		head = "query($ids:[String])"
	}
	v, err := a.client.graphql(ctx, head+"{"+d.list+"("+args+"){id "+d.selector().String()[1:]+"}", ids)
	if err != nil {
		return nil, fmt.Errorf("read the names of %s: %w", d.list, err)
	}
	return v.Members().Get(d.list).Elements(), nil
}

// selector is what makes keys of objects.
func (d *directory) selector() *selector {
	return &selector{typ: schemaType{name: d.typ, kind: "OBJECT"}, subs: d.subs, keys: d.keys}
}

// filter returns what narrows a list down to the objects of a key, and perhaps others; "" where nothing does.
func (d *directory) filter(key record.Value) string {
	first := key
	if len(d.subs) > 1 {
		first = key.Members().Get(d.keys[0])
	}
	if d.closed || len(first) == 0 || first[0] == '{' || first.IsNull() {
		return ""
	}
	return d.subs[0].name + ": [" + string(first) + "]"
}
