package mapping

import (
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
)

// Models returns the job's models as the side sees them, in the job's order, each with the names of the side's fields that are wanted.
func Models(j *job.Job, side *job.Side) ([]*adapter.Model, error) { panic("not yet") }
