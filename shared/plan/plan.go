// Package plan works out every change that would bring the target to the source, and keeps it: diff two snapshots into a plan; read, filter and print it.
package plan

import (
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// Input is what Diff takes.
type Input struct {
	Job    *job.Job // with its vars and where filled in
	Source *snapshot.Reader
	Target *snapshot.Reader
	// SourceFindings and TargetFindings are the records that could not be used; nil for none.
	SourceFindings, TargetFindings *finding.Reader
	Store                          objects.Store
	// Name is the plan's name in Store, Findings the name of the plan's own findings: orphans, cycles, and what the audit refused. "" keeps none of these.
	Name, Findings string
	// Temp is a folder for temporary files.
	Temp string
	// Refused are the changes that the target's audit refused of the plan that Diff wrote from the same input without them: Diff holds them, and what depends on them. nil: none.
	Refused []*Refusals
	// Cascades says whether deleting a record of parent deletes its records of child on the target. nil: never.
	Cascades func(parent, child string) (bool, error)
	// Progress is told how many of how many records were looked at; nil: nobody listens.
	Progress func(done, total int64)

	nearbyAfter uint64 // for tests: from how many drafts on paths are climbed at once; 0: 512
}
