package nautobot

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// standing is what is asked of objects before they are changed.
type standing struct {
	updated record.Value
	tags    record.Value // names; nil where they are not asked for
}

// now asks for the standing of objects by their ids; those that are gone are missing.
func (a *system) now(ctx context.Context, m *model, ids []string) (map[string]standing, error) {
	query := "query($ids:[String]){" + m.kind.list + "(id:$ids){id"
	if m.dated {
		query += " " + localUpdated
	}
	mark := a.marks(m)
	if mark {
		query += " tags{name}"
	}
	d, err := a.client.graphql(ctx, query+"}}", ids)
	if err != nil {
		return nil, err
	}
	there := map[string]standing{}
	for _, o := range d.Members().Get(m.kind.list).Elements() {
		f := o.Members()
		s := standing{updated: instant(f.Get(localUpdated))}
		if mark {
			var names []string
			for _, t := range f.Get("tags").Elements() {
				names = append(names, text(t.Members().Get("name")))
			}
			s.tags = record.Value(list(names))
		}
		there[text(f.Get("id"))] = s
	}
	return there, nil
}

// known fills in the ids of the changes' objects. Those that the engine has no id of are looked up.
func (w *batch) known(ctx context.Context) error {
	var missing []record.Key
	for i, c := range w.cs {
		if w.ids[i] = text(c.Local.Get(localID)); w.ids[i] == "" {
			missing = append(missing, c.Key)
		}
	}
	if missing == nil {
		return nil
	}
	for r, err := range w.a.Find(ctx, w.m.Model, missing) {
		if err != nil {
			return err
		}
		for i, c := range w.cs {
			if w.ids[i] == "" && c.Key == w.m.key(r.Fields) {
				w.ids[i] = text(r.Local.Get(localID))
			}
		}
	}
	return nil
}

// current looks at the objects before they are changed: one that is gone, and one that was changed since it was loaded, get their results here.
func (w *batch) current(ctx context.Context) (map[string]standing, error) {
	if err := w.known(ctx); err != nil {
		return nil, err
	}
	there, err := w.a.now(ctx, w.m, slices.DeleteFunc(slices.Clone(w.ids), func(id string) bool { return id == "" }))
	if err != nil {
		return nil, err
	}
	var changed []int
	for i, c := range w.cs {
		s, ok := there[w.ids[i]]
		switch then := c.Local.Get(localUpdated); {
		case !ok:
			w.results[i] = adapter.Result{Err: fault.Errorf(fault.NotFound, "find %q: Nautobot has it no more", c.Key.String())}
		case w.a.config.Changed != "overwrite" && then != nil && string(then) != string(s.updated):
			changed = append(changed, i)
		default:
			w.bodies[i] = []byte{}
		}
	}
	return there, w.settle(ctx, changed)
}

// settle looks closer at objects that were changed since they were loaded: one that is as the change wants it needs none (it may have been our own, of which we did not learn the end),
// one whose fields of the job are as they were was changed elsewhere, and all others are refused.
func (w *batch) settle(ctx context.Context, changed []int) error {
	if len(changed) == 0 {
		return nil
	}
	var ids []string
	for _, i := range changed {
		ids = append(ids, w.ids[i])
	}
	objects, err := w.a.objects(ctx, w.m, ids)
	if err != nil {
		return err
	}
	for _, i := range changed {
		c := w.cs[i]
		at := slices.IndexFunc(objects, func(o object) bool { return o.id == w.ids[i] })
		if at < 0 {
			w.results[i] = adapter.Result{Err: fault.Errorf(fault.NotFound, "find %q: Nautobot has it no more", c.Key.String())}
			continue
		}
		r, err := w.a.record(ctx, w.m, objects[at].fields)
		if err != nil {
			return err
		}
		switch {
		case c.Action == adapter.Update && w.m.as(r.Fields, c.Set):
			w.results[i] = adapter.Result{Local: local(w.ids[i], r.Local.Get(localUpdated))}
		case w.m.as(r.Fields, c.Before):
			w.bodies[i] = []byte{}
		default:
			w.results[i] = adapter.Result{Err: fault.Errorf(fault.Conflict, "it was changed in Nautobot after it was loaded (last_updated is %s, was %s): %s; run the job again, or let it overwrite (changed: overwrite)",
				text(r.Local.Get(localUpdated)), text(c.Local.Get(localUpdated)), w.m.differing(r.Fields, c.Before))}
		}
	}
	return nil
}

// as reports whether an object has the values, of all that are read.
func (m *model) as(have, want record.Fields) bool { return m.differing(have, want) == "" }

// differing names the first field that an object has otherwise, by the rules of the job.
func (m *model) differing(have, want record.Fields) string {
	for _, f := range want {
		if h := have.Get(f.Name); h != nil && string(h) != string(f.Value) && !m.same(f.Name, h, f.Value) {
			return fmt.Sprintf("%s is %s", f.Name, shortened(string(h)))
		}
	}
	return ""
}

func (w *batch) update(ctx context.Context) error {
	there, err := w.current(ctx)
	if err != nil {
		return err
	}
	for _, i := range w.left() {
		b, err := w.a.body(ctx, w.l, w.m, w.cs[i], there[w.ids[i]].tags)
		if err != nil {
			if err := w.bad(i, err); err != nil {
				return err
			}
			continue
		}
		w.bodies[i] = b.append(nil, w.ids[i])
	}
	is := w.left()
	if len(is) == 0 {
		return nil
	}
	a, err := w.send(ctx, http.MethodPatch, is)
	if err != nil {
		return err
	}
	if a.status >= 300 {
		return refused(http.MethodPatch, w.m.kind.endpoint, a)
	}
	return w.take(a, is)
}

func (w *batch) delete(ctx context.Context) error {
	there, err := w.current(ctx)
	if err != nil {
		return err
	}
	for _, i := range w.left() {
		if w.a.config.OnlyMarked && !has(there[w.ids[i]].tags, w.a.config.Mark) {
			w.results[i] = adapter.Result{Err: fault.Errorf(fault.Conflict, "delete %q: it has not the mark %q any more, and what lacks it is never deleted (delete_only_marked)", w.cs[i].Key.String(), w.a.config.Mark)}
			w.bodies[i] = nil
		}
	}
	is := w.left()
	if len(is) == 0 {
		return nil
	}
	for _, i := range is {
		w.bodies[i] = (&body{}).append(nil, w.ids[i])
	}
	a, err := w.send(ctx, http.MethodDelete, is)
	if err != nil {
		return err
	}
	if a.status >= 300 {
		return refused(http.MethodDelete, w.m.kind.endpoint, a)
	}
	return nil
}
