package plan

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"sort"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// Group is a record of a tree, with how many changes a query wants of it and of what is below it.
type Group struct {
	Key    record.Key
	Counts map[Op]int64
	Marks  map[string]int64 // as Level.Mark says
	Places []int64          // of the first changes
}

// Groups are one page of a level of the tree of what a query wants.
type Groups struct {
	List   []Group // sorted by key
	Own    int64   // changes to the record itself that the query's Below names
	Before int64   // changes in groups of pages before
	Others int64   // changes in groups of pages after this one
	Looked int64   // the place that was looked at last
}

// Level says how a level of the tree is wanted.
type Level struct {
	After  record.Key            // only groups whose key is greater, as bytes
	Most   int                   // at most so many groups
	Places int                   // of each group, so many places are kept
	Mark   func(at int64) string // names what is counted of the change at a place; nil or "": nothing
	Heard  func(sofar *Groups)   // is told now and then what was found so far; it gets a copy of its own. nil: nobody listens
}

// Groups counts what the query wants by the records directly below the one that its Below names, by those at the top where it names none.
// It keeps the Most groups with the smallest keys after After in memory, whatever the size of the level.
func (r *Reader) Groups(ctx context.Context, q Query, l Level) (*Groups, error) {
	g := &Groups{}
	n := 0
	_, err := r.lines(ctx, q, func(at int64, line []byte) (bool, error) {
		if g.Looked = at; line == nil {
			if n++; l.Heard != nil && n&0x3f == 0 {
				l.Heard(g.clone())
			}
			return true, nil
		}
		if q.Match != "" || len(q.Attributes) > 0 { // the sieve lets more through
			c, err := Parse(line)
			if err != nil || !q.Keeps(c) {
				return err == nil, err
			}
		}
		h := headOf(line)
		if q.Below != "" && string(h.key) == string(q.Below) {
			g.Own++
			return true, nil
		}
		key, ok := levelOf(h, q.Below)
		if !ok {
			return true, nil
		}
		if l.After != "" && bytes.Compare(key, []byte(l.After)) <= 0 {
			g.Before++
			return true, nil
		}
		if one := g.group(key, l.Most); one != nil {
			one.add(Op(record.Value(h.op).String()), at, &l)
		} else {
			g.Others++
		}
		return true, nil
	})
	return g, err
}

// group returns the group of a key, new where there is room or a greater key makes room; nil where there is none.
func (g *Groups) group(key []byte, most int) *Group {
	i := sort.Search(len(g.List), func(i int) bool { return string(g.List[i].Key) >= string(key) })
	if i < len(g.List) && string(g.List[i].Key) == string(key) {
		return &g.List[i]
	}
	if len(g.List) >= most {
		if i == len(g.List) {
			return nil
		}
		last := len(g.List) - 1
		for _, c := range g.List[last].Counts {
			g.Others += c
		}
		g.List = g.List[:last]
	}
	g.List = slices.Insert(g.List, i, Group{Key: record.Key(key), Counts: map[Op]int64{}})
	return &g.List[i]
}

func (one *Group) add(op Op, at int64, l *Level) {
	one.Counts[op]++
	if len(one.Places) < l.Places {
		one.Places = append(one.Places, at)
	}
	if l.Mark == nil {
		return
	}
	if m := l.Mark(at); m != "" {
		if one.Marks == nil {
			one.Marks = map[string]int64{}
		}
		one.Marks[m]++
	}
}

// clone returns a copy that shares nothing that changes.
func (g *Groups) clone() *Groups {
	c := *g
	c.List = make([]Group, len(g.List))
	for i, one := range g.List {
		c.List[i] = Group{one.Key, maps.Clone(one.Counts), maps.Clone(one.Marks), slices.Clone(one.Places)}
	}
	return &c
}

// levelOf returns the record directly below another that a change belongs to; of no other, the one at the top.
func levelOf(h head, below record.Key) ([]byte, bool) {
	ancestors := record.Value(h.path).Elements()
	if below == "" {
		if len(ancestors) > 0 {
			return ancestors[0], true
		}
		return h.key, true
	}
	for i, a := range ancestors {
		if string(a) != string(below) {
			continue
		}
		if i+1 < len(ancestors) {
			return ancestors[i+1], true
		}
		return h.key, true
	}
	return nil, false
}
