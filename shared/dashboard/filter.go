package dashboard

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// changeFilter is what the address of a page of changes says.
type changeFilter struct {
	List       string   `json:"list"`
	Models     []string `json:"models,omitempty"`
	Actions    []string `json:"actions,omitempty"`
	Attributes []string `json:"attributes,omitempty"`
	Match      string   `json:"match,omitempty"`
	Result     string   `json:"result,omitempty"`
	View       string   `json:"view,omitempty"`
	Below      string   `json:"below,omitempty"` // a record's key
	After      string   `json:"after,omitempty"` // of a tree: the key of the last record of the page before
	From       int64    `json:"from,omitempty"`
}

// lists are the names of a plan's lists.
func lists() []string {
	return []string{string(plan.ListApplied), string(plan.ListHeld), string(plan.ListOutOfScope), string(plan.ListUnchanged)}
}

// sizesOf returns how many places each list of a plan has; one change may have two of what sync applies.
func sizesOf(ix *plan.Index) map[plan.List]int64 {
	return map[plan.List]int64{plan.ListApplied: ix.Last(), plan.ListHeld: ix.Lists.Held, plan.ListOutOfScope: ix.Lists.OutOfScope, plan.ListUnchanged: ix.Lists.Unchanged}
}

// parseChanges reads a page's address in a run; what cannot be is an error, not silence.
func parseChanges(id string, q url.Values, ix *plan.Index) (f changeFilter, err error) {
	some := func(name string) (all []string) {
		for _, v := range q[name] {
			if v != "" {
				all = append(all, v)
			}
		}
		return all
	}
	f = changeFilter{List: q.Get("list"), Models: some("model"), Actions: some("action"), Attributes: some("attribute"), Match: q.Get("match"), Result: q.Get("result"), View: q.Get("view"), Below: q.Get("below"), After: q.Get("after")}
	bad := func(format string, args ...any) (changeFilter, error) {
		return f, queryError{fault.Errorf(fault.Invalid, "changes: "+format, args...)}
	}
	if f.List == "" {
		f.List = string(plan.ListApplied)
	}
	if f.View == "flat" {
		f.View = ""
	}
	if i := slices.Index(f.Actions, "held"); i >= 0 { // as the command line calls it
		f.List, f.Actions = string(plan.ListHeld), slices.Delete(f.Actions, i, i+1)
	}
	switch {
	case !slices.Contains(lists(), f.List):
		return bad("there is no list %q; there are %s", f.List, strings.Join(lists(), ", "))
	case f.View != "" && f.View != "tree":
		return bad("view %q: want flat or tree", f.View)
	case f.Result != "" && !slices.Contains([]string{"done", "adopted", "warned", "skipped", "failed"}, f.Result):
		return bad("there is no result %q; there are done, adopted, warned, skipped, failed", f.Result)
	case f.Result != "" && (f.List != string(plan.ListApplied) || f.View != ""):
		return bad("result %q: only what sync applies, and as a list, is narrowed by how it ended", f.Result)
	case len(f.Match) > 500:
		return bad("match is longer than 500 bytes")
	}
	for name, key := range map[string]*string{"below": &f.Below, "after": &f.After} {
		if *key == "" {
			continue
		}
		k, err := record.AppendCanonical(nil, []byte(*key))
		if err != nil || record.Value(k).Kind() != record.ArrayKind {
			return bad("%s is no record's key", name)
		}
		*key = string(k)
	}
	if from := q.Get("from"); from != "" {
		if f.From, err = strconv.ParseInt(from, 10, 64); err != nil || f.From < 1 {
			return bad("from %q: want the number of a change", from)
		}
		size := sizesOf(ix)[plan.List(f.List)]
		if f.From > max(size, 1) {
			return f, endError{fault.Errorf(fault.NotFound, "changes: the list ends at change %d; there is no page from %d on", size, f.From), f.from(0).address(id)}
		}
	}
	if err := f.plain().Check(ix); err != nil {
		return f, queryError{err}
	}
	return f, nil
}

// plain is the filter as plans take it.
func (f changeFilter) plain() *plan.Filter {
	return &plan.Filter{Models: f.Models, Actions: f.Actions, Attributes: f.Attributes, Match: f.Match}
}

func (f changeFilter) query() plan.Query {
	return plan.Query{Filter: *f.plain(), List: plan.List(f.List), Below: record.Key(f.Below), From: f.From}
}

// from is the same filter from another place on; 0 the first.
func (f changeFilter) from(n int64) changeFilter {
	f.From, f.After = n, ""
	return f
}

// address returns the page's address in a run.
func (f changeFilter) address(id string) string {
	return f.of("/runs/" + id + "/changes")
}

// download returns the address of a download in a run.
func (f changeFilter) download(id, form string) string {
	return f.of("/runs/" + id + "/download/" + form)
}

func (f changeFilter) of(path string) string {
	if q := f.query64(); q != "" {
		return path + "?" + q
	}
	return path
}

func (f changeFilter) query64() string {
	q := url.Values{"model": f.Models, "action": f.Actions, "attribute": f.Attributes}
	if f.List != string(plan.ListApplied) && f.List != "" {
		q.Set("list", f.List)
	}
	for name, v := range map[string]string{"match": f.Match, "result": f.Result, "view": f.View, "below": f.Below, "after": f.After} {
		if v != "" {
			q.Set(name, v)
		}
	}
	if f.From > 1 {
		q.Set("from", strconv.FormatInt(f.From, 10))
	}
	return q.Encode()
}

// chosen are the conditions, each with the address of the page without it.
func (f changeFilter) chosen(id string) (all []choice) {
	f = f.from(0)
	add := func(name string, without changeFilter) {
		all = append(all, choice{Name: name, Link: without.address(id)})
	}
	for i, m := range f.Models {
		w := f
		w.Models = without(f.Models, i)
		add("model "+m, w)
	}
	for i, a := range f.Actions {
		w := f
		w.Actions = without(f.Actions, i)
		add("action "+a, w)
	}
	for i, a := range f.Attributes {
		w := f
		w.Attributes = without(f.Attributes, i)
		add("attribute "+a, w)
	}
	if f.Match != "" {
		w := f
		w.Match = ""
		add("name has “"+plan.Cut(plan.Visible(f.Match), 40)+"”", w)
	}
	if f.Result != "" {
		w := f
		w.Result = ""
		add("result "+f.Result, w)
	}
	if f.Below != "" && f.View == "" {
		w := f
		w.Below = ""
		add("below "+plan.Visible(record.Key(f.Below).String()), w)
	}
	return all
}

func without(list []string, i int) []string { return slices.Delete(slices.Clone(list), i, i+1) }
