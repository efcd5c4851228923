package apply

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/fault"
)

// pen writes the journal, from a goroutine of its own. What comes together within Tuning.Together goes into one object; it is written at once where somebody waits
// for it, where it has become large, and at the end. Before each write, and at least every Tuning.Touch, it asks Touch.
type pen struct {
	ctx    context.Context // of writes, and of whatever is read; it outlives the caller's
	cancel context.CancelFunc
	stop   *stopper
	touch  func(context.Context) error
	t      Tuning
	kick   chan struct{}
	ended  chan struct{}
	closed bool // guarded by mu like all below

	mu      sync.Mutex
	change  *sync.Cond
	w       *journal.Writer
	begun   bool
	oldest  time.Time // when the oldest entry came that is not written
	asked   int64     // up to which ordinal flights were added
	noted   int64     // up to which they are stored
	added   uint64    // entries
	stored  uint64    // entries
	waiting int       // who waits for a flight to be noted
	round   int       // how often it was restarted
	flush   int       // who waits for everything
	err     error
}

// full is the size from which an object is written without waiting for more.
const full = 1 << 20

func newPen(ctx context.Context, w *journal.Writer, stop *stopper, touch func(context.Context) error, t Tuning) *pen {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &pen{ctx: ctx, cancel: cancel, stop: stop, touch: touch, t: t, w: w, kick: make(chan struct{}, 1), ended: make(chan struct{})}
	p.change = sync.NewCond(&p.mu)
	go p.run()
	go func() {
		select {
		case <-stop.halted:
			p.mu.Lock()
			p.change.Broadcast()
			p.mu.Unlock()
		case <-p.ended:
		}
	}()
	return p
}

func (p *pen) wake() {
	select {
	case p.kick <- struct{}{}:
	default:
	}
}

// add adds an entry; it waits while the object that is being made is far too large.
func (p *pen) add(e *journal.Entry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.w.Size() > 4*full && p.err == nil && !p.closed {
		p.wake()
		p.change.Wait()
	}
	if p.err != nil || p.closed {
		return
	}
	if !p.begun {
		p.begun = true
		p.put(&journal.Entry{Kind: journal.Begin, N: 1})
	}
	if e.Kind == journal.Flight || e.Kind == journal.Again {
		p.asked = max(p.asked, e.Last)
	}
	p.put(e)
	p.wake()
}

func (p *pen) put(e *journal.Entry) {
	if p.w.Size() == 0 {
		p.oldest = time.Now()
	}
	p.w.Add(e)
	p.added++
}

// await waits until the flight of an ordinal is stored; false where the run was stopped before.
func (p *pen) await(n int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting++
	defer func() { p.waiting-- }()
	for p.noted < n {
		if p.err != nil || p.closed || p.stop.stopped() {
			return false
		}
		p.wake()
		p.change.Wait()
	}
	return true
}

// ahead returns up to which ordinal flights were added.
func (p *pen) ahead() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// restart forgets which flights were noted: the second tries begin at the front again.
func (p *pen) restart() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked, p.noted = 0, 0
	p.round++
}

// sync waits until everything added is stored.
func (p *pen) sync() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flush++
	defer func() { p.flush-- }()
	for want := p.added; p.stored < want && p.err == nil && !p.closed; {
		p.wake()
		p.change.Wait()
	}
	return p.err
}

// expire cuts off writes that outlast the time for closing.
func (p *pen) expire() { time.AfterFunc(p.t.CloseGrace, p.cancel) }

// close stores what is left, unless the run was aborted, and ends the pen.
func (p *pen) close() error {
	err := p.sync()
	p.mu.Lock()
	p.closed = true
	p.change.Broadcast()
	p.mu.Unlock()
	p.wake()
	<-p.ended
	p.cancel()
	return err
}

func (p *pen) run() {
	defer close(p.ended)
	last := time.Now() // when Touch was asked
	for {
		p.mu.Lock()
		if p.closed || p.err != nil {
			p.change.Broadcast()
			p.mu.Unlock()
			return
		}
		if p.stop.dead() {
			p.fail(fault.Errorf(fault.Stopped, "write journal: the run was aborted"))
			continue
		}
		wait := max(0, p.t.Touch-time.Since(last))
		if p.w.Size() > 0 {
			age := time.Since(p.oldest)
			if p.flush > 0 || p.waiting > 0 || p.w.Size() >= full || age >= p.t.Together {
				p.store(&last)
				continue
			}
			wait = min(wait, p.t.Together-age)
		}
		p.mu.Unlock()
		timer := time.NewTimer(wait)
		select {
		case <-p.kick:
		case <-timer.C:
		}
		timer.Stop()
		if time.Since(last) >= p.t.Touch {
			last = time.Now()
			if err := p.ask(); err != nil {
				p.mu.Lock()
				p.fail(err)
			}
		}
	}
}

// fail ends the pen and the run with it. It is called locked and unlocks.
func (p *pen) fail(err error) {
	p.err = err
	p.change.Broadcast()
	p.mu.Unlock()
	p.stop.abort(err)
}

// store writes what there is. It is called locked and unlocks.
func (p *pen) store(last *time.Time) {
	asked, added, round := p.asked, p.added, p.round
	o := p.w.Seal()
	p.mu.Unlock()
	*last = time.Now()
	err := p.ask()
	if err == nil {
		err = p.write(o)
	}
	p.mu.Lock()
	if err != nil {
		p.fail(err)
		return
	}
	if p.stored = added; round == p.round {
		p.noted = asked
	}
	p.change.Broadcast()
	p.mu.Unlock()
}

// asks is how often Touch is asked at the most where its answer may come a moment later: long enough for a hiccup, not so long that nobody knows whose the lock is.
const asks = 3

func (p *pen) ask() error {
	if p.touch == nil {
		return nil
	}
	return p.try(asks, func() error { return p.touch(p.ctx) })
}

// write puts an object; what is not stored, or may be stored already as it is, is tried again.
func (p *pen) write(o *journal.Object) error {
	return p.try(p.t.Tries, func() error { return p.w.Put(p.ctx, o) })
}

// try does something until it goes well, so many times at the most, unless its error is not a retryable one, the run is aborted, or the time for closing is over.
// Then the error is the one before that, or if there was none, that nobody answered.
func (p *pen) try(times int, do func() error) error {
	pause := p.t.backoff()
	var before error
	for n := 1; ; n++ {
		err := do()
		switch over := p.ctx.Err() != nil; {
		case over && before != nil && errors.Is(err, context.Canceled):
			return before
		case over && errors.Is(err, context.Canceled):
			return fault.Errorf(fault.Unavailable, "write journal: no answer within %s after the last change", p.t.CloseGrace)
		case err == nil || over || n >= times || !fault.Retryable(err) || p.stop.dead():
			return err
		}
		before = err
		if time.Sleep(pause.NextBackOff()); p.stop.dead() {
			return err
		}
	}
}

// backoff returns the pauses between tries: they double, with jitter.
func (t *Tuning) backoff() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{InitialInterval: t.Pause, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: t.LongPause}
}
