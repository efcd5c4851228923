package step

import (
	"context"
	"fmt"
	"slices"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/apply"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/mapping"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// Audit asks the target about the plan that diff wrote, where diff said so. It returns more near its deadline; again where the target refused changes: then diff is called again, to hold them.
// Without refusals the plan is the run's.
func (e *Env) Audit(ctx context.Context, in In) (Out, error) {
	return e.recorded(ctx, in.Run, StepAudit, "changes", func(t *track, r *run.Run, j *job.Job) (Out, error) {
		if r.Audit == nil || r.Audit.Draft == "" {
			return Out{}, fault.Errorf(fault.Internal, "audit: run %q has no plan to ask about", r.ID)
		}
		more, err := e.audit(ctx, t, r, j)
		return Out{More: more, Again: !more && len(r.Audit.Parts) > 0}, err
	})
}

// audit asks about what was not asked yet, and notes in r and in the run's record how far it came.
func (e *Env) audit(ctx context.Context, t *track, r *run.Run, j *job.Job) (more bool, err error) {
	name := RunPrefix(r.ID) + PlanName
	p, err := plan.Open(ctx, e.Objects, name)
	if err != nil {
		return false, err
	}
	defer p.Close()
	if err := noted("plan", name, r.Audit.Draft, p.Index().Digest); err != nil {
		return false, err
	}
	if r.Audit.Next > 0 {
		if err := e.ask(ctx, t, r, j, p); err != nil {
			return false, err
		}
	}
	if r.Audit.Next == 0 && len(r.Audit.Parts) == 0 {
		return false, e.planned(ctx, r, p.Index())
	}
	return r.Audit.Next > 0, nil
}

// ask asks the target about the draft's changes from r.Audit.Next on.
func (e *Env) ask(ctx context.Context, t *track, r *run.Run, j *job.Job, p *plan.Reader) error {
	s, err := e.open(ctx, j, j.Target, t)
	if err != nil {
		return err
	}
	defer func() { s.close() }()
	in := plan.AuditInput{
		Plan: p, Models: map[string]bool{}, From: r.Audit.Next, Deadline: e.deadline(ctx, t.start),
		Store: e.Objects, Name: fmt.Sprintf("%s%s%d", RunPrefix(r.ID), AuditPrefix, r.Audit.Next), Progress: t.handled,
	}
	for _, m := range r.Audit.Models {
		in.Models[m] = true
	}
	got, err := s.audit(ctx, j, in)
	if again, ok := e.reopen(ctx, j, s, t, err); ok {
		s = again
		got, err = s.audit(ctx, j, in)
	}
	if err != nil {
		return s.redact.Error(err)
	}
	now, err := e.Runs.Update(ctx, r.ID, func(r *run.Run) {
		r.Audit.Next = got.Next
		if got.Refused > 0 {
			r.Audit.Parts = append(r.Audit.Parts, run.AuditPart{Name: in.Name, Digest: got.Digest, Refused: got.Refused})
		}
	})
	if err == nil {
		r.Audit = now.Audit
	}
	return err
}

// audit asks the side's adapter.
func (s *side) audit(ctx context.Context, j *job.Job, in plan.AuditInput) (plan.Audited, error) {
	a, ok := s.adapter.(adapter.Auditor)
	if !ok {
		return plan.Audited{}, fault.Errorf(fault.Internal, "audit: adapter %q has none, and had one when it loaded", s.Adapter)
	}
	to, err := apply.NewTranslator(j, s.models)
	if err != nil {
		return plan.Audited{}, err
	}
	in.Ask = func(c *plan.Change) error {
		ac, err := to.Change(c)
		if err != nil {
			return err
		}
		return s.redact.Error(a.Audit(ctx, ac))
	}
	return plan.Audit(ctx, in)
}

// says returns what diff needs to know of the target, which was loaded into the snapshot; nil where there is nothing to say.
func (s *side) says(ctx context.Context, j *job.Job, loaded *snapshot.Info) (*run.Audit, error) {
	models, err := s.audited(j)
	if err != nil {
		return nil, err
	}
	var cascades [][2]string
	if loaded.Flagged || slices.ContainsFunc(j.Models, func(m *job.Model) bool { return m.Flags&record.SkipChildrenOnDelete != 0 }) {
		if cascades, err = s.cascades(ctx); err != nil {
			return nil, err
		}
	}
	if models == nil && cascades == nil {
		return nil, nil
	}
	return &run.Audit{Models: models, Cascades: cascades}, nil
}

// audited returns the models of whose changes the target is to be asked: not those of which it holds whatever comes and whose fields it keeps as they are.
func (s *side) audited(j *job.Job) ([]string, error) {
	if _, ok := s.adapter.(adapter.Auditor); !ok {
		return nil, nil
	}
	free, _ := s.adapter.(adapter.Unaudited)
	var names []string
	for _, m := range s.models {
		t, err := mapping.CompileTarget(m.Model, j.Target.Map[m.Name])
		if err != nil {
			return nil, err
		}
		if free == nil || !free.Unaudited(m) || slices.ContainsFunc(t.Entries(), func(en mapping.Entry) bool { return en.How != "" }) {
			names = append(names, m.Name)
		}
	}
	return names, nil
}

// cascades returns the pairs of models, parent and child, of which the target deletes the child's records with the parent's.
func (s *side) cascades(ctx context.Context) ([][2]string, error) {
	c, ok := s.adapter.(adapter.Cascader)
	if !ok {
		return nil, nil
	}
	var pairs [][2]string
	for _, child := range s.models {
		for _, p := range child.Parents {
			parent := modelOf(s.models, p.Model)
			if parent == nil {
				continue
			}
			yes, err := c.Cascades(ctx, parent, child)
			if err != nil {
				return nil, err
			}
			if yes {
				pairs = append(pairs, [2]string{parent.Name, child.Name})
			}
		}
	}
	return pairs, nil
}

func modelOf(ms []*adapter.Model, name string) *adapter.Model {
	i := slices.IndexFunc(ms, func(m *adapter.Model) bool { return m.Name == name })
	if i < 0 {
		return nil
	}
	return ms[i]
}
