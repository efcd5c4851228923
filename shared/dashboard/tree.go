package dashboard

import (
	"context"
	"maps"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// treeLevel is what is directly below a record, each with how many changes it and what is below it has; and the record's own changes.
type treeLevel struct {
	Below  string       `json:"below,omitempty"`
	Way    []crumb      `json:"-"` // the ancestors
	Nodes  []*treeNode  `json:"nodes"`
	Own    []*changeRow `json:"own,omitempty"`
	Others int64        `json:"others,omitempty"` // changes in groups that had no room
	Looked int64        `json:"looked"`
	Whole  bool         `json:"whole"`
}

// treeNode is a record with the changes to it and below it. Where they are few they are in it.
type treeNode struct {
	Key     string       `json:"key"`
	Name    string       `json:"name"`
	Total   int64        `json:"total"`
	Ops     []opCount    `json:"ops"`
	Link    string       `json:"-"`
	Changes []*changeRow `json:"changes,omitempty"`
}

type opCount struct {
	Op    plan.Op `json:"op"`
	Sign  string  `json:"-"`
	Count int64   `json:"count"`
}

// How much of a tree is shown.
const (
	mostGroups  = 500
	unfoldBelow = 12 // groups with up to so many changes show them
	unfoldAll   = 60 // so many changes are unfolded on a page
)

// tree fills in one level of the tree. Counting goes on in the background where it takes longer, and the page shows how far it is.
func (d *Dashboard) tree(ctx context.Context, one *run.Run, p *plan.Reader, page *changesPage) error {
	f := page.Filter.from(0)
	q := f.query()
	got, whole, err := d.trees.get(one.ID+"?"+f.query64(), lookFor, func(ctx context.Context, put func(any)) (any, error) {
		own, err := plan.Open(ctx, d.Env.Objects, d.Env.PlanName(one))
		if err != nil {
			return nil, err
		}
		defer own.Close()
		return own.Groups(ctx, q, mostGroups, func(g *plan.Groups) {
			c := *g
			c.List = nil
			for _, one := range g.List {
				c.List = append(c.List, plan.Group{Key: one.Key, Counts: maps.Clone(one.Counts)})
			}
			put(&c)
		})
	})
	if err != nil {
		return err
	}
	level := &treeLevel{Below: f.Below, Whole: whole}
	page.Tree = level
	g, ok := got.(*plan.Groups)
	if !ok {
		return nil
	}
	level.Others, level.Looked = g.Others, g.Looked
	left := unfoldAll
	for _, group := range g.List {
		n := &treeNode{Key: string(group.Key), Name: group.Key.String()}
		for _, op := range []plan.Op{plan.Create, plan.Update, plan.Move, plan.Delete, plan.Unchanged} {
			if c := group.Counts[op]; c > 0 {
				n.Ops, n.Total = append(n.Ops, opCount{op, signOf(op), c}), n.Total+c
			}
		}
		down := f
		down.Below = string(group.Key)
		n.Link = down.address(one.ID)
		if whole && n.Total <= unfoldBelow && left > 0 {
			if n.Changes, err = d.under(ctx, one, p, q, group.Key, f.List); err != nil {
				return err
			}
			left -= len(n.Changes)
		}
		level.Nodes = append(level.Nodes, n)
	}
	if f.Below == "" {
		return nil
	}
	return d.wayTo(ctx, one, p, page, q)
}

// errSlow says that what is under a record was not found in time.

// under returns the changes to a record and below it, sorted by their place in the tree.
func (d *Dashboard) under(ctx context.Context, one *run.Run, p *plan.Reader, q plan.Query, key record.Key, list string) ([]*changeRow, error) {
	q.Below, q.Limit = key, unfoldBelow
	if p.Index().Last() > 20_000 { // each would be a walk through the plan
		return nil, nil
	}
	found, err := p.Find(ctx, q)
	if err != nil {
		return nil, err
	}
	var rows []*changeRow
	for i, c := range found.Changes {
		rows = append(rows, d.row(one, list, found.Places[i], c, cutAt))
	}
	slices.SortStableFunc(rows, func(a, b *changeRow) int {
		return slices.Compare(append(slices.Clone(a.Path), a.Name), append(slices.Clone(b.Path), b.Name))
	})
	return rows, nil
}

// wayTo fills in the ancestors of the record that the level is below, and its own changes.
func (d *Dashboard) wayTo(ctx context.Context, one *run.Run, p *plan.Reader, page *changesPage, q plan.Query) error {
	f := page.Filter.from(0)
	q.Limit = 1
	found, err := p.Find(ctx, q)
	if err != nil {
		return err
	}
	for _, c := range found.Changes {
		for _, k := range append(slices.Clone(c.Path), c.Key) {
			up := f
			up.Below = string(k)
			page.Tree.Way = append(page.Tree.Way, crumb{k.String(), up.address(one.ID)})
			if string(k) == f.Below {
				break
			}
		}
		if string(c.Key) == f.Below {
			page.Tree.Own = append(page.Tree.Own, d.row(one, f.List, found.Places[0], c, cutAt))
		}
	}
	return nil
}
