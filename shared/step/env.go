package step

import (
	"context"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/secret"
)

// Env is what the steps need of the world. It is filled once by a main and not changed; its methods are the steps.
// One Env serves one invocation: a process on a laptop, a call of a Lambda function.
type Env struct {
	Registry *adapter.Registry
	Runs     run.Store
	Objects  objects.Store
	Secrets  secret.Resolver
	Jobs     Jobs
	// Temp is a folder for temporary files; it must exist.
	Temp string
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Budget is how long one call of a load or of sync may take before it returns `more`; 0: no limit but the context's deadline.
	Budget time.Duration
	// Invocation names this process or request, for the lock.
	Invocation string
	// Version is Plumbline's own.
	Version string
	// Progress is told of every step's record as it changes, from any goroutine; nil: nobody listens. The store gets it at most every 2 s.
	Progress func(run.Step)
	// Near shortens a path for people; nil: paths are shown as adapters say them.
	Near func(path string) string
	// Memo keeps jobs that were read, for the other steps of a run in this process; nil: each step reads its job anew.
	Memo *Memo
	// Buckets opens a bucket of S3 for adapters; nil: s3:// is refused.
	Buckets func(ctx context.Context, bucket string) (objects.Store, error)
	// NoLocal says that the process keeps no files: adapters refuse local ones.
	NoLocal bool
	// Alone says that no other step runs in this process at the same time, so that memory can be told apart.
	Alone bool
}

// Jobs finds job files.
type Jobs interface {
	// Open returns the job with the name: its text, where it was found and the folder that its relative paths start in. NotFound where there is none.
	Open(ctx context.Context, name string) (JobFile, error)
}

// JobFile is a job file that was found, not yet read.
type JobFile struct {
	File string
	Dir  string
	Text []byte
}

func (e *Env) now() time.Time {
	if e.Now != nil {
		return e.Now()
	}
	return time.Now()
}

// deadline returns when a call that began at start has to return; the zero time: whenever it is done.
func (e *Env) deadline(ctx context.Context, start time.Time) time.Time {
	var d time.Time
	if e.Budget > 0 {
		d = start.Add(e.Budget)
	}
	if c, ok := ctx.Deadline(); ok {
		c = c.Add(-margin)
		if d.IsZero() || c.Before(d) {
			d = c
		}
	}
	return d
}

// margin is what a step keeps of its context's deadline for finishing parts, committing and noting where it is.
const margin = 20 * time.Second

// In is what every step but start and finish takes: a pointer to the run; all else is in the run's record and its objects.
type In struct {
	Run string `json:"run"`
	// Fresh tells load-target that it loads the target again, for the stale check, beside the snapshot that the plan was made from.
	Fresh bool `json:"fresh,omitempty"`
	// Audit tells load-target that the target is asked about the plan and not loaded.
	Audit bool `json:"audit,omitempty"`
}

// Out is what load-source, load-target, diff and sync return.
type Out struct {
	Run string `json:"run"`
	// More says that the step stopped near its deadline, saved where it is, and is to be called again with the same input.
	More bool `json:"more"`
	// Audit says of diff that load-target is to be called with Audit.
	Audit bool `json:"audit"`
	// Again says of an audit that it refused changes: diff is to be called again.
	Again bool `json:"again"`
}

// Names of the steps.
const (
	StepStart      = "start"
	StepLoadSource = "load-source"
	StepLoadTarget = "load-target"
	StepDiff       = "diff"
	StepAudit      = "audit"
	StepGate       = "gate"
	StepSync       = "sync"
	StepFinish     = "finish"
)

// Names of a run's objects below its prefix (RunPrefix).
const (
	objJob         = "job.yaml"
	SnapshotSource = "source"
	SnapshotTarget = "target"
	SnapshotFresh  = "fresh"
	FindingsSource = "findings-source"
	FindingsTarget = "findings-target"
	FindingsPlan   = "findings-plan"
	FindingsFresh  = "findings-fresh"
	PlanName       = "plan"
	AuditPrefix    = "audit-"
	JournalPrefix  = "journal/"
	stateSuffix    = ".state"
	staleName      = "stale"
	runsPrefix     = "runs/"
)

// RunPrefix returns the prefix of a run's objects in the store.
func RunPrefix(id string) string { return runsPrefix + id + "/" }
