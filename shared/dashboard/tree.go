package dashboard

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
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
	Others int64        `json:"others,omitempty"` // changes in records of pages after this one
	Looked int64        `json:"looked"`
	Whole  bool         `json:"whole"`
}

// treeNode is a record with the changes to it and below it. Where they are few they are in it.
type treeNode struct {
	Key     string       `json:"key"`
	Name    string       `json:"name"`
	Total   int64        `json:"total"`
	Ops     []opCount    `json:"ops"`
	Results []resultOf   `json:"results,omitempty"` // how many did not simply go well
	Link    string       `json:"-"`
	Changes []*changeRow `json:"changes,omitempty"`
	Single  bool         `json:"-"` // it has no changes but its own, which is unfolded
}

type opCount struct {
	Op    plan.Op `json:"op"`
	Sign  string  `json:"-"`
	Count int64   `json:"count"`
}

// How much of a tree is shown.
const (
	groupsOnPage = 200
	unfoldBelow  = 12 // groups with up to so many changes show them
	unfoldAll    = 60 // so many changes are unfolded on a page
)

// tree fills in one page of one level of the tree. Counting goes on in the background where it takes longer, and the page shows how far it is.
func (d *Dashboard) tree(ctx context.Context, one *run.Run, p *plan.Reader, page *changesPage, results *outcomeSet) error {
	f := page.Filter
	f.From = 0
	q := f.query()
	level := plan.Level{After: record.Key(f.After), Most: groupsOnPage, Places: unfoldBelow}
	key := one.ID + "?" + f.query64()
	if results != nil && f.List == string(plan.ListApplied) {
		key += " results"
		level.Mark = func(at int64) string {
			if s := string(results.Status(at)); s != "done" && s != "adopted" {
				return cmp.Or(s, notTried)
			}
			return ""
		}
	}
	got, whole, err := d.trees.get(key, lookFor, func(ctx context.Context, put func(any)) (any, error) {
		own, err := plan.Open(ctx, d.Env.Objects, d.Env.PlanName(one))
		if err != nil {
			return nil, err
		}
		defer own.Close()
		level.Heard = func(g *plan.Groups) { put(g) }
		return own.Groups(ctx, q, level)
	})
	if err != nil {
		return err
	}
	page.Tree = &treeLevel{Below: f.Below, Whole: whole}
	if g, ok := got.(*plan.Groups); ok {
		if err := d.nodes(ctx, one, p, page, g, results); err != nil {
			return err
		}
	}
	if whole && f.After != "" && len(page.Tree.Nodes) == 0 {
		return endError{fault.Errorf(fault.NotFound, "changes: the tree has nothing after %s on this level; there is no such page", record.Key(f.After)), f.from(0).address(one.ID)}
	}
	if f.Below == "" {
		return nil
	}
	return d.wayTo(ctx, one, p, page, q, results)
}

// nodes turns groups into nodes; small ones are unfolded once all is counted.
func (d *Dashboard) nodes(ctx context.Context, one *run.Run, p *plan.Reader, page *changesPage, g *plan.Groups, results *outcomeSet) error {
	f, t := page.Filter.from(0), page.Tree
	t.Others, t.Looked = g.Others, g.Looked
	if page.Filter.After != "" {
		page.First = f.address(one.ID)
	}
	if n := len(g.List); t.Whole && g.Others > 0 && n > 0 {
		next := f
		next.After = string(g.List[n-1].Key)
		page.Next = next.address(one.ID)
	}
	var places []int64
	var owners []*treeNode // of each place
	for _, group := range g.List {
		n := &treeNode{Key: string(group.Key), Name: group.Key.String()}
		for _, op := range []plan.Op{plan.Create, plan.Update, plan.Move, plan.Delete, plan.Unchanged} {
			if c := group.Counts[op]; c > 0 {
				n.Ops, n.Total = append(n.Ops, opCount{op, signOf(op), c}), n.Total+c
			}
		}
		for _, m := range []string{"warned", "skipped", "failed", notTried} {
			if c := group.Marks[m]; c > 0 {
				n.Results = append(n.Results, resultOf{m, c})
			}
		}
		down := f
		down.Below = string(group.Key)
		n.Link = down.address(one.ID)
		if t.Whole && n.Total <= unfoldBelow && len(places)+int(n.Total) <= unfoldAll {
			for _, at := range group.Places {
				places, owners = append(places, at), append(owners, n)
			}
		}
		t.Nodes = append(t.Nodes, n)
	}
	var changes []*plan.Change
	for _, at := range places {
		found, err := p.Find(ctx, plan.Query{List: plan.List(f.List), From: at, Limit: 1})
		if err != nil {
			return err
		}
		changes = append(changes, found.Changes...)
	}
	rows, err := d.rows(ctx, one, f.List, results, changes, places)
	if err != nil {
		return err
	}
	for i, row := range rows {
		row.Path = beneath(row, owners[i].Name)
		row.Depth = min(len(row.Path), 3)
		owners[i].Changes = append(owners[i].Changes, row)
	}
	for _, n := range t.Nodes {
		n.Single = n.Total == 1 && len(n.Changes) == 1 && n.Changes[0].Key == n.Key
		slices.SortStableFunc(n.Changes, func(a, b *changeRow) int {
			return slices.Compare(placeOf(a, n.Name), placeOf(b, n.Name))
		})
	}
	return nil
}

// beneath is what of a change's path lies below a record: what is above it stands there already.
func beneath(c *changeRow, name string) []string {
	if record.Key(c.Key).String() == name {
		return nil
	}
	return c.Path[slices.Index(c.Path, name)+1:]
}

// placeOf sorts the changes below a record as a tree is read, the record's own first.
func placeOf(c *changeRow, name string) []string {
	if own := record.Key(c.Key).String(); own != name {
		return append(slices.Clone(c.Path), own)
	}
	return nil
}

// wayTo fills in the ancestors of the record that the level is below, and its own changes.
func (d *Dashboard) wayTo(ctx context.Context, one *run.Run, p *plan.Reader, page *changesPage, q plan.Query, results *outcomeSet) error {
	f := page.Filter.from(0)
	q.Limit, q.Until = 1, time.Now().Add(lookFor)
	found, err := p.Find(ctx, q)
	if err != nil {
		return err
	}
	for i, c := range found.Changes {
		for _, k := range append(slices.Clone(c.Path), c.Key) {
			up := f
			up.Below = string(k)
			page.Tree.Way = append(page.Tree.Way, crumb{k.String(), up.address(one.ID)})
			if string(k) == f.Below {
				break
			}
		}
		if string(c.Key) == f.Below {
			page.Tree.Own, err = d.rows(ctx, one, f.List, results, found.Changes[i:i+1], found.Places[i:i+1])
		}
	}
	if len(page.Tree.Way) == 0 { // none was come across in time
		page.Tree.Way = []crumb{{record.Key(f.Below).String(), f.address(one.ID)}}
	}
	return err
}
