package dashboard

import (
	"maps"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// narrowRow is a model with its actions.
type narrowRow struct {
	choice
	Actions []choice
}

// choice is something to narrow by.
type choice struct {
	Name  string `json:"name"`
	Model string `json:"model,omitempty"`
	Count int64  `json:"count"`
	Link  string `json:"-"`
	On    bool   `json:"-"`
}

// counts fills in what the plan's index says.
func (p *changesPage) counts(one *run.Run, ix *plan.Index) {
	f := p.Filter
	for _, m := range ix.Models {
		p.Models = append(p.Models, modelRow{m, ix.Counts[m]})
	}
	p.Total = ix.Total()
	p.narrow(one, ix)
	sizes := sizesOf(ix)
	for _, l := range lists() {
		n := sizes[plan.List(l)]
		if l == string(plan.ListApplied) {
			n = ix.Changes()
		}
		if n > 0 || l == string(plan.ListApplied) {
			p.Lists = append(p.Lists, choice{Name: l, Count: n, Link: changeFilter{List: l, View: f.View}.address(one.ID), On: f.List == l})
		}
	}
	p.Size = sizes[plan.List(f.List)]
	if f.List == string(plan.ListApplied) {
		p.fields(one, ix)
	}
	if f.List == string(plan.ListHeld) {
		for _, h := range ix.Held {
			p.Reasons = append(p.Reasons, choice{Name: string(h.Op) + ": " + string(h.Code), Model: h.Model, Count: h.Count})
		}
	}
	flat, tree := f.from(0), f.from(0)
	flat.View, flat.Below, tree.View, tree.Result = "", "", "tree", ""
	p.Flat, p.AsTree = flat.address(one.ID), tree.address(one.ID)
	p.NDJSON, p.CSV = f.from(0).download(one.ID, "ndjson"), f.from(0).download(one.ID, "csv")
	p.Chosen = f.chosen(one.ID)
	if f.From > 1 {
		p.First = f.from(0).address(one.ID)
	}
}

// narrow fills in how many changes the list has of each model and action; of lists that are not counted so there is none.
func (p *changesPage) narrow(one *run.Run, ix *plan.Index) {
	f := p.Filter.from(0)
	f.Attributes, f.Result, f.Below = nil, "", ""
	counts := map[string]map[plan.Op]int64{}
	for _, m := range ix.Models {
		counts[m] = map[plan.Op]int64{}
		if c := ix.Counts[m]; f.List == string(plan.ListApplied) {
			counts[m] = map[plan.Op]int64{plan.Create: c.Create, plan.Update: c.Update, plan.Move: c.Move, plan.Delete: c.Delete}
		}
	}
	for _, h := range ix.Held {
		if f.List == string(plan.ListHeld) && counts[h.Model] != nil {
			counts[h.Model][h.Op] += h.Count
		}
	}
	if f.List != string(plan.ListApplied) && f.List != string(plan.ListHeld) {
		return
	}
	for _, m := range ix.Models {
		f.Models, f.Actions = []string{m}, nil
		row := narrowRow{choice: choice{Name: m, Link: f.address(one.ID), On: slices.Equal(p.Filter.Models, f.Models) && len(p.Filter.Actions) == 0}}
		for _, op := range []plan.Op{plan.Create, plan.Update, plan.Move, plan.Delete} {
			f.Actions = []string{string(op)}
			row.Actions = append(row.Actions, choice{Count: counts[m][op], Link: f.address(one.ID), On: slices.Equal(p.Filter.Models, f.Models) && slices.Equal(p.Filter.Actions, f.Actions)})
		}
		p.Narrow = append(p.Narrow, row)
	}
}

// fieldsOnPage is how many attributes there are at most to narrow by.
const fieldsOnPage = 24

// fields are the attributes that change, the most frequent first.
func (p *changesPage) fields(one *run.Run, ix *plan.Index) {
	f := p.Filter
	for _, m := range slices.Sorted(maps.Keys(ix.Attributes)) {
		if len(f.Models) > 0 && !slices.Contains(f.Models, m) {
			continue
		}
		for a, n := range ix.Attributes[m] {
			to := f.from(0)
			to.Models, to.Attributes = []string{m}, []string{a}
			p.Fields = append(p.Fields, choice{Name: a, Model: m, Count: n, Link: to.address(one.ID), On: slices.Contains(f.Attributes, a)})
		}
	}
	slices.SortFunc(p.Fields, func(a, b choice) int {
		if a.Count != b.Count {
			return int(min(max(b.Count-a.Count, -1), 1))
		}
		return strings.Compare(a.Model+a.Name, b.Model+b.Name)
	})
	if more := len(p.Fields) - fieldsOnPage; more > 0 {
		p.Fields, p.Omitted = p.Fields[:fieldsOnPage], int64(more)
	}
	for _, s := range []string{"done", "adopted", "warned", "skipped", "failed"} {
		if n := one.Results[s]; n > 0 {
			to := f.from(0)
			to.Result, to.View = s, ""
			p.Results = append(p.Results, choice{Name: s, Count: n, Link: to.address(one.ID), On: f.Result == s})
		}
	}
}
