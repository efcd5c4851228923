package mapping

import (
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
)

// Models returns the job's models as the side sees them, in the job's order, each with the names of the side's fields that are wanted, and the policy that holds for it.
// Errors: Invalid, what Compile or CompileTarget says.
func Models(j *job.Job, side *job.Side) ([]*adapter.Model, error) {
	ms := make([]*adapter.Model, 0, len(j.Models))
	for _, m := range j.Models {
		own := *m
		if own.Policy == "" {
			own.Policy = j.Policy
		}
		a := &adapter.Model{Model: &own, Mapping: side.Map[m.Name]}
		if a.Mapping == nil {
			a.Mapping = &job.Mapping{}
		}
		t, err := For(a, side.Side)
		if err != nil {
			return nil, err
		}
		a.Config, a.Fields = a.Mapping.Config, t.Wanted()
		ms = append(ms, a)
	}
	return ms, nil
}

// For compiles the map of a side's model: CompileTarget where side is "target", else Compile.
func For(m *adapter.Model, side string) (*Mapping, error) {
	if side == "target" {
		return CompileTarget(m.Model, m.Mapping)
	}
	return Compile(m.Model, m.Mapping)
}
