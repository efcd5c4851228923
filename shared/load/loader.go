package load

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/finding"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/snapshot"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// loader is one call of Run.
type loader struct {
	in       Input
	kinds    map[string]*kind
	last     *kind
	snapshot *snapshot.Writer
	findings *finding.Writer
	places   places

	records int64
	total   int64
	cursor  []byte // where to go on
	before  []byte // the cursor that this call began with
	version string // of the source, as far as it can tell
	done    bool   // all records were yielded

	// Buffers of the record that is worked on.
	key, parent, line []byte
}

// What happens beside the loop sets a bit; the loop looks at one number for each record.
const (
	tick     = 1 << iota // progress is due
	deadline             // the deadline has passed
	ended                // ctx has ended
)

const (
	progressEvery = 100 * time.Millisecond
	grace         = 5 * time.Second // after the deadline, for a source that cannot stop just where it is
)

// pull takes records from the source until there are no more, or more is true: the deadline passed and the source can go on from l.cursor.
func (l *loader) pull(ctx context.Context) (more bool, err error) {
	var signals atomic.Int32
	lctx, release := l.watch(ctx, &signals)
	defer release()
	req := adapter.Request{Models: l.in.Models, Cursor: l.cursor, Scope: l.scope()}
	if c, ok := l.in.Source.(adapter.Counter); ok && l.before == nil {
		l.total = max(0, c.Count(lctx, req))
	}
	for r, err := range l.in.Source.Load(lctx, req) {
		if err := l.take(r, err); err != nil {
			return false, l.interrupted(ctx, lctx, err)
		}
		if s := signals.Load(); s != 0 {
			if s&ended != 0 {
				return false, l.interrupted(ctx, lctx, lctx.Err())
			}
			if s&tick != 0 {
				signals.And(^tick)
				l.progress()
			}
			if s&deadline != 0 {
				if stop, err := l.stop(); stop || err != nil {
					return stop, err
				}
			}
		}
	}
	if err := lctx.Err(); err != nil {
		return false, l.interrupted(ctx, lctx, err)
	}
	l.progress()
	if err := l.sameVersion(ctx); err != nil {
		return false, err
	}
	l.done = true
	return signals.Load()&deadline != 0, nil
}

// take handles one record, or the error in its place.
func (l *loader) take(r *record.Record, err error) error {
	if err != nil {
		b := record.AsBad(err)
		if b == nil {
			if l.records > 0 && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
				return fmt.Errorf("%w (after %s)", err, l.where(l.places.last))
			}
			return err
		}
		l.records++
		l.places.last = nowhere | uint64(l.records)
		return l.adapterBad(b)
	}
	if r == nil {
		return fault.Errorf(fault.Internal, "the adapter yields neither a record nor an error")
	}
	l.records++
	k, err := l.model(r.Model)
	if err != nil {
		if at := r.Position(); at != "" {
			return fmt.Errorf("%s: %w", at, err)
		}
		return err
	}
	return l.add(k, r)
}

func (l *loader) progress() {
	if l.in.Progress != nil {
		l.in.Progress(l.records, l.total)
	}
}

// watch sets the bits of signals as things happen. The context that it returns ends a source that does not come to its next record long after the deadline.
func (l *loader) watch(ctx context.Context, signals *atomic.Int32) (context.Context, func()) {
	lctx, cancel := ctx, context.CancelFunc(func() {})
	var late *time.Timer
	if d := l.in.Deadline; !d.IsZero() {
		lctx, cancel = context.WithDeadline(ctx, d.Add(grace))
		late = time.AfterFunc(time.Until(d), func() { signals.Or(deadline) })
		if !time.Now().Before(d) {
			signals.Or(deadline)
		}
	}
	unwatch := context.AfterFunc(lctx, func() { signals.Or(ended) })
	ticker, quit := time.NewTicker(progressEvery), make(chan struct{})
	go func() {
		for {
			select {
			case <-ticker.C:
				signals.Or(tick)
			case <-quit:
				return
			}
		}
	}()
	return lctx, func() {
		close(quit)
		ticker.Stop()
		unwatch()
		if late != nil {
			late.Stop()
		}
		cancel()
	}
}

// stop asks the source, after the deadline, for a cursor; false: not possible just now.
func (l *loader) stop() (bool, error) {
	c, ok := l.in.Source.(adapter.Resumer)
	if !ok {
		return false, fault.Errorf(fault.TimedOut, "the deadline passed after %s, and this adapter cannot stop and go on later: give it more time, or fewer records", words.Count(l.records, "record"))
	}
	cursor := c.Cursor()
	if cursor == nil {
		return false, nil
	}
	if string(cursor) == string(l.before) {
		return false, fault.Errorf(fault.TimedOut, "the load came no further since it last stopped, after %s: the adapter gives the same cursor again", words.Count(l.records, "record"))
	}
	l.cursor = append([]byte(nil), cursor...)
	return true, nil
}

// interrupted says why a load ended in the middle: a person, a deadline, or what err says.
func (l *loader) interrupted(ctx, lctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fault.Errorf(fault.Stopped, "stopped after %s: %w", words.Count(l.records, "record"), err)
	case lctx.Err() != nil && ctx.Err() == nil:
		return fault.Errorf(fault.TimedOut, "the deadline passed after %s, and the adapter did not come to a place to stop: %w", words.Count(l.records, "record"), err)
	case ctx.Err() != nil:
		return fault.Errorf(fault.TimedOut, "out of time after %s: %w", words.Count(l.records, "record"), err)
	}
	return err
}
