package spill

import (
	"bytes"
	"errors"
	"io"
	"math"
)

// source is one sorted input of a merge: an arena or a run.
type source struct {
	arena     *arena
	at        int // entries of the arena that were read
	run       *Run
	low, high []byte // bounds of its keys where they are known
	item      Item
	prefix    uint64
	done      bool
	place     int // among the sources
}

func (s *source) next(common []byte) error {
	if s.arena != nil {
		if s.at == len(s.arena.entries) {
			s.done = true
			return nil
		}
		s.item = s.arena.item(s.arena.entries[s.at])
		s.at++
	} else {
		var err error
		if s.item, err = s.run.Next(); err != nil {
			s.done = true
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
	s.prefix = prefixAfter(s.item.Key(), common)
	return nil
}

// prefixAfter maps keys to numbers that never contradict their order: of keys that begin with common the 8 bytes behind it, else the least or the greatest number.
func prefixAfter(key, common []byte) uint64 {
	if bytes.HasPrefix(key, common) {
		return prefixAt(key, len(common))
	}
	if bytes.Compare(key, common) < 0 {
		return 0
	}
	return math.MaxUint64
}

func (s *source) less(t *source) bool {
	switch {
	case s.done || t.done:
		return !s.done
	case s.prefix != t.prefix:
		return s.prefix < t.prefix
	}
	return compare(s.item, t.item) < 0
}

// merge hands the items of all sources to yield in order until that returns false. It is a tree of losers: each inner node keeps the source that lost there, so that the next least item costs one comparison a level.
func merge(sources []*source, yield func(Item) bool) error {
	var common []byte
	known := false
	for _, s := range sources {
		for _, k := range [][]byte{s.low, s.high} {
			switch {
			case k == nil:
			case !known:
				common, known = k, true
			default:
				common = common[:commonPrefix(common, k)]
			}
		}
	}
	common = bytes.Clone(common)
	for _, s := range sources {
		if err := s.next(common); err != nil {
			return err
		}
	}
	if len(sources) == 1 {
		return drain(sources[0], yield)
	}
	n := 1
	for n < len(sources) {
		n *= 2
	}
	for len(sources) < n {
		sources = append(sources, &source{done: true})
	}
	losers, winners := make([]*source, n), make([]*source, 2*n)
	for i, s := range sources {
		winners[n+i], s.place = s, i
	}
	for i := n - 1; i >= 1; i-- {
		a, b := winners[2*i], winners[2*i+1]
		if b.less(a) {
			a, b = b, a
		}
		winners[i], losers[i] = a, b
	}
	w := winners[1]
	for !w.done {
		if !yield(w.item) {
			return nil
		}
		if err := w.next(common); err != nil {
			return err
		}
		for i := (n + w.place) / 2; i >= 1; i /= 2 {
			if losers[i].less(w) {
				losers[i], w = w, losers[i]
			}
		}
	}
	return nil
}

// drain is merge of a single source.
func drain(s *source, yield func(Item) bool) error {
	for !s.done {
		if !yield(s.item) {
			return nil
		}
		if err := s.next(nil); err != nil {
			return err
		}
	}
	return nil
}
