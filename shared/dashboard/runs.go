package dashboard

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/run"
)

// runsPage is a page of the list of runs.
type runsPage struct {
	Runs     []*run.Run   `json:"runs"`
	Table    *runsTable   `json:"-"`
	Jobs     []string     `json:"-"`
	Statuses []run.Status `json:"-"`
	Filter   runsFilter   `json:"filter"`
	First    string       `json:"first,omitempty"` // address of the first page, where this is a later one
	Next     string       `json:"next,omitempty"`  // address of the next page
	Narrowed bool         `json:"-"`
	Since    string       `json:"-"` // address of what went wrong since yesterday
	Sorts    []sortOf     `json:"-"`
	Among    int64        `json:"sorted_among,omitempty"` // only so many of the runs that match were sorted: the newest
}

// runsFilter is what the address says.
type runsFilter struct {
	Job    string `json:"job,omitempty"`
	Status string `json:"status,omitempty"`
	Kind   string `json:"kind,omitempty"` // "dry" or "sync"
	By     string `json:"by,omitempty"`
	From   string `json:"from,omitempty"` // a day
	To     string `json:"to,omitempty"`   // the last day
	Sort   string `json:"sort,omitempty"` // "" newest first, else a name of sorts
	After  string `json:"after,omitempty"`
	Page   int    `json:"page,omitempty"` // of a list that is not sorted by time
}

// How the list of runs is made.
const (
	runsOnPage  = 50
	sortedAmong = 1000 // runs are stored by time; in another order stand the newest of those that match
)

// statuses are what a run may stand as.
func statuses() []run.Status {
	return []run.Status{run.Running, run.Succeeded, run.Partial, run.Failed, run.Refused, run.Aborted, run.TimedOut}
}

func (d *Dashboard) runs(r *http.Request) (*view, error) {
	f, err := parseRuns(r.URL.Query())
	if err != nil {
		return nil, err
	}
	filter, err := f.store()
	if err != nil {
		return nil, err
	}
	filter.Limit = runsOnPage + 1
	order := f.compare()
	if order != nil {
		filter.Limit, filter.After = sortedAmong, ""
	}
	list, err := d.Env.Runs.List(r.Context(), filter)
	if fault.Is(err, fault.NotFound) && f.After != "" {
		return nil, endError{fault.Errorf(fault.NotFound, "run %q, which this page goes on after, was removed", f.After), f.first()}
	}
	if fault.Is(err, fault.NotFound) {
		return nil, lostError{err}
	}
	if err != nil {
		return nil, err
	}
	if len(list) == 0 && filter.After != "" {
		return nil, endError{fault.Errorf(fault.NotFound, "list runs: none comes after run %q", f.After), f.first()}
	}
	p := &runsPage{Filter: f, Since: d.sinceYesterday(), Statuses: statuses(), Narrowed: f != runsFilter{After: f.After, Sort: f.Sort, Page: f.Page}}
	if p.Jobs, err = d.jobNames(r); err != nil {
		return nil, err
	}
	next := f
	if order != nil {
		if len(list) == sortedAmong {
			p.Among = sortedAmong
		}
		slices.SortStableFunc(list, order)
		before := max(f.Page-1, 0) // pages; so many that their runs are not to be multiplied out
		if before > 0 && before > (len(list)-1)/runsOnPage {
			return nil, endError{fault.Errorf(fault.NotFound, "list runs: there is no page %d", f.Page), f.first()}
		}
		list = list[before*runsOnPage:]
		next.Page = max(f.Page, 1) + 1
	}
	if len(list) > runsOnPage {
		list = list[:runsOnPage]
		if order == nil {
			next.After = list[runsOnPage-1].ID
		}
		p.Next = next.address()
	}
	if f.After != "" || f.Page > 1 {
		p.First = f.first()
	}
	for _, one := range list {
		p.Runs = append(p.Runs, d.clean(one))
	}
	for _, s := range sorts() {
		to := f
		to.Sort, to.After, to.Page = s.Name, "", 0
		s.Link, s.On = to.address(), s.Name == f.Sort
		p.Sorts = append(p.Sorts, s)
	}
	p.Table = &runsTable{Runs: p.Runs, Sorts: p.Sorts}
	return &view{page: "runs", title: "Runs", data: p}, nil
}

// sinceYesterday is the address of the runs since yesterday, what went wrong first.
func (d *Dashboard) sinceYesterday() string {
	return runsFilter{Sort: "status", From: d.Now().AddDate(0, 0, -1).Local().Format(time.DateOnly)}.address()
}

func parseRuns(q url.Values) (f runsFilter, err error) {
	f = runsFilter{Job: q.Get("job"), Status: q.Get("status"), Kind: q.Get("kind"), By: q.Get("by"), From: q.Get("from"), To: q.Get("to"), Sort: q.Get("sort"), After: q.Get("after")}
	bad := func(format string, args ...any) error {
		return queryError{fault.Errorf(fault.Invalid, format, args...)}
	}
	if f.Status != "" && !slices.Contains(statuses(), run.Status(f.Status)) {
		return f, bad("list runs: there is no status %q", f.Status)
	}
	if f.Kind != "" && f.Kind != "dry" && f.Kind != "sync" {
		return f, bad("list runs: kind %q: want dry or sync", f.Kind)
	}
	if f.Sort == "newest" {
		f.Sort = ""
	}
	if !slices.ContainsFunc(sorts(), func(s sortOf) bool { return s.Name == f.Sort }) {
		return f, bad("list runs: sort %q: want newest, oldest, duration, changes or status", f.Sort)
	}
	if page := q.Get("page"); page != "" {
		if f.Page, err = strconv.Atoi(page); err != nil || f.Page < 1 {
			return f, bad("list runs: page %q: want its number", page)
		}
	}
	return f, nil
}

// store returns the filter as run stores take it.
func (f runsFilter) store() (run.Filter, error) {
	s := run.Filter{Job: f.Job, Status: run.Status(f.Status), By: f.By, Oldest: f.Sort == "oldest", After: f.After}
	if f.Kind != "" {
		dry := f.Kind == "dry"
		s.DryRun = &dry
	}
	for text, day := range map[*string]*time.Time{&f.From: &s.Since, &f.To: &s.Before} {
		if *text == "" {
			continue
		}
		t, err := time.ParseInLocation(time.DateOnly, *text, time.Local)
		if err != nil {
			return s, queryError{fault.Errorf(fault.Invalid, "list runs: %q is no day such as 2026-03-31", *text)}
		}
		*day = t
	}
	if !s.Before.IsZero() {
		s.Before = s.Before.AddDate(0, 0, 1)
	}
	return s, nil
}

// address returns the address of the page.
func (f runsFilter) address() string {
	q := url.Values{}
	for name, value := range map[string]string{"job": f.Job, "status": f.Status, "kind": f.Kind, "by": f.By, "from": f.From, "to": f.To, "sort": f.Sort, "after": f.After} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Page > 1 {
		q.Set("page", strconv.Itoa(f.Page))
	}
	if len(q) == 0 {
		return "/runs"
	}
	return fmt.Sprintf("/runs?%s", q.Encode())
}

// first returns the address of the list's first page.
func (f runsFilter) first() string {
	f.After, f.Page = "", 0
	return f.address()
}

func seg(s string) string { return url.PathEscape(s) }
