package plan

import "hash/maphash"

// bloom is a set of fixed size that may say yes to what is not in it, never no to what is.
type bloom struct {
	seed maphash.Seed
	bits []uint64
}

const bloomBits = 1 << 22 // 512 KiB: with 300,000 keys one in twenty is wrong

func newBloom() *bloom { return &bloom{seed: maphash.MakeSeed()} }

func (b *bloom) add(key []byte) {
	if b.bits == nil {
		b.bits = make([]uint64, bloomBits/64)
	}
	h := maphash.Bytes(b.seed, key)
	for range 3 {
		b.bits[h%bloomBits/64] |= 1 << (h % 64)
		h = h>>21 | h<<43
	}
}

func (b *bloom) has(key []byte) bool {
	if b.bits == nil {
		return false
	}
	h := maphash.Bytes(b.seed, key)
	for range 3 {
		if b.bits[h%bloomBits/64]&(1<<(h%64)) == 0 {
			return false
		}
		h = h>>21 | h<<43
	}
	return true
}
