// Package spill sorts more records than memory holds: sorted runs in a temporary file, merged when they are read.
package spill

import "iter"

// Options configure a Sorter.
type Options struct {
	// Dir is the folder for temporary files; "" is the system's.
	Dir string
	// Memory bounds what is kept in memory, in bytes; 0 is 8 MiB.
	Memory int
}

// Item is one record as it comes back.
type Item struct {
	Rec            []byte
	KeyOff, KeyLen int
	Seq            uint64
}

// Key returns the bytes that the record is sorted by.
func (i Item) Key() []byte { return i.Rec[i.KeyOff : i.KeyOff+i.KeyLen] }

// Sorter sorts records by a part of their bytes, then by a number. It is for one goroutine.
type Sorter struct{ _ int }

// NewSorter returns an empty sorter. Nothing is written to disk until memory is full. Close must be called.
func NewSorter(o Options) *Sorter { panic("soon") }

// Add adds a copy of rec, which is sorted by rec[keyOff:keyOff+keyLen], equal ones by seq.
func (s *Sorter) Add(rec []byte, keyOff, keyLen int, seq uint64) error { panic("soon") }

// Len returns the number of records added.
func (s *Sorter) Len() int64 { panic("soon") }

// Sorted yields all records in ascending order, once; an item is valid until the next. No Add may follow.
// Breaking off early is allowed.
func (s *Sorter) Sorted() iter.Seq2[Item, error] { panic("soon") }

// Close gives back memory and temporary files; it may be called at any time and again.
func (s *Sorter) Close() error { panic("soon") }
