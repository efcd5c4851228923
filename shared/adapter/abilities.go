package adapter

import (
	"context"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/record"
)

// Optional abilities, each an interface of one method. The engine looks for them once, when the adapter was made.

// Resumer is a source that can stop in the middle of a load and go on later, in another process.
type Resumer interface {
	// Cursor returns from where a later Load yields exactly the records not yet yielded. It is called between two records of a running Load, from the loading goroutine,
	// and after a Load that ended without error; it is not kept unless the engine asked for it. nil: not possible just now; the engine asks again later.
	Cursor() []byte
}

// Scoper is a source that applies Request.Scope by itself.
type Scoper interface {
	// Scopes reports whether Load applies the conditions on the field (an identifier of the model, by the model's own name).
	Scopes(m *Model, field string) bool
}

// Versioner is a source that can tell whether it changed: the engine asks before and after a load and between the calls of a resumed one.
type Versioner interface {
	// Version returns a short text that changes when what Load yields changes (a digest, sizes and times); it costs little. "" means that it cannot be told.
	Version(ctx context.Context) (string, error)
}

// Counter can say in advance about how many records there are, for progress.
type Counter interface {
	// Count returns the number of records that Load will yield, by estimate; -1 where it is not known. It costs little.
	Count(ctx context.Context, req Request) int64
}

// Auditor is a target that says before anything is written what it cannot hold.
type Auditor interface {
	// Audit is called for every change of the plan that is not held, in order, before the first is written, on dry runs too. An error (Invalid or Conflict) holds that change, and what depends on it, and is a finding;
	// Unavailable ends the step. It never writes. It is called from one goroutine; a later call may be made in another process, so it must not need what an earlier one saw.
	Audit(ctx context.Context, c *Change) error
}

// Unaudited is an Auditor that knows models of which it can hold whatever comes.
type Unaudited interface {
	// Unaudited reports whether Audit need not be called for changes of the model.
	Unaudited(m *Model) bool
}

// Finder is a target that can look up single records.
type Finder interface {
	// Find yields those of the model's records that have the keys, as Load would, local values included; what does not exist is not yielded.
	Find(ctx context.Context, m *Model, keys []record.Key) iter.Seq2[*record.Record, error]
}

// Committer is a target that stages what it is told (a file). Until Commit nothing counts as done.
type Committer interface {
	// Commit makes all changes so far last, at once and wholly or not at all. The engine calls it at each barrier, before a step returns, and never concurrently with changes.
	// After an error the target is closed and none of them counts: Throttled and Unavailable have the step called again, which sends them anew; UnknownOutcome says that they may be in the target.
	Commit(ctx context.Context) error
}

// Concurrent is a target that bears several calls at once.
type Concurrent interface {
	// Workers returns how many; 1 where a target has not this ability.
	Workers() int
}

// Conflicter tells which attributes are in conflict, so that the engine can swap values that change hands.
type Conflicter interface {
	// Conflicting returns the target's names of the fields whose values err (a Conflict) is about; empty where it cannot be told.
	Conflicting(err error) []string
}

// Linker gives pages for people.
type Linker interface {
	// Link returns the address of the record's page (lookup_object), of the kind's list where key is "", or "".
	Link(m *Model, key record.Key, local record.Fields) string
}

// Describer shows how a side is configured.
type Describer interface {
	// Describe returns the configuration for people, without secrets (config_information).
	Describe() []Item
}

// Item is a line of Describe.
type Item struct{ Name, Value string }

// Pinger asks a system whether it is there.
type Pinger interface {
	// Ping checks that the system answers, lets us in, and has what the job's models need (files, tables, columns, permissions), and returns what it learned as lines for people.
	// All problems at once, joined. It creates and writes nothing.
	Ping(ctx context.Context, models []*Model) ([]string, error)
}

// Preparer is a target that makes its container where there is none (a database file from a schema).
type Preparer interface {
	// Prepare is called once by sync before the first change; plan and check never call it.
	Prepare(ctx context.Context) error
}

// Locker names what the target's lock stands for.
type Locker interface {
	// LockName returns a name that is the same for every spelling of the same system's address, without secrets; "" where the engine shall make one of adapter and job.
	LockName() string
}

// Cascader tells whether the target deletes what is below by itself.
type Cascader interface {
	// Cascades is called when the target was loaded. It reports whether deleting a record of parent deletes its records of child, as skip_children_on_delete wants it.
	Cascades(ctx context.Context, parent, child *Model) (bool, error)
}

// Completer is called when a sync ends (sync_complete).
type Completer interface {
	// SyncComplete is called on the target once after a sync that tried at least one change, whatever came of it, unless the target let us in no more (Denied).
	SyncComplete(ctx context.Context, s Summary) error
}

// Summary is what SyncComplete gets: how many changes ended how.
type Summary struct {
	Run      string
	Statuses map[Status]int64
}

// Closer frees what an adapter holds; called once, last, also after errors.
type Closer interface{ Close() error }
