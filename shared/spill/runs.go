package spill

import "bytes"

// run is a run in a temporary file, of which it holds a reference.
type run struct {
	file        *TempFile
	from, to    int64
	first, last []byte // keys
	lastSeq     uint64
}

// spill writes the arena as a run of level 0, or to the end of the last one where it follows on it.
func (s *Sorter) spill() error {
	if len(s.arena.entries) == 0 {
		return nil
	}
	if s.inOrder() {
		return s.handOver()
	}
	s.arena.sort()
	if s.file == nil {
		f, err := NewTempFile(s.o.Dir)
		if err != nil {
			return err
		}
		s.file = f
	}
	if len(s.levels) == 0 {
		s.levels = [][]*run{nil}
	}
	es := s.arena.entries
	first, last := s.arena.item(es[0]), s.arena.item(es[len(es)-1])
	var r *run
	if n := len(s.levels[0]); n > 0 && s.levels[0][n-1].file == s.file && s.levels[0][n-1].before(first) {
		r = s.levels[0][n-1]
		s.file.size = r.to - chunkHeader // over the chunk that ends it
	} else {
		r = &run{file: s.file, from: s.file.size, first: bytes.Clone(first.Key())}
	}
	out := s.out
	out.w = s.file
	for _, e := range es {
		slab := s.arena.encoded(e)
		_, n, _ := decode(slab)
		if err := out.addEncoded(slab[:n]); err != nil {
			return err
		}
	}
	if err := out.finish(); err != nil {
		return err
	}
	if r.to == 0 {
		s.file.refs++
		s.levels[0] = append(s.levels[0], r)
	}
	r.to, r.last, r.lastSeq = s.file.size, append(r.last[:0], last.Key()...), last.Seq
	s.arena.reset()
	return s.mergeFullLevels()
}

// inOrder reports whether the arena goes on in strictly ascending order; if not the order is broken for good.
func (s *Sorter) inOrder() bool {
	if s.o.InOrder == nil || s.arena.unordered {
		s.broken = true
	}
	if s.broken {
		return false
	}
	last := s.last
	for i, e := range s.arena.entries {
		key := s.arena.key(e)
		if (i > 0 || last != nil) && bytes.Compare(last, key) >= 0 {
			s.broken = true
			return false
		}
		last = key
	}
	return true
}

// handOver gives the arena to InOrder.
func (s *Sorter) handOver() error {
	for _, e := range s.arena.entries {
		it := s.arena.item(e)
		if err := s.o.InOrder(it); err != nil {
			return err
		}
		s.last = append(s.last[:0], it.Key()...)
	}
	s.arena.reset()
	return nil
}

// before reports whether the item surely comes after all of the run.
func (r *run) before(it Item) bool {
	d := bytes.Compare(r.last, it.Key())
	return d < 0 || (d == 0 && r.lastSeq < it.Seq)
}

// mergeFullLevels merges the runs of each level that has as many as one merge reads into one of the next. The arena is empty.
func (s *Sorter) mergeFullLevels() error {
	for level := 0; level < len(s.levels); level++ {
		if len(s.levels[level]) < s.fanIn {
			continue
		}
		merged, err := s.mergeRuns(s.levels[level])
		if err != nil {
			return err
		}
		s.levels[level] = nil
		if level == 0 {
			s.file.Release()
			s.file = nil
		}
		if level+1 == len(s.levels) {
			s.levels = append(s.levels, nil)
		}
		s.levels[level+1] = append(s.levels[level+1], merged)
	}
	return nil
}

// mergeRuns makes one run of many in a file of its own and releases them.
func (s *Sorter) mergeRuns(runs []*run) (*run, error) {
	f, err := NewTempFile(s.o.Dir)
	if err != nil {
		return nil, err
	}
	merged := &run{file: f}
	out := newRunWriter(f, s.chunk)
	var failed error
	err = merge(s.open(runs), func(it Item) bool {
		if merged.first == nil {
			merged.first = bytes.Clone(it.Key())
		}
		merged.last = append(merged.last[:0], it.Key()...)
		merged.lastSeq = it.Seq
		failed = out.add(it)
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	if err == nil {
		err = out.finish()
	}
	if err != nil {
		f.Release()
		return nil, err
	}
	merged.to = f.size
	for _, r := range runs {
		r.file.Release()
	}
	return merged, nil
}

// open returns sources for runs; their buffers are the arena's memory.
func (s *Sorter) open(runs []*run) []*source {
	buffers := s.arena.carve(len(runs), s.chunk)
	shared := new([]byte)
	sources := make([]*source, 0, len(runs))
	for i, r := range runs {
		in := &Run{src: r.file.Section(r.from, r.to), shared: shared}
		if i < len(buffers) {
			in.raw = buffers[i]
		}
		sources = append(sources, &source{run: in, low: r.first, high: r.last})
	}
	return sources
}

// sources returns all that was added, for the last merge.
func (s *Sorter) sources() ([]*source, error) {
	var sources []*source
	if len(s.levels) == 0 {
		s.arena.sort()
		sources = append(sources, &source{arena: &s.arena})
	} else {
		if err := s.spill(); err != nil {
			return nil, err
		}
		var runs []*run
		for _, level := range s.levels {
			runs = append(runs, level...)
		}
		for len(runs) > s.fanIn { // the first are the smallest
			n := min(len(runs)-s.fanIn+1, s.fanIn)
			merged, err := s.mergeRuns(runs[:n])
			if err != nil {
				return nil, err
			}
			runs = append(runs[n:], merged)
			s.levels = [][]*run{runs}
		}
		sources = s.open(runs)
	}
	for _, r := range s.extra {
		sources = append(sources, &source{run: r})
	}
	return sources, nil
}
