package step

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

// side is one opened side of a job.
type side struct {
	*job.Side
	adapter adapter.Source
	models  []*adapter.Model
	redact  *secret.Redactor
	renewed bool // its secrets were looked up once more already
	run     string
}

// open makes the adapter of one side, its secrets resolved. What it logs, from its making on, goes without them into the step's log; nil: nowhere. What goes wrong names the side and the adapter.
func (e *Env) open(ctx context.Context, j *job.Job, s *job.Side, in *track) (*side, error) {
	return e.openFor(ctx, j, s, in, "")
}

// openFor is open for a sync; run is the run whose plan is applied.
func (e *Env) openFor(ctx context.Context, j *job.Job, s *job.Side, in *track, run string) (*side, error) {
	log := slog.New(slog.DiscardHandler)
	if in != nil {
		log = in.log
	}
	t := e.Registry.Get(s.Adapter)
	if t == nil {
		return nil, fault.Errorf(fault.Invalid, "%s: no adapter %q; there are %s", s.Side, s.Adapter, strings.Join(e.Registry.Names(), ", "))
	}
	red, err := secret.ResolveAll(ctx, e.Secrets, s.Config)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Side, err)
	}
	in.hide(red)
	models, err := mapping.Models(j, s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Side, err)
	}
	setup := adapter.Setup{Config: s.Config, Models: models, Dir: j.Dir, Side: s.Side, Log: log, Buckets: e.Buckets, NoLocal: e.NoLocal, Run: run}
	a, err := t.New(ctx, setup)
	renewed := false
	if fault.Is(err, fault.Denied) {
		if red, renewed, err = e.renew(ctx, s, red, err); renewed {
			in.hide(red)
			a, err = t.New(ctx, setup)
		}
	}
	if err != nil {
		return nil, red.Error(fmt.Errorf("%s: open %s: %w", s.Side, s.Adapter, err))
	}
	return &side{Side: s, adapter: a, models: models, redact: red, renewed: renewed, run: run}, nil
}

// renew looks the side's secrets up once more where a refused login (err) may come of a secret that was changed since it was read; it reports false, with err as it was, where it does not.
// Secrets that were known before stay in the redactor.
func (e *Env) renew(ctx context.Context, s *job.Side, red *secret.Redactor, err error) (*secret.Redactor, bool, error) {
	more, ok, rerr := secret.Renew(ctx, e.Secrets, s.Config)
	if !ok || rerr != nil {
		return red, false, err
	}
	return red.And(more), true, nil
}

// reopen returns the side opened again with its secrets looked up once more, after its first use was denied (err); s itself, false, where that has been done or has nothing to gain.
func (e *Env) reopen(ctx context.Context, j *job.Job, s *side, in *track, err error) (*side, bool) {
	if s.renewed || !fault.Is(err, fault.Denied) {
		return s, false
	}
	red, ok, _ := e.renew(ctx, s.Side, s.redact, err)
	if !ok {
		return s, false
	}
	again, err := e.openFor(ctx, j, s.Side, in, s.run)
	if err != nil {
		return s, false
	}
	s.close()
	again.redact, again.renewed = again.redact.And(red), true
	return again, true
}

func (s *side) close() {
	if c, ok := s.adapter.(adapter.Closer); ok {
		_ = c.Close() // nothing is lost by it: what was written was committed
	}
}

// title says for people what the side is: its label, or its adapter and the first thing that it says of itself; a path as near (if not nil) makes it, from the job's folder.
func (s *side) title(dir string, near func(string) string) string {
	if s.Label != "" {
		return s.Label
	}
	if d, ok := s.adapter.(adapter.Describer); ok {
		if items := d.Describe(); len(items) > 0 {
			value := items[0].Value
			if file := filepath.FromSlash(value); near != nil && !strings.Contains(value, "://") && (items[0].Name == "path" || items[0].Name == "file") {
				if !filepath.IsAbs(file) {
					file = filepath.Join(dir, file)
				}
				value = near(file)
			}
			return s.redact.Text(s.Adapter + " " + value)
		}
	}
	return s.Adapter
}

// Memo keeps jobs between the steps of a run in one process. It is not for who opens the same side twice at the same time: secrets are resolved within the job. It does not forget.
type Memo struct{ jobs sync.Map }

// parse reads a job's text and fills in the input's vars and where.
func (e *Env) parse(name string, f JobFile, in *Input) (*job.Job, error) {
	if e.Memo == nil {
		return e.parseAnew(name, f, in)
	}
	narrow, err := json.Marshal([]any{f.File, f.Dir, string(f.Text), in.Vars, in.Where})
	if err != nil {
		return nil, fault.Errorf(fault.Invalid, "execution input: %w", err)
	}
	if j, ok := e.Memo.jobs.Load(string(narrow)); ok {
		return j.(*job.Job), nil
	}
	j, err := e.parseAnew(name, f, in)
	if err == nil {
		e.Memo.jobs.Store(string(narrow), j)
	}
	return j, err
}

func (e *Env) parseAnew(name string, f JobFile, in *Input) (*job.Job, error) {
	file := f.File
	if file == "" {
		file = name
	}
	j, err := job.Parse(file, f.Text, f.Dir, e.Registry)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err)
	}
	if j, err = j.WithVars(in.Vars); err != nil {
		return nil, fault.Wrap(fault.Invalid, err)
	}
	if j, err = j.Narrow(in.Where); err != nil {
		return nil, fault.Wrap(fault.Invalid, err)
	}
	return j, nil
}

// job returns the run's own copy of its job, with the run's vars and where.
func (e *Env) job(ctx context.Context, r *run.Run) (*job.Job, error) {
	in, err := inputOf(r)
	if err != nil {
		return nil, err
	}
	text, err := e.jobText(ctx, r)
	if err != nil {
		return nil, err
	}
	return e.parse(r.Job, JobFile{File: r.JobFile, Dir: r.JobDir, Text: text}, in)
}

// running returns the run and its job where the run is open; Stopped where it was closed meanwhile, so that no step of it goes on.
func (e *Env) running(ctx context.Context, id string) (*run.Run, *job.Job, error) {
	r, err := e.Runs.Get(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if r.Status != run.Running {
		return nil, nil, fault.Errorf(fault.Stopped, "run %q was closed meanwhile: it ended %s", id, r.Status)
	}
	j, err := e.job(ctx, r)
	return r, j, err
}
