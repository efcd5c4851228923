package lookup

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// tail is an append-only file of entries whose end is still in memory.
type tail struct {
	f       *os.File
	flushed int64
	buf     []byte
	head    [2 * binary.MaxVarintLen64]byte
	scratch []byte
}

const tailSize = 64 << 10

// add appends an entry and returns its place.
func (t *tail) add(key, value string) (int64, error) {
	place := t.flushed + int64(len(t.buf))
	t.buf = binary.AppendUvarint(t.buf, uint64(len(key)))
	t.buf = binary.AppendUvarint(t.buf, uint64(len(value)))
	t.buf = append(t.buf, key...)
	t.buf = append(t.buf, value...)
	if len(t.buf) < tailSize {
		return place, nil
	}
	if _, err := t.f.WriteAt(t.buf, t.flushed); err != nil {
		return 0, fmt.Errorf("write temporary file: %w", err)
	}
	t.flushed += int64(len(t.buf))
	t.buf = t.buf[:0]
	return place, nil
}

// entry reads the entry at a place.
func (t *Table) entry(place int64) (key, value string, err error) {
	e := t.entries
	if place >= e.flushed {
		k, v, _ := split(e.buf[place-e.flushed:])
		return string(k), string(v), nil
	}
	n, err := e.f.ReadAt(e.head[:], place)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", "", fmt.Errorf("read temporary file: %w", err)
	}
	_, _, size := split(e.head[:n])
	if cap(e.scratch) < size {
		e.scratch = make([]byte, size)
	}
	b := e.scratch[:size]
	if _, err := e.f.ReadAt(b, place); err != nil {
		return "", "", fmt.Errorf("read temporary file: %w", err)
	}
	k, v, _ := split(b)
	return string(k), string(v), nil
}

// split cuts an entry; key and value are nil where b holds only its beginning. size is that of the whole entry.
func split(b []byte) (key, value []byte, size int) {
	k, i := binary.Uvarint(b)
	v, j := binary.Uvarint(b[i:])
	at := i + j
	size = at + int(k) + int(v)
	if len(b) < size {
		return nil, nil, size
	}
	return b[at : at+int(k)], b[at+int(k) : size], size
}

func (t *tail) close() { discard(t.f) }

// temp makes a temporary file; where the system allows it has no name from the start, so that a killed process leaves none behind.
func temp(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, "plumb-lookup-*")
	if err != nil {
		return nil, fmt.Errorf("make temporary file: %w", err)
	}
	_ = os.Remove(f.Name())
	return f, nil
}

func discard(f *os.File) {
	if f == nil {
		return
	}
	_ = f.Close()
	_ = os.Remove(f.Name())
}
