package nautobot

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// portion is the answer to a question for objects.
type portion struct {
	objects []object
	more    bool // there are others, or it is not known
	err     error
}

// atOnce is how many objects of a kind are asked for without asking for their ids first.
const atOnce = 100

// few asks for all objects of a model, in the hope that they are few.
func (a *system) few(ctx context.Context, m *model, where job.Where) <-chan portion {
	most := min(atOnce, a.config.Page)
	return ask(func() portion {
		args := append(m.arguments(newScope(m, where).arguments()), fmt.Sprintf("limit: %d", most+1))
		objects, err := a.asked(ctx, m, "", strings.Join(args, ", "), nil)
		return portion{objects: objects, more: len(objects) > most, err: err}
	})
}

// pages yields the objects of a model whose ids come after one, ordered by id; while one page is worked on, the next is asked for.
func (a *system) pages(ctx context.Context, m *model, sc *scope, first portion, after string) iter.Seq[portion] {
	return func(yield func(portion) bool) {
		if first.err != nil || !first.more {
			first.objects = slices.DeleteFunc(first.objects, func(o object) bool { return o.id <= after })
			yield(first)
			return
		}
		ids, err := a.ids(ctx, m, sc.arguments())
		if err != nil {
			yield(portion{err: err})
			return
		}
		slices.Sort(ids)
		from, found := slices.BinarySearch(ids, after)
		if found {
			from++
		}
		var coming <-chan portion
		for ids = ids[from:]; coming != nil || len(ids) > 0; {
			now := coming
			if coming = nil; len(ids) > 0 {
				n := min(a.config.Page, len(ids))
				part := ids[:n]
				ids = ids[n:]
				coming = ask(func() portion {
					objects, err := a.objects(ctx, m, part)
					return portion{objects: objects, err: err}
				})
			}
			if now != nil && !yield(<-now) {
				return
			}
		}
	}
}

// ask answers a question while its asker does something else.
func ask(question func() portion) <-chan portion {
	ch := make(chan portion, 1)
	go func() { ch <- question() }()
	return ch
}

// object is one object as GraphQL shows it.
type object struct {
	id     string
	fields record.Fields
}

// arguments returns those of a model's list: its own filter's and more.
func (m *model) arguments(more []string) []string {
	if m.where != "" {
		return append(slices.Clone(more), m.where)
	}
	return slices.Clone(more)
}

// ids returns the ids of a model's objects.
func (a *system) ids(ctx context.Context, m *model, more []string) ([]string, error) {
	query := "{" + m.kind.list
	if args := m.arguments(more); len(args) > 0 {
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

// query returns what is asked of objects.
func (m *model) query(args string, mark bool) string {
	var b strings.Builder
	b.WriteString("{" + m.kind.list + "(" + args + "){id")
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
	return a.asked(ctx, m, "query($ids:[String])", "id:$ids", ids)
}

// asked returns the objects of a model's list with the arguments, ordered by id.
func (a *system) asked(ctx context.Context, m *model, head, args string, ids []string) ([]object, error) {
	d, err := a.client.graphql(ctx, head+m.query(args, a.marks(m)), ids)
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
