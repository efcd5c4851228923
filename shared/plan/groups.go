package plan

import (
	"cmp"
	"context"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// Group is a record of a tree, with how many changes a query wants of it and of what is below it.
type Group struct {
	Key    record.Key
	Counts map[Op]int64
}

// Groups are one level of the tree of what a query wants.
type Groups struct {
	List   []Group // sorted by key
	Own    int64   // changes to the record itself that the query's Below names
	Others int64   // changes in groups that had no room
	Looked int64   // the place that was looked at last
}

// Groups counts what the query wants by the records directly below the one that its Below names, by those at the top where it names none; at most so many groups.
// Progress is told now and then what was found so far; it must copy what it keeps. nil: nobody listens.
func (r *Reader) Groups(ctx context.Context, q Query, most int, progress func(*Groups)) (*Groups, error) {
	g := &Groups{}
	by := map[string]map[Op]int64{}
	fill := func() {
		g.List = g.List[:0]
		for k, counts := range by {
			g.List = append(g.List, Group{record.Key(k), counts})
		}
		slices.SortFunc(g.List, func(a, b Group) int { return cmp.Compare(a.Key, b.Key) })
	}
	n := 0
	_, err := r.lines(ctx, q, func(at int64, line []byte) (bool, error) {
		if g.Looked = at; line == nil {
			if n++; progress != nil && n&0x3f == 0 {
				fill()
				progress(g)
			}
			return true, nil
		}
		if q.Match != "" || len(q.Attributes) > 0 { // the sieve lets more through
			c, err := Parse(line)
			if err != nil || !q.keeps(c) {
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
		counts := by[string(key)]
		if counts == nil {
			if len(by) >= most {
				g.Others++
				return true, nil
			}
			counts = map[Op]int64{}
			by[string(key)] = counts
		}
		counts[Op(record.Value(h.op).String())]++
		return true, nil
	})
	fill()
	return g, err
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
