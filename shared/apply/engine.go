package apply

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/plumbline-sync/plumbline/shared/adapter"
	"github.com/plumbline-sync/plumbline/shared/apply/journal"
	"github.com/plumbline-sync/plumbline/shared/apply/lookup"
	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/plan"
	"github.com/plumbline-sync/plumbline/shared/record"
)

// engine is one call of Run.
type engine struct {
	in    Input
	t     Tuning
	log   *slog.Logger
	plan  changes
	ix    *plan.Index
	last  int64 // highest ordinal
	trans *Translator

	writer     adapter.Writer // nil where there is a batcher
	batcher    adapter.Batcher
	finder     adapter.Finder // these three may be nil
	committer  adapter.Committer
	conflicter adapter.Conflicter
	workers    int
	limiter    *rate.Limiter // nil: no limit

	stop    *stopper
	pen     *pen
	related *related
	meter   *meter
	second  bool // these are the second tries
	hung    bool // a call did not come back

	mu        sync.Mutex // guards all below
	ledger    *lookup.Ledger
	marks     *lookup.Table
	locals    *lookup.Table
	results   map[adapter.Status]int64
	staged    []stagedResult // of results since the last commit; nil where the target does not stage
	handled   int64
	row       int64 // failures in a row
	waits     int64 // changes that wait for a second try
	belows    int64 // changes that a cascade takes along
	dirty     bool  // something was sent since the last commit
	taken     bool  // and something of it was not refused
	tried     bool
	written   bool
	over      bool // Run is about to return; who comes later is not listened to
	completed bool // the target was told that the sync is over
}

// stagedResult counts results that do not count before the next commit.
type stagedResult struct {
	state byte
	n     int64
}

// changes is what the engine reads of a plan; a *plan.Reader.
type changes interface {
	Index() *plan.Index
	Changes(ctx context.Context, from, to int64) iter.Seq2[*plan.Change, error]
}

// cursor finds single records of a snapshot; a *snapshot.Cursor.
type cursor interface {
	Find(ctx context.Context, key record.Key) (record.Line, bool, error)
}

// newEngine opens everything. fresh and snap may be nil.
func newEngine(ctx context.Context, in Input, p changes, fresh, snap cursor) (*engine, error) {
	e := &engine{in: in, t: in.Tuning.filled(), log: in.Log, plan: p, ix: p.Index(), results: map[adapter.Status]int64{}, workers: 1}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	e.last = e.ix.Last()
	var err error
	if e.trans, err = NewTranslator(in.Job, in.Models); err != nil {
		return nil, err
	}
	e.batcher, _ = in.Target.(adapter.Batcher)
	if e.batcher == nil {
		if e.writer, _ = in.Target.(adapter.Writer); e.writer == nil {
			return nil, fault.Errorf(fault.Invalid, "the target cannot be written to")
		}
	}
	e.finder, _ = in.Target.(adapter.Finder)
	e.committer, _ = in.Target.(adapter.Committer)
	e.conflicter, _ = in.Target.(adapter.Conflicter)
	if c, ok := in.Target.(adapter.Concurrent); ok {
		e.workers = max(1, c.Workers())
	}
	if in.Workers > 0 {
		e.workers = min(e.workers, in.Workers)
	}
	if in.Rate > 0 {
		e.limiter = rate.NewLimiter(rate.Limit(in.Rate), max(1, int(in.Rate)))
	}
	if e.ledger, err = lookup.NewLedger(in.Temp, e.last+1, e.t.Memory); err != nil {
		return nil, err
	}
	e.marks, e.locals = lookup.NewTable(in.Temp, e.t.Memory), lookup.NewTable(in.Temp, e.t.Memory)
	e.related = newRelated(e, fresh, snap)
	e.stop = newStopper(ctx, in.Deadline, e.t.Grace)
	number, err := e.replay(ctx)
	if err == nil {
		_, _, err = e.stop.verdict() // a lookup may be broken
		if fault.Is(err, fault.Stopped) {
			err = nil
		}
	}
	if err != nil {
		e.close()
		return nil, err
	}
	w, err := journal.NewWriter(journal.Options{Store: in.Store, Prefix: in.Journal, Next: number + 1, Plan: e.ix.Digest, Run: in.Run, Stages: e.committer != nil})
	if err != nil {
		e.close()
		return nil, err
	}
	e.pen = newPen(ctx, w, e.stop, in.Touch, e.t)
	e.meter = newMeter(e, in.Progress)
	return e, nil
}

func (e *engine) close() {
	e.stop.finish()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	e.ledger.Close()
	e.marks.Close()
	e.locals.Close()
}

// run does everything between opening and closing.
func (e *engine) run() (Outcome, error) {
	defer e.close()
	unread := e.sections()
	if unread != nil {
		e.stop.halt(false, "", unread)
	}
	if !e.stop.dead() && e.belows > 0 {
		if err := e.settleBelow(e.pen.ctx); err != nil {
			e.stop.abort(err)
		}
	}
	e.pen.expire()
	e.barrier()
	more, message, err := e.stop.verdict()
	out := Outcome{More: more, Message: message, Partial: message != ""}
	if !more && !e.stop.dead() && unread == nil && !fault.Is(err, fault.Denied) { // who is not let in, or could not read, may come back
		e.complete(&out)
	}
	if perr := e.pen.close(); err == nil && perr != nil {
		if _, _, err = e.stop.verdict(); !errors.Is(err, perr) { // what stopped the run may just have been the pen's own trouble
			err = errors.Join(err, perr)
		}
	}
	e.meter.close()
	e.mu.Lock()
	e.over = true
	out.Results, out.Written = e.results, e.written
	e.mu.Unlock()
	if err != nil {
		out.More = false
	}
	return out, err
}

// sections goes through the plan, then through the second tries.
func (e *engine) sections() error {
	if err := e.skipStale(); err != nil {
		return err
	}
	for _, s := range e.inOrder() {
		if e.stop.stopped() {
			return nil
		}
		if err := e.section(s, func(b byte) bool { return !final(b) && !waits(b) && b != below }); err != nil {
			return err
		}
	}
	if e.waits == 0 || e.stop.stopped() {
		return nil
	}
	return e.secondTries()
}

// complete tells the target that the sync is over.
func (e *engine) complete(out *Outcome) {
	c, ok := e.in.Target.(adapter.Completer)
	if !ok || !e.tried || e.completed || e.hung {
		return
	}
	ctx, cancel := context.WithTimeout(e.pen.ctx, e.t.CloseGrace)
	defer cancel()
	err := guarded(func() error {
		return c.SyncComplete(ctx, adapter.Summary{Run: e.in.Run, Statuses: e.results})
	})
	if err == nil {
		e.pen.add(&journal.Entry{Kind: journal.End, N: 1})
		return
	}
	text := e.clean("all changes were tried, but the target's hook at the end of a sync went wrong: " + err.Error())
	e.log.Warn("sync_complete went wrong", "error", e.clean(err.Error()))
	out.Partial = true
	if out.Message != "" {
		out.Message += "; "
	}
	out.Message += text
}

// clean takes secrets out of a text.
func (e *engine) clean(s string) string {
	if e.in.Redact == nil {
		return s
	}
	return e.in.Redact(s)
}

// filled returns the tuning with defaults for zero fields.
func (t Tuning) filled() Tuning {
	d := func(v *time.Duration, def time.Duration) {
		if *v <= 0 {
			*v = def
		}
	}
	d(&t.Patience, 5*time.Minute)
	d(&t.Pause, 250*time.Millisecond)
	d(&t.LongPause, 30*time.Second)
	d(&t.Grace, 10*time.Second)
	d(&t.Together, time.Second)
	d(&t.Touch, 5*time.Second)
	d(&t.CloseGrace, 30*time.Second)
	if t.Tries <= 0 {
		t.Tries = 12
	}
	if t.Memory <= 0 {
		t.Memory = 1 << 20
	}
	return t
}
