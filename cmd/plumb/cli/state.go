package cli

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/run/sqlite"
	"github.com/plumbline-sync/plumbline/shared/step"
)

// state is what is opened of runs: the state folder, or a stack.
type state struct {
	runs    run.Store
	objects objects.Store
	env     *step.Env
	dir     string // the state folder; "" with a stack
	stack   *stack // nil with a state folder
	close   []func()
}

// open opens the stack that the command line names, else the state folder; create says whether to make that.
func (a *app) open(ctx context.Context, create bool) (*state, error) {
	if a.onStack() {
		return a.openStack(ctx)
	}
	return a.openFolder(ctx, create)
}

// openFolder opens the state folder, makes it where create says so (NotFound where it does not), and closes runs whose process ended.
func (a *app) openFolder(ctx context.Context, create bool) (*state, error) {
	dir, err := filepath.Abs(a.stateDir)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); err != nil {
		if !create {
			return nil, fault.Errorf(fault.NotFound, "no state folder %q yet: it comes with the first plan or sync; --state DIR names another", a.stateDir)
		}
		if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o750); err != nil {
			return nil, fault.Errorf(fault.Denied, "make state folder %q: %w; --state DIR names another", a.stateDir, err)
		}
		// Snapshots and plans are no business of a repository.
		if err := os.WriteFile(filepath.Join(dir, ".gitignore"), []byte("*\n"), 0o600); err != nil {
			return nil, fault.Errorf(fault.Denied, "make state folder %q: %w; --state DIR names another", a.stateDir, err)
		}
	}
	if st, err := os.Stat(dir); err == nil && !st.IsDir() {
		return nil, fault.Errorf(fault.Invalid, "state folder %q is a file; --state DIR names another", a.stateDir)
	}
	runs, err := sqlite.Open(filepath.Join(dir, "runs.db"))
	if err != nil {
		return nil, err
	}
	s := &state{dir: dir, runs: runs}
	s.close = append(s.close, func() { _ = runs.Shutdown() }) // read or committed already
	store, err := objects.NewFolder(filepath.Join(dir, "objects"))
	if err != nil {
		s.done()
		return nil, err
	}
	s.objects = store
	temp := filepath.Join(dir, "tmp")
	if err := os.MkdirAll(temp, 0o750); err != nil {
		s.done()
		return nil, fault.Errorf(fault.Denied, "make folder %q: %w", temp, err)
	}
	s.env = &step.Env{
		Registry: a.registry, Runs: s.runs, Objects: s.objects, Secrets: userSecrets(), Buckets: userBuckets(), Jobs: jobFiles{a.jobsDir},
		Temp: temp, Invocation: fmt.Sprintf("pid-%d", os.Getpid()), Version: Version(), Memo: &step.Memo{}, Near: nearby,
	}
	if err := s.env.CloseDead(ctx, s.alive); err != nil {
		s.done()
		return nil, err
	}
	return s, nil
}

func (s *state) done() {
	for _, v := range slices.Backward(s.close) {
		v()
	}
}

// alive reports whether a process works on the run; where that cannot be told, it does.
func (s *state) alive(id string) bool {
	alive, err := run.Alive(s.lockFile(id))
	return alive || err != nil
}

// lockFile is the file whose OS lock this process holds while it works on the run: when it is free, the process has ended.
func (s *state) lockFile(id string) string { return filepath.Join(s.dir, "tmp", "run-"+id+".lock") }

// find returns the run that a person named: its id, the beginning of one, or "last".
func (s *state) find(ctx context.Context, name string) (*run.Run, error) {
	if name != "last" {
		r, err := s.runs.Get(ctx, name)
		if !fault.Is(err, fault.NotFound) {
			return r, err
		}
	}
	rs, err := s.runs.List(ctx, run.Filter{Limit: 1})
	switch {
	case err != nil:
		return nil, err
	case len(rs) == 0:
		return nil, fault.Errorf(fault.NotFound, "there are no runs yet; plumb plan JOB makes one")
	case name == "last":
		return rs[0], nil
	}
	return nil, fault.Errorf(fault.NotFound, "no run %q; the last one is %q (see \"plumb runs\")", name, rs[0].ID)
}

// jobFiles finds jobs by name in a folder, or by path.
type jobFiles struct{ dir string }

// Open implements step.Jobs.
func (f jobFiles) Open(_ context.Context, name string) (step.JobFile, error) {
	file, err := job.Find(f.dir, name)
	if err != nil {
		return step.JobFile{}, err
	}
	text, err := os.ReadFile(file) //nolint:gosec // the user names it
	if err != nil {
		return step.JobFile{}, fault.Errorf(fault.NotFound, "read job %q: %w", name, err)
	}
	dir, err := filepath.Abs(filepath.Dir(file))
	return step.JobFile{File: file, Dir: dir, Text: text}, err
}

// whoami is the user's name, for the run's record.
func whoami() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return envOr("USER", envOr("USERNAME", "unknown"))
}
