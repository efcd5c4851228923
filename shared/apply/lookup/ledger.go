package lookup

import (
	"fmt"
	"os"
)

// Ledger holds one byte for each of n ordinals, 0 at first.
type Ledger struct {
	n     int64
	mem   []byte // all of it where it is small, else one page
	f     *os.File
	page  int64 // which page mem holds
	dirty bool
}

const pageSize = 64 << 10

// NewLedger returns a ledger of n ordinals that keeps up to limit bytes in memory, else one page of a file below the folder dir.
func NewLedger(dir string, n int64, limit int) (*Ledger, error) {
	if n <= int64(max(limit, pageSize)) {
		return &Ledger{n: n, mem: make([]byte, n)}, nil
	}
	f, err := temp(dir)
	if err != nil {
		return nil, err
	}
	pages := (n + pageSize - 1) / pageSize
	if err := f.Truncate(pages * pageSize); err != nil {
		discard(f)
		return nil, fmt.Errorf("write temporary file: %w", err)
	}
	return &Ledger{n: n, mem: make([]byte, pageSize), f: f}, nil
}

// Len returns n.
func (l *Ledger) Len() int64 { return l.n }

// Get returns the byte of ordinal i, which must be in 0..n-1.
func (l *Ledger) Get(i int64) (byte, error) {
	at, err := l.at(i)
	if err != nil {
		return 0, err
	}
	return l.mem[at], nil
}

// Set sets the byte of ordinal i, which must be in 0..n-1.
func (l *Ledger) Set(i int64, b byte) error {
	at, err := l.at(i)
	if err != nil {
		return err
	}
	l.mem[at] = b
	l.dirty = true
	return nil
}

// Update changes the bytes of first..last; what change returns is set.
func (l *Ledger) Update(first, last int64, change func(b byte) byte) error {
	for i := first; i <= last; i++ {
		at, err := l.at(i)
		if err != nil {
			return err
		}
		if b := change(l.mem[at]); b != l.mem[at] {
			l.mem[at] = b
			l.dirty = true
		}
	}
	return nil
}

// Next returns the first ordinal from i on, and before end, whose byte is wanted; end where there is none.
func (l *Ledger) Next(i, end int64, wanted func(b byte) bool) (int64, error) {
	for ; i < end; i++ {
		at, err := l.at(i)
		if err != nil {
			return 0, err
		}
		if wanted(l.mem[at]) {
			return i, nil
		}
	}
	return end, nil
}

// Close removes the file. It may be called more than once.
func (l *Ledger) Close() {
	discard(l.f)
	l.f = nil
}

// at returns the index in mem of ordinal i, with its page there.
func (l *Ledger) at(i int64) (int64, error) {
	if i < 0 || i >= l.n {
		return 0, fmt.Errorf("ordinal %d is not in a ledger of %d", i, l.n)
	}
	if l.f == nil {
		return i, nil
	}
	if p := i / pageSize; p != l.page {
		if l.dirty {
			if _, err := l.f.WriteAt(l.mem, l.page*pageSize); err != nil {
				return 0, fmt.Errorf("write temporary file: %w", err)
			}
			l.dirty = false
		}
		if _, err := l.f.ReadAt(l.mem, p*pageSize); err != nil {
			return 0, fmt.Errorf("read temporary file: %w", err)
		}
		l.page = p
	}
	return i % pageSize, nil
}
