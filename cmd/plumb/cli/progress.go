package cli

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/plumbline-sync/plumbline/shared/run"
	"github.com/plumbline-sync/plumbline/shared/step"
	"github.com/plumbline-sync/plumbline/shared/words"
)

// progress shows the steps as they work: bars on a terminal for what takes longer than a moment, plain lines elsewhere, nothing with --quiet.
type progress struct {
	mu     sync.Mutex
	w      io.Writer
	quiet  bool
	tty    bool
	bars   *mpb.Progress // nil while nothing is shown as bars
	rows   map[string]*row
	began  time.Time
	waited bool
}

// row is one step's line.
type row struct {
	bar     *mpb.Bar
	last    run.Step
	drawn   atomic.Pointer[run.Step] // last, for who draws the bar: drawing never waits for an update, for updates wait for drawing
	printed time.Time
	done    bool
}

// showAfter is how long a run works before progress appears; plainEvery how often plain lines come.
const (
	showAfter  = time.Second
	plainEvery = 5 * time.Second
)

func (a *app) newProgress() *progress {
	return &progress{w: a.err, quiet: a.quiet, tty: terminal(a.err), rows: map[string]*row{}, began: time.Now()}
}

// update is told of a step's record as it changes, from any goroutine.
func (p *progress) update(s run.Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.quiet || s.Name == step.StepGate {
		return
	}
	r := p.rows[s.Name]
	if r == nil {
		r = &row{printed: time.Now()}
		p.rows[s.Name] = r
	}
	r.last = s
	r.drawn.Store(&s)
	ended := s.Status != string(run.Running)
	if !p.tty {
		p.plain(r, ended)
		return
	}
	if r.bar == nil {
		if r.done || time.Since(p.began) < showAfter {
			return
		}
		if p.bars == nil {
			p.bars = mpb.New(mpb.WithOutput(p.w), mpb.WithWidth(40), mpb.WithAutoRefresh(), mpb.WithRefreshRate(100*time.Millisecond))
		}
		r.bar = p.bar(r)
	}
	if s.Total > 0 {
		r.bar.SetTotal(s.Total, false)
	}
	r.bar.SetCurrent(s.Handled)
	if ended && !r.done {
		r.done = true
		if s.Status == string(run.Failed) {
			r.bar.Abort(false) // it stays as far as it came
			return
		}
		r.bar.SetTotal(max(s.Handled, 1), true)
	}
}

// bar adds a step's bar: name, bar, records so far, rate, time left where it can be known.
func (p *progress) bar(r *row) *mpb.Bar {
	return p.bars.New(r.last.Total, mpb.BarStyle().Lbound("").Rbound("").Filler("█").Tip("█").Padding("░"),
		mpb.PrependDecorators(decor.Name(fmt.Sprintf("%-12s", r.last.Name))),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string { return farOf(*r.drawn.Load()) })))
}

// farOf says how far the step is.
func farOf(s run.Step) string {
	text := " " + words.Thousands(s.Handled)
	if s.Total > 0 && s.Total != s.Handled {
		text += " of " + words.Thousands(s.Total)
	}
	text += " " + s.Unit
	if s.Detail != "" && s.Status == string(run.Running) {
		text += "   " + s.Detail
	}
	if sec := s.Duration.Seconds(); sec > 0.5 && s.Status == string(run.Running) {
		rate := float64(s.Handled) / sec
		text += fmt.Sprintf("   %s/s", words.Thousands(int64(rate)))
		if s.Total > s.Handled && rate > 0 {
			text += "   " + (time.Duration(float64(s.Total-s.Handled)/rate) * time.Second).String() + " left"
		}
	}
	if s.Status != string(run.Running) {
		text += "   " + words.Seconds(s.Duration)
	}
	if s.Failed > 0 {
		text += fmt.Sprintf("   %d failed", s.Failed)
	}
	return text
}

// plain prints a line when a step of some length goes on or ends.
func (p *progress) plain(r *row, ended bool) {
	if r.done || (!ended && time.Since(r.printed) < plainEvery) {
		return
	}
	long := time.Since(p.began) >= showAfter
	r.printed, r.done = time.Now(), ended
	if long {
		fmt.Fprintf(p.w, "%s:%s\n", r.last.Name, farOf(r.last))
	}
}

// waiting says once that another run holds the lock.
func (p *progress) waiting() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.waited && !p.quiet {
		p.waited = true
		fmt.Fprintln(p.w, "waiting for the target's lock, which another run holds")
	}
}

// stop ends the display, so that other lines can be printed; a later step begins a new one.
func (p *progress) stop() {
	p.mu.Lock()
	bars := p.bars
	p.bars = nil
	for _, r := range p.rows {
		if r.bar != nil && !r.done {
			r.bar.Abort(false)
		}
		r.done = r.done || r.bar != nil
	}
	p.mu.Unlock()
	if bars != nil {
		bars.Wait()
	}
}
