package journal

import (
	"bytes"
	"context"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

// Options say what a Writer writes.
type Options struct {
	Store  objects.Store
	Prefix string
	Next   int64 // the number of the next object; 1 for a new journal
	Plan   string
	Run    string
	Stages bool
	Now    func() time.Time // nil: time.Now
}

// Writer collects entries into objects. It may not be used concurrently, except that Put may run beside Add.
type Writer struct {
	o     Options
	enc   *zstd.Encoder
	buf   []byte
	lines int64
}

// NewWriter returns a Writer that goes on at o.Next. It writes nothing yet.
func NewWriter(o Options) (*Writer, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(256<<10))
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Writer{o: o, enc: enc}, nil
}

// Add adds an entry to the object that is being made.
func (w *Writer) Add(e *Entry) {
	w.begin()
	w.buf = appendEntry(w.buf, e)
	w.lines++
}

func (w *Writer) begin() {
	if len(w.buf) == 0 {
		w.buf = appendHeader(w.buf, Header{Version: Version, Number: w.o.Next, Plan: w.o.Plan, Run: w.o.Run, Stages: w.o.Stages, Time: w.o.Now()})
	}
}

// Size returns how many bytes the object that is being made has so far; 0: it is empty.
func (w *Writer) Size() int { return len(w.buf) }

// Object is a finished object that is not stored yet.
type Object struct {
	Number int64
	Name   string
	data   []byte
}

// Seal finishes the object that is being made and begins the next; nil where it is empty.
func (w *Writer) Seal() *Object {
	if len(w.buf) == 0 {
		return nil
	}
	w.buf = appendEnd(w.buf, w.lines)
	o := &Object{Number: w.o.Next, Name: name(w.o.Prefix, w.o.Next), data: w.enc.EncodeAll(w.buf, nil)}
	w.buf, w.lines = w.buf[:0], 0
	if cap(w.buf) > 1<<20 {
		w.buf = nil
	}
	w.o.Next++
	return o
}

// Put stores an object; objects are put one after the other, in order. Conflict: another writer has written the same number, and this one must stop.
// Unavailable: it is not stored, or nobody knows whether; it may be put again.
func (w *Writer) Put(ctx context.Context, o *Object) error {
	err := w.o.Store.PutNew(ctx, o.Name, o.data)
	if err == nil {
		return nil
	}
	code := fault.Of(err)
	switch code {
	case fault.Conflict:
		// An earlier try whose answer was lost may have written it.
		there, gerr := w.o.Store.Get(ctx, o.Name)
		switch {
		case gerr == nil && bytes.Equal(there, o.data):
			return nil
		case fault.Retryable(gerr):
			return fault.Errorf(fault.Unavailable, "write journal %q: whose it is: %w", o.Name, gerr)
		}
		return fault.Errorf(fault.Conflict, "write journal %q: another writer was there first: %w", o.Name, err)
	case fault.UnknownOutcome:
		code = fault.Unavailable
	}
	return fault.Errorf(code, "write journal %q: %w", o.Name, err)
}
