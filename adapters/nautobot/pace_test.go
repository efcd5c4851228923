package nautobot

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// limited is a server with so many workers, each of which takes 10 ms for a record.
type limited struct {
	workers chan struct{}
	busy    int // requests under way, of which it complains above most; 0: never
	most    int
	mu      sync.Mutex
}

func (s *limited) write(records int) (complains bool) {
	s.mu.Lock()
	s.busy++
	complains = s.most > 0 && s.busy > s.most
	s.mu.Unlock()
	if !complains {
		s.workers <- struct{}{}
		time.Sleep(time.Duration(records) * 10 * time.Millisecond)
		<-s.workers
	}
	s.mu.Lock()
	s.busy--
	s.mu.Unlock()
	return complains
}

// TestPaceFindsTheNumberOfWorkers: whatever the server has, as many requests go out at a time, for most of the time.
func TestPaceFindsTheNumberOfWorkers(t *testing.T) {
	for _, c := range []struct{ workers, complains, most, want int }{
		{1, 0, 8, 2}, // it begins with two, which do no harm
		{2, 0, 8, 2},
		{3, 0, 8, 3},
		{6, 0, 8, 6},
		{16, 0, 8, 8},
		{16, 0, 1, 1},
		{16, 4, 8, 2}, // half of the limit at which it complained
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &limited{workers: make(chan struct{}, c.workers), most: c.complains}
			p := newPace(c.most)
			at := map[int]int{} // writes by limit
			todo := make(chan struct{})
			var all sync.WaitGroup
			for range c.most {
				all.Go(func() {
					for range todo {
						if err := p.take(t.Context()); err != nil {
							t.Error(err)
							return
						}
						for s.write(100) {
							p.complained()
							time.Sleep(time.Second)
						}
						p.give()
						p.wrote("POST prefixes", 100)
						p.mu.Lock()
						at[p.limit]++
						if p.limit < 1 || p.limit > c.most || len(p.slots)+p.surplus > c.most {
							t.Errorf("limit %d, %d slots, %d too many", p.limit, len(p.slots), p.surplus)
						}
						p.mu.Unlock()
					}
				})
			}
			for range 600 {
				todo <- struct{}{}
			}
			close(todo)
			all.Wait()
			if at[c.want] < 300 {
				t.Errorf("%+v: of 600 writes at each limit %v, want most at %d", c, at, c.want)
			}
		})
	}
}
