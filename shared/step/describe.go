package step

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// JobView is a job for people: both sides without secrets (config_information), and the data mappings that follow from it (data_mappings).
type JobView struct {
	Name        string        `json:"name"`
	Title       string        `json:"title"`
	Description string        `json:"description,omitempty"`
	Policy      job.Policy    `json:"policy"`
	Digest      string        `json:"digest"`
	Source      SideView      `json:"source"`
	Target      SideView      `json:"target"`
	Mappings    []MappingView `json:"mappings"`
}

// SideView is one side of a job for people.
type SideView struct {
	Side          string         `json:"side"`
	Adapter       string         `json:"adapter"`
	Configuration []adapter.Item `json:"configuration"`
	Links         []job.Link     `json:"links,omitempty"`
	// Pages are the addresses of each model's list in the system, by model, where the adapter knows them.
	Pages map[string]string `json:"pages,omitempty"`
}

// MappingView says which field of the source becomes which field of the target.
type MappingView struct {
	Model  string `json:"model"`
	Source string `json:"source"` // the source's name of the field; "" for a constant or an expression
	Field  string `json:"field"`  // ours
	Target string `json:"target"`
	How    string `json:"how,omitempty"`
}

// Describe returns the job for people. It opens both sides but reads no records.
func (e *Env) Describe(ctx context.Context, name string) (*JobView, error) {
	j, err := e.ReadJob(ctx, name)
	if err != nil {
		return nil, err
	}
	return e.DescribeJob(ctx, j)
}

// ReadJob reads the job with the name as start does, without its variables. *job.Problems where it has any; NotFound where there is none.
func (e *Env) ReadJob(ctx context.Context, name string) (*job.Job, error) {
	file, err := e.Jobs.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	return job.Parse(file.File, file.Text, file.Dir, e.Registry)
}

// DescribeJob returns a job that was read for people. It opens both sides, with the defaults of the job's variables, but reads no records.
// Where a variable has no default, what cannot be opened without it is shown as the file has it.
func (e *Env) DescribeJob(ctx context.Context, j *job.Job) (*JobView, error) {
	v := &JobView{Name: j.Name, Title: j.Title, Description: j.Description, Policy: j.Policy, Digest: j.Digest}
	filled, err := j.WithVars(nil)
	whole := err == nil
	if !whole {
		filled = j
	}
	if v.Source, err = e.sideView(ctx, filled, filled.Source, whole); err != nil {
		return nil, err
	}
	if v.Target, err = e.sideView(ctx, filled, filled.Target, whole); err != nil {
		return nil, err
	}
	for _, m := range j.Models {
		src, err := mapping.Compile(m, j.Source.Map[m.Name])
		if err != nil {
			return nil, err
		}
		dst, err := mapping.CompileTarget(m, j.Target.Map[m.Name])
		if err != nil {
			return nil, err
		}
		theirs := map[string]mapping.Entry{}
		for _, en := range dst.Entries() {
			theirs[en.Ours] = en
		}
		for _, en := range src.Entries() {
			to := theirs[en.Ours]
			how := en.How
			if to.How != "" {
				how += " " + to.How
			}
			v.Mappings = append(v.Mappings, MappingView{Model: m.Name, Source: en.Theirs, Field: en.Ours, Target: to.Theirs, How: how})
		}
	}
	return v, nil
}

// sideView returns a side for people. Where the job is not whole, its variables not filled in, that it cannot be opened is no error.
func (e *Env) sideView(ctx context.Context, j *job.Job, s *job.Side, whole bool) (SideView, error) {
	v := SideView{Side: s.Side, Adapter: s.Adapter, Links: s.Links, Configuration: items(s.Config)}
	o, err := e.open(ctx, j, s, nil)
	switch code := fault.Of(err); {
	case err == nil:
	case code == fault.NotFound, code == fault.Denied, code == fault.Unavailable, code == fault.Invalid && !whole:
		return v, nil // a secret or a system that is not there just now, or a variable: what the file says is shown
	default:
		return v, err
	}
	defer o.close()
	if d, ok := o.adapter.(adapter.Describer); ok {
		v.Configuration = nil
		for _, it := range d.Describe() {
			v.Configuration = append(v.Configuration, adapter.Item{Name: it.Name, Value: o.redact.Text(it.Value)})
		}
	}
	if l, ok := o.adapter.(adapter.Linker); ok {
		v.Pages = map[string]string{}
		for _, m := range o.models {
			if page := l.Link(m, record.Key(""), nil); page != "" {
				v.Pages[m.Name] = page
			}
		}
	}
	return v, nil
}

// items are the options of a config struct by their names in a job file, secrets redacted; addresses stand as they are written, with references in the place of secrets.
func items(config any) []adapter.Item {
	text, err := json.Marshal(config)
	if err != nil {
		return nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil
	}
	written := job.Written(config)
	var out []adapter.Item
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		value := cmp.Or(written[name], strings.Trim(string(fields[name]), `"`))
		if value != "" && value != "null" && value != "false" && value != "0" && value != "{}" {
			out = append(out, adapter.Item{Name: name, Value: value})
		}
	}
	return out
}

// Connect asks both systems of a job whether they are there and have what the job needs; the lines are what each said. All problems at once.
func (e *Env) Connect(ctx context.Context, j *job.Job, s *job.Side) ([]string, error) {
	o, err := e.open(ctx, j, s, nil)
	if err != nil {
		return nil, err
	}
	defer o.close()
	p, ok := o.adapter.(adapter.Pinger)
	if !ok {
		return []string{s.Adapter + " cannot be asked"}, nil
	}
	lines, err := p.Ping(ctx, o.models)
	return lines, o.redact.Error(err)
}
