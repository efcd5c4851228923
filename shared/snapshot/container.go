package snapshot

import (
	"context"
	"iter"

	"github.com/plumbline-sync/plumbline/shared/objects"
)

// Format names what a container holds, for its checks and messages.
type Format struct {
	What    string // "snapshot", "plan"; at most 32 bytes
	Version int    // what is written; a newer one is refused, older ones are for the caller to judge
}

// Block is one entry of a container's index.
type Block struct {
	Label  []byte // as given to Cut; a snapshot's first key
	First  int64  // ordinal of its first line, from 0
	Lines  int64
	Offset int64 // of its frame in the data object
	Size   int   // of its frame
	Raw    int   // bytes of its lines with newlines
	Digest [32]byte
	crc    uint32
}

// BlockWriter writes the two objects of a container: NAME.ndjson.zst, one zstd frame a block, and NAME.index, written last. Abort must be called, or Finish succeed. It is for one goroutine.
type BlockWriter struct{ _ int }

// NewBlockWriter begins a container. max bounds a block's raw bytes, 0 is 256 KiB (a longer line stands alone).
func NewBlockWriter(ctx context.Context, store objects.Store, name string, f Format, max int) (*BlockWriter, error) {
	panic("soon")
}

// Append adds a line (without newline; it must hold none) to the open block, cutting before it where the block would become too large; the new block then has the old one's label.
// The block's digest covers the line's first digested bytes.
func (w *BlockWriter) Append(line []byte, digested int) error { panic("soon") }

// Cut ends the open block, where it has lines; lines that follow go into blocks with this label. Labels need not ascend, but Seek finds only by ascending ones.
func (w *BlockWriter) Cut(label []byte) error { panic("soon") }

// Lines returns the number of lines so far: the ordinal of the next.
func (w *BlockWriter) Lines() int64 { panic("soon") }

// Finish writes the rest, then the index with the caller's footer in it (a few KiB at most), and makes both visible, the index last.
func (w *BlockWriter) Finish(footer []byte) error { panic("soon") }

// Abort drops everything; a no-op after Finish.
func (w *BlockWriter) Abort() { panic("soon") }

// BlockReader reads a container. Its methods may be called concurrently.
type BlockReader struct{ _ int }

// OpenBlocks opens a container and reads the end of its index only. NotFound where there is none; Invalid where it is damaged, of another format or a newer version; the message says what to do.
func OpenBlocks(ctx context.Context, store objects.Store, name string, f Format) (*BlockReader, error) {
	panic("soon")
}

// Version returns the format version of what was written.
func (r *BlockReader) Version() int { panic("soon") }

// Footer returns the caller's footer.
func (r *BlockReader) Footer() []byte { panic("soon") }

// Lines returns the number of lines; RawBytes their bytes with newlines, Bytes those of the data object.
func (r *BlockReader) Lines() int64 { panic("soon") }

// RawBytes returns the bytes of all lines with their newlines.
func (r *BlockReader) RawBytes() int64 { panic("soon") }

// Bytes returns the size of the data object.
func (r *BlockReader) Bytes() int64 { panic("soon") }

// Digest returns, in hex, the SHA-256 over all labels and the digests of all blocks; the caller's footer is not part of it.
func (r *BlockReader) Digest() string { panic("soon") }

// IndexDigest returns, in hex, a SHA-256 that covers the whole index, and by it all data and the caller's footer.
func (r *BlockReader) IndexDigest() string { panic("soon") }

// Range yields the lines with ordinals from <= n < to, in order; a line is valid until the next. Only the blocks needed are read.
func (r *BlockReader) Range(ctx context.Context, from, to int64) iter.Seq2[[]byte, error] {
	panic("soon")
}

// Blocks yields the index entries from the block on that holds the line with the ordinal; an entry is valid until the next.
func (r *BlockReader) Blocks(ctx context.Context, from int64) iter.Seq2[*Block, error] {
	panic("soon")
}

// Read returns the lines of a block, each with its newline, decoded into dst's space, after checking them against the index entry (all but the digest).
func (r *BlockReader) Read(ctx context.Context, b *Block, dst []byte) ([]byte, error) { panic("soon") }

// Verify reads everything and checks every digest; digested returns how many of a line's first bytes its block's digest covers (nil: all).
func (r *BlockReader) Verify(ctx context.Context, digested func(line []byte) int) error {
	panic("soon")
}

// Close closes the objects.
func (r *BlockReader) Close() error { panic("soon") }
