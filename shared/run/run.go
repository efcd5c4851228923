// Package run holds the records of runs and their steps, and the store that keeps them.
package run

import (
	"context"
	"encoding/json"
	"time"
)

// Status is how a run stands.
type Status string

// The statuses of a run.
const (
	Running   Status = "running"
	Succeeded Status = "succeeded"
	Partial   Status = "partial" // some changes failed or were skipped, each in the journal
	Failed    Status = "failed"
	Refused   Status = "refused" // limits, findings, stale plan, lock held: nothing written
	Aborted   Status = "aborted" // by a person, or the process ended
	TimedOut  Status = "timed-out"
)

// Run is the record of one execution of a job.
type Run struct {
	ID        string `json:"id"`
	Job       string `json:"job"`
	JobDigest string `json:"job_digest"`
	// JobFile and JobDir are where the job was found and the folder that its relative paths start in.
	JobFile string    `json:"job_file,omitempty"`
	JobDir  string    `json:"job_dir,omitempty"`
	DryRun  bool      `json:"dry_run"`
	Status  Status    `json:"status"`
	Written bool      `json:"written"`           // whether anything was written to the target, or may have been
	Message string    `json:"message,omitempty"` // what happened and what to do now, for people
	Code    string    `json:"code,omitempty"`    // fault.Code of what ended it; "" for succeeded
	Step    string    `json:"step,omitempty"`    // the step in which it ended badly, or that it is in
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	By      string    `json:"by"`      // who: a user's name
	Trigger string    `json:"trigger"` // what: "cli", "schedule", "dashboard", "api"
	Version string    `json:"version"` // of Plumbline
	// Input is the execution input as given, normalised.
	Input json.RawMessage `json:"input"`
	// Source and Target describe both sides for people, without secrets ("files ./inventory", "sqlite assets.db").
	Source string `json:"source,omitempty"`
	Target string `json:"target,omitempty"`
	// PlanOf is the run whose plan this one takes, "" for its own; Resumes the run that it carries on.
	PlanOf  string `json:"plan_of,omitempty"`
	Resumes string `json:"resumes,omitempty"`
	// LockName is the lock that it holds; "" for dry runs.
	LockName string `json:"lock_name,omitempty"`
	// SourceDigest, TargetDigest and PlanDigest are set as the objects come to be.
	SourceDigest string `json:"source_digest,omitempty"`
	TargetDigest string `json:"target_digest,omitempty"`
	PlanDigest   string `json:"plan_digest,omitempty"`
	// Counts are the plan's, by model and action.
	Counts map[string]Counts `json:"counts,omitempty"`
	// Results are how changes ended, by status (done, adopted, warned, skipped, failed).
	Results map[string]int64 `json:"results,omitempty"`
	// Incomplete says that sync stopped early, or ended with a warning, though no change failed: the run is partial.
	Incomplete bool `json:"incomplete,omitempty"`
	// Findings counts the records that could not be used, by side ("source", "target", "audit").
	Findings map[string]int64 `json:"findings,omitempty"`
	// Audit is what the target said of itself when it was loaded, and how far it was asked about the plan; nil where there is nothing to ask.
	Audit *Audit `json:"audit,omitempty"`
	// Override is the reason given with override_limits; "" where none.
	Override string `json:"override,omitempty"`
}

// Audit is what diff knows of the target, which it does not open.
type Audit struct {
	// Models are those of whose planned changes the target is asked whether it can hold them, in the job's order.
	Models []string `json:"models,omitempty"`
	// Cascades are the pairs of models, parent and child, of which the target deletes the child's records with the parent's.
	Cascades [][2]string `json:"cascades,omitempty"`
	// Draft is the digest of the plan that the target is asked about; "" before there is one.
	Draft string `json:"draft,omitempty"`
	// Next is the ordinal of the first of the draft's changes that it was not asked about; 0: all were.
	Next int64 `json:"next,omitempty"`
	// Parts are the refusals so far, by call.
	Parts []AuditPart `json:"parts,omitempty"`
}

// AuditPart is what one call of the audit refused: an object of the run, its digest, and how many changes.
type AuditPart struct {
	Name    string `json:"name"`
	Digest  string `json:"digest"`
	Refused int64  `json:"refused"`
}

// Counts are a model's numbers in a plan.
type Counts struct {
	Create    int64 `json:"create"`
	Update    int64 `json:"update"`
	Move      int64 `json:"move"`
	Delete    int64 `json:"delete"`
	Held      int64 `json:"held"`
	Unchanged int64 `json:"unchanged"`
	Skip      int64 `json:"skip"`
	// Scoped counts changes that were left alone because their record is out of scope.
	OutOfScope int64 `json:"out_of_scope"`
	// Source and Target count the records of each side.
	Source int64 `json:"source"`
	Target int64 `json:"target"`
}

// Step is the record of one step of a run.
type Step struct {
	Run      string        `json:"run"`
	Name     string        `json:"name"`   // load-source, load-target, diff, gate, sync, ...
	Status   string        `json:"status"` // running, succeeded, failed
	Started  time.Time     `json:"started"`
	Ended    time.Time     `json:"ended,omitzero"`
	Duration time.Duration `json:"duration"` // time spent working, over all calls; nanoseconds
	Calls    int           `json:"calls"`
	Handled  int64         `json:"handled"`          // records or changes so far
	Total    int64         `json:"total"`            // 0: not known
	Unit     string        `json:"unit"`             // "records" or "changes"
	Detail   string        `json:"detail,omitempty"` // what it does just now: "update device"
	Failed   int64         `json:"failed,omitempty"`
	Error    string        `json:"error,omitempty"`
	Stalled  bool          `json:"stalled,omitempty"` // its last call came to its deadline before it got anywhere
	Told     bool          `json:"told,omitempty"`    // of sync: its last call ended by itself, and noted in the run what it wrote
	Memory   Memory        `json:"memory"`
}

// Memory is what a step used, in bytes; see package measure for how each is taken.
type Memory struct {
	Peak int64  `json:"peak"`
	How  string `json:"how"` // "reset", "process" or "sampled": what Peak is the peak of
	// Shared says that another step ran in the same process at the same time.
	Shared   bool  `json:"shared,omitempty"`
	End      int64 `json:"end,omitempty"`       // with memory_profiling
	HeapPeak int64 `json:"heap_peak,omitempty"` // with memory_profiling
}

// LogLine is one line of a run's log.
type LogLine struct {
	Time    time.Time `json:"time"`
	Level   string    `json:"level"` // debug, info, warn, error
	Step    string    `json:"step"`
	Message string    `json:"message"`
	Attrs   string    `json:"attrs,omitempty"` // key=value pairs
}

// Baseline is what the shrink limit compares with: the records of each kind of the source at the last sync that ended succeeded or partial.
type Baseline struct {
	Run    string           `json:"run"`
	Counts map[string]int64 `json:"counts"`
}

// Lock is the state of a target's lock.
type Lock struct {
	Name       string    `json:"name"`
	Run        string    `json:"run"`
	Since      time.Time `json:"since"`
	Invocation string    `json:"invocation,omitempty"` // who writes just now; "" nobody
	Deadline   time.Time `json:"deadline,omitzero"`    // until when that invocation may live
}

// Filter narrows Runs. Zero fields do not narrow.
type Filter struct {
	Job    string
	Status Status
	DryRun *bool
	By     string
	Before time.Time
	Since  time.Time // started then or later
	Oldest bool      // oldest first
	Limit  int       // 0: 50
	After  string    // id of the last run of the page before
}

// Store keeps runs. All methods may be called concurrently and from several processes. Errors carry codes.
// Times are kept to the nanosecond and given back in UTC; numbers are kept exactly.
type Store interface {
	// Create stores a new run; Conflict where the id exists.
	Create(ctx context.Context, r *Run) error
	// Get returns a run; NotFound where there is none.
	Get(ctx context.Context, id string) (*Run, error)
	// Update changes an open run: change gets the stored one and edits it; it may be called more than once, each time with the run as it then is, and must not call the store.
	// Conflict where the run is closed; of two at once none is lost. ID and Status stay as they are.
	Update(ctx context.Context, id string, change func(*Run)) (*Run, error)
	// Close sets status, end and what change edits, once: a closed run stays closed and is returned as it is, with closed false.
	Close(ctx context.Context, id string, status Status, change func(*Run)) (r *Run, closed bool, err error)
	// List returns runs, newest first (of the same start the greater id), or oldest first. NotFound where the run named by After is gone.
	List(ctx context.Context, f Filter) ([]*Run, error)
	// LastSync returns the job's newest run that is no dry run, at work or closed; nil where there is none. A store that has to read the dry runs after it stops after many
	// of them: among is then how many of the job's newest runs it looked at; 0: at all.
	LastSync(ctx context.Context, job string) (r *Run, among int, err error)
	// Jobs returns the names of the jobs that have runs, sorted; one whose last run is gone may be among them. It does not read the runs.
	Jobs(ctx context.Context) ([]string, error)
	// Delete removes a closed run with its steps and log; NotFound where there is none, Conflict where it is open.
	Delete(ctx context.Context, id string) error

	// PutStep stores a step's record, replacing the one of that name.
	PutStep(ctx context.Context, s *Step) error
	// Steps returns a run's steps in the order in which they started, of the same start by name; none for a run that does not exist.
	Steps(ctx context.Context, run string) ([]*Step, error)

	// Log appends lines. A run keeps at most 10,000 of them; what comes after is counted, and the last line says so.
	Log(ctx context.Context, run string, lines []LogLine) error
	// Lines returns a run's log in order, from line number from on (the first is 0), at most limit (0: all); none for a run that does not exist.
	Lines(ctx context.Context, run string, from, limit int) ([]LogLine, error)

	// SetBaseline notes what a finished sync's source held, under a key made of job, vars and where.
	SetBaseline(ctx context.Context, key string, b Baseline) error
	// GetBaseline returns it; nil where there is none.
	GetBaseline(ctx context.Context, key string) (*Baseline, error)

	// Lock takes the lock for a run; Conflict where another holds it, with that one's state. The same run may take it again.
	Lock(ctx context.Context, name, run string) (Lock, error)
	// Touch notes in the lock who writes just now and until when it may live (invocation "" : nobody any more). Conflict where the run does not hold the lock, or
	// another invocation stands there whose deadline has not passed (without a deadline it never does); "" is never a conflict for the run that holds the lock.
	Touch(ctx context.Context, name, run, invocation string, deadline time.Time) error
	// Unlock frees the lock if the run holds it; no error where it does not.
	Unlock(ctx context.Context, name, run string) error
	// Locks returns all locks that are held, by name.
	Locks(ctx context.Context) ([]Lock, error)

	// Shutdown frees the store; no call may follow.
	Shutdown() error
}
