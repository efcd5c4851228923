package nautobot

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
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
	var models []*model
	for _, am := range req.Models[at:] {
		m := l.byName[am.Name]
		if m == nil {
			return fault.Errorf(fault.Internal, "load model %q: the adapter was made without it", am.Name)
		}
		models = append(models, m)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	seen := make(chan error, 1)
	go func() { seen <- a.visible(ctx, l) }()
	next := func() int { return 1 } // a model may have millions of ids
	if a.fewer(models, manyIDs) {
		next = a.client.pace.waiting
	}
	firsts := ahead(next, models, func(m *model) portion { return a.first(ctx, m, req.Scope[m.Name]) })
	for first := range firsts {
		m := models[0]
		if models = models[1:]; seen != nil {
			if err := <-seen; err != nil {
				return err
			}
			seen = nil
		}
		if err := a.loadModel(ctx, m, req.Scope[m.Name], first, after, yield); err != nil {
			return err
		}
		after = ""
		a.cursor = position{model: m.Name, done: true}
	}
	return nil
}

// loadModel yields the records of one model whose ids come after one; first is what first found.
func (a *system) loadModel(ctx context.Context, m *model, where job.Where, first portion, after string, yield func(*record.Record, error) bool) error {
	sc := newScope(m, where)
	for p := range a.pages(ctx, m, first, after) {
		if p.err != nil {
			return fmt.Errorf("load model %q: %w", m.Name, p.err)
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
	if a.config.OnlyMarked && a.target && !marked(o.Get("tags"), a.config.Mark) || a.marking() && m.kind.endpoint == "extras/tags" && text(o.Get("name")) == a.config.Mark {
		r.Flags |= record.SkipUnmatchedDst
	}
	return r, nil
}

// learn asks REST for the value of a choice: by the object that has it, or, where the choice is of a kind that the object refers to, by what that kind may have, or by one object of it.
func (a *system) learn(ctx context.Context, m *model, c *choiceError, id string) error {
	if c.enum.endpoint == "" {
		return fault.Errorf(fault.Invalid, "the value of the choice %s cannot be asked for: the endpoint of its kind is not known", c.name)
	}
	if c.enum.endpoint != m.kind.endpoint {
		if _, err := a.rulesAt(ctx, c.enum.endpoint); err != nil {
			return err
		}
		if _, err := c.enum.value(c.name); err == nil {
			return nil
		}
		var err error
		if id, err = a.chose(ctx, c); err != nil {
			return err
		}
	}
	ans, err := a.client.read(ctx, http.MethodGet, c.enum.endpoint+"/"+id, url.Values{"exclude_m2m": {"true"}}, nil)
	if err != nil {
		return err
	}
	return c.enum.teach(c.name, ans.value)
}

// chose returns the id of an object that has a choice.
func (a *system) chose(ctx context.Context, c *choiceError) (string, error) {
	list := listAt(c.enum.endpoint)
	for offset := 0; ; offset += a.config.Page {
		d, err := a.client.graphql(ctx, fmt.Sprintf("{%s(limit: %d, offset: %d){id %s}}", list, a.config.Page, offset, c.enum.attr), nil)
		if err != nil {
			return "", err
		}
		objects := d.Members().Get(list).Elements()
		for _, o := range objects {
			if f := o.Members(); text(f.Get(c.enum.attr)) == c.name {
				return text(f.Get("id")), nil
			}
		}
		if len(objects) < a.config.Page {
			return "", fault.Errorf(fault.Invalid, "no object of %s has the choice %s any more", c.enum.endpoint, c.name)
		}
	}
}
