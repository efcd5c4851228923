package apply

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"testing"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// The models of these tests: tenants; sites; devices in sites, with a tenant and a primary port; ports of devices.
func testJob() (*job.Job, []*adapter.Model) {
	name := []job.Attribute{{Name: "name", Type: job.String}}
	parent := func(m string) []job.Parent {
		return []job.Parent{{Model: m, Fields: []string{m}, Types: []job.Type{job.String}, IgnoreCase: []bool{false}}}
	}
	j := &job.Job{Name: "t", Policy: job.Sync, ContinueOnFailure: true, Models: []*job.Model{
		{Name: "tenant", Identifiers: name, Attributes: []job.Attribute{{Name: "label"}}},
		{Name: "site", Identifiers: name, Attributes: []job.Attribute{{Name: "code"}, {Name: "note", OnCreate: true}}},
		{Name: "device", Identifiers: name, Parents: parent("site"), Attributes: []job.Attribute{{Name: "serial"}, {Name: "role"}, {Name: "tenant", References: "tenant"}, {Name: "primary", References: "port", Defer: true}}},
		{Name: "port", Identifiers: name, Parents: parent("device"), Attributes: []job.Attribute{{Name: "speed"}}},
	}}
	j.Target = &job.Side{Side: "target", Map: map[string]*job.Mapping{
		"device": {Fields: []job.FieldMap{{Name: "serial", From: "sn"}}},
		"port":   {Fields: []job.FieldMap{{Name: "device", From: "on device"}}},
	}}
	var ms []*adapter.Model
	for _, m := range j.Models {
		a := &adapter.Model{Model: m, Mapping: &job.Mapping{}}
		if mp := j.Target.Map[m.Name]; mp != nil {
			a.Mapping = mp
		}
		ms = append(ms, a)
	}
	return j, ms
}

// jobFor is testJob for a target: where it cascades, sites are deleted with all below them.
func jobFor(f *fake) (*job.Job, []*adapter.Model) {
	j, ms := testJob()
	if f.cascades {
		j.Model("site").Flags |= record.SkipChildrenOnDelete
	}
	return j, ms
}

// rec is a record under our names.
type rec struct {
	parent record.Key
	attrs  map[string]string
}

type side map[record.Key]rec

func key(model, name string) record.Key { return record.MakeKey(model, record.MustOf(name)) }

func (r rec) fields(without ...string) record.Fields {
	var fs record.Fields
	for _, n := range slices.Sorted(maps.Keys(r.attrs)) {
		if !slices.Contains(without, n) {
			fs = append(fs, record.Field{Name: n, Value: value(r.attrs[n])})
		}
	}
	return fs
}

func value(s string) record.Value {
	if s == "" {
		return record.Value(record.Null)
	}
	return record.MustOf(s)
}

// into puts records into a fake target as they are.
func (s side) into(f *fake) {
	for _, k := range slices.Sorted(maps.Keys(s)) {
		f.next++
		r := &row{id: f.next + 1000, model: k.Kind(), fields: map[string]record.Value{"name": k.IDs()[0]}, parent: s[k].parent}
		for n, v := range s[k].attrs {
			if n == "serial" {
				n = "sn"
			}
			r.fields[n] = value(v)
		}
		if p := s[k].parent; p != "" {
			field := p.Kind()
			if k.Kind() == "port" {
				field = "on device"
			}
			r.fields[field] = p.IDs()[0]
		}
		f.rows[k] = r
	}
	f.saved = maps.Clone(f.rows)
}

// side returns what the fake target holds, as ours.
func (f *fake) side() side {
	s := side{}
	for k, r := range f.rows {
		x := rec{parent: r.parent, attrs: map[string]string{}}
		for n, v := range r.fields {
			switch n {
			case "name", "site", "device", "on device":
				continue
			case "sn":
				n = "serial"
			}
			if !v.IsNull() {
				x.attrs[n] = v.String()
			}
		}
		s[k] = x
	}
	return s
}

// cursorOf is the fake target as a snapshot would have it.
func cursorOf(f *fake) mapCursor {
	c := mapCursor{}
	s := f.side()
	for k, r := range f.rows {
		c[k] = record.AppendLine(nil, k, r.parent, s[k].fields(), nil, 0, r.local())
	}
	return c
}

type mapCursor map[record.Key]record.Line

func (c mapCursor) Find(_ context.Context, k record.Key) (record.Line, bool, error) {
	l, ok := c[k]
	return l, ok, nil
}

// fakePlan is a plan in memory.
type fakePlan struct {
	ix   plan.Index
	cs   []*plan.Change
	torn int64 // once, it cannot be read from this ordinal on; 0: it can
}

func (p *fakePlan) Index() *plan.Index { return &p.ix }

func (p *fakePlan) Changes(ctx context.Context, from, to int64) iter.Seq2[*plan.Change, error] {
	return func(yield func(*plan.Change, error) bool) {
		for _, c := range p.cs {
			if c.N < from || to > 0 && c.N >= to {
				continue
			}
			err := ctx.Err()
			if c.N == p.torn {
				p.torn, err = 0, fault.Errorf(fault.Throttled, "read plan: slow down")
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

// diff makes a plan that brings the target to the source, in design's sections: what a cascade takes along comes last, as TestCascadePlan holds it to.
func diff(t *testing.T, j *job.Job, source side, target *fake) *fakePlan {
	t.Helper()
	p := &fakePlan{ix: plan.Index{Digest: "digest of the plan"}}
	have := target.side()
	type todo struct {
		s  plan.Section
		cs []*plan.Change
	}
	var creates, updates, late, clears, deletes, along []todo
	taker := func(k record.Key) (top record.Key) { // the topmost ancestor that takes it along
		for p := have[k].parent; p != ""; p = have[p].parent {
			if _, stays := source[p]; stays {
				break
			}
			if j.Model(p.Kind()).Flags&record.SkipChildrenOnDelete != 0 {
				top = p
			}
		}
		return top
	}
	change := func(op plan.Op, k record.Key) *plan.Change {
		return &plan.Change{Op: op, Key: k, Name: k.IDs()[0].String(), IDs: k.IDs()}
	}
	for _, m := range j.Models {
		cr, up, lt := todo{s: plan.Section{Model: m.Name, Op: plan.Create}}, todo{s: plan.Section{Model: m.Name, Op: plan.Update}}, todo{s: plan.Section{Model: m.Name, Op: plan.Update, Deferred: true}}
		cl, de := todo{s: plan.Section{Model: m.Name, Op: plan.Update, Clear: true}}, todo{s: plan.Section{Model: m.Name, Op: plan.Delete}}
		al := todo{s: plan.Section{Model: m.Name, Op: plan.Delete, Cascade: true}}
		var deferred []string
		for _, a := range m.Attributes {
			if a.Defer {
				deferred = append(deferred, a.Name)
			}
		}
		keys := maps.Clone(source)
		maps.Copy(keys, have)
		order := slices.Collect(maps.Keys(keys))
		path := func(k record.Key) string {
			p := source[k].parent
			if p == "" {
				p = have[k].parent
			}
			return string(p) + " " + string(k)
		}
		slices.SortFunc(order, func(a, b record.Key) int { return cmp.Compare(path(a), path(b)) })
		for _, k := range order {
			if k.Kind() != m.Name {
				continue
			}
			src, ins := source[k]
			dst, int_ := have[k]
			refs := func(c *plan.Change) *plan.Change {
				for _, f := range c.Set {
					if a := m.Attribute(f.Name); a.References != "" && !f.Value.IsNull() {
						c.References = append(c.References, plan.Reference{Attribute: f.Name, Key: record.MakeKey(a.References, f.Value)})
					}
				}
				return c
			}
			var local record.Fields
			if int_ {
				local = target.rows[k].local()
			}
			switch {
			case ins && !int_:
				c := change(plan.Create, k)
				c.Parent, c.After, c.Set = src.parent, src.fields(), src.fields(deferred...)
				cr.cs = append(cr.cs, refs(c))
				for _, d := range deferred {
					if v, ok := src.attrs[d]; ok {
						c := change(plan.Update, k)
						c.Parent, c.Before, c.After, c.Set, c.Deferred, c.Part = src.parent, src.fields(deferred...), src.fields(), record.Fields{{Name: d, Value: value(v)}}, true, true
						lt.cs = append(lt.cs, refs(c))
					}
				}
			case ins:
				set := func(only bool) (fs record.Fields) {
					for _, a := range m.Attributes {
						if a.Defer == only && !a.OnCreate && dst.attrs[a.Name] != src.attrs[a.Name] {
							fs = append(fs, record.Field{Name: a.Name, Value: value(src.attrs[a.Name])})
						}
					}
					slices.SortFunc(fs, func(a, b record.Field) int { return cmp.Compare(a.Name, b.Name) })
					return fs
				}
				first := false
				if fs := set(false); fs != nil || src.parent != dst.parent {
					first = true
					c := change(plan.Update, k)
					c.Parent, c.Before, c.After, c.Set, c.Local = src.parent, dst.fields(), src.fields(), fs, local
					if src.parent != dst.parent {
						c.Op, c.OldParent = plan.Move, dst.parent
					}
					up.cs = append(up.cs, refs(c))
				}
				if fs := set(true); fs != nil {
					c := change(plan.Update, k)
					c.Parent, c.Before, c.After, c.Set, c.Local, c.Deferred, c.Part = src.parent, dst.fields(), src.fields(), fs, local, true, first
					lt.cs = append(lt.cs, refs(c))
				}
			case taker(k) != "":
				c := change(plan.Delete, k)
				c.Parent, c.Before, c.Local, c.Cascade = dst.parent, dst.fields(), local, taker(k)
				al.cs = append(al.cs, c)
			default:
				for _, d := range deferred {
					if _, ok := dst.attrs[d]; ok {
						c := change(plan.Update, k)
						c.Parent, c.Before, c.Set, c.Local, c.Clear, c.Part = dst.parent, dst.fields(), record.Fields{{Name: d, Value: value("")}}, local, true, true
						c.After = c.Before
						cl.cs = append(cl.cs, c)
					}
				}
				c := change(plan.Delete, k)
				c.Parent, c.Before, c.Local = dst.parent, dst.fields(), local
				de.cs = append(de.cs, c)
			}
		}
		creates, updates, late = append(creates, cr), append(updates, up), append(late, lt)
		clears, deletes, along = append(clears, cl), append(deletes, de), append(along, al)
	}
	slices.Reverse(deletes)
	for _, td := range slices.Concat(creates, updates, late, clears, deletes, along) {
		if len(td.cs) == 0 {
			continue
		}
		td.s.First, td.s.Count = int64(len(p.cs))+1, int64(len(td.cs))
		for _, c := range td.cs {
			c.N = int64(len(p.cs)) + 1
			p.cs = append(p.cs, c)
		}
		p.ix.Sections = append(p.ix.Sections, td.s)
	}
	return p
}

// jobField maps a field by values.
func jobField(name string, values map[string]record.Value) job.FieldMap {
	return job.FieldMap{Name: name, Values: values}
}
