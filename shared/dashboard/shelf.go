package dashboard

import (
	"context"
	"sync"
	"time"
)

// shelf keeps the last few things that took long to work out. What is asked for is worked out in the background, once, however many ask.
type shelf struct {
	mu    sync.Mutex
	most  int
	items map[string]*item
	clock int64
}

type item struct {
	done chan struct{}
	last int64 // when it was asked for
	stop context.CancelFunc

	mu   sync.Mutex
	got  any // what is there so far
	err  error
	over bool
}

func newShelf(most int) *shelf { return &shelf{most: most, items: map[string]*item{}} }

// get returns what is there of an item after a while at most, and whether that is all of it. work puts what it has so far with put, and returns all of it.
// It goes on when the request is over; it is stopped when the item has to make room for others.
func (s *shelf) get(key string, wait time.Duration, work func(ctx context.Context, put func(any)) (any, error)) (got any, whole bool, err error) {
	s.mu.Lock()
	s.clock++
	it := s.items[key]
	if it == nil {
		s.makeRoom()
		ctx, stop := context.WithCancel(context.Background()) // the work outlives the request that asked for it first
		it = &item{done: make(chan struct{}), stop: stop}
		s.items[key] = it
		go func() {
			defer close(it.done)
			defer stop()
			got, err := work(ctx, func(sofar any) {
				it.mu.Lock()
				it.got = sofar
				it.mu.Unlock()
			})
			it.mu.Lock()
			it.got, it.err, it.over = got, err, true
			it.mu.Unlock()
			if err != nil {
				s.drop(key, it)
			}
		}()
	}
	it.last = s.clock
	s.mu.Unlock()
	select {
	case <-it.done:
	case <-time.After(wait):
	}
	it.mu.Lock()
	defer it.mu.Unlock()
	return it.got, it.over, it.err
}

// makeRoom drops the item that was not asked for the longest. It is called with the lock held.
func (s *shelf) makeRoom() {
	if len(s.items) < s.most {
		return
	}
	oldest := ""
	for k, it := range s.items {
		if oldest == "" || it.last < s.items[oldest].last {
			oldest = k
		}
	}
	s.items[oldest].stop()
	delete(s.items, oldest)
}

// drop forgets an item that could not be worked out: the next who asks tries again.
func (s *shelf) drop(key string, it *item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.items[key] == it {
		delete(s.items, key)
	}
}
