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
	harm    int // each request under way makes all others slower by so many hundredths
	mu      sync.Mutex
}

func (s *limited) write(records int) (complains bool) {
	s.mu.Lock()
	s.busy++
	complains = s.most > 0 && s.busy > s.most
	each := time.Duration(100+s.harm*(s.busy-1)*(s.busy-1)) * 100 * time.Microsecond
	s.mu.Unlock()
	if !complains {
		s.workers <- struct{}{}
		time.Sleep(time.Duration(records) * each)
		<-s.workers
	}
	s.mu.Lock()
	s.busy--
	s.mu.Unlock()
	return complains
}

// drive writes so often as the pace allows, and returns how many writes there were at each limit.
func (s *limited) drive(t *testing.T, p *pace, writes int) map[int]int {
	t.Helper()
	at := map[int]int{}
	todo := make(chan struct{})
	var all sync.WaitGroup
	for range cap(p.slots) {
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
				if p.limit < 1 || p.limit > cap(p.slots) || len(p.slots)+p.surplus > cap(p.slots) {
					t.Errorf("limit %d, %d slots, %d too many", p.limit, len(p.slots), p.surplus)
				}
				p.mu.Unlock()
			}
		})
	}
	for range writes {
		todo <- struct{}{}
	}
	close(todo)
	all.Wait()
	return at
}

// TestPaceFindsTheNumberOfWorkers: whatever the server has, as many requests go out at a time, for most of the time.
func TestPaceFindsTheNumberOfWorkers(t *testing.T) {
	for _, c := range []struct{ workers, complains, harm, most, want int }{
		{1, 0, 0, 8, 2}, // it begins with two, which do no harm
		{2, 0, 0, 8, 2},
		{3, 0, 0, 8, 3},
		{6, 0, 0, 8, 6},
		{16, 0, 0, 8, 8},
		{16, 0, 0, 1, 1},
		{16, 4, 0, 8, 2},  // half of the limit at which it complained
		{16, 0, 10, 8, 3}, // four bring less than three
		{16, 0, 90, 8, 2}, // two bring a little more than one
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &limited{workers: make(chan struct{}, c.workers), most: c.complains, harm: c.harm}
			if at := s.drive(t, newPace(c.most), 600); at[c.want] < 300 {
				t.Errorf("%+v: of 600 writes at each limit %v, want most at %d", c, at, c.want)
			}
		})
	}
}

// TestPaceFollowsTheServer: one that becomes slow, without a complaint, by as many requests as it bore before gets fewer; when that is over, more again.
func TestPaceFollowsTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p := &limited{workers: make(chan struct{}, 16)}, newPace(8)
		for _, c := range []struct{ harm, least, most int }{{0, 8, 8}, {20, 2, 4}, {0, 8, 8}} {
			s.harm = c.harm
			s.drive(t, p, 5000)
			if p.limit < c.least || p.limit > c.most {
				t.Errorf("requests make each other slower by %d hundredths: the limit came to %d, want %d to %d", c.harm, p.limit, c.least, c.most)
			}
		}
	})
}
