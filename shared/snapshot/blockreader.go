package snapshot

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"sync"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

// BlockReader reads a container. Its methods may be called concurrently.
type BlockReader struct {
	name    string
	format  Format
	version int
	data    objects.Reader
	index   objects.Reader
	totals  totals
	footer  []byte
	digest  string

	mu        sync.Mutex
	directory []page
	idle      []*fetcher
}

// OpenBlocks opens a container and reads the end of its index only. NotFound where there is none; Invalid where it is damaged, of another format or a newer version; the message says what to do.
func OpenBlocks(ctx context.Context, store objects.Store, name string, f Format) (*BlockReader, error) {
	index, err := store.Open(ctx, name+indexSuffix)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return nil, fault.Errorf(fault.NotFound, "%s %q: there is none: its index %q is missing, so its writing never ended or somebody removed it; %s", f.What, name, name+indexSuffix, f.advice())
		}
		return nil, err
	}
	r := &BlockReader{name: name, format: f, index: index}
	if err := r.readTail(ctx); err != nil {
		if fault.Is(err, fault.Invalid) { // maybe it was garbled on its way
			err = r.readTail(ctx)
		}
		if err != nil {
			return nil, errors.Join(err, index.Close())
		}
	}
	if r.data, err = store.Open(ctx, name+dataSuffix); err != nil {
		if fault.Is(err, fault.NotFound) {
			err = r.damaged("its data object %q is missing", name+dataSuffix)
		}
		return nil, errors.Join(err, index.Close())
	}
	if size := r.data.Size(); size != r.totals.Data {
		return nil, errors.Join(r.damaged("its data object %q has %d bytes where the index says %d", name+dataSuffix, size, r.totals.Data), r.Close())
	}
	return r, nil
}

func (r *BlockReader) damaged(how string, args ...any) error {
	return r.format.damaged(r.name, how, args...)
}

// indexDamaged is for what cannot be unless somebody changed or cut the index.
func (r *BlockReader) indexDamaged(how string) error {
	return r.damaged("its index %q %s", r.name+indexSuffix, how)
}

// readTail reads and checks the end of the index.
func (r *BlockReader) readTail(ctx context.Context) error {
	size := r.index.Size()
	if size == 0 {
		return r.indexDamaged("is empty")
	}
	if size < int64(trailerLen) {
		return r.indexDamaged("is cut short")
	}
	tail, err := r.readIndex(ctx, max(size-tailRead, 0), int(min(size, tailRead)))
	if err != nil {
		return err
	}
	trailer := tail[len(tail)-trailerLen:]
	if string(trailer[trailerLen-len(magic):]) != magic {
		return r.indexDamaged("does not end as it should")
	}
	numbers := trailer[sha256.Size:]
	n, m := int64(binary.LittleEndian.Uint32(numbers)), int64(binary.LittleEndian.Uint32(numbers[4:]))
	r.version = int(binary.LittleEndian.Uint32(numbers[8:]))
	if n > maxFooter || m > maxFooter || n+m+int64(trailerLen) > size {
		return r.indexDamaged("has an impossible end")
	}
	if need := n + m + int64(trailerLen); need > int64(len(tail)) {
		if tail, err = r.readIndex(ctx, size-need, int(need)); err != nil {
			return err
		}
	} else {
		tail = tail[int64(len(tail))-need:]
	}
	trailer = tail[n+m:]
	h := sha256.New()
	h.Write(tail[:n+m])
	h.Write(trailer[sha256.Size:])
	if sum := h.Sum(nil); string(sum) != string(trailer[:sha256.Size]) {
		return r.indexDamaged("does not match its digest")
	}
	r.digest = hex.EncodeToString(trailer[:sha256.Size])
	if r.version > r.format.Version {
		return fault.Errorf(fault.Invalid, "%s %q: written in version %d of its format, this Plumbline reads up to %d; use a newer Plumbline", r.format.What, r.name, r.version, r.format.Version)
	}
	if err := json.Unmarshal(tail[:n], &r.totals); err != nil {
		return r.indexDamaged("has totals that cannot be read")
	}
	if r.totals.What != r.format.What {
		return fault.Errorf(fault.Invalid, "%s %q: this is a %s", r.format.What, r.name, r.totals.What)
	}
	t := &r.totals
	if t.PageBytes < 0 || t.PageBytes > size-int64(len(tail)) || t.Blocks < 0 || t.Lines < 0 || t.Pages < 0 || t.Data < 0 || t.Raw < 0 {
		return r.indexDamaged("has impossible totals")
	}
	r.footer = tail[n : n+m : n+m]
	return nil
}

// readIndex returns a range of the index.
func (r *BlockReader) readIndex(ctx context.Context, off int64, n int) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	buf := make([]byte, n)
	if got, err := r.index.ReadAt(buf, off); got < n {
		if err == nil || errors.Is(err, io.EOF) {
			return nil, r.indexDamaged("is cut short")
		}
		return nil, err
	}
	return buf, nil
}

// Version returns the format version of what was written.
func (r *BlockReader) Version() int { return r.version }

// Footer returns the caller's footer.
func (r *BlockReader) Footer() []byte { return r.footer }

// Lines returns the number of lines.
func (r *BlockReader) Lines() int64 { return r.totals.Lines }

// RawBytes returns the bytes of all lines with their newlines.
func (r *BlockReader) RawBytes() int64 { return r.totals.Raw }

// Bytes returns the size of the data object.
func (r *BlockReader) Bytes() int64 { return r.totals.Data }

// Digest returns, in hex, the SHA-256 over all labels and the digests of all blocks; the caller's footer is not part of it.
func (r *BlockReader) Digest() string { return r.totals.Content }

// IndexDigest returns, in hex, a SHA-256 that covers the whole index with the caller's footer, and by it all that is digested; the other bytes of lines only by checksums.
func (r *BlockReader) IndexDigest() string { return r.digest }

// Close closes the objects.
func (r *BlockReader) Close() error {
	r.mu.Lock()
	for _, f := range r.idle {
		f.close()
	}
	r.idle = nil
	r.mu.Unlock()
	return errors.Join(r.data.Close(), r.index.Close())
}
