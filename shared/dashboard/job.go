package dashboard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// jobPage is one job.
type jobPage struct {
	Card     *jobCard      `json:"job"`
	View     *step.JobView `json:"view,omitempty"`
	Vars     []job.Var     `json:"vars,omitempty"`
	Fields   []varField    `json:"-"`
	Tree     []modelNode   `json:"models,omitempty"`
	Limits   []optionOf    `json:"limits,omitempty"`
	Mappings []mappingOf   `json:"-"`
	Problem  []string      `json:"problem,omitempty"`
	History  []*run.Run    `json:"history"`
	Table    *runsTable    `json:"-"`
	Plots    []*plot       `json:"plots"`
	Paces    []paceOf      `json:"paces"`
	Trends   []string      `json:"trends"`
	Steady   string        `json:"steady,omitempty"` // where there are none
}

// modelNode is a model in the tree of models.
type modelNode struct {
	Name       string   `json:"name"`
	Depth      int      `json:"depth"`
	IDs        []string `json:"identifiers"`
	Attributes []string `json:"attributes"` // each with its rules
	Rules      []string `json:"rules"`      // flags, policy, scope
}

// mappingOf is what becomes of one model's fields.
type mappingOf struct {
	Model string
	Rows  []step.MappingView
}

func (d *Dashboard) job(r *http.Request) (*view, error) {
	ctx := r.Context()
	name := r.PathValue("job")
	history, err := d.Env.Runs.List(ctx, run.Filter{Job: name, Limit: plotted})
	if err != nil {
		return nil, err
	}
	j, err := d.Env.ReadJob(ctx, name)
	p := &jobPage{}
	var cerr error
	if p.Card, cerr = d.card(r, name); cerr != nil {
		return nil, cerr
	}
	if fault.Is(err, fault.NotFound) && len(history) == 0 && !p.Card.Unseen {
		return nil, fault.Errorf(fault.NotFound, "there is no job %q, and it has no runs", name)
	}
	if err != nil && !p.Card.Unseen {
		var problems *job.Problems
		if !errors.As(err, &problems) && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid) {
			return nil, err
		}
		for line := range strings.SplitSeq(err.Error(), "\n") {
			p.Problem = append(p.Problem, d.Hide(line))
		}
	} else if err == nil {
		d.describe(ctx, p, j)
	}
	for _, h := range history[:min(len(history), 10)] {
		p.History = append(p.History, d.clean(h))
	}
	p.Table = &runsTable{Runs: p.History, OfJob: true}
	if p.Plots, p.Paces, err = d.plots(ctx, history); err != nil {
		return nil, err
	}
	p.Trends, p.Steady = trendsOf(p.Paces)
	v := &view{page: "job", title: p.Card.Title, data: p, path: []crumb{{"Jobs", "/"}, {name, ""}}}
	if len(history) > 0 && history[0].Status == run.Running {
		v.live = 3
	}
	return v, nil
}

// describe fills in what the job file says. A side that cannot be opened is shown as the file has it.
func (d *Dashboard) describe(ctx context.Context, p *jobPage, j *job.Job) {
	v, err := d.Env.DescribeJob(ctx, j)
	if err != nil {
		p.Problem = append(p.Problem, d.Hide(err.Error()))
	} else {
		for _, s := range []*step.SideView{&v.Source, &v.Target} {
			for i := range s.Configuration {
				s.Configuration[i].Value = d.Hide(s.Configuration[i].Value)
			}
			for i := range s.Links {
				s.Links[i].URL = step.SafeURL(s.Links[i].URL)
			}
			for model, page := range s.Pages {
				s.Pages[model] = step.SafeURL(page)
			}
		}
		p.View = v
		for _, m := range v.Mappings {
			if n := len(p.Mappings); n == 0 || p.Mappings[n-1].Model != m.Model {
				p.Mappings = append(p.Mappings, mappingOf{Model: m.Model})
			}
			of := &p.Mappings[len(p.Mappings)-1]
			of.Rows = append(of.Rows, m)
		}
	}
	p.Vars, p.Fields = j.Vars, fieldsOf(j.Vars)
	p.Limits = limitsOf(j)
	seen := map[string]bool{}
	var walk func(name string, depth int)
	walk = func(name string, depth int) {
		m := j.Model(name)
		if m == nil || seen[name] {
			return
		}
		seen[name] = true
		p.Tree = append(p.Tree, nodeOf(m, depth))
		for _, c := range j.FileOrder {
			if child := j.Model(c); child != nil && isBelow(child, name) {
				walk(c, depth+1)
			}
		}
	}
	for _, top := range []bool{true, false} { // a model that is only below itself comes last
		for _, name := range j.FileOrder {
			if m := j.Model(name); m != nil && (!top || len(m.Parents) == 0) {
				walk(name, 0)
			}
		}
	}
}

func isBelow(m *job.Model, parent string) bool {
	for _, p := range m.Parents {
		if p.Model == parent {
			return true
		}
	}
	return false
}

func nodeOf(m *job.Model, depth int) modelNode {
	n := modelNode{Name: m.Name, Depth: depth}
	for _, a := range m.Identifiers {
		n.IDs = append(n.IDs, a.Name+rulesOf(a))
	}
	for _, a := range m.Attributes {
		n.Attributes = append(n.Attributes, a.Name+rulesOf(a))
	}
	for _, f := range []struct {
		flag record.Flags
		name string
	}{{record.Ignore, "ignore"}, {record.SkipChildrenOnDelete, "skip_children_on_delete"}, {record.SkipUnmatchedSrc, "skip_unmatched_src"}, {record.SkipUnmatchedDst, "skip_unmatched_dst"}, {record.NaturalDeletionOrder, "natural_deletion_order"}} {
		if m.Flags&f.flag != 0 {
			n.Rules = append(n.Rules, f.name)
		}
	}
	if m.Policy != "" {
		n.Rules = append(n.Rules, "policy "+string(m.Policy))
	}
	for _, w := range m.Where {
		n.Rules = append(n.Rules, "only where "+w.Field+" matches")
	}
	return n
}

// rulesOf are an attribute's rules in brackets; "" for none.
func rulesOf(a job.Attribute) string {
	var all []string
	add := func(on bool, text string) {
		if on {
			all = append(all, text)
		}
	}
	add(a.Type != "", string(a.Type))
	add(a.Set, "set")
	add(a.IgnoreCase, "ignore case")
	add(a.Tolerance > 0, fmt.Sprintf("±%v", a.Tolerance))
	add(a.AbsentIsNull, "absent is null")
	add(a.EmptyIsNull, "empty is null")
	add(a.OnCreate, "on create")
	add(a.Defer, "deferred")
	add(a.References != "", "→ "+a.References)
	if len(all) == 0 {
		return ""
	}
	return " (" + strings.Join(all, ", ") + ")"
}

func limitsOf(j *job.Job) (all []optionOf) {
	add := func(name string, l job.Limit) {
		switch {
		case !l.Set:
		case l.IsShare:
			all = append(all, optionOf{name, fmt.Sprintf("%g%%", l.Share*100)})
		default:
			all = append(all, optionOf{name, words.Thousands(l.Count)})
		}
	}
	l := j.Limits
	add("create", l.Create)
	add("update", l.Update)
	add("delete", l.Delete)
	add("shrink", l.Shrink)
	add("findings", l.Findings)
	if l.Floor != nil {
		all = append(all, optionOf{"floor", words.Thousands(*l.Floor)})
	}
	if l.Failures > 0 {
		all = append(all, optionOf{"failures in a row", words.Thousands(l.Failures)})
	}
	return all
}
