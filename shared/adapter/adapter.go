// Package adapter holds what an adapter implements: the small interfaces of a source and a target, the optional abilities that the engine
// looks for, and the registry. Validation, mapping, batching, order, concurrency, rate, retries, journal and error wrapping are the engine's,
// once for all adapters; an adapter only speaks its system's language.
package adapter

import (
	"context"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// Model is a model of the job as one side sees it.
type Model struct {
	*job.Model
	// Mapping says how this side keeps the model; never nil (empty where the job maps nothing).
	Mapping *job.Mapping
	// Config is the decoded adapter's own part of the mapping, of the type that Type.ModelConfig returns; nil where that is nil.
	Config any
	// Fields are the side's names of the fields that the job needs, sorted: what the mapping names, else the model's own names. A source may yield more; it need not.
	// nil: all fields, because an expression of the map does not tell which it reads.
	Fields []string
}

// Request says what to load.
type Request struct {
	// Models are the models to load, in the order in which changes are applied (parents first).
	Models []*Model
	// Cursor is what Cursor returned when an earlier call stopped; nil to begin. Only a Resumer gets one.
	Cursor []byte
	// Scope holds conditions on a model's own identifiers, by model, that a Scoper may push down to its system. Others are the engine's to apply.
	Scope map[string]job.Where
}

// Source yields the records of a system.
type Source interface {
	// Load yields the records of the requested models in any order. A record is valid until the next is asked for.
	// An error made by record.Bad is a finding on that record and the load goes on; any other error ends it and is yielded last.
	// Load is called once at a time; it stops soon when ctx ends. It never writes.
	Load(ctx context.Context, req Request) iter.Seq2[*record.Record, error]
}

// Target is a Source that can be written to. Errors carry a code (package fault); one without is Internal.
// A target is one that implements Writer or Batcher.
type Target interface {
	Source
	Writer
}

// Writer changes one record at a time. The engine calls it from several goroutines where Concurrent allows.
// The change is valid during the call only.
// Conflict says that the record exists already or a constraint of the system forbids it; NotFound on an update or delete that there is none (the engine takes a
// delete of nothing as done); Throttled and Unavailable that nothing was done and the engine shall try again; Denied that nothing was done and nothing more will be, unless the target is opened anew; UnknownOutcome that it may have been done.
type Writer interface {
	Create(ctx context.Context, c *Change) (Result, error)
	Update(ctx context.Context, c *Change) (Result, error)
	Delete(ctx context.Context, c *Change) (Result, error)
}

// Batcher is a target that writes many changes at once. Where a target has it, the engine calls it instead of the Writer's methods.
type Batcher interface {
	// BatchSize returns the largest batch that Apply takes for the model; at least 1.
	BatchSize(m *Model) int
	// Apply carries out changes of one action to one model; they are independent of each other. It returns one Result for each, in order, with Result.Err for those that went wrong;
	// or an error for the batch as a whole, of which then nothing was written (Invalid or Conflict: the engine halves it until the bad record stands alone)
	// or of which nothing is known (UnknownOutcome).
	Apply(ctx context.Context, m *Model, a Action, cs []*Change) ([]Result, error)
}

// Action is what a change does. A move is an Update with Change.Move set.
type Action string

// The actions.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
)

// Change is one change to one record of the target. Field names are the target's own where the job maps them.
type Change struct {
	Action Action
	Model  *Model
	Key    record.Key // the identity, by the model's own kind and identifiers
	Name   string     // the record's name for people, as the plan shows it
	// IDs are the identifiers.
	IDs record.Fields
	// Set is what to write: for a create all fields (identifiers, parent fields, attributes, constants of the mapping), for an update only what changes
	// (for a move the new parent fields among them); nil for a delete. A field that is absent is not to be touched.
	Set record.Fields
	// Before is the whole record as the plan saw it, nil for a create; After as it should be, nil for a delete. Both with identifiers.
	Before, After record.Fields
	// Local are the target's local values of the record; nil for a create.
	Local record.Fields
	// Parent is the record's (new) parent; nil where it has none.
	Parent *Related
	// References are the records that Set's reference fields name, by field; several for a to-many.
	References map[string][]Related
	Move       bool // an update that changes the parent
	Deferred   bool // an update that writes deferred attributes after all creates
	// Adopt is set on a create that may have been done before (its batch was in flight when a process died, or this plan created its parent):
	// the engine handles Conflict by Find where the target has it; an adapter need not look at it.
	Adopt bool
}

// Related is a record that a change refers to, with its local values.
type Related struct {
	Field string // the target's name of the field that refers to it (the first of a parent's fields)
	Key   record.Key
	Local record.Fields // nil where the target has none
}

// Status is how a change ended.
type Status string

// The statuses of a change.
const (
	Done    Status = "done"
	Adopted Status = "adopted" // a create that found an equal record
	Warned  Status = "warned"  // done, but the system had something to say
	Skipped Status = "skipped" // not tried: what it depends on did not happen, or the plan was stale there
	Failed  Status = "failed"
)

// Result answers one change. The zero Result is Done.
type Result struct {
	Status  Status // "" is Done
	Message string // for people; may be empty
	// Local are the record's new local values after a create, or after an update that changed them; nil: unchanged.
	Local record.Fields
	// Err is set by a Batcher for a change that went wrong, coded as Writer says; then Status is not looked at.
	Err error
}
