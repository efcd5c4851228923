package spill

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/s2"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// A run is sorted records in chunks: the chunk's raw length, its compressed length and a CRC-32C of its compressed bytes, each 4 bytes, then an S2 block. A chunk with no length ends the run.
const chunkHeader = 12

// appendHeader appends what stands before a record in arenas and runs.
func appendHeader(dst []byte, length, keyOff, keyLen int, seq uint64) []byte {
	dst = binary.AppendUvarint(dst, uint64(length))
	dst = binary.AppendUvarint(dst, uint64(keyOff))
	dst = binary.AppendUvarint(dst, uint64(keyLen))
	return binary.AppendUvarint(dst, seq)
}

// decode reads the record at the beginning of b and returns how many bytes it took.
func decode(b []byte) (Item, int, bool) {
	length, i := uvarint(b, 0)
	keyOff, i := uvarint(b, i)
	keyLen, i := uvarint(b, i)
	seq, i := uvarint(b, i)
	if i < 0 || length > uint64(len(b)-i) || keyOff > length || keyLen > length-keyOff {
		return Item{}, 0, false
	}
	end := i + int(length)
	return Item{Rec: b[i:end:end], KeyOff: int(keyOff), KeyLen: int(keyLen), Seq: seq}, end, true
}

// uvarint reads a varint at b[i] and returns the place after it; -1 where there is none, or i was -1.
func uvarint(b []byte, i int) (uint64, int) {
	if i < 0 || i >= len(b) {
		return 0, -1
	}
	if b[i] < 0x80 {
		return uint64(b[i]), i + 1
	}
	v, n := binary.Uvarint(b[i:])
	if n <= 0 {
		return 0, -1
	}
	return v, i + n
}

// runWriter writes runs to w, one after the other.
type runWriter struct {
	w     io.Writer
	chunk int
	raw   []byte
	out   []byte
	n     int64 // bytes written
}

func newRunWriter(w io.Writer, chunk int) *runWriter { return &runWriter{w: w, chunk: chunk} }

func (w *runWriter) add(it Item) error {
	if err := w.room(len(it.Rec) + headerLen); err != nil {
		return err
	}
	w.raw = appendHeader(w.raw, len(it.Rec), it.KeyOff, it.KeyLen, it.Seq)
	w.raw = append(w.raw, it.Rec...)
	return nil
}

// addEncoded adds a record as it stands in an arena.
func (w *runWriter) addEncoded(b []byte) error {
	if err := w.room(len(b)); err != nil {
		return err
	}
	w.raw = append(w.raw, b...)
	return nil
}

// room cuts the open chunk where n more bytes would make it larger than a merge has room for. Only a record that is larger itself makes a larger chunk.
func (w *runWriter) room(n int) error {
	if len(w.raw) == 0 || len(w.raw)+n <= w.chunk {
		return nil
	}
	return w.cut()
}

// cut compresses the open chunk.
func (w *runWriter) cut() error {
	start := len(w.out)
	need := chunkHeader + s2.MaxEncodedLen(len(w.raw))
	if cap(w.out)-start < need {
		w.out = append(make([]byte, 0, max(start+need, 4*need)), w.out...)
	}
	body := s2.Encode(w.out[start+chunkHeader:cap(w.out)], w.raw)
	w.out = w.out[:start+chunkHeader+len(body)]
	binary.LittleEndian.PutUint32(w.out[start:], uint32(len(w.raw)))
	binary.LittleEndian.PutUint32(w.out[start+4:], uint32(len(body)))
	binary.LittleEndian.PutUint32(w.out[start+8:], crc32.Checksum(body, castagnoli()))
	w.raw = w.raw[:0]
	if len(w.out) > cap(w.out)/2 {
		return w.flush()
	}
	return nil
}

func (w *runWriter) flush() error {
	n, err := w.w.Write(w.out)
	w.n += int64(n)
	w.out = w.out[:0]
	return err
}

// finish ends the run.
func (w *runWriter) finish() error {
	if len(w.raw) > 0 {
		if err := w.cut(); err != nil {
			return err
		}
	}
	w.out = append(w.out, make([]byte, chunkHeader)...)
	return w.flush()
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// Run is a sorted run to be merged.
type Run struct {
	Records int64 // for Sorter.Len; 0 where it is not known
	src     io.Reader
	header  [chunkHeader]byte
	begun   bool
	raw     []byte
	rest    []byte  // of raw, not yet read
	shared  *[]byte // for compressed bytes; nil: its own
	next    func() (Item, error)
}

// ReadRun reads a run of WriteSorted from r, in large pieces.
func ReadRun(r io.Reader, records int64) *Run {
	return &Run{Records: records, src: bufio.NewReaderSize(r, 256<<10)}
}

// FuncRun makes a run of a function that returns the next record, valid until the call after, and io.EOF at the end.
func FuncRun(next func() (Item, error), records int64) *Run {
	return &Run{Records: records, next: next}
}

// Next returns the next record, which is valid until the call after; io.EOF at the end.
func (r *Run) Next() (Item, error) {
	if r.next != nil {
		return r.next()
	}
	if len(r.rest) == 0 {
		if err := r.load(); err != nil {
			return Item{}, err
		}
	}
	it, n, ok := decode(r.rest)
	if !ok {
		return Item{}, damaged("a record that does not fit its chunk")
	}
	r.rest = r.rest[n:]
	return it, nil
}

// load reads the next chunk, together with the header of the one after.
func (r *Run) load() error {
	if !r.begun {
		r.begun = true
		if _, err := io.ReadFull(r.src, r.header[:]); err != nil {
			return short(err)
		}
	}
	raw, size := int(binary.LittleEndian.Uint32(r.header[:])), int(binary.LittleEndian.Uint32(r.header[4:]))
	sum := binary.LittleEndian.Uint32(r.header[8:])
	if raw == 0 && size == 0 && sum == 0 {
		return io.EOF
	}
	if raw == 0 || raw > 1<<30 || size > s2.MaxEncodedLen(raw) {
		return damaged("a chunk of impossible length")
	}
	if r.shared == nil {
		r.shared = new([]byte)
	}
	if cap(*r.shared) < size+chunkHeader {
		*r.shared = make([]byte, size+size/4+chunkHeader)
	}
	body := (*r.shared)[:size+chunkHeader]
	if _, err := io.ReadFull(r.src, body); err != nil {
		return short(err)
	}
	copy(r.header[:], body[size:])
	body = body[:size]
	if crc32.Checksum(body, castagnoli()) != sum {
		return damaged("a chunk whose checksum is wrong")
	}
	if n, err := s2.DecodedLen(body); err != nil || n != raw {
		return damaged("a chunk of another length than it says")
	}
	if cap(r.raw) < raw {
		r.raw = make([]byte, raw)
	}
	out, err := s2.Decode(r.raw[:cap(r.raw)], body)
	if err != nil {
		return damaged("a chunk that cannot be decompressed")
	}
	r.rest = out
	return nil
}

func short(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged("an end in the middle of a chunk")
	}
	return err
}

func damaged(how string) error {
	return fault.Errorf(fault.Invalid, "sort: sorted records are damaged: %s; start over", how)
}
