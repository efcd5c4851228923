package snapshot

import (
	"context"
	"errors"
	"io"

	"github.com/plumbline-sync/plumbline/shared/objects"
)

const maxAhead = 256 << 10

// window reads ranges of an object. A range that follows on the one before is read with more and more of what comes after it, one elsewhere alone.
type window struct {
	r     objects.Reader
	buf   []byte
	off   int64 // of buf in the object
	end   int64 // of the last range
	ahead int
	limit int64 // end of what may be read
}

// checked is read for bytes that good knows: where it does not, they are asked for once more, since what was garbled on its way is whole in the store. known is what it said last.
func (w *window) checked(ctx context.Context, off int64, n int, good func([]byte) bool) (b []byte, known bool, err error) {
	for try := 0; ; try++ {
		if b, err = w.read(ctx, off, n); err != nil {
			return nil, false, err
		}
		if known = good(b); known || try > 0 {
			return b, known, nil
		}
		w.buf = w.buf[:0]
	}
}

// read returns the bytes of a range, valid until the next call. io.ErrUnexpectedEOF where the object is too short.
func (w *window) read(ctx context.Context, off int64, n int) ([]byte, error) {
	if off != w.end {
		w.ahead = 0
	}
	w.end = off + int64(n)
	if off < 0 || n < 0 || w.end > w.limit {
		return nil, io.ErrUnexpectedEOF
	}
	if off >= w.off && w.end <= w.off+int64(len(w.buf)) {
		return w.buf[off-w.off : w.end-w.off], nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	size := min(max(int64(n), int64(w.ahead)), w.limit-off)
	w.ahead = min(max(4*w.ahead, 16<<10), maxAhead)
	if int64(cap(w.buf)) < size {
		w.buf = make([]byte, size)
	}
	w.buf, w.off = w.buf[:size], off
	got, err := w.r.ReadAt(w.buf, off)
	if got < n {
		w.buf = w.buf[:0]
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	w.buf = w.buf[:got]
	return w.buf[:n], nil
}
