package step

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

// StartIn is what start takes.
type StartIn struct {
	Run     string `json:"run"` // the id of the new run: on AWS the execution's name
	By      string `json:"by"`
	Trigger string `json:"trigger"` // "cli", "schedule", "dashboard", "api"
	Input   Input  `json:"input"`
}

// StartOut says which steps follow.
type StartOut struct {
	Run    string `json:"run"`
	DryRun bool   `json:"dry_run"`
	// Wait: another run holds the target's lock and the job waits for it; call start again with the same input after a while.
	Wait bool `json:"wait"`
	// LoadSource and Diff are false where an earlier run's plan is taken; then load-target is called with Fresh.
	LoadSource bool `json:"load_source"`
	Diff       bool `json:"diff"`
	Fresh      bool `json:"fresh"`
	// Profile asks that the loads run one after the other, so that memory can be told apart.
	Profile bool `json:"profile"`
}

// Start validates the input, resolves the job, writes the run's record with its own copy of the job, and takes the target's lock (a dry run takes none).
// Called again for the same open run it only tries for the lock again. What is wrong with the input or the job (Invalid, NotFound) is said before a run exists.
func (e *Env) Start(ctx context.Context, in StartIn) (StartOut, error) {
	if !validID(in.Run) {
		return StartOut{}, fault.Errorf(fault.Invalid, "start: %q cannot be the id of a run", in.Run)
	}
	if r, err := e.Runs.Get(ctx, in.Run); err == nil {
		return e.started(ctx, r)
	} else if !fault.Is(err, fault.NotFound) {
		return StartOut{}, err
	}
	if err := in.Input.Validate(); err != nil {
		return StartOut{}, err
	}
	in.By, in.Trigger = cmp.Or(in.By, in.Input.By), cmp.Or(in.Trigger, in.Input.Trigger, "api")
	in.Input.By, in.Input.Trigger = "", "" // the record has them
	r := &run.Run{
		ID: in.Run, Status: run.Running, Step: StepStart, Started: e.now(), By: in.By, Trigger: in.Trigger, Version: e.Version,
		DryRun: in.Input.Dry(), Override: in.Input.OverrideLimits,
	}
	file, err := e.resolve(ctx, r, &in.Input)
	if err != nil {
		return StartOut{}, err
	}
	if r.Input, err = json.Marshal(&in.Input); err != nil {
		return StartOut{}, fault.Errorf(fault.Invalid, "execution input: %w", err)
	}
	j, err := e.parse(r.Job, file, &in.Input)
	if err != nil {
		return StartOut{}, err
	}
	r.Job, r.JobDigest, r.JobFile, r.JobDir = j.Name, j.Digest, file.File, file.Dir
	if e.NoLocal {
		if errs := e.reach(ctx, j); len(errs) > 0 {
			return StartOut{}, fault.Wrap(fault.Of(errs[0]), errors.Join(errs...))
		}
	}
	if !r.DryRun {
		again := func() (*job.Job, error) { return e.parseAnew(j.Name, file, &in.Input) }
		if r.LockName, err = e.lockName(ctx, j, again); err != nil {
			return StartOut{}, err
		}
	}
	if err := e.put(ctx, RunPrefix(r.ID)+objJob, file.Text); err != nil {
		return StartOut{}, err
	}
	if err := e.Runs.Create(ctx, r); err != nil {
		return StartOut{}, err
	}
	return e.started(ctx, r)
}

// resolve finds the job's file: named by the input, or the copy that the earlier run kept. It fills in r what follows from an earlier run.
func (e *Env) resolve(ctx context.Context, r *run.Run, in *Input) (JobFile, error) {
	earlier := in.Plan
	if in.Resume != "" {
		earlier = in.Resume
	}
	if earlier == "" {
		file, err := e.Jobs.Open(ctx, in.Job)
		r.Job = in.Job
		return file, err
	}
	old, err := e.Runs.Get(ctx, earlier)
	if err != nil {
		return JobFile{}, err
	}
	if in.Job != "" && in.Job != old.Job {
		return JobFile{}, fault.Errorf(fault.Invalid, "run %q is of job %q, not of %q", old.ID, old.Job, in.Job)
	}
	if old.Status == run.Running {
		return JobFile{}, fault.Errorf(fault.Conflict, "run %q is still running", old.ID)
	}
	if err := e.inherit(ctx, r, in, old); err != nil {
		return JobFile{}, err
	}
	text, err := e.jobText(ctx, old)
	if err != nil {
		return JobFile{}, err
	}
	r.Job = old.Job
	return JobFile{File: old.JobFile, Dir: old.JobDir, Text: text}, nil
}

// inherit takes over from an earlier run what a run with its plan, or one that resumes it, needs.
func (e *Env) inherit(ctx context.Context, r *run.Run, in *Input, old *run.Run) error {
	before, err := inputOf(old)
	if err != nil {
		return err
	}
	in.Job, in.Vars, in.Where = old.Job, before.Vars, before.Where
	r.Source, r.Target = old.Source, old.Target
	planOf := old.ID
	if old.PlanOf != "" {
		planOf = old.PlanOf
	}
	has, err := e.exists(ctx, RunPrefix(planOf)+PlanName+".index")
	if err != nil {
		return err
	}
	has = has && old.PlanDigest != "" // a diff that was cut off before it noted its plan is made anew
	switch {
	case in.Plan != "" && !has:
		return NoPlan(old)
	case in.Plan != "":
		r.PlanOf, r.SourceDigest, r.TargetDigest, r.PlanDigest, r.Counts = planOf, old.SourceDigest, old.TargetDigest, old.PlanDigest, old.Counts
	case old.Status == run.Succeeded:
		return fault.Errorf(fault.Invalid, "run %q succeeded: there is nothing to resume", old.ID)
	default:
		r.Resumes = old.ID
		if !has || old.DryRun { // no plan yet: start over with the same input
			in.MemoryProfiling = in.MemoryProfiling || before.MemoryProfiling
			return nil
		}
		r.PlanOf, r.SourceDigest, r.TargetDigest, r.PlanDigest, r.Counts = planOf, old.SourceDigest, old.TargetDigest, old.PlanDigest, old.Counts
	}
	return nil
}

// NoPlan says that the run has no plan, and why.
func NoPlan(r *run.Run) error {
	if r.PlanDigest != "" {
		return fault.Errorf(fault.NotFound, "the plan of run %q is no longer there; make a new one with \"plumb plan\"", r.ID)
	}
	return fault.Errorf(fault.NotFound, "run %q has no plan: it ended %s before one was written", r.ID, r.Status)
}

// started takes the lock where the run wants one, and says what follows.
func (e *Env) started(ctx context.Context, r *run.Run) (StartOut, error) {
	if r.Status != run.Running {
		return StartOut{}, fault.Errorf(fault.Conflict, "run %q is closed: it ended %s", r.ID, r.Status)
	}
	in, err := inputOf(r)
	if err != nil {
		return StartOut{}, err
	}
	own := r.PlanOf == ""
	out := StartOut{Run: r.ID, DryRun: r.DryRun, LoadSource: own, Diff: own, Fresh: !own, Profile: in.MemoryProfiling}
	if r.LockName == "" {
		return out, nil
	}
	l, err := e.takeLock(ctx, r)
	if err == nil {
		return out, e.stillOpen(ctx, r)
	}
	if !fault.Is(err, fault.Conflict) {
		return StartOut{}, err
	}
	j, jerr := e.job(ctx, r)
	if jerr != nil {
		return StartOut{}, jerr
	}
	if e.now().Sub(r.Started) < j.LockWait {
		out.Wait = true
		return out, nil
	}
	waited := ""
	if j.LockWait > 0 {
		waited = fmt.Sprintf(" (waited %s)", j.LockWait)
	}
	return StartOut{}, fault.Errorf(fault.Refused, "run %q holds the lock of the target since %s%s; wait for it to end, or see \"plumb unlock\"", l.Run, l.Since.Local().Format("2006-01-02 15:04:05"), waited)
}

// stillOpen frees the lock again where the run was closed before it was taken: whoever closed it found none to free.
func (e *Env) stillOpen(ctx context.Context, r *run.Run) error {
	now, err := e.Runs.Get(ctx, r.ID)
	if err != nil || now.Status == run.Running {
		return err
	}
	if err := e.Runs.Unlock(ctx, r.LockName, r.ID); err != nil {
		return err
	}
	return fault.Errorf(fault.Conflict, "run %q is closed: it ended %s", r.ID, now.Status)
}

// lockName returns what the target's lock is named by: the job's own word, else the adapter's. Start reads no secrets but those of the environment: in an address they stand as what they are called,
// and where the adapter makes nothing of that the lock is named by the references themselves. again returns the job once more, since stand-ins are not for who works with it.
func (e *Env) lockName(ctx context.Context, j *job.Job, again func() (*job.Job, error)) (string, error) {
	if j.Lock != "" {
		return j.Lock, nil
	}
	kept := secret.Kept(j.Target.Config)
	blind := *e
	if kept != nil {
		blind.Secrets = secret.Unseen(e.Secrets)
		var err error
		if j, err = again(); err != nil {
			return "", err
		}
	}
	side, err := blind.open(ctx, j, j.Target, nil)
	if err != nil && kept != nil {
		name := j.Target.Adapter
		for _, ref := range kept {
			name += " " + ref.String()
		}
		return name, nil
	}
	if err != nil {
		return "", err
	}
	defer side.close()
	if l, ok := side.adapter.(adapter.Locker); ok && l.LockName() != "" {
		return l.LockName(), nil
	}
	return j.Target.Adapter + ":" + j.Name, nil
}

func inputOf(r *run.Run) (*Input, error) {
	var in Input
	d := json.NewDecoder(bytes.NewReader(r.Input))
	d.UseNumber() // as ParseInput: a where may name a number that no float64 is
	if err := d.Decode(&in); err != nil {
		return nil, fault.Errorf(fault.Internal, "run %q: read its input: %w", r.ID, err)
	}
	return &in, nil
}

func (e *Env) exists(ctx context.Context, name string) (bool, error) {
	o, err := e.Objects.Open(ctx, name)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, o.Close()
}

func (e *Env) put(ctx context.Context, name string, data []byte) error {
	w, err := e.Objects.Create(ctx, name)
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := w.Write(data); err != nil {
		return err
	}
	return w.Commit()
}
