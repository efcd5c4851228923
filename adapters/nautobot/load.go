package nautobot

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// The names of local values.
const (
	localID      = "id"
	localUpdated = "last_updated"
)

// errEnough ends a load that the caller has had enough of.
var errEnough = errors.New("enough")

// Load implements adapter.Source. The ids of a model's objects come in one answer of the server, from one statement of its database; the objects are then asked for by id, a page at a time.
// So no object is lost or comes twice when others come and go meanwhile, as it does with pages counted by offset: what is created later is not in the load, what is deleted is missing.
func (a *system) Load(ctx context.Context, req adapter.Request) iter.Seq2[*record.Record, error] {
	return func(yield func(*record.Record, error) bool) {
		if err := a.load(ctx, req, yield); err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	}
}

func (a *system) load(ctx context.Context, req adapter.Request, yield func(*record.Record, error) bool) error {
	l, err := a.look(ctx)
	if err != nil {
		return err
	}
	at, after, err := a.resume(req)
	if err != nil {
		return err
	}
	if err := a.visible(ctx, l); err != nil {
		return err
	}
	for _, am := range req.Models[at:] {
		m := l.byName[am.Name]
		if m == nil {
			return fault.Errorf(fault.Internal, "load model %q: the adapter was made without it", am.Name)
		}
		if err := a.loadModel(ctx, m, newScope(m, req.Scope[m.Name]), after, yield); err != nil {
			return err
		}
		after = ""
		a.cursor = position{model: m.Name, done: true}
	}
	return nil
}

// loadModel yields the records of one model whose ids come after one.
func (a *system) loadModel(ctx context.Context, m *model, sc *scope, after string, yield func(*record.Record, error) bool) error {
	ids, err := a.ids(ctx, m, sc.arguments())
	if err != nil {
		return fmt.Errorf("load model %q: %w", m.Name, err)
	}
	slices.Sort(ids)
	from, found := slices.BinarySearch(ids, after)
	if found {
		from++
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var coming chan page1
	fetch := func(ids []string) chan page1 {
		ch := make(chan page1, 1)
		go func() {
			objects, err := a.objects(ctx, m, ids)
			ch <- page1{objects, err}
		}()
		return ch
	}
	pages := slices.Collect(slices.Chunk(ids[from:], a.config.Page))
	for i := range pages {
		if i == 0 {
			coming = fetch(pages[0])
		}
		p := <-coming
		if p.err != nil {
			return fmt.Errorf("load model %q: %w", m.Name, p.err)
		}
		if i+1 < len(pages) {
			coming = fetch(pages[i+1])
		}
		for _, o := range p.objects {
			r, err := a.record(ctx, m, o.fields)
			if err != nil && elsewhere(err) {
				return err
			}
			a.cursor = position{model: m.Name, id: o.id}
			switch {
			case err != nil && !yield(nil, record.Bad(m.Name, o.id, "%v", err)), err == nil && sc.match(r) && !yield(r, nil):
				return errEnough
			}
		}
	}
	return nil
}

// page1 is the answer to the question for a page of objects.
type page1 struct {
	objects []object
	err     error
}

// object is one object as GraphQL shows it.
type object struct {
	id     string
	fields record.Fields
}

// ids returns the ids of a model's objects.
func (a *system) ids(ctx context.Context, m *model, more []string) ([]string, error) {
	args := slices.Clone(more)
	if m.where != "" {
		args = append(args, m.where)
	}
	query := "{" + m.kind.list
	if len(args) > 0 {
		query += "(" + strings.Join(args, ", ") + ")"
	}
	d, err := a.client.graphql(ctx, query+"{id}}", nil)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, o := range d.Members().Get(m.kind.list).Elements() {
		ids = append(ids, text(o.Members().Get("id")))
	}
	return ids, nil
}

// query returns what is asked for a page of objects.
func (m *model) query(mark bool) string {
	var b strings.Builder
	b.WriteString("query($ids:[String]){" + m.kind.list + "(id:$ids){id")
	if m.dated {
		b.WriteString(" " + localUpdated)
	}
	seen := map[string]bool{}
	for _, f := range m.fields {
		if s := f.sel.String(); !seen[s] {
			seen[s] = true
			b.WriteString(" " + s)
		}
	}
	if mark {
		b.WriteString(" tags{name}")
	}
	b.WriteString("}}")
	return b.String()
}

// objects returns the objects with the ids that there are still, ordered by id.
func (a *system) objects(ctx context.Context, m *model, ids []string) ([]object, error) {
	d, err := a.client.graphql(ctx, m.query(a.marks(m)), ids)
	if err != nil {
		return nil, err
	}
	var out []object
	for _, o := range d.Members().Get(m.kind.list).Elements() {
		fs := o.Members()
		out = append(out, object{text(fs.Get("id")), fs})
	}
	slices.SortFunc(out, func(a, b object) int { return strings.Compare(a.id, b.id) })
	return out, nil
}

// record makes a record of an object. An error that is not from elsewhere is about the object.
func (a *system) record(ctx context.Context, m *model, o record.Fields) (*record.Record, error) {
	r := &record.Record{Model: m.Name}
	for _, f := range m.fields {
		v, err := f.sel.value(o)
		if choice, ok := errors.AsType[*choiceError](err); ok {
			if err = a.learn(ctx, m, choice, text(o.Get("id"))); err == nil {
				v, err = f.sel.value(o)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", f.name, err)
		}
		if f.attr == "tags" && a.marking() {
			v = without(v, a.config.Mark)
		}
		r.Fields = append(r.Fields, record.Field{Name: f.name, Value: v})
	}
	r.Local = record.Fields{{Name: localID, Value: o.Get("id")}}
	if u := o.Get(localUpdated); u != nil {
		r.Local = append(r.Local, record.Field{Name: localUpdated, Value: instant(u)})
	}
	if a.config.OnlyMarked && a.target && !marked(o.Get("tags"), a.config.Mark) {
		r.Flags |= record.SkipUnmatchedDst
	}
	return r, nil
}

// learn asks REST for the value of a choice, by an object that has it.
func (a *system) learn(ctx context.Context, m *model, c *choiceError, id string) error {
	if c.enum.endpoint != m.kind.endpoint {
		return fault.Errorf(fault.Invalid, "the value of the choice %s of another kind is not known", c.name)
	}
	ans, err := a.client.read(ctx, http.MethodGet, m.kind.endpoint+"/"+id, url.Values{"exclude_m2m": {"true"}}, nil)
	if err != nil {
		return err
	}
	return c.enum.teach(c.name, ans.value)
}
