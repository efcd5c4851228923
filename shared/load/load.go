// Package load turns what an adapter yields into a snapshot: it maps fields, converts types, checks records against their models, and collects findings.
package load

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/job"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
)

// Input is what a load works on.
type Input struct {
	Side     string // "source" or "target"
	Source   adapter.Source
	Models   []*adapter.Model // as mapping.Models returned them for the side
	Job      *job.Job
	Keeps    func(model, field string) func(record.Value) record.Value // of a source: how the target keeps values, as mapping.Keeps returned it; may be nil
	Store    objects.Store
	Name     string                     // the snapshot's name
	Findings string                     // the name of the stored findings
	Temp     string                     // folder for sorting; "": the system's
	Deadline time.Time                  // once it is passed the load saves where it is and stops; zero: never
	State    []byte                     // what the call before returned; nil to begin
	Progress func(records, total int64) // called now and then from the loading goroutine; total 0: not known; may be nil
	Log      *slog.Logger               // may be nil
}

// Outcome says how far a load came.
type Outcome struct {
	More     bool   // not done: call again with State
	State    []byte // small; nil where done
	Info     snapshot.Info
	Findings map[string]int64 // by model; nil with More
	Records  int64            // yielded so far, bad ones too
}

// Run loads one side. Until it returns without error and without More there is no snapshot.
// Errors: those of the adapter with the position before them; TimedOut where the deadline passes and the adapter cannot stop and go on; Conflict where
// the source changed while it was read; Invalid for a record of a model that was not asked for; Stopped where ctx ended.
func Run(ctx context.Context, in Input) (Outcome, error) {
	if len(in.State) > 0 {
		over, err := usedUp(ctx, in)
		if err != nil {
			return Outcome{}, stopped(ctx, err)
		}
		if over {
			if in.Log != nil {
				in.Log.Warn("an earlier call died just before its end; the load starts over")
			}
			in.State = nil
		}
	}
	out, err := run(ctx, in)
	return out, stopped(ctx, err)
}

// usedUp reports whether an earlier call died between its snapshot and its findings: what was saved is gone then, and there is nothing to go on from. That snapshot is removed.
func usedUp(ctx context.Context, in Input) (bool, error) {
	r, err := snapshot.Open(ctx, in.Store, in.Name)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := r.Close(); err != nil {
		return false, err
	}
	return true, in.Store.Delete(ctx, in.Name+".index", in.Name+".ndjson.zst")
}

func run(ctx context.Context, in Input) (Outcome, error) {
	l, err := newLoader(in)
	if err != nil {
		return Outcome{}, err
	}
	defer l.snapshot.Abort()
	defer l.findings.Abort()
	if err := l.begin(ctx); err != nil {
		return Outcome{}, err
	}
	if !l.done {
		more, err := l.pull(ctx)
		if err != nil {
			return Outcome{}, err
		}
		if more {
			state, err := l.save(ctx)
			return Outcome{More: true, State: state, Records: l.records}, err
		}
	}
	return l.commit(ctx)
}

// stopped gives an error that came because ctx was cancelled the code Stopped, whatever the adapter made of it.
func stopped(ctx context.Context, err error) error {
	if err != nil && errors.Is(ctx.Err(), context.Canceled) && !fault.Is(err, fault.Stopped) {
		return fault.Wrap(fault.Stopped, err)
	}
	return err
}

// commit stores the snapshot, then the findings: the snapshot's duplicates are among them.
func (l *loader) commit(ctx context.Context) (Outcome, error) {
	info, err := l.snapshot.Commit(ctx)
	if err != nil {
		return Outcome{}, err
	}
	counts, err := l.findings.Commit(ctx)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Info: info, Findings: counts.Models, Records: l.records}, nil
}

func newLoader(in Input) (*loader, error) {
	l := &loader{in: in, kinds: map[string]*kind{}}
	for _, m := range in.Models {
		k, err := newKind(m, in.Side)
		if err != nil {
			return nil, err
		}
		if in.Keeps != nil {
			k.keeps(in.Keeps)
		}
		l.kinds[m.Name] = k
	}
	l.findings = finding.NewWriter(finding.Options{Store: in.Store, Name: in.Findings, Temp: in.Temp})
	l.snapshot = snapshot.NewWriter(snapshot.Options{Store: in.Store, Name: in.Name, Temp: in.Temp, Duplicate: l.duplicate})
	return l, nil
}
