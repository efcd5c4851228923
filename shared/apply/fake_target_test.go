package apply

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// row is a record of the fake target, under its own field names.
type row struct {
	id     int
	model  string
	fields map[string]record.Value
	parent record.Key
}

func (r *row) clone() *row { c := *r; c.fields = maps.Clone(r.fields); return &c }

// fake is a nasty target. It checks that it gets the right local values, refuses what a database would, and does what faults say.
type fake struct {
	mu    sync.Mutex
	rows  map[record.Key]*row
	saved map[record.Key]*row // as of the last commit, where it stages
	next  int
	life  *life

	size     int  // batch; 0: one at a time
	whole    bool // a batch with a bad record is refused whole
	workers  int
	staged   bool
	finds    bool
	tells    bool                // which fields are in conflict
	notNull  bool                // null is refused for unique fields
	cascades bool                // a delete takes along what is below, and of sites the job wants that
	fault    func(c *call) error // before and after each call

	calls    []string // what had an effect, in order
	commits  int
	busy     int
	most     int // calls at once
	wrong    []string
	complete *adapter.Summary
}

// call is what a fault is asked about.
type call struct {
	action adapter.Action
	cs     []*adapter.Change
	after  bool
	n      int // of calls so far
	ctx    context.Context
}

func newFake() *fake {
	return &fake{rows: map[record.Key]*row{}, saved: map[record.Key]*row{}, life: &life{}, workers: 1}
}

func (f *fake) violation(format string, args ...any) {
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

type conflictError struct{ fields []string }

func (e *conflictError) Error() string { return fmt.Sprintf("%v is taken", e.fields) }

// write does one change. It is called locked.
func (f *fake) write(c *adapter.Change) (adapter.Result, error) {
	r := f.rows[c.Key]
	check := func(what string, key record.Key, local record.Fields) {
		if p := f.rows[key]; p != nil && string(local.Get("id")) != fmt.Sprint(p.id) {
			f.violation("%s %s: the local values of its %s %s are %s, want id %d", c.Action, c.Key, what, key, local, p.id)
		}
	}
	if c.Action != adapter.Create {
		if r == nil {
			return adapter.Result{}, fault.Errorf(fault.NotFound, "there is no %s", c.Key)
		}
		check("own", c.Key, c.Local)
	}
	if c.Action == adapter.Delete {
		for k, o := range f.rows {
			if o.parent == c.Key && !f.cascades {
				return adapter.Result{}, fault.Errorf(fault.Conflict, "%s has %s below it", c.Key, k)
			}
		}
		f.remove(c.Key)
		return adapter.Result{}, nil
	}
	n := &row{model: c.Model.Name, fields: map[string]record.Value{}}
	if c.Action == adapter.Create {
		if r != nil {
			return adapter.Result{}, fault.Wrap(fault.Conflict, &conflictError{[]string{"name"}})
		}
	} else {
		n = r.clone()
	}
	for _, v := range c.Set {
		n.fields[v.Name] = slices.Clone(v.Value)
	}
	if c.Action == adapter.Create || c.Move {
		n.parent = ""
		if c.Parent != nil {
			n.parent = c.Parent.Key
			if f.rows[n.parent] == nil {
				return adapter.Result{}, fault.Errorf(fault.Conflict, "its parent %s is not there", n.parent)
			}
		}
	}
	if c.Parent != nil {
		check("parent", c.Parent.Key, c.Parent.Local)
	}
	for field, rs := range c.References {
		for _, ref := range rs {
			if f.rows[ref.Key] == nil {
				return adapter.Result{}, fault.Errorf(fault.Conflict, "%s refers to %s, which is not there", field, ref.Key)
			}
			check("reference "+field, ref.Key, ref.Local)
		}
	}
	for _, u := range []string{"sn", "code"} {
		v := n.fields[u]
		if v == nil {
			continue
		}
		if v.IsNull() {
			if f.notNull {
				return adapter.Result{}, fault.Errorf(fault.Invalid, "%s must not be null", u)
			}
			continue
		}
		for k, o := range f.rows {
			if k != c.Key && o.model == n.model && string(o.fields[u]) == string(v) {
				return adapter.Result{}, fault.Wrap(fault.Conflict, &conflictError{[]string{u}})
			}
		}
	}
	f.rows[c.Key] = n
	if c.Action == adapter.Create {
		f.next++
		n.id = f.next
		return adapter.Result{Local: record.Fields{{Name: "id", Value: record.MustOf(n.id)}}}, nil
	}
	return adapter.Result{}, nil
}

// remove deletes a record and all below it.
func (f *fake) remove(k record.Key) {
	delete(f.rows, k)
	for below, o := range f.rows {
		if o.parent == k {
			f.remove(below)
		}
	}
}

func (f *fake) apply(ctx context.Context, a adapter.Action, cs []*adapter.Change) ([]adapter.Result, error) {
	if err := f.life.event(fmt.Sprintf("%s %d", a, len(cs))); err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.busy++
	f.most = max(f.most, f.busy)
	n := len(f.calls)
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.busy--
		f.mu.Unlock()
	}()
	if f.fault != nil {
		if err := f.fault(&call{action: a, cs: cs, n: n, ctx: ctx}); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	undo := maps.Clone(f.rows)
	rs := make([]adapter.Result, len(cs))
	var err error
	for i, c := range cs {
		if c.Action != a || c.Model.Name != cs[0].Model.Name {
			f.violation("a mixed batch")
		}
		rs[i], rs[i].Err = f.write(c)
		if rs[i].Err != nil && f.whole {
			f.rows, err = undo, rs[i].Err
			break
		}
	}
	if err == nil {
		for i, c := range cs {
			if rs[i].Err == nil {
				f.calls = append(f.calls, string(c.Action)+" "+c.Key.String())
			}
		}
	}
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if f.fault != nil {
		if err := f.fault(&call{action: a, cs: cs, n: n, after: true, ctx: ctx}); err != nil {
			return nil, err
		}
	}
	if err := f.life.event("answer"); err != nil {
		return nil, err
	}
	return rs, nil
}

func (f *fake) one(ctx context.Context, c *adapter.Change, a adapter.Action) (adapter.Result, error) {
	rs, err := f.apply(ctx, a, []*adapter.Change{c})
	if err != nil {
		return adapter.Result{}, err
	}
	return rs[0], rs[0].Err
}

// The abilities, to be composed.
type (
	source  struct{ f *fake }
	writer  struct{ f *fake }
	batcher struct{ f *fake }
	finder  struct{ f *fake }
	commit  struct{ f *fake }
	rest    struct{ f *fake }
	telling struct{ rest }
)

func (source) Load(context.Context, adapter.Request) iter.Seq2[*record.Record, error] {
	panic("not called")
}

func (w writer) Create(ctx context.Context, c *adapter.Change) (adapter.Result, error) {
	return w.f.one(ctx, c, adapter.Create)
}

func (w writer) Update(ctx context.Context, c *adapter.Change) (adapter.Result, error) {
	return w.f.one(ctx, c, adapter.Update)
}

func (w writer) Delete(ctx context.Context, c *adapter.Change) (adapter.Result, error) {
	return w.f.one(ctx, c, adapter.Delete)
}

func (b batcher) BatchSize(*adapter.Model) int { return b.f.size }

func (b batcher) Apply(ctx context.Context, _ *adapter.Model, a adapter.Action, cs []*adapter.Change) ([]adapter.Result, error) {
	if len(cs) > b.f.size || len(cs) == 0 {
		b.f.violation("a batch of %d", len(cs))
	}
	return b.f.apply(ctx, a, cs)
}

func (x finder) Find(_ context.Context, m *adapter.Model, keys []record.Key) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		if err := x.f.life.event("find"); err != nil {
			yield(nil, err)
			return
		}
		for _, k := range keys {
			x.f.mu.Lock()
			r := x.f.rows[k]
			x.f.mu.Unlock()
			if r == nil {
				continue
			}
			rec := &record.Record{Model: m.Name, Local: r.local()}
			for n, v := range r.fields {
				rec.Fields = append(rec.Fields, record.Field{Name: n, Value: v})
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

func (r *row) local() record.Fields {
	return record.Fields{{Name: "id", Value: record.MustOf(r.id)}}
}

func (c commit) Commit(context.Context) error {
	if err := c.f.life.event("commit"); err != nil {
		return err
	}
	if c.f.fault != nil {
		if err := c.f.fault(&call{action: "commit"}); err != nil {
			return err
		}
	}
	c.f.mu.Lock()
	if c.f.busy > 0 {
		c.f.violation("a commit while changes are under way")
	}
	c.f.commits++
	c.f.saved = maps.Clone(c.f.rows)
	c.f.mu.Unlock()
	return c.f.life.event("commit done")
}

func (r rest) Workers() int { return r.f.workers }

func (r rest) SyncComplete(_ context.Context, s adapter.Summary) error {
	r.f.complete = &s
	if r.f.fault != nil {
		return r.f.fault(&call{action: "complete"})
	}
	return nil
}

func (r telling) Conflicting(err error) []string {
	for e := err; e != nil; {
		c := &conflictError{}
		if errors.As(e, &c) {
			return c.fields
		}
		u, ok := e.(interface{ Unwrap() error })
		if !ok {
			return nil
		}
		e = u.Unwrap()
	}
	return nil
}

// target returns the fake with its abilities.
func (f *fake) target() adapter.Source {
	p := adapter.Parts{Source: source{f}, Rest: rest{f}}
	if f.tells {
		p.Rest = telling{rest{f}}
	}
	if f.size > 0 {
		p.Batcher = batcher{f}
	} else {
		p.Writer = writer{f}
	}
	if f.finds {
		p.Finder = finder{f}
	}
	if f.staged {
		p.Committer = commit{f}
	}
	return adapter.Compose(p)
}

// restart is what a new process finds: what was not committed is gone.
func (f *fake) restart(l *life) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.life = l
	if f.staged {
		f.rows = maps.Clone(f.saved)
	}
}

// seeded is a fault that strikes at random with one of the codes.
func seeded(seed uint64, share float64, codes ...fault.Code) func(c *call) error {
	r := rand.New(rand.NewPCG(seed, 99))
	var mu sync.Mutex
	return func(c *call) error {
		mu.Lock()
		defer mu.Unlock()
		if c.action == "complete" || c.action == "commit" || r.Float64() >= share {
			return nil
		}
		code := codes[r.IntN(len(codes))]
		if c.after != (code == fault.UnknownOutcome && r.IntN(2) == 0) {
			return nil
		}
		return fault.Errorf(code, "seeded %s", code)
	}
}

// hang blocks until the call is cut off.
func hang(c *call) error {
	<-c.ctx.Done()
	return fault.Errorf(fault.UnknownOutcome, "hung: %w", context.Cause(c.ctx))
}
