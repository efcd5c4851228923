package snapshot

import (
	"bytes"
	"context"
	"errors"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// fetcher reads and decodes blocks. It is for one goroutine.
type fetcher struct {
	r       *BlockReader
	in      window
	decoder *zstd.Decoder
}

func (r *BlockReader) newFetcher(decoder *zstd.Decoder) *fetcher {
	return &fetcher{r: r, in: window{r: r.data, limit: r.totals.Data}, decoder: decoder}
}

// newDecoder returns a decoder that checks every frame's checksum; several fetchers of one goroutine may share it.
func newDecoder() (*zstd.Decoder, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(256<<20), zstd.IgnoreChecksum(false))
	return d, fault.Wrap(fault.Internal, err)
}

// fetcher returns an idle fetcher or a new one; release gives it back.
func (r *BlockReader) fetcher() (*fetcher, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.idle); n > 0 {
		f := r.idle[n-1]
		r.idle = r.idle[:n-1]
		return f, nil
	}
	d, err := newDecoder()
	if err != nil {
		return nil, err
	}
	return r.newFetcher(d), nil
}

func (f *fetcher) release() {
	f.r.mu.Lock()
	defer f.r.mu.Unlock()
	if len(f.r.idle) < 2 {
		f.r.idle = append(f.r.idle, f)
		return
	}
	f.close()
}

func (f *fetcher) close() { f.decoder.Close() }

// space is the room that its lines are decoded into: the decoder wants a little more than they need, to write without care at the end.
func (b *Block) space() int { return b.Raw + 64 }

// read returns the lines of a block, decoded into dst's space, checked against its entry in all but the digest.
func (f *fetcher) read(ctx context.Context, b *Block, dst []byte) ([]byte, error) {
	frame, known, err := f.in.checked(ctx, b.Offset, b.Size, func(frame []byte) bool {
		return crc32.Checksum(frame, crc32.MakeTable(crc32.Castagnoli)) == b.crc
	})
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, f.damaged(b, "is cut short")
		}
		return nil, err
	}
	if !known {
		return nil, f.damaged(b, "does not match its checksum")
	}
	var head zstd.Header
	if err := head.Decode(frame); err != nil || !head.HasFCS || head.FrameContentSize != uint64(b.Raw) {
		return nil, f.damaged(b, "is not of the length that the index says")
	}
	if need := b.space(); cap(dst) < need {
		dst = make([]byte, 0, max(need, min(cap(dst)*2, defaultMax)))
	}
	raw, err := f.decoder.DecodeAll(frame, dst[:0])
	if err != nil {
		return nil, f.damaged(b, "cannot be decompressed ("+err.Error()+")")
	}
	if len(raw) != b.Raw || int64(bytes.Count(raw, []byte{'\n'})) != b.Lines || len(raw) == 0 || raw[len(raw)-1] != '\n' {
		return nil, f.damaged(b, "does not hold the lines that the index says")
	}
	return raw, nil
}

func (f *fetcher) damaged(b *Block, how string) error {
	return f.r.damaged("the block at byte %d of %q %s", b.Offset, f.r.name+dataSuffix, how)
}

// Read returns the lines of a block, each with its newline, decoded into dst's space, after checking them against the index entry (all but the digest).
func (r *BlockReader) Read(ctx context.Context, b *Block, dst []byte) ([]byte, error) {
	f, err := r.fetcher()
	if err != nil {
		return nil, err
	}
	defer f.release()
	return f.read(ctx, b, dst)
}

// cutLine returns the first line of raw, without newline, and the rest.
func cutLine(raw []byte) (line, rest []byte) {
	n := bytes.IndexByte(raw, '\n')
	if n < 0 {
		return raw, nil
	}
	return raw[:n:n], raw[n+1:]
}
