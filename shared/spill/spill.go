// Package spill sorts more records than memory holds: sorted runs in a temporary file, merged when they are read.
package spill

import (
	"bytes"
	"cmp"
	"io"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// Options configure a Sorter.
type Options struct {
	// Dir is the folder for temporary files; "" is the system's.
	Dir string
	// Memory bounds what is kept in memory, in bytes; 0 is 8 MiB.
	Memory int
	// InOrder, where it is not nil, takes what would go to disk as long as all keys so far were strictly ascending. Sorted does not yield it again, and Len counts it.
	// Once an order is broken InOrder is not called any more, Ordered is false, and who needs all in one order gives back what InOrder took, by AddRun.
	InOrder func(Item) error
}

const (
	defaultMemory = 8 << 20
	maxChunk      = 32 << 10
	maxFanIn      = 256
)

// Item is one record as it comes back.
type Item struct {
	Rec            []byte
	KeyOff, KeyLen int
	Seq            uint64
}

// Key returns the bytes that the record is sorted by.
func (i Item) Key() []byte { return i.Rec[i.KeyOff : i.KeyOff+i.KeyLen] }

// compare is the order of items.
func compare(a, b Item) int {
	if d := bytes.Compare(a.Key(), b.Key()); d != 0 {
		return d
	}
	if d := cmp.Compare(a.Seq, b.Seq); d != 0 {
		return d
	}
	return bytes.Compare(a.Rec, b.Rec)
}

// Sorter sorts records by a part of their bytes, then by a number, then by all their bytes. It is for one goroutine.
//
// Records gather in an arena; a full one is sorted and becomes a run in a temporary file, or lengthens the last run where it follows on it, so that input in order, or nearly,
// costs no sorting and gives few runs. So many runs that one merge could not read them within the memory are merged to one of the next level.
type Sorter struct {
	o      Options
	chunk  int // bytes of a run that are compressed together
	fanIn  int
	arena  arena
	file   *TempFile // where runs of level 0 go
	levels [][]*run
	extra  []*Run
	out    *runWriter
	n      int64
	broken bool   // the order, or something was spilled
	last   []byte // the last key that InOrder got
	state  string // why no Add may follow
}

// NewSorter returns an empty sorter. Nothing is written to disk until memory is full. Close must be called.
func NewSorter(o Options) *Sorter {
	if o.Memory <= 0 {
		o.Memory = defaultMemory
	}
	chunk := min(max(o.Memory/maxFanIn, 512), maxChunk)
	return &Sorter{o: o, chunk: chunk, fanIn: min(max(o.Memory/chunk, 2), maxFanIn), arena: newArena(o.Memory), out: newRunWriter(nil, chunk)}
}

// Add adds a copy of rec, which is sorted by rec[keyOff:keyOff+keyLen], equal ones by seq, still equal ones by rec: what comes out depends on nothing but what went in.
func (s *Sorter) Add(rec []byte, keyOff, keyLen int, seq uint64) error {
	if s.state != "" {
		return fault.Errorf(fault.Internal, "sort: a record added to a sorter that was %s", s.state)
	}
	if s.arena.full(len(rec)) {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.arena.add(rec, keyOff, keyLen, seq)
	s.n++
	return nil
}

// AddRun adds a run of records that are sorted already, made by WriteSorted. Its reader is used until Close.
func (s *Sorter) AddRun(r *Run) error {
	if s.state != "" {
		return fault.Errorf(fault.Internal, "sort: a run added to a sorter that was %s", s.state)
	}
	s.extra, s.broken = append(s.extra, r), true
	s.n += r.Records
	return nil
}

// Ordered reports whether all keys so far were strictly ascending: what InOrder got comes before everything that Sorted will yield.
func (s *Sorter) Ordered() bool { return s.inOrder() }

// Len returns the number of records added.
func (s *Sorter) Len() int64 { return s.n }

// Sorted yields all records in ascending order, once; an item is valid until the next. No Add may follow.
// Breaking off early is allowed.
func (s *Sorter) Sorted() iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		if s.state != "" {
			yield(Item{}, fault.Errorf(fault.Internal, "sort: a sorter read that was %s", s.state))
			return
		}
		s.state = "read"
		sources, err := s.sources()
		if err == nil {
			err = merge(sources, func(it Item) bool { return yield(it, nil) })
		}
		if err != nil {
			yield(Item{}, err)
		}
	}
}

// WriteSorted writes all records in ascending order to w as one run, which ReadRun reads, also in another process. No Add may follow.
func (s *Sorter) WriteSorted(w io.Writer) error {
	out := newRunWriter(w, s.chunk)
	for it, err := range s.Sorted() {
		if err != nil {
			return err
		}
		if err := out.add(it); err != nil {
			return err
		}
	}
	return out.finish()
}

// Close gives back memory and temporary files; it may be called at any time and again.
func (s *Sorter) Close() error {
	s.state = "closed"
	s.arena, s.out = arena{}, nil
	for _, level := range s.levels {
		for _, r := range level {
			r.file.Release()
		}
	}
	s.levels, s.extra = nil, nil
	if s.file != nil {
		s.file.Release()
		s.file = nil
	}
	return nil
}
