package nautobot

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// portion is the answer to a question for objects.
type portion struct {
	objects []object
	ids     []string // of all, where they are too many for one answer; sorted
	err     error
}

const (
	atOnce  = 100     // how many objects of a kind are asked for without asking for their ids first
	manyIDs = 100_000 // above so many objects of all models the ids of one model are asked for when those of the one before have come
)

// fewer reports whether it is known that the models have at most so many objects.
func (a *system) fewer(models []*model, most int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, m := range models {
		n, ok := a.counts[m.Name]
		if most -= n; !ok || most < 0 {
			return false
		}
	}
	return true
}

// first asks for all objects of a model, unless it is known that they are many; for their ids where they are. Of a scope that Nautobot refuses as a filter it knows nothing.
func (a *system) first(ctx context.Context, m *model, where job.Where) portion {
	narrow := newScope(m, where).arguments()
	p := a.begun(ctx, m, m.arguments(narrow), len(where) == 0)
	if len(narrow) > 0 && fault.Is(p.err, fault.Invalid) {
		return a.begun(ctx, m, m.arguments(nil), true)
	}
	return p
}

// begun is first for the arguments of the model's list; counted: they let through what Count counted.
func (a *system) begun(ctx context.Context, m *model, args []string, counted bool) portion {
	most := min(atOnce, a.config.Page)
	a.mu.Lock()
	n := a.counts[m.Name]
	a.mu.Unlock()
	if n <= int64(most) || !counted {
		objects, err := a.asked(ctx, m, "", strings.Join(append(args, fmt.Sprintf("limit: %d", most+1)), ", "), nil)
		if err != nil || len(objects) <= most {
			return portion{objects: objects, err: err}
		}
	}
	ids, err := a.ids(ctx, m, args)
	slices.Sort(ids)
	return portion{ids: ids, err: err}
}

// pages yields the objects of a model whose ids come after one, ordered by id; first is what first found.
func (a *system) pages(ctx context.Context, m *model, first portion, after string) iter.Seq[portion] {
	if first.err != nil || first.ids == nil {
		first.objects = slices.DeleteFunc(first.objects, func(o object) bool { return o.id <= after })
		return func(yield func(portion) bool) { yield(first) }
	}
	from, found := slices.BinarySearch(first.ids, after)
	if found {
		from++
	}
	parts := slices.Collect(slices.Chunk(first.ids[from:], a.config.Page))
	return ahead(a.client.pace.waiting, parts, func(ids []string) portion {
		objects, err := a.objects(ctx, m, ids)
		return portion{objects: objects, err: err}
	})
}

// ahead yields the answers to questions, in order; at most so many are asked and not yet yielded as most says, while an answer is worked on too.
func ahead[Q, A any](most func() int, questions []Q, answer func(Q) A) iter.Seq[A] {
	return func(yield func(A) bool) {
		var coming []<-chan A
		ask := func() {
			for len(questions) > 0 && len(coming) < most() {
				q, ch := questions[0], make(chan A, 1)
				questions, coming = questions[1:], append(coming, ch)
				go func() { ch <- answer(q) }()
			}
		}
		for ask(); len(coming) > 0; {
			now := <-coming[0]
			coming = coming[1:]
			ask()
			if !yield(now) {
				return
			}
		}
	}
}

// object is one object as GraphQL shows it.
type object struct {
	id     string
	fields record.Fields
}

// arguments returns those of a model's list: its own filter's and more, but for what its filter says something about.
func (m *model) arguments(more []string) []string {
	c, _ := m.Config.(*ModelConfig)
	more = slices.DeleteFunc(slices.Clone(more), func(arg string) bool {
		name, _, _ := strings.Cut(arg, ":")
		return c != nil && c.Filter[name] != nil
	})
	if m.where != "" {
		return append(more, m.where)
	}
	return more
}

// ids returns the ids of a model's objects with the arguments.
func (a *system) ids(ctx context.Context, m *model, args []string) ([]string, error) {
	return a.listed(ctx, m.kind.list, args)
}

// listed returns the ids of a list's objects.
func (a *system) listed(ctx context.Context, list string, args []string) ([]string, error) {
	query := "{" + list
	if len(args) > 0 {
		query += "(" + strings.Join(args, ", ") + ")"
	}
	d, err := a.client.graphql(ctx, query+"{id}}", nil)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, o := range d.Members().Get(list).Elements() {
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
