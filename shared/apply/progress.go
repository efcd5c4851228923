package apply

import (
	"sync"
	"time"

	"github.com/plumbline-sync/plumbline/shared/adapter"
)

// meter tells Progress how far the run is, a few times a second.
type meter struct {
	e    *engine
	tell func(doing string)
	mu   sync.Mutex
	last Progress
	at   time.Time // when Progress was told

	// the rate is that between mark and now; mark moves on every few seconds
	mark, next     time.Time
	marked, coming int64
}

const (
	tellEvery = 200 * time.Millisecond
	rateOver  = 5 * time.Second
)

func newMeter(e *engine, progress func(Progress)) *meter {
	now := time.Now()
	m := &meter{e: e, mark: now, next: now, marked: e.handled, coming: e.handled}
	m.tell = func(doing string) {
		if progress != nil {
			m.update(progress, doing, false)
		}
	}
	return m
}

// update tells progress, unless it was told just before. It must not be called with the engine locked.
func (m *meter) update(progress func(Progress), doing string, force bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if doing != "" {
		force = force || doing != m.last.Doing
		m.last.Doing = doing
	}
	now := time.Now()
	if !force && now.Sub(m.at) < tellEvery {
		return
	}
	m.e.mu.Lock()
	p := Progress{Done: m.e.handled, Total: m.e.last, Failed: m.e.results[adapter.Failed], Doing: m.last.Doing}
	for _, s := range m.e.staged {
		p.Done += s.n
		if s.state == failed {
			p.Failed += s.n
		}
	}
	m.e.mu.Unlock()
	if over := now.Sub(m.mark).Seconds(); over > 0 {
		p.Rate = float64(p.Done-m.marked) / over
	}
	if now.Sub(m.next) > rateOver {
		m.mark, m.marked = m.next, m.coming
		m.next, m.coming = now, p.Done
	}
	m.last, m.at = p, now
	progress(p)
}

// close tells how far the run came.
func (m *meter) close() {
	if m.e.in.Progress != nil {
		m.update(m.e.in.Progress, "", true)
	}
}
