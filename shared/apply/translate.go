package apply

import (
	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/plan"
)

// Translator makes what an adapter takes of a plan's change: the target's own field names, local values, parent and references.
type Translator struct {
}

// NewTranslator returns a Translator for a target's models.
func NewTranslator(j *job.Job, models []*adapter.Model) (*Translator, error) {
	panic("translate")
}

// Change returns the change as the adapter takes it, with the plan's own local values; those of parent and references are not looked up.
// A value that the target's mapping cannot say is Invalid.
func (t *Translator) Change(c *plan.Change) (*adapter.Change, error) {
	panic("translate")
}
