package snapshot

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"hash"
	"hash/crc32"

	"github.com/klauspost/compress/zstd"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/objects"
)

// BlockWriter writes the two objects of a container: NAME.ndjson.zst, one zstd frame a block, and NAME.index, written last. Abort must be called, or Finish succeed. It is for one goroutine.
type BlockWriter struct {
	ctx     context.Context
	store   objects.Store
	name    string
	format  Format
	max     int
	object  objects.Writer
	data    *bufio.Writer
	index   *indexWriter
	encoder *zstd.Encoder
	hash    hash.Hash
	// The open block: its lines, how many bytes of them are digested, where the last begins, its label.
	raw      []byte
	digested int
	lastAt   int
	block    Block
	frame    []byte
	onFrame  func(b *Block, frame []byte) error // sees each frame that is written; may be nil
	done     bool
}

// NewBlockWriter begins a container. max bounds a block's digested bytes, and four times it all its bytes (a longer line stands alone); 0 is 256 KiB.
func NewBlockWriter(ctx context.Context, store objects.Store, name string, f Format, max int) (*BlockWriter, error) {
	if max <= 0 {
		max = defaultMax
	}
	window := zstd.MinWindowSize
	for window < max && window < 1<<20 {
		window *= 2
	}
	// The window comes first: given after the level, blocks of the frame are 64 KiB, not 128, and frames of one block are the fastest.
	encoder, err := zstd.NewWriter(nil, zstd.WithWindowSize(window), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithLowerEncoderMem(true), zstd.WithSingleSegment(true), zstd.WithEncoderCRC(true), zstd.WithZeroFrames(true))
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err)
	}
	w := &BlockWriter{ctx: ctx, store: store, name: name, format: f, max: max, encoder: encoder, hash: sha256.New()}
	if w.object, err = store.Create(ctx, name+dataSuffix); err != nil {
		return nil, err
	}
	w.data = bufio.NewWriterSize(w.object, 64<<10)
	if w.index, err = newIndexWriter(ctx, store, name+indexSuffix); err != nil {
		w.object.Abort()
		return nil, err
	}
	return w, nil
}

// Append adds a line (without newline; it must hold none) to the open block, cutting before it where the block would become too large; the new block then has the old one's label.
// The block's digest covers the line's first digested bytes.
func (w *BlockWriter) Append(line []byte, digested int) error {
	if w.full(len(line), digested) {
		if err := w.cut(); err != nil {
			return err
		}
	}
	if len(line) > MaxLine {
		return fault.Errorf(fault.Invalid, "%s %q: a line of %d bytes is larger than the %d that fit", w.format.What, w.name, len(line), MaxLine)
	}
	w.lastAt = len(w.raw)
	w.raw = append(w.raw, line...)
	w.raw = append(w.raw, '\n')
	w.hash.Write(line[:digested])
	w.digested += digested
	w.block.Lines++
	return nil
}

// full reports whether one more line would make the open block too large.
func (w *BlockWriter) full(line, digested int) bool {
	return w.block.Lines > 0 && (w.digested+digested > w.max || len(w.raw)+line+1 > 4*w.max)
}

// last returns the last line of the open block; nil where it has none.
func (w *BlockWriter) last() []byte {
	if w.block.Lines == 0 {
		return nil
	}
	return w.raw[w.lastAt : len(w.raw)-1]
}

// Cut ends the open block, where it has lines; lines that follow go into blocks with this label. Labels need not ascend, but From finds only by ascending ones.
func (w *BlockWriter) Cut(label []byte) error {
	if w.block.Lines > 0 {
		if err := w.cut(); err != nil {
			return err
		}
	}
	w.block.Label = append(w.block.Label[:0], label...)
	return nil
}

func (w *BlockWriter) cut() error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	b := &w.block
	w.frame = w.encoder.EncodeAll(w.raw, w.frame[:0])
	b.Size, b.Raw, b.crc = len(w.frame), len(w.raw), crc32.Checksum(w.frame, crc32.MakeTable(crc32.Castagnoli))
	w.hash.Sum(b.Digest[:0])
	if _, err := w.data.Write(w.frame); err != nil {
		return err
	}
	if err := w.index.add(b); err != nil {
		return err
	}
	if w.onFrame != nil {
		if err := w.onFrame(b, w.frame); err != nil {
			return err
		}
	}
	b.First += b.Lines
	b.Offset += int64(b.Size)
	b.Lines, w.digested, w.raw = 0, 0, w.raw[:0]
	w.hash.Reset()
	if cap(w.raw) > 8*w.max { // a single large line needed it
		w.raw, w.frame = nil, nil
	}
	return nil
}

// Lines returns the number of lines so far: the ordinal of the next.
func (w *BlockWriter) Lines() int64 { return w.block.First + w.block.Lines }

// Finish writes the rest, then the index with the caller's footer in it (a few KiB at most), and makes both visible, the index last.
func (w *BlockWriter) Finish(footer []byte) error {
	if err := w.Cut(nil); err != nil {
		return err
	}
	if w.block.Offset == 0 { // zstdcat takes no empty file
		w.frame = w.encoder.EncodeAll(nil, w.frame[:0])
		if _, err := w.data.Write(w.frame); err != nil {
			return err
		}
		w.block.Offset = int64(len(w.frame))
	}
	if err := w.data.Flush(); err != nil {
		return err
	}
	// An index of the same name belongs to other data.
	if err := w.store.Delete(w.ctx, w.name+indexSuffix); err != nil {
		return err
	}
	if err := w.object.Commit(); err != nil {
		return err
	}
	if err := w.index.finish(w.format, w.block.Offset, bytes.Clone(footer)); err != nil {
		return err
	}
	w.done = true
	w.release()
	return nil
}

// Abort drops everything; a no-op after Finish.
func (w *BlockWriter) Abort() {
	if w.done {
		return
	}
	w.done = true
	w.object.Abort()
	w.index.object.Abort()
	w.release()
}

func (w *BlockWriter) release() {
	w.encoder.Close() //nolint:errcheck // it writes nowhere
	w.raw, w.frame = nil, nil
}
