package snapshot

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/plumbline-sync/plumbline/shared/fault"
	"github.com/plumbline-sync/plumbline/shared/record"
	"github.com/plumbline-sync/plumbline/shared/spill"
)

// direct writes lines that come in order as the blocks of a snapshot.
//
// While the input may still turn out not to be in order, it keeps a copy of the frames, with the positions of the lines, in a temporary file: then the lines are read back from there as one sorted run.
type direct struct {
	o       Options
	blocks  *BlockWriter
	copy    *spill.TempFile // nil: none is kept
	out     *bufio.Writer
	pos     []byte // varints of the open block's positions
	lastPos uint64
	footer  footer
	kind    []byte // what keys of the current kind begin with
	count   int64  // of them, not yet in the footer
	lines   int64
	// What reading the copy needs: the frames, the open one decoded, what is left of it.
	in       *bufio.Reader
	decoder  *zstd.Decoder
	buf, raw []byte
	rest     []byte
}

func newDirect(ctx context.Context, o Options, keep bool) (*direct, error) {
	d := &direct{o: o, footer: footer{Kinds: map[string]int64{}}}
	if keep {
		var err error
		if d.copy, err = spill.NewTempFile(o.Temp); err != nil {
			return nil, err
		}
		d.out = bufio.NewWriterSize(d.copy, 64<<10)
	}
	var err error
	if d.blocks, err = NewBlockWriter(ctx, o.Store, o.Name, format(), o.MaxBlock); err != nil {
		d.close()
		return nil, err
	}
	if keep {
		d.blocks.onFrame = d.keep
	}
	return d, nil
}

// last returns the last line; nil before the first. A block is cut before a line, so that the last is always in the open one.
func (d *direct) last() record.Line { return d.blocks.last() }

func (d *direct) append(it spill.Item) error {
	line, key := it.Rec, it.Key()
	tab := bytes.IndexByte(line, '\t')
	if tab < 0 {
		return fault.Errorf(fault.Internal, "snapshot %q: a line without a TAB: %.100q", d.o.Name, line)
	}
	if d.lines == 0 || hashKey(key)%uint64(d.o.Every) == 0 || d.blocks.full(len(line), tab+1) {
		if err := d.blocks.Cut(key); err != nil {
			return err
		}
	}
	if err := d.blocks.Append(line, tab+1); err != nil {
		return err
	}
	if d.copy != nil {
		d.pos = binary.AppendUvarint(d.pos, it.Seq)
	}
	d.lastPos = it.Seq
	d.lines++
	if len(d.kind) == 0 || !bytes.HasPrefix(key, d.kind) {
		d.countKind()
		d.kind = append(d.kind[:0], record.KindPrefix(record.Key(key).Kind())...)
	}
	d.count++
	if !d.footer.Flagged && len(line) > tab+1 && line[tab+1] == ',' {
		d.footer.Flagged = record.Line(line).Flags() != 0
	}
	return nil
}

func (d *direct) countKind() {
	if d.count > 0 {
		d.footer.Kinds[record.Key(d.kind).Kind()] += d.count
		d.count = 0
	}
}

// finish makes the snapshot visible.
func (d *direct) finish() (Info, error) {
	d.countKind()
	if err := d.blocks.Finish(d.footer.encode()); err != nil {
		return Info{}, err
	}
	t := &d.blocks.index.totals
	return Info{Version: version, Digest: t.Content, Records: t.Lines, Kinds: d.footer.Kinds, Flagged: d.footer.Flagged, RawBytes: t.Raw, Bytes: t.Data}, nil
}

// keep copies a frame: its entry's numbers, the frame, the positions.
func (d *direct) keep(b *Block, frame []byte) error {
	var head [3 * binary.MaxVarintLen64]byte
	h := head[:0]
	for _, n := range []int{b.Size, b.Raw, len(d.pos)} {
		h = binary.AppendUvarint(h, uint64(n))
	}
	for _, p := range [][]byte{h, frame, d.pos} {
		if _, err := d.out.Write(p); err != nil {
			return err
		}
	}
	d.pos = d.pos[:0]
	return nil
}

// run gives up the snapshot and returns its lines as a run for the sorter; they are read from the copy until close.
func (d *direct) run() (*spill.Run, error) {
	if err := d.blocks.Cut(nil); err != nil {
		return nil, err
	}
	if err := d.out.Flush(); err != nil {
		return nil, err
	}
	d.blocks.Abort()
	var err error
	if d.decoder, err = newDecoder(); err != nil {
		return nil, err
	}
	d.in = bufio.NewReaderSize(d.copy.Section(0, d.copy.Size()), 64<<10)
	var read int64
	return spill.FuncRun(func() (spill.Item, error) {
		if read == d.lines {
			return spill.Item{}, io.EOF
		}
		read++
		it, err := d.next()
		if err != nil {
			err = fault.Errorf(fault.Unavailable, "snapshot %q: read a temporary file: %w", d.o.Name, err)
		}
		return it, err
	}, 0), nil // the sorter counted them already
}

// next reads the next line from the copy.
func (d *direct) next() (it spill.Item, err error) {
	if len(d.rest) == 0 {
		var n [3]int
		for i := range n {
			v, err := binary.ReadUvarint(d.in)
			if err != nil {
				return it, err
			}
			n[i] = int(v)
		}
		d.buf = slices.Grow(d.buf[:0], n[0]+n[2])[:n[0]+n[2]]
		if _, err := io.ReadFull(d.in, d.buf); err != nil {
			return it, err
		}
		if d.raw, err = d.decoder.DecodeAll(d.buf[:n[0]], slices.Grow(d.raw[:0], n[1])); err != nil {
			return it, err
		}
		d.rest, d.pos = d.raw, d.buf[n[0]:]
	}
	it.Rec, d.rest = cutLine(d.rest)
	it.KeyOff, it.KeyLen = keyAt, len(record.Line(it.Rec).KeyText())
	seq, n := binary.Uvarint(d.pos)
	it.Seq, d.pos = seq, d.pos[max(n, 0):]
	return it, nil
}

// close drops what is not finished.
func (d *direct) close() {
	if d.blocks != nil {
		d.blocks.Abort()
	}
	if d.copy != nil {
		d.copy.Release()
		d.copy = nil
	}
	if d.decoder != nil {
		d.decoder.Close()
		d.decoder = nil
	}
}
