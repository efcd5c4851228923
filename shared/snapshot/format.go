package snapshot

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"

	"github.com/plumbline-sync/plumbline/shared/fault"
)

// The index object:
//
//	pages      the blocks' entries, up to pageEntries in a page: how many bytes of its label an entry shares with the entry before it in the page, how many follow, these;
//	           lines, bytes of the frame, bytes of its lines (all varints); a CRC-32C of the frame (4 bytes), the SHA-256 of what is compared
//	directory  for each page: its first label, front-coded likewise; its bytes, entries, lines and bytes of frames (varints); the SHA-256 of the page
//	totals     JSON, with the SHA-256 of the directory
//	footer     the caller's
//	trailer    SHA-256 of totals, footer and the rest of the trailer; length of the totals, of the footer, version, 4 bytes each; "plumbidx". This never changes.
//
// So the trailer's digest covers all of the index, and by it all that is compared; frames are covered by their checksums.
const (
	pageEntries = 128
	pageBytes   = 16 << 10
	magic       = "plumbidx"
	trailerLen  = sha256.Size + 12 + len(magic)
	tailRead    = 8 << 10 // what Open reads at first
	maxFooter   = 64 << 20

	dataSuffix  = ".ndjson.zst"
	indexSuffix = ".index"
	partSuffix  = ".part/"
)

// Objects returns the names of the objects that a snapshot or another container consists of, the index last.
func Objects(name string) []string { return []string{name + dataSuffix, name + indexSuffix} }

// Format names what a container holds, for its checks and messages.
type Format struct {
	What    string // "snapshot", "plan"
	Version int    // what is written; a newer one is refused, older ones are for the caller to judge
	Advice  string // what a person does when one is damaged: "a new run loads that side again"; "" is that a new run makes it again
}

// damaged returns the error for a container that is not what was written.
func (f Format) damaged(name, how string, args ...any) error {
	args = append(append([]any{f.What, name}, args...), f.advice())
	return fault.Errorf(fault.Invalid, "%s %q: damaged: "+how+"; %s", args...)
}

func (f Format) advice() string {
	if f.Advice == "" {
		return "a new run makes it again"
	}
	return f.Advice
}

// totals describe the whole container.
type totals struct {
	What      string `json:"what"`
	Blocks    int64  `json:"blocks"`
	Lines     int64  `json:"lines"`
	Raw       int64  `json:"raw"`     // bytes of the lines with their newlines
	Data      int64  `json:"data"`    // bytes of the data object
	Content   string `json:"content"` // SHA-256 over labels and digests of all blocks
	Pages     int64  `json:"pages"`
	PageBytes int64  `json:"page_bytes"` // where the directory begins
	Directory string `json:"directory"`  // its SHA-256
}

// appendTail appends totals, footer and trailer and returns the digest of the index.
func appendTail(dst []byte, t totals, footer []byte, version int) ([]byte, string, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, "", err
	}
	h := sha256.New()
	end := binary.LittleEndian.AppendUint32(nil, uint32(len(text)))
	end = binary.LittleEndian.AppendUint32(end, uint32(len(footer)))
	end = binary.LittleEndian.AppendUint32(end, uint32(version))
	end = append(end, magic...)
	for _, p := range [][]byte{text, footer, end} {
		h.Write(p)
	}
	sum := h.Sum(nil)
	dst = append(append(append(dst, text...), footer...), sum...)
	return append(dst, end...), hex.EncodeToString(sum), nil
}

// Block is one entry of a container's index.
type Block struct {
	Label  []byte // as given to Cut; a snapshot's first key
	First  int64  // ordinal of its first line, from 0
	Lines  int64
	Offset int64 // of its frame in the data object
	Size   int   // of its frame
	Raw    int   // bytes of its lines with newlines
	Digest [sha256.Size]byte
	crc    uint32
}

// appendEntry appends b as an entry of a page; before is the label of the entry before it, nil at the beginning.
func appendEntry(dst, before []byte, b *Block) []byte {
	dst = appendLabel(dst, before, b.Label)
	dst = binary.AppendUvarint(dst, uint64(b.Lines))
	dst = binary.AppendUvarint(dst, uint64(b.Size))
	dst = binary.AppendUvarint(dst, uint64(b.Raw))
	dst = binary.LittleEndian.AppendUint32(dst, b.crc)
	return append(dst, b.Digest[:]...)
}

func appendLabel(dst, before, label []byte) []byte {
	shared := 0
	for shared < len(before) && shared < len(label) && before[shared] == label[shared] {
		shared++
	}
	dst = binary.AppendUvarint(dst, uint64(shared))
	dst = binary.AppendUvarint(dst, uint64(len(label)-shared))
	return append(dst, label[shared:]...)
}

// fieldReader takes fields from a page or directory; the first that is not there makes all later ones 0 and bad true.
type fieldReader struct {
	b   []byte
	bad bool
}

// number takes a varint of at most limit.
func (r *fieldReader) number(limit int64) int64 {
	v, n := binary.Uvarint(r.b)
	if r.bad || n <= 0 || v > uint64(limit) {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return int64(v)
}

func (r *fieldReader) bytes(n int64) []byte {
	if r.bad || n > int64(len(r.b)) {
		r.bad = true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

// label makes label, the one before, the next.
func (r *fieldReader) label(label []byte) []byte {
	shared := r.number(int64(len(label)))
	return append(label[:shared], r.bytes(r.number(MaxLine))...)
}

// entry reads the next entry into b, whose label is the one before.
func (r *fieldReader) entry(b *Block) {
	b.Label = r.label(b.Label)
	b.Lines = r.number(1 << 40)
	b.Size = int(r.number(1 << 30))
	b.Raw = int(r.number(1 << 30))
	if p := r.bytes(4); p != nil {
		b.crc = binary.LittleEndian.Uint32(p)
	}
	copy(b.Digest[:], r.bytes(sha256.Size))
}
