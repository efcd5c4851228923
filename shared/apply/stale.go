package apply

import (
	"context"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// StaleInput is what Stale takes.
type StaleInput struct {
	Job   *job.Job // for its rules of equality; nil: values must be the same
	Plan  *plan.Reader
	Fresh *snapshot.Reader // the target as it is now
	Store objects.Store
	// Journals are the prefixes of the journals whose changes are explained: those of the runs resumed, oldest first, and the run's own.
	Journals []string
	// Name is the object that the list is written to; "" : it is not kept.
	Name string
	Temp string
}

// Staleness says how many changes no longer fit the target.
type Staleness struct {
	Count int64
	Names []string // of the first few, for people, with the reason
}

// StaleChange is a change that no longer fits the target.
type StaleChange struct {
	N      int64      `json:"n"`
	Key    record.Key `json:"-"`
	Name   string     `json:"name"`
	Reason string     `json:"reason"`
}

// Stale holds the plan against a new load of the target: a create must find nothing, an update or delete the record as planned; changes that the journals explain aside.
func Stale(ctx context.Context, in StaleInput) (Staleness, error) {
	panic("stale")
}

// OpenStale yields a list that Stale wrote, in the plan's order.
func OpenStale(ctx context.Context, store objects.Store, name string) iter.Seq2[StaleChange, error] {
	panic("stale")
}
