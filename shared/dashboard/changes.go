package dashboard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// How a page of changes is made.
const (
	changesOnPage = 50
	lookFor       = 400 * time.Millisecond // so long a page looks for what is asked; then it says how far it got
)

// changesPage is a part of a plan.
type changesPage struct {
	Run     *run.Run     `json:"run"`
	Tabs    []pageOfRun  `json:"-"`
	Filter  changeFilter `json:"filter"`
	Models  []modelRow   `json:"models"`
	Total   run.Counts   `json:"total"`
	Lists   []choice     `json:"lists"`
	Fields  []choice     `json:"attributes"` // how often each attribute changes, the most frequent
	Omitted int64        `json:"attributes_omitted,omitempty"`
	Results []choice     `json:"results"`
	Chosen  []choice     `json:"-"` // what narrows the page, each with the address without it
	Changes []*changeRow `json:"changes,omitempty"`
	Tree    *treeLevel   `json:"tree,omitempty"`
	Reasons []choice     `json:"held_reasons,omitempty"`
	First   string       `json:"first,omitempty"`
	Next    string       `json:"next,omitempty"`
	Size    int64        `json:"size"`             // of the list
	Looked  int64        `json:"looked,omitempty"` // where the time was up: so many were looked at
	Waiting bool         `json:"results_pending,omitempty"`
	Remark  string       `json:"remark,omitempty"`
	Flat    string       `json:"-"`
	AsTree  string       `json:"-"`
	NDJSON  string       `json:"-"` // the addresses of downloads
	CSV     string       `json:"-"`
	Narrow  []narrowRow  `json:"-"` // by model and action, of the list that is shown
}

// unplannedPage stands for the changes of a run at work that has compared nothing yet.
type unplannedPage struct {
	Run  *run.Run    `json:"run"`
	Tabs []pageOfRun `json:"-"`
}

// planOf opens a run's plan. The caller closes it. Of a run at work that has none yet the run comes with the error.
func (d *Dashboard) planOf(ctx context.Context, id string) (*run.Run, *plan.Reader, error) {
	one, err := d.Env.Runs.Get(ctx, id)
	if err != nil {
		return nil, nil, d.gone(err, id)
	}
	p, err := plan.Open(ctx, d.Env.Objects, d.Env.PlanName(one))
	switch {
	case fault.Is(err, fault.NotFound) && one.Status == run.Running:
		return one, nil, noPlanError{fault.Errorf(fault.NotFound, "run %q has no plan yet: it is at work", id), id}
	case fault.Is(err, fault.NotFound):
		return nil, nil, noPlanError{step.NoPlan(one), id}
	case fault.Is(err, fault.Invalid):
		return nil, nil, damageError{err}
	case err != nil:
		return nil, nil, err
	}
	return one, p, nil
}

func (d *Dashboard) changes(r *http.Request) (*view, error) {
	ctx := r.Context()
	one, p, err := d.planOf(ctx, r.PathValue("run"))
	var none noPlanError
	if errors.As(err, &none) && one != nil {
		return &view{page: "unplanned", title: "Changes of run " + one.ID, live: 1, data: unplannedPage{d.clean(one), tabs(one, "changes")}, path: append(d.pathOf(one), crumb{"Changes", ""})}, nil
	}
	if err != nil {
		return nil, err
	}
	defer p.Close()
	f, err := parseChanges(one.ID, r.URL.Query(), p.Index())
	if err != nil {
		return nil, err
	}
	page := &changesPage{Run: d.clean(one), Tabs: tabs(one, "changes"), Filter: f}
	page.counts(one, p.Index())
	v := &view{page: "changes", title: "Changes of run " + one.ID, data: page, path: append(d.pathOf(one), crumb{"Changes", ""})}
	results, err := d.outcomes(ctx, one, p, page)
	if err != nil {
		return nil, err
	}
	if f.View == "tree" {
		err = d.tree(ctx, one, p, page, results)
	} else {
		err = d.flat(ctx, one, p, page, results)
	}
	if err != nil {
		return nil, brokenOr(ctx, err)
	}
	if one.Status == run.Running {
		v.live = 3
	}
	if page.Waiting || page.Tree != nil && !page.Tree.Whole {
		v.live = 1
	}
	return v, nil
}

// brokenOr marks an error of reading what is stored as damage, unless the store only does not answer.
func brokenOr(ctx context.Context, err error) error {
	if fault.Is(err, fault.Invalid) && ctx.Err() == nil {
		return damageError{err}
	}
	return err
}

// flat fills in a page of changes.
func (d *Dashboard) flat(ctx context.Context, one *run.Run, p *plan.Reader, page *changesPage, results *outcomeSet) error {
	f := page.Filter
	if f.Result != "" {
		return d.byResult(ctx, one, p, page, results)
	}
	q := f.query()
	q.Limit, q.Until = changesOnPage, time.Now().Add(lookFor)
	found, err := p.Find(ctx, q)
	if err != nil {
		return err
	}
	if found.Hurried {
		page.Looked = found.Looked
	}
	if found.Next > 0 {
		page.Next = f.from(found.Next).address(one.ID)
	}
	page.Changes, err = d.rows(ctx, one, f.List, results, found.Changes, found.Places)
	return err
}

// byResult fills in the changes that ended as asked for.
func (d *Dashboard) byResult(ctx context.Context, one *run.Run, p *plan.Reader, page *changesPage, results *outcomeSet) error {
	if results == nil {
		return nil
	}
	f := page.Filter
	q := f.query()
	var cs []*plan.Change
	var places []int64
	until, size := time.Now().Add(lookFor), 0
	for n := results.Next(adapter.Status(f.Result), f.From); n > 0; n = results.Next(adapter.Status(f.Result), n+1) {
		if len(cs) == changesOnPage || size > 1<<20 || time.Now().After(until) {
			page.Next = f.from(n).address(one.ID)
			if len(cs) < changesOnPage {
				page.Looked = n - 1
			}
			break
		}
		for c, err := range p.Changes(ctx, n, n+1) {
			if err != nil {
				return err
			}
			if q.Keeps(c) {
				cs, places = append(cs, c), append(places, n)
				size += len(c.AppendJSON(nil))
			}
		}
	}
	var err error
	page.Changes, err = d.rows(ctx, one, f.List, results, cs, places)
	return err
}

// rows turns changes into rows, each with how it ended and its pages.
func (d *Dashboard) rows(ctx context.Context, one *run.Run, list string, results *outcomeSet, cs []*plan.Change, places []int64) (all []*changeRow, err error) {
	links := d.linker(ctx, one, cs)
	defer links.Close()
	var words map[int64]*resultRow
	if results != nil && list == string(plan.ListApplied) {
		if words, err = results.words(ctx, d, places, links.HasTarget()); err != nil {
			return nil, err
		}
	}
	for i, c := range cs {
		row := d.row(one, list, places[i], c, cutAt)
		row.Result = words[places[i]]
		row.Pages = pagesOf(ctx, links, c, row.Result)
		all = append(all, row)
	}
	return all, nil
}

// change is the page of one change with its whole values.
func (d *Dashboard) change(r *http.Request) (*view, error) {
	ctx := r.Context()
	one, p, err := d.planOf(ctx, r.PathValue("run"))
	if err != nil {
		return nil, err
	}
	defer p.Close()
	at, err := strconv.ParseInt(r.PathValue("at"), 10, 64)
	list := r.PathValue("list")
	if err != nil || at < 1 || !slices.Contains(lists(), list) {
		return nil, queryError{fault.Errorf(fault.Invalid, "there is no change %q in list %q", r.PathValue("at"), list)}
	}
	found, err := p.Find(ctx, plan.Query{List: plan.List(list), From: at, Limit: 1})
	if err != nil {
		return nil, brokenOr(ctx, err)
	}
	if len(found.Changes) == 0 || found.Places[0] != at {
		return nil, fault.Errorf(fault.NotFound, "the plan of run %q has no change %d in list %q", one.ID, at, list)
	}
	var rows []*changeRow
	results, err := d.outcomes(ctx, one, p, &changesPage{})
	if err == nil {
		rows, err = d.rows(ctx, one, list, results, found.Changes, found.Places)
	}
	if err != nil {
		return nil, brokenOr(ctx, err)
	}
	whole := d.row(one, list, at, found.Changes[0], wholeAt)
	whole.Result, whole.Pages = rows[0].Result, rows[0].Pages
	data := map[string]any{"run": one.ID, "change": whole}
	if size := sizesOf(p.Index())[plan.List(list)]; size > 1 {
		at := func(n int64) string { return fmt.Sprintf("/runs/%s/changes/%s/%d", one.ID, list, n) }
		if whole.At > 1 {
			data["previous"] = at(whole.At - 1)
		}
		if whole.At < size {
			data["next"] = at(whole.At + 1)
		}
	}
	return &view{page: "change", title: plan.Visible(whole.Name), data: data, path: append(d.pathOf(one), crumb{"Changes", "/runs/" + one.ID + "/changes"}, crumb{strconv.FormatInt(at, 10), ""})}, nil
}
