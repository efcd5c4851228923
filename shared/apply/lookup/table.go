// Package lookup keeps what a run has to look up and must not keep in memory: a Table of texts by key, and a Ledger of one byte for each ordinal.
// Both begin in memory and go to temporary files when they outgrow it. Neither may be used concurrently.
package lookup

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"os"
)

// Table maps keys to values. What is small stays in a map; then an append-only file holds the entries and a second one a hash table of their places,
// so that memory does not grow with the number of entries.
type Table struct {
	dir   string
	limit int
	seed  maphash.Seed

	mem   map[string]string
	bytes int

	entries *tail
	slots   *os.File
	buckets uint64
	n       int64
	bucket  [bucketSize]byte
}

const (
	slotSize   = 16 // hash, place + 1
	slotsEach  = 16
	bucketSize = slotSize * slotsEach
	mapCost    = 96 // what an entry of a Go map costs beside its texts, about
)

// NewTable returns an empty table that keeps up to limit bytes in memory and the rest below the folder dir.
func NewTable(dir string, limit int) *Table {
	return &Table{dir: dir, limit: limit, seed: maphash.MakeSeed(), mem: map[string]string{}}
}

// Len returns the number of keys.
func (t *Table) Len() int64 {
	if t.mem != nil {
		return int64(len(t.mem))
	}
	return t.n
}

// Put sets the value of key.
func (t *Table) Put(key, value string) error {
	if t.mem != nil {
		if old, ok := t.mem[key]; ok {
			t.bytes -= len(old)
		} else {
			t.bytes += len(key) + mapCost
		}
		t.bytes += len(value)
		t.mem[key] = value
		if t.bytes <= t.limit {
			return nil
		}
		return t.spill()
	}
	return t.put(key, value)
}

// Get returns the value of key; ok is false where there is none.
func (t *Table) Get(key string) (value string, ok bool, err error) {
	if t.mem != nil {
		value, ok = t.mem[key]
		return value, ok, nil
	}
	_, place, err := t.find(t.hash(key), key)
	if err != nil || place < 0 {
		return "", false, err
	}
	_, value, err = t.entry(place)
	return value, err == nil, err
}

// Close removes the files. It may be called more than once.
func (t *Table) Close() {
	t.mem = map[string]string{}
	t.bytes = 0
	if t.entries != nil {
		t.entries.close()
		discard(t.slots)
		t.entries, t.slots = nil, nil
	}
}

// spill moves the map to files.
func (t *Table) spill() error {
	f, err := temp(t.dir)
	if err != nil {
		return err
	}
	t.entries = &tail{f: f}
	t.buckets = 64
	for t.buckets*slotsEach < 4*uint64(len(t.mem)) {
		t.buckets *= 2
	}
	if t.slots, err = t.newSlots(t.buckets); err != nil {
		return err
	}
	mem := t.mem
	t.mem = nil
	for k, v := range mem {
		if err := t.put(k, v); err != nil {
			return err
		}
	}
	return nil
}

func (t *Table) newSlots(buckets uint64) (*os.File, error) {
	f, err := temp(t.dir)
	if err != nil {
		return nil, err
	}
	if err := f.Truncate(int64(buckets) * bucketSize); err != nil {
		discard(f)
		return nil, fmt.Errorf("write temporary file: %w", err)
	}
	return f, nil
}

func (t *Table) hash(key string) uint64 {
	h := maphash.String(t.seed, key)
	if h == 0 {
		h = 1
	}
	return h
}

// put adds an entry and points key's slot at it.
func (t *Table) put(key, value string) error {
	h := t.hash(key)
	slot, place, err := t.find(h, key)
	if err != nil {
		return err
	}
	at, err := t.entries.add(key, value)
	if err != nil {
		return err
	}
	if err := t.set(t.slots, slot, h, at); err != nil {
		return err
	}
	if place < 0 {
		t.n++
	}
	if uint64(t.n) > t.buckets*slotsEach*7/10 {
		return t.grow()
	}
	return nil
}

func (t *Table) set(f *os.File, slot int64, hash uint64, place int64) error {
	var b [slotSize]byte
	binary.LittleEndian.PutUint64(b[:], hash)
	binary.LittleEndian.PutUint64(b[8:], uint64(place)+1)
	_, err := f.WriteAt(b[:], slot*slotSize)
	if err != nil {
		return fmt.Errorf("write temporary file: %w", err)
	}
	return nil
}

// find returns the slot of key and the place of its entry; where there is none, the slot to take and place -1.
func (t *Table) find(h uint64, key string) (slot, place int64, err error) {
	for b := h & (t.buckets - 1); ; b = (b + 1) & (t.buckets - 1) {
		if _, err := t.slots.ReadAt(t.bucket[:], int64(b)*bucketSize); err != nil {
			return 0, 0, fmt.Errorf("read temporary file: %w", err)
		}
		for i := range slotsEach {
			s := t.bucket[i*slotSize:]
			slot := int64(b)*slotsEach + int64(i)
			switch binary.LittleEndian.Uint64(s) {
			case 0:
				return slot, -1, nil
			case h:
				place := int64(binary.LittleEndian.Uint64(s[8:])) - 1
				k, _, err := t.entry(place)
				if err != nil || k == key {
					return slot, place, err
				}
			}
		}
	}
}

// grow makes the hash table four times as large.
func (t *Table) grow() error {
	old, n := t.slots, t.buckets
	f, err := t.newSlots(n * 4)
	if err != nil {
		return err
	}
	t.buckets = n * 4
	var from, to [bucketSize]byte
	for b := range n {
		if _, err := old.ReadAt(from[:], int64(b)*bucketSize); err != nil {
			return fmt.Errorf("read temporary file: %w", err)
		}
		for i := range slotsEach {
			s := from[i*slotSize:]
			h := binary.LittleEndian.Uint64(s)
			if h == 0 {
				break
			}
			slot, err := free(f, to[:], h, t.buckets)
			if err != nil {
				return err
			}
			if err := t.set(f, slot, h, int64(binary.LittleEndian.Uint64(s[8:]))-1); err != nil {
				return err
			}
		}
	}
	discard(old)
	t.slots = f
	return nil
}

// free returns the first free slot for a hash.
func free(f *os.File, buf []byte, h, buckets uint64) (int64, error) {
	for b := h & (buckets - 1); ; b = (b + 1) & (buckets - 1) {
		if _, err := f.ReadAt(buf, int64(b)*bucketSize); err != nil {
			return 0, fmt.Errorf("read temporary file: %w", err)
		}
		for i := range slotsEach {
			if binary.LittleEndian.Uint64(buf[i*slotSize:]) == 0 {
				return int64(b)*slotsEach + int64(i), nil
			}
		}
	}
}
