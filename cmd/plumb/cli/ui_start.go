package cli

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// starter starts runs that the dashboard asks for: in this process, or on the stack.
type starter struct {
	app   *app
	state *state
	ctx   context.Context //nolint:containedctx // of the whole command: a run outlives the request that starts it
	all   sync.WaitGroup
}

func (a *app) starter(ctx context.Context, s *state) *starter {
	return &starter{app: a, state: s, ctx: ctx}
}

// wait returns when no run is at work in this process any more.
func (s *starter) wait() { s.all.Wait() }

// startWait is how long a start may take before the page goes on without its answer.
const startWait = 10 * time.Second

// start starts a run. What is wrong with the input or the job comes back as the error.
func (s *starter) start(ctx context.Context, in step.Input) (string, error) {
	id := run.NewID(time.Now())
	if s.state.stack != nil {
		return id, s.state.stack.machine.Start(ctx, id, in, whoami())
	}
	lock, err := run.LockFile(s.state.lockFile(id))
	if err != nil {
		return "", err
	}
	began := make(chan error, 2)
	env := *s.state.env
	env.Memo = &step.Memo{}
	local := step.Local{Env: &env, Began: func(step.StartOut) { began <- nil }, Waiting: func() {
		select {
		case began <- nil:
		default:
		}
	}}
	s.all.Go(func() {
		defer func() { _ = lock.Release() }() // the run is closed by then
		_, err := local.Run(s.ctx, step.StartIn{Run: id, By: whoami(), Trigger: in.Trigger, Input: in})
		select {
		case began <- err:
		default:
		}
	})
	select {
	case err := <-began:
		if err != nil {
			if _, gerr := s.state.runs.Get(ctx, id); gerr == nil {
				return id, nil // it has a record, which says what went wrong
			}
		}
		return id, err
	case <-time.After(startWait):
		return id, nil
	}
}

// laptopJobs finds jobs in the folder of jobs, else where a run of that name found its job.
type laptopJobs struct {
	jobFiles
	app   *app
	state *state
}

// Open implements step.Jobs.
func (l laptopJobs) Open(ctx context.Context, name string) (step.JobFile, error) {
	var err error
	if !strings.ContainsAny(name, `/\`) { // a page names jobs, never files
		var f step.JobFile
		if f, err = l.jobFiles.Open(ctx, name); err == nil {
			return f, nil
		}
	}
	last, lerr := l.state.runs.List(ctx, run.Filter{Job: name, Limit: 1})
	if lerr != nil || len(last) == 0 {
		return step.JobFile{}, cmp.Or(lerr, err, fault.Errorf(fault.NotFound, "there is no job %q", name))
	}
	file := last[0].JobFile
	if !filepath.IsAbs(file) {
		file = filepath.Join(last[0].JobDir, filepath.Base(file))
	}
	text, rerr := os.ReadFile(file)
	if rerr != nil {
		return step.JobFile{}, fault.Errorf(fault.NotFound, "job %q: its file %q, which its last run was made from, is not there", name, filepath.Base(file))
	}
	return step.JobFile{File: nearby(file), Dir: filepath.Dir(file), Text: text}, nil
}

// names lists the jobs of the folder.
func (l laptopJobs) names(context.Context) ([]string, error) {
	files, err := job.Files(l.dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), filepath.Ext(f))
		if j, err := job.Read(f, l.app.registry); err == nil {
			name = j.Name
		}
		names = append(names, name)
	}
	return names, nil
}

// stackJobs finds the jobs that were pushed into a stack, else a run's own copy: the files that are bundled with the functions cannot be seen from outside.
type stackJobs struct{ state *state }

// Open implements step.Jobs.
func (s stackJobs) Open(ctx context.Context, name string) (step.JobFile, error) {
	at := "jobs/" + name + ".yaml"
	text, err := s.state.objects.Get(ctx, at)
	if err == nil {
		return step.JobFile{File: at, Dir: "/jobs", Text: text}, nil
	}
	last, lerr := s.state.runs.List(ctx, run.Filter{Job: name, Limit: 1})
	if lerr != nil || len(last) == 0 || !fault.Is(err, fault.NotFound) {
		return step.JobFile{}, cmp.Or(lerr, err)
	}
	return s.state.env.JobFileOf(ctx, last[0])
}

// names lists the jobs that were pushed, and the one that the stack's schedule starts.
func (s stackJobs) names(ctx context.Context) ([]string, error) {
	var names []string
	if job := s.state.stack.params["ScheduleJob"]; s.state.stack.schedule(job) != nil {
		names = append(names, job)
	}
	for o, err := range s.state.objects.List(ctx, "jobs/") {
		if err != nil {
			return nil, err
		}
		if name, ok := strings.CutSuffix(strings.TrimPrefix(o.Name, "jobs/"), ".yaml"); ok {
			names = append(names, name)
		}
	}
	return names, nil
}
