package journal

import (
	"context"
	"encoding/binary"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// Reader reads a journal.
type Reader struct {
	store  objects.Store
	prefix string
	plan   string
}

// Open returns a reader of the journal with the prefix. A journal without objects has no entries; that is no error.
// With the digest of a plan, objects that belong to another are refused; "" takes any.
func Open(store objects.Store, prefix, plan string) *Reader {
	return &Reader{store: store, prefix: strings.TrimSuffix(prefix, "/") + "/", plan: plan}
}

// Last returns the number of the last object; 0 where there is none. A gap is an error.
func (r *Reader) Last(ctx context.Context) (int64, error) {
	var last int64
	for n, err := range r.numbers(ctx) {
		if err != nil {
			return 0, err
		}
		last = n
	}
	return last, nil
}

// numbers yields 1, 2, 3 up to the last object.
func (r *Reader) numbers(ctx context.Context) iter.Seq2[int64, error] {
	return func(yield func(int64, error) bool) {
		want := int64(1)
		for info, err := range r.store.List(ctx, r.prefix) {
			if err != nil {
				yield(0, fmt.Errorf("list journal %q: %w", r.prefix, err))
				return
			}
			base := strings.TrimPrefix(info.Name, r.prefix)
			n, err := strconv.ParseInt(base, 10, 64)
			if err != nil || name(r.prefix, n) != info.Name {
				yield(0, located(info.Name, fmt.Errorf("it is no object of a journal")))
				return
			}
			if n != want {
				yield(0, located(name(r.prefix, want), fmt.Errorf("it is missing, but %08d is there", n)))
				return
			}
			want++
			if !yield(n, nil) {
				return
			}
		}
	}
}

// Objects yields the header of each object with its entries, in the order in which they were written. The entries are read when they are ranged over; an entry is
// valid until the next is asked for. One object is in memory at a time.
func (r *Reader) Objects(ctx context.Context) iter.Seq2[Header, iter.Seq2[*Entry, error]] {
	return r.ObjectsFrom(ctx, 1)
}

// ObjectsFrom yields what Objects does, from the object with the number on.
func (r *Reader) ObjectsFrom(ctx context.Context, first int64) iter.Seq2[Header, iter.Seq2[*Entry, error]] {
	return func(yield func(Header, iter.Seq2[*Entry, error]) bool) {
		for n, err := range r.numbers(ctx) {
			if err == nil && n < first {
				continue
			}
			var o *object
			if err == nil {
				o, err = r.object(ctx, n)
			}
			if err != nil {
				yield(Header{}, func(yield func(*Entry, error) bool) { yield(nil, err) })
				return
			}
			if !yield(o.header, func(yield func(*Entry, error) bool) {
				for e, err := range o.entries {
					if err != nil {
						err = located(name(r.prefix, n), err)
					}
					if !yield(e, err) {
						return
					}
				}
			}) {
				return
			}
		}
	}
}

func (r *Reader) object(ctx context.Context, n int64) (*object, error) {
	at := name(r.prefix, n)
	data, err := r.store.Get(ctx, at)
	if err != nil {
		return nil, fault.Errorf(fault.Of(err), "read journal %q: %w", at, err)
	}
	o, err := open(data)
	if err != nil {
		return nil, located(at, err)
	}
	if o.header.Number != n {
		return nil, located(at, fmt.Errorf("damaged: it says that it is %08d", o.header.Number))
	}
	if r.plan != "" && o.header.Plan != r.plan {
		return nil, located(at, fmt.Errorf("it belongs to another plan (%.12s, not %.12s)", o.header.Plan, r.plan))
	}
	return o, nil
}

// All yields every entry in the order in which they were written; an entry is valid until the next is asked for.
func (r *Reader) All(ctx context.Context) iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		for _, entries := range r.Objects(ctx) {
			for e, err := range entries {
				if !yield(e, err) || err != nil {
					return
				}
			}
		}
	}
}

// Sorted yields how each change ended, its last result, by ordinal; temporary files go below temp. Results that a target staged and never committed are left out.
// An entry is valid until the next is asked for.
func (r *Reader) Sorted(ctx context.Context, temp string) iter.Seq2[*Entry, error] {
	return func(yield func(*Entry, error) bool) {
		s := spill.NewSorter(spill.Options{Dir: temp})
		defer s.Close()
		if err := r.sort(ctx, s); err != nil {
			yield(nil, err)
			return
		}
		var sc record.Scanner
		var last []byte
		emit := func() bool {
			if last == nil {
				return true
			}
			e := &Entry{}
			if err := e.read(&sc, last[8:]); err != nil {
				return yield(nil, err)
			}
			return yield(e, nil)
		}
		for it, err := range s.Sorted() {
			if err != nil {
				yield(nil, err)
				return
			}
			if last != nil && string(last[:8]) != string(it.Rec[:8]) && !emit() {
				return
			}
			last = append(last[:0], it.Rec...)
		}
		emit()
	}
}

// sort adds all results that count to a sorter, the ordinal first.
func (r *Reader) sort(ctx context.Context, s *spill.Sorter) error {
	var buf []byte
	return r.counting(ctx, func(seq uint64, e *Entry) error {
		buf = binary.BigEndian.AppendUint64(buf[:0], uint64(e.N))
		buf = appendEntry(buf, e)
		return s.Add(buf[:len(buf)-1], 0, 8, seq)
	})
}
