// Package apply carries out a plan against a target: section by section with a barrier between them, in batches, over several workers,
// at a bounded rate, with every result in a journal that a later call goes on from.
package apply

import (
	"context"
	"log/slog"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// Input is what Run takes.
type Input struct {
	Run    string // the run's id, for the adapter's SyncComplete and for who reads the journal
	Job    *job.Job
	Models []*adapter.Model // as the target sees them
	Plan   *plan.Reader
	Target adapter.Source // a Writer or a Batcher
	// Snapshot is the target as the plan saw it; parents' and references' local values are looked up there.
	Snapshot *snapshot.Reader
	// Fresh is the target as it was loaded again before the run's first call of Run; nil where it was not. It settles what Earlier left in flight.
	Fresh *snapshot.Reader
	// Stale names the object that Stale wrote: the changes in it are skipped. "" for none.
	Stale string
	Store objects.Store
	// Journal is the prefix of this run's journal, Earlier those of the runs that it resumes, oldest first. They are of the same plan.
	Journal string
	Earlier []string
	// Temp is a folder for temporary files.
	Temp string
	// Batch, Workers and Rate (changes a second) narrow what the adapter says of itself; 0: as it says.
	Batch   int
	Workers int
	Rate    float64
	// Deadline is when Run stops sending and returns More; zero: never. What is in flight then still has Tuning.Grace to finish.
	Deadline time.Time
	// Touch is called before every journal write and at least every Tuning.Touch while Run works. Its error stops everything: nothing is written any more; one that may pass only
	// at the third time. nil: nobody asks.
	Touch func(ctx context.Context) error
	// Progress is told how far Run is, at most a few times a second; nil: nobody listens.
	Progress func(Progress)
	Log      *slog.Logger // nil: nowhere
	// Redact takes resolved secrets out of messages before they reach journal and log; nil: as they are.
	Redact func(string) string
	Tuning Tuning
}

// Tuning holds the patience of Run. Zero fields have their defaults.
type Tuning struct {
	Tries      int           // how often a change is sent in all before its Throttled or Unavailable is final; 12
	Patience   time.Duration // how long at most a batch is tried again; 5 minutes
	Pause      time.Duration // before the first retry; it doubles, with jitter; 250 ms
	LongPause  time.Duration // the longest pause; 30 s
	Grace      time.Duration // what is in flight at the deadline, or when a person stops the run, has to finish; 10 s
	Together   time.Duration // what comes together within it goes into one object of the journal; 1 s
	Touch      time.Duration // 5 s
	CloseGrace time.Duration // how long commit and the last journal object may take after the end; 30 s
	Memory     int           // bytes that each lookup keeps in memory before it goes to disk; 1 MiB
}

// Progress is how far Run is.
type Progress struct {
	Done   int64 // changes that have their final status, in whatever run they got it
	Total  int64
	Failed int64
	Doing  string  // "update device"
	Rate   float64 // changes a second, of late
}

// Outcome is how a call of Run ended. It is filled as far as it goes also where Run returns an error.
type Outcome struct {
	// More says that Run stopped near its deadline and is to be called again with the same input.
	More bool
	// Results counts the plan's changes by how they ended, in this run or one that it resumes. A change that is not in it was not tried.
	// nil: Run ended before it had read the journal, and the outcome says nothing of what earlier calls wrote.
	Results map[adapter.Status]int64
	// Written says whether anything was written to the target by this run, or may have been.
	Written bool
	// Partial says that the run is not a success though no change failed: it stopped early, or the target's SyncComplete went wrong.
	Partial bool
	// Message says for people why Run stopped early, or what SyncComplete said; "" where there is nothing to say.
	Message string
}

// Run carries out the plan. It returns when every change has its final status, when the deadline is near (More), when the job says to stop (Outcome.Message),
// or with an error: Stopped where ctx was cancelled; Denied or Unavailable where the target lets us in no more or stopped answering; UnknownOutcome where only a new load of the target can
// tell what was done; Conflict where another writes the same journal; Touch's own. After any of them a new run can resume from the journal; after Denied also Run itself, with the target
// opened anew: what was denied counts as not sent.
func Run(ctx context.Context, in Input) (Outcome, error) {
	var fresh, snap cursor
	if in.Fresh != nil {
		fresh = in.Fresh.Cursor()
	}
	if in.Snapshot != nil {
		snap = in.Snapshot.Cursor()
	}
	e, err := newEngine(ctx, in, in.Plan, fresh, snap)
	if err != nil {
		return Outcome{}, err
	}
	return e.run()
}
