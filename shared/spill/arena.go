package spill

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// arena holds the records of one run in memory, in slabs, each as it will stand in the run: three lengths and the number as varints, then its bytes.
type arena struct {
	memory    int
	slabSize  int
	slabs     [][]byte
	used      int // slabs in use; the rest are free
	bytes     int
	entries   []entry
	scratch   []entry
	unordered bool
}

// entry places a record: its slab and its offset there, and its key, so far as that lies near and is short: reading a header costs.
// prefix are the 8 bytes of the key that sorting looks at, set when it begins.
type entry struct {
	prefix   uint64
	at       uint32
	keyDelta uint16 // from at; far: ask the header
	keyLen   uint16
}

const (
	slabBits = 18
	far      = 0xffff
	few      = 16 // records are sorted in a simple way
)

const headerLen = 4 * binary.MaxVarintLen64

func newArena(memory int) arena { return arena{memory: memory, slabSize: min(memory, 1<<slabBits)} }

// full reports whether n more bytes would be too many. An empty arena takes any record.
func (a *arena) full(n int) bool {
	return len(a.entries) > 0 && a.bytes+n+headerLen+2*16*(len(a.entries)+1) > a.memory
}

func (a *arena) add(rec []byte, keyOff, keyLen int, seq uint64) {
	need := len(rec) + headerLen
	if a.used == 0 || len(a.slabs[a.used-1])+need > cap(a.slabs[a.used-1]) {
		a.grow(need)
	}
	slab := a.slabs[a.used-1]
	start := len(slab)
	slab = appendHeader(slab, len(rec), keyOff, keyLen, seq)
	e := entry{at: uint32(a.used-1)<<slabBits | uint32(start), keyDelta: far}
	if delta := len(slab) - start + keyOff; delta < far && keyLen < far {
		e.keyDelta, e.keyLen = uint16(delta), uint16(keyLen)
	}
	slab = append(slab, rec...)
	a.slabs[a.used-1] = slab
	a.bytes += len(slab) - start
	if n := len(a.entries); n > 0 && !a.unordered {
		a.unordered = compare(a.item(a.entries[n-1]), Item{Rec: rec, KeyOff: keyOff, KeyLen: keyLen, Seq: seq}) > 0
	}
	a.entries = append(a.entries, e)
}

// grow begins a slab that has room for a record.
func (a *arena) grow(need int) {
	if a.used == len(a.slabs) {
		a.slabs = append(a.slabs, nil)
	}
	if cap(a.slabs[a.used]) < need {
		a.slabs[a.used] = make([]byte, 0, max(need, a.slabSize))
	}
	a.slabs[a.used] = a.slabs[a.used][:0]
	a.used++
}

// reset empties the arena and keeps its memory, but for slabs that a single large record needed.
func (a *arena) reset() {
	a.slabs = slices.DeleteFunc(a.slabs, func(s []byte) bool { return cap(s) > a.slabSize })
	a.used, a.bytes, a.entries, a.unordered = 0, 0, a.entries[:0], false
}

// carve gives the free memory away as n buffers of the size, as far as it goes; the arena must be empty, and stay so while they are used.
func (a *arena) carve(n, size int) [][]byte {
	a.entries, a.scratch = nil, nil
	var out [][]byte
	for _, s := range a.slabs {
		for s = s[:cap(s)]; len(s) >= size && len(out) < n; s = s[size:] {
			out = append(out, s[:0:size])
		}
	}
	return out
}

// encoded returns the record with its header, and whatever stands behind it in the slab.
func (a *arena) encoded(e entry) []byte { return a.slabs[e.at>>slabBits][e.at&(1<<slabBits-1):] }

func (a *arena) item(e entry) Item {
	it, _, _ := decode(a.encoded(e))
	return it
}

func (a *arena) key(e entry) []byte {
	if e.keyDelta == far {
		return a.item(e).Key()
	}
	b := a.encoded(e)
	return b[e.keyDelta : int(e.keyDelta)+int(e.keyLen)]
}

// sort puts the entries in order.
func (a *arena) sort() {
	if !a.unordered {
		return
	}
	if len(a.scratch) < len(a.entries) {
		a.scratch = make([]entry, len(a.entries), cap(a.entries))
	}
	a.sortRange(a.entries, a.scratch[:len(a.entries)], 0)
	a.unordered = false
}

func (a *arena) compare(x, y entry) int { return compare(a.item(x), a.item(y)) }

// sortRange sorts entries whose keys are equal in their first depth bytes: by the 8 bytes after all that they have in common, then what is still equal in the same way.
func (a *arena) sortRange(es, scratch []entry, depth int) {
	first := a.key(es[0])
	common := len(first)
	for _, e := range es[1:] {
		if common == depth {
			break
		}
		if k := a.key(e)[depth:]; len(k) < common-depth || !bytes.Equal(k[:common-depth], first[depth:common]) {
			common = depth + commonPrefix(k, first[depth:common])
		}
	}
	var differ uint64
	for i := range es {
		es[i].prefix = prefixAt(a.key(es[i]), common)
		differ |= es[i].prefix ^ es[0].prefix
	}
	switch {
	case len(es) <= few:
		a.insertionSort(es)
		return
	case differ == 0: // equal keys, but for zero bytes at their ends
		slices.SortFunc(es, a.compare)
		return
	}
	radixSort(es, scratch, differ)
	for i := 0; i < len(es); {
		j := i + 1
		for j < len(es) && es[j].prefix == es[i].prefix {
			j++
		}
		if j-i > 1 {
			a.sortRange(es[i:j], scratch[i:j], common)
		}
		i = j
	}
}

// insertionSort sorts a few entries by prefix, then wholly.
func (a *arena) insertionSort(es []entry) {
	for i := 1; i < len(es); i++ {
		e, j := es[i], i
		for ; j > 0 && (e.prefix < es[j-1].prefix || (e.prefix == es[j-1].prefix && a.compare(e, es[j-1]) < 0)); j-- {
			es[j] = es[j-1]
		}
		es[j] = e
	}
}

// radixSort sorts by prefix, stably, byte by byte from the last; bytes in which differ has no bit are equal everywhere.
func radixSort(es, scratch []entry, differ uint64) {
	if len(es) < 128 {
		slices.SortStableFunc(es, func(x, y entry) int { return cmp.Compare(x.prefix, y.prefix) })
		return
	}
	from, to := es, scratch
	for shift := bits.TrailingZeros64(differ) &^ 7; shift < 64; shift += 8 {
		if byte(differ>>shift) == 0 {
			continue
		}
		var place [256]int
		for i := range from {
			place[byte(from[i].prefix>>shift)]++
		}
		sum := 0
		for b, n := range place {
			place[b] = sum
			sum += n
		}
		for i := range from {
			b := byte(from[i].prefix >> shift)
			to[place[b]] = from[i]
			place[b]++
		}
		from, to = to, from
	}
	if &from[0] != &es[0] {
		copy(es, from)
	}
}

// prefixAt returns the 8 bytes of k from depth on as a number that sorts as they do; bytes that are not there count as 0.
func prefixAt(k []byte, depth int) uint64 {
	if len(k) >= depth+8 {
		return binary.BigEndian.Uint64(k[depth:])
	}
	var p uint64
	for i := range 8 {
		p <<= 8
		if depth+i < len(k) {
			p |= uint64(k[depth+i])
		}
	}
	return p
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for i+8 <= n {
		if d := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); d != 0 {
			return i + bits.TrailingZeros64(d)>>3
		}
		i += 8
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}
