package finding

import (
	"context"

	"github.com/plumbline-sync/plumbline/shared/objects"
)

// Options says where findings go.
type Options struct {
	Store  objects.Store
	Name   string // the object's name: findings-source, findings-target, findings-plan
	Temp   string // folder for sorting; "": the system's
	Memory int    // bytes held while sorting; 0: 1 MiB
}

// Counts says how many findings there are.
type Counts struct {
	Models     map[string]int64 // by model
	Unreadable map[string]int64 // of those, the ones without a key; models without any are left out
}

// Writer collects findings and stores them sorted by key. It is used from one goroutine.
type Writer struct{}

// NewWriter returns a writer. Nothing is stored before Save or Commit.
func NewWriter(o Options) *Writer { panic("not yet") }

// Add adds a finding. Findings of one key keep no order among each other but that of their text; AddAt gives them one.
func (w *Writer) Add(f Finding) error { panic("not yet") }

// AddAt adds a finding with a number that orders it among those with the same key (a place in a file).
func (w *Writer) AddAt(f Finding, pos uint64) error { panic("not yet") }

// Save stores what came so far so that another process can go on with Resume; the state is small.
func (w *Writer) Save(ctx context.Context) (state []byte, err error) { panic("not yet") }

// Resume goes on from a saved state; called first on a new writer of the same name.
func (w *Writer) Resume(ctx context.Context, state []byte) error { panic("not yet") }

// Commit stores the findings, also where there are none, and removes the saved parts. No call may follow.
func (w *Writer) Commit(ctx context.Context) (Counts, error) { panic("not yet") }

// Abort frees what the writer holds and stores nothing; a no-op after Commit, so it can be deferred.
func (w *Writer) Abort() { panic("not yet") }
