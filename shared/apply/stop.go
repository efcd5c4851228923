package apply

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// stopper ends a run early, in one of two ways. Halted: nothing more is sent, what is in flight may finish within the grace, its results are noted. Aborted: calls in
// flight are cut off and nothing is written any more, neither to the target nor to the journal.
//
//	deadline near            halted   More
//	a person cancels         halted   error Stopped
//	the job says so          halted   message (failures in a row, first failure)
//	Denied, Unavailable,
//	UnknownOutcome           halted   error
//	plan, snapshot unread    halted   error
//	Touch, journal, disk     aborted  error
type stopper struct {
	// calls is the context of calls to the target.
	calls  context.Context
	cut    context.CancelCauseFunc
	halted chan struct{}
	done   chan struct{} // Run is over; ends the watcher

	mu      sync.Mutex
	more    bool
	message string
	err     error
	aborted bool
}

// errGrace cuts off calls that outlast the grace.
var errGrace = errors.New("the call was cut off: it did not end in time after the run stopped")

func newStopper(ctx context.Context, deadline time.Time, grace time.Duration) *stopper {
	s := &stopper{halted: make(chan struct{}), done: make(chan struct{})}
	s.calls, s.cut = context.WithCancelCause(context.WithoutCancel(ctx))
	if !deadline.IsZero() && !time.Now().Before(deadline) {
		s.halt(true, "", nil)
	}
	go s.watch(ctx, deadline, grace)
	return s
}

func (s *stopper) watch(ctx context.Context, deadline time.Time, grace time.Duration) {
	var due <-chan time.Time
	if !deadline.IsZero() {
		t := time.NewTimer(time.Until(deadline))
		defer t.Stop()
		due = t.C
	}
	select {
	case <-due:
		s.halt(true, "", nil)
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			s.halt(true, "", nil)
		} else {
			s.halt(false, "", fault.Errorf(fault.Stopped, "stopped: %w", context.Cause(ctx)))
		}
	case <-s.halted:
	case <-s.done:
		return
	}
	t := time.NewTimer(grace)
	defer t.Stop()
	select {
	case <-t.C:
		s.cut(errGrace)
	case <-s.done:
	}
}

// halt stops sending. The first call decides what comes of the run.
func (s *stopper) halt(more bool, message string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.halted:
	default:
		s.more, s.message, s.err = more, message, err
		close(s.halted)
	}
}

// abort stops everything.
func (s *stopper) abort(err error) {
	s.halt(false, "", err)
	s.mu.Lock()
	if !s.aborted {
		s.aborted, s.more, s.err = true, false, err
	}
	s.mu.Unlock()
	s.cut(err)
}

// stopped reports whether nothing more is to be sent.
func (s *stopper) stopped() bool {
	select {
	case <-s.halted:
		return true
	default:
		return false
	}
}

// dead reports whether nothing more is to be written.
func (s *stopper) dead() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.aborted
}

// verdict returns how the run was stopped.
func (s *stopper) verdict() (more bool, message string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.more, s.message, s.err
}

// sleep waits for d; false when the run was stopped meanwhile.
func (s *stopper) sleep(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.halted:
		return false
	}
}

// waiting returns a context that ends when the run is stopped.
func (s *stopper) waiting() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(s.calls)
	go func() {
		select {
		case <-s.halted:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// finish ends the watcher and frees the context.
func (s *stopper) finish() {
	close(s.done)
	s.cut(nil)
}
